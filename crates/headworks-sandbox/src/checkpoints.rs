//! Checkpoints of a command: the moments in which somebody else must be asked before it goes on.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a command saves its checkpoints, and who is asked about them.
pub struct Checkpoints {
    /// The folder of which each entry is a checkpoint, without links.
    pub folder: PathBuf,
    /// Is asked while the command waits.
    pub keeper: Keeper,
}

/// Answers for the checkpoints of a run.
pub type Keeper = Box<dyn FnMut(Moment<'_>) -> Ruling + Send>;

/// What is about to happen to a checkpoint.
#[derive(Debug, Clone, Copy)]
pub enum Moment<'a> {
    /// One is complete, and the command goes on after the answer.
    Saved {
        /// Where its bytes lie now.
        bytes: &'a Path,
        /// Its name in the folder; the bytes may be about to be moved there.
        name: &'a OsStr,
    },
    /// The command wants to read one that was there before the run.
    Read {
        /// Where it lies.
        checkpoint: &'a Path,
    },
}

/// Whether the command may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// It may.
    GoOn,
    /// The call that it waits in fails, and so does the run.
    Refuse,
}

impl fmt::Debug for Checkpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoints").field("folder", &self.folder).finish_non_exhaustive()
    }
}
