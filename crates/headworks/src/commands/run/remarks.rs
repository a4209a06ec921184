//! What is said about a run that has ended.

use std::path::{Path, PathBuf};

use headworks_sandbox::{Difference, Observation, Recording, Refusal};

use crate::terminal;

/// What the statement is about, in one line, and what it is not.
pub(super) fn say(recording: &Recording, output: &Path, signed: bool) {
    let (read, written, shown) = (recording.read.len(), recording.written.len(), output.display());
    let how = if signed { "signed" } else { "UNSIGNED" };
    terminal::note(&format!("wrote `{shown}` ({how}): {read} files read, {written} written"));
    if !signed {
        terminal::note("hint: sign it with --private-key KEY; anybody can change an unsigned statement");
    }
    if written == 0 {
        terminal::note("the command wrote no file, so the statement has no subject and proves nothing of any");
    }
}

/// What keeps the run from being a success, or the statement from being whole.
pub(super) fn complain(recording: &Recording, differences: &[Difference], altered: &[PathBuf]) {
    if let Observation::None { reason } = &recording.observation {
        terminal::note(&format!("the command ran unwatched: {reason}"));
    }
    for refusal in &recording.refused {
        terminal::note(&format!("refused: {}", refused(refusal)));
    }
    if recording.refused.iter().any(|refusal| matches!(refusal, Refusal::Read { .. } | Refusal::Execute { .. })) {
        terminal::note("hint: declare what the run may read as [[inputs]] of the manifest");
    }
    for difference in differences {
        terminal::note(&differs(difference));
    }
    for path in altered {
        terminal::note(&format!("other bytes of `{}` were read than were recorded with its checkpoint", shown(path)));
    }
    for path in &recording.unrecorded {
        terminal::note(&format!("`{}` was being saved when the command ended; it is not recorded", shown(path)));
    }
    for file in recording.read.iter().filter(|file| file.digest.is_none()) {
        terminal::note(&format!("which bytes of `{}` were read is not known: {:?}", shown(&file.path), file.state));
    }
    for (call, count) in &recording.unseen {
        terminal::note(&format!("{count} × `{call}` could not be read; the statement is incomplete"));
    }
    match (recording.ended.code, recording.ended.signal) {
        (Some(0), _) => {}
        (Some(code), _) => terminal::note(&format!("the command ended with exit code {code}")),
        (None, signal) => terminal::note(&format!("the command was ended by signal {}", signal.unwrap_or_default())),
    }
    if let survivors @ 1.. = recording.survivors {
        terminal::note(&format!("{survivors} processes outlived the command and were ended"));
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Read { path } => format!("to read `{}`", shown(path)),
        Refusal::Execute { path } => format!("to execute `{}`", shown(path)),
        Refusal::Network { action, endpoint } => format!("network: {action} {endpoint}"),
        Refusal::Resume { path } => format!("to read `{}`, which is not the newest recorded checkpoint", shown(path)),
        Refusal::Checkpoint { path } => format!("to go on, for `{}` could not be recorded", shown(path)),
        Refusal::Escape { call } => format!("`{call}`, which would leave the recorder's view"),
    }
}

fn differs(difference: &Difference) -> String {
    match difference {
        Difference::NotRead { path } => format!("input `{}` was declared with a digest and not read", shown(path)),
        Difference::Digest { path, declared, read } => {
            let read = read.map_or_else(|| "unknown bytes".to_owned(), |digest| digest.to_string());
            format!("input `{}` is declared as {declared}; read was {read}", shown(path))
        }
    }
}

/// Paths come from the command, which must not draw on the terminal.
fn shown(path: &Path) -> String {
    path.to_string_lossy().escape_debug().collect()
}
