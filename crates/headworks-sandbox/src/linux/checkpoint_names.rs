//! Which entries of a folder of checkpoints are checkpoints, by their names.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// A file without a number in its name that is not longer names a checkpoint and is none.
const MARKER_BYTES_MAX: u64 = 4 << 10;
/// Endings of files that lie beside checkpoints: notes, logs and scripts.
const BESIDE: [&str; 6] = ["csv", "jsonl", "log", "md", "py", "txt"];

/// Whether what is written under a name is a checkpoint: it has a number, and is none for the time being.
pub(super) fn is_checkpoint(name: &OsStr) -> bool {
    let text = name.to_string_lossy().to_ascii_lowercase();
    has_number(name) && !text.starts_with('.') && !text.contains("tmp") && !is_beside(name)
}

/// Notes, logs and scripts are written beside checkpoints, some with a number in their name.
pub(super) fn is_beside(name: &OsStr) -> bool {
    let text = name.to_string_lossy().to_ascii_lowercase();
    let ending = text.rsplit_once('.').map(|(_, ending)| ending);
    text.contains("tfevents") || ending.is_some_and(|ending| BESIDE.contains(&ending))
}

/// A small file that says which checkpoint is the newest, or a link that does.
pub(super) fn is_marker(bytes: &Path, name: &OsStr) -> bool {
    let is_small = |metadata: fs::Metadata| metadata.is_file() && metadata.len() <= MARKER_BYTES_MAX;
    !has_number(name) && bytes.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink() || is_small(metadata))
}

fn has_number(name: &OsStr) -> bool {
    name.as_encoded_bytes().iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_logs_and_names_for_the_time_being_are_no_checkpoints() {
        for name in ["zero_to_fp32.py", "events.out.tfevents.17", "run-3.log", ".step-3", "tmp-3", "step-3.tmp", "runs"]
        {
            assert!(!is_checkpoint(OsStr::new(name)), "{name}");
        }
        for name in ["checkpoint-500", "step_500.pt", "model_10.json", "epoch=3-step=500.ckpt"] {
            assert!(is_checkpoint(OsStr::new(name)), "{name}");
        }
    }
}
