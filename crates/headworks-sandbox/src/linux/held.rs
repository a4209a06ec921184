//! Whether the command still writes to a file: by the descriptors and mappings of its processes.

use std::fs;
use std::path::{Path, PathBuf};

use super::children;

/// Whether a process of the run still holds a file at or below a path open for writing.
///
/// A process that does not show its descriptors counts as one that does.
pub(super) fn is_open_for_writing(path: &Path) -> bool {
    children::descendants().into_iter().filter(|pid| !children::has_ended(*pid)).any(|pid| writes(pid, path))
}

fn writes(pid: i32, path: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return !children::has_ended(pid) };
    let held = descriptors.flatten().filter(|entry| entry.path().read_link().is_ok_and(|to| to.starts_with(path)));
    let written = held.into_iter().any(|entry| is_written(&process.join("fdinfo").join(entry.file_name())));
    written || is_mapped(&process.join("maps"), path)
}

/// The flags stand in octal; one that cannot be read may be for writing, unless it was closed meanwhile.
fn is_written(info: &Path) -> bool {
    let Ok(text) = fs::read_to_string(info) else { return info.exists() };
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok());
    flags.is_none_or(|flags| flags & libc::O_ACCMODE != libc::O_RDONLY)
}

/// Whether a file is mapped so that writing to memory writes to it.
fn is_mapped(maps: &Path, path: &Path) -> bool {
    let text = fs::read(maps).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().any(|line| {
        let mut words = line.splitn(6, ' ');
        let access = words.nth(1).unwrap_or_default();
        let file = words.nth(3).unwrap_or_default().trim_start();
        access.contains('w') && access.ends_with('s') && Path::new(file).starts_with(path)
    })
}
