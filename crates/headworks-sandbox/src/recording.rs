//! What was observed of a run, in words that do not depend on how.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use headworks_types::Digest;
use jiff::Timestamp;
use serde::Serialize;

/// How the command was watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// Every call that names a file or an endpoint was shown to the recorder by the kernel.
    SeccompUserNotification,
    /// It ran unwatched; nothing is known of what it read.
    None {
        /// Why.
        reason: String,
    },
}

/// What is done with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A connection is asked for.
    Connect,
    /// A message is sent to it.
    Send,
    /// It is listened on.
    Bind,
}

/// An address that the command named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Endpoint {
    /// What was done with it.
    pub action: Action,
    /// Host and port, or `unix:` and a path.
    pub endpoint: String,
}

/// A call that was refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A strict run reads declared inputs only.
    Read {
        /// What was to be read.
        path: PathBuf,
    },
    /// A strict run executes known programs only.
    Execute {
        /// What was to be executed.
        path: PathBuf,
    },
    /// A strict run reaches nobody.
    Network {
        /// What was to be done.
        action: String,
        /// With which address.
        endpoint: String,
    },
    /// Only the newest recorded checkpoint is read again.
    Resume {
        /// The checkpoint.
        path: PathBuf,
    },
    /// Nothing goes on while a checkpoint is not recorded.
    Checkpoint {
        /// The checkpoint.
        path: PathBuf,
    },
    /// No run may leave the recorder's view.
    Escape {
        /// The call.
        call: String,
    },
}

impl Refusal {
    /// Whether it makes the run fail: leaving the recorder's view is refused to every run, and sandboxes try it.
    pub fn fails_the_run(&self) -> bool {
        !matches!(self, Self::Escape { .. })
    }
}

/// What became of a file that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It is the file that was opened, and nothing changed it since.
    Unchanged,
    /// It was hashed before the run itself changed it.
    ChangedByTheRun,
    /// It changed after it was opened; which bytes were read is not known.
    Changed,
    /// It is gone; which bytes were read is not known.
    Gone,
    /// It could not be read for hashing.
    Unreadable,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// Its path without links.
    pub path: PathBuf,
    /// The first name it was opened by, when that is another.
    pub opened_as: Option<PathBuf>,
    /// Digest of the bytes that were there to be read, when that is known.
    pub digest: Option<Digest>,
    /// What became of it.
    pub state: State,
    /// It was executed.
    pub executed: bool,
}

/// A file that was written and is there at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Its path without links.
    pub path: PathBuf,
    /// Digest of its bytes after the run.
    pub digest: Digest,
    /// How many.
    pub size: u64,
}

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

/// One run.
#[derive(Debug)]
pub struct Recording {
    /// How it was watched.
    pub observation: Observation,
    /// How it ended.
    pub ended: Ended,
    /// What the command could read without opening it: a path, or a kind such as `pipe`; unknown when unwatched.
    pub standard_input: Option<PathBuf>,
    /// When the command was started.
    pub started: Timestamp,
    /// When it and everything it started had ended.
    pub finished: Timestamp,
    /// Files read that the run did not make, by path.
    pub read: Vec<ReadFile>,
    /// Files written that still exist, by path.
    pub written: Vec<WrittenFile>,
    /// Files written that could not be hashed at the end; a statement about the run is incomplete.
    pub unhashed: BTreeSet<PathBuf>,
    /// Names written that are gone at the end.
    pub removed: BTreeSet<PathBuf>,
    /// Symbolic links that were made and still exist, with what they say.
    pub links: BTreeMap<PathBuf, PathBuf>,
    /// Programs executed, in the order of their first execution.
    pub programs: Vec<PathBuf>,
    /// Processes and threads started.
    pub started_processes: u64,
    /// Processes that outlived the command and were ended.
    pub survivors: usize,
    /// Addresses named.
    pub endpoints: BTreeSet<Endpoint>,
    /// Calls refused.
    pub refused: BTreeSet<Refusal>,
    /// Calls whose arguments could not be read, by name.
    pub unseen: BTreeMap<&'static str, u64>,
    /// Checkpoints that were being saved when the command ended, and are not recorded.
    pub unrecorded: Vec<PathBuf>,
    /// More was named than is remembered.
    pub overflowed: bool,
}

impl Recording {
    /// Whether everything that the recorder watches for was seen and could be stated.
    pub fn is_complete(&self) -> bool {
        self.observation == Observation::SeccompUserNotification
            && self.unseen.is_empty()
            && self.unhashed.is_empty()
            && !self.overflowed
    }

    /// Whether the command succeeded, nothing was refused to it and no checkpoint is missing in the record.
    pub fn succeeded(&self) -> bool {
        self.ended.code == Some(0) && self.unrecorded.is_empty() && !self.refused.iter().any(Refusal::fails_the_run)
    }
}
