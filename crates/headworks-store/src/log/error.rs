use std::path::PathBuf;

use headworks_attest::log::{CheckpointError, LeafError, NoteError, ProofError, ReceiptError, TileError};
use headworks_types::Digest;

/// What is wrong with a log, and where.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file of the log could not be used.
    #[error("the log cannot use `{path}`: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        source: std::io::Error,
    },
    /// A file that the checkpoint promises is not there.
    #[error("`{path}` is missing", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The checkpoint or its signature does not hold.
    #[error("`{path}`: {error}", path = path.display())]
    Checkpoint {
        /// The checkpoint's file.
        path: PathBuf,
        /// Why.
        error: CheckpointError,
    },
    /// A file has another size or form than its name says.
    #[error("`{path}` is malformed: {error}", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        error: TileError,
    },
    /// A file is not what the signed checkpoint commits to.
    #[error("`{path}` is not what the signed checkpoint commits to", path = path.display())]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// An entry is none of ours.
    #[error("entry {index}: {error}")]
    Leaf {
        /// The entry.
        index: u64,
        /// Why.
        error: LeafError,
    },
    /// An envelope is missing, altered, or not the one its entry describes.
    #[error("the envelope of entry {index} ({path}): {reason}", path = path.display())]
    Envelope {
        /// The entry.
        index: u64,
        /// Where the envelope should be.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// An envelope cannot be logged.
    #[error("the envelope cannot be logged: {0}")]
    Unfit(LeafError),
    /// There is no such entry.
    #[error("there is no entry {index} in a log of {size}")]
    NoEntry {
        /// The entry.
        index: u64,
        /// Entries in the log.
        size: u64,
    },
    /// A proof could not be made or does not hold.
    #[error("{0}")]
    Proof(#[from] ProofError),
    /// A receipt does not hold.
    #[error("{0}")]
    Receipt(#[from] ReceiptError),
    /// A note could not be made, or a witness's does not hold.
    #[error("{0}")]
    Note(#[from] NoteError),
    /// Another process has held the log for too long.
    #[error("another process holds `{path}`", path = path.display())]
    Busy {
        /// The lock.
        path: PathBuf,
    },
    /// The log is shorter than it once was.
    #[error("the log has {size} entries, but the index knows of {known}: it was cut or rolled back")]
    Shrunk {
        /// Entries in the log.
        size: u64,
        /// Entries that the index has seen.
        known: u64,
    },
    /// The log has files but no checkpoint.
    #[error("`{path}` is missing although there are tiles: the log was cut", path = path.display())]
    NoCheckpoint {
        /// Where the checkpoint should be.
        path: PathBuf,
    },
    /// Rows of the index are not what the log and the content say.
    #[error("the index is not what the log says about {what}")]
    Index {
        /// Which rows.
        what: String,
    },
    /// A witness saw something else than the log shows now.
    #[error("the log no longer contains what was witnessed: {size} entries with root {root}")]
    Forked {
        /// Entries that were witnessed.
        size: u64,
        /// The root that was witnessed.
        root: Digest,
    },
    /// A record's verdict is not in the log.
    #[error("record {digest} is not in the log")]
    NotLogged {
        /// The record.
        digest: Digest,
    },
    /// The writer ended without an answer.
    #[error("the log's writer ended without an answer")]
    WriterLost,
}
