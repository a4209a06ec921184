//! Running a command and watching it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use crate::checkpoints::Checkpoints;
use crate::recording::Recording;

/// The variable that may hold the password of a signing key; the command does not get it.
pub const KEY_PASSWORD_VARIABLE: &str = "HEADWORKS_KEY_PASSWORD";

/// How closely a command is watched.
#[derive(Debug, Clone)]
pub enum Watch {
    /// Everything is noted and nothing is refused, except to leave the recorder's view.
    Plain,
    /// Reads outside of what is known, and any network, are refused.
    Strict {
        /// Files and folders that may be read, without links; the program's own installation is added.
        known: BTreeSet<PathBuf>,
    },
}

/// Why a command was not run.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It could not be started.
    #[error("it could not be started: {0}")]
    NotStarted(#[source] io::Error),
    /// A strict run knows all of its inputs.
    #[error("its standard input is `{input}`, which is no declared input", input = input.display())]
    UnknownInput {
        /// What it is.
        input: PathBuf,
    },
    /// A strict run needs to be watched, and so does one whose checkpoints are guarded.
    #[error("it cannot be watched here ({reason}), and a strict or guarded run must be")]
    NotWatched {
        /// Why not.
        reason: String,
    },
}

/// Runs a command to its end, and everything it started, and says what was observed. With `checkpoints` their
/// keeper is asked, on the thread that answers the command's calls or on this one.
///
/// The whole process becomes the guardian of the command: it passes signals on, adopts orphans and waits
/// for every child. So there is one recording at a time, in a process that has no other children.
///
/// # Errors
/// When the command was not run. A command that fails is no error.
pub fn record(argv: &[OsString], watch: &Watch, checkpoints: Option<Checkpoints>) -> Result<Recording, RecordError> {
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    return crate::linux::record(argv, watch, checkpoints);
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    return crate::unwatched::record(argv, watch, checkpoints.as_ref());
}
