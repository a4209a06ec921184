//! Where records live: a content-addressed directory and a relational index over it.
//!
//! The content is the truth and the index is only a way to find it. A record's bytes are durable
//! under their digest before a row names them, and the row is committed in one transaction, so a
//! process that is killed at any moment leaves either a whole record or none.
//!
//! No other crate speaks SQL or knows where these files are.

mod content;
mod index;

use std::path::{Path, PathBuf};

use headworks_types::{Admission, Digest, Inputs, Record};

use content::Content;
use index::Index;

/// A store in one directory, open for reading and writing.
#[derive(Debug)]
pub struct Store {
    content: Content,
    index: Index,
}

/// What the index knows of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position in the order of recording, from 1.
    pub seq: i64,
    /// Digest of the record's bytes.
    pub digest: Digest,
    /// Digest of the artifact it is about.
    pub artifact: Digest,
    /// Name of the artifact at the time.
    pub name: String,
    /// Tier that was applied.
    pub tier: String,
    /// The answer.
    pub admission: Admission,
    /// When it was decided, in milliseconds since the Unix epoch.
    pub decided_at_ms: i64,
}

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or directory of the store could not be used.
    #[error("the store cannot use `{path}`: {source}", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's own words.
        source: std::io::Error,
    },
    /// The index failed.
    #[error("the store's index failed: {0}")]
    Index(#[from] sqlx::Error),
    /// The index could not be brought to this version's layout.
    #[error("the store's index has a layout this version cannot use: {0}")]
    Layout(#[from] sqlx::migrate::MigrateError),
    /// Content does not have the digest it is stored under.
    #[error("`{path}` was altered: its content has digest {found}", path = path.display())]
    Altered {
        /// The content file.
        path: PathBuf,
        /// Digest of what is there.
        found: Digest,
    },
    /// Content is no record of a layout this version knows.
    #[error("record {digest} cannot be read: {reason}")]
    Unreadable {
        /// Digest of the record.
        digest: Digest,
        /// What is wrong with it.
        reason: String,
    },
}

impl Store {
    /// Opens the store in `root`, creating what is missing.
    ///
    /// # Errors
    /// When the directory cannot be used or holds an index of a layout that is too new.
    pub async fn open(root: &Path) -> Result<Self, StoreError> {
        let content = Content::open(root)?;
        let index = Index::open(&root.join("index.sqlite")).await?;
        Ok(Self { content, index })
    }

    /// Makes a record durable, then findable.
    ///
    /// # Errors
    /// When it could not be written; nothing of it is findable then.
    pub async fn append(&self, record: &Record) -> Result<Entry, StoreError> {
        let bytes = serde_json::to_vec(record).expect("a record is plain data with string keys");
        let digest = self.content.put(&bytes)?;
        self.index.insert(&digest, record).await
    }

    /// The record stored under `digest`.
    ///
    /// # Errors
    /// When it is not there, was altered, or has another layout.
    pub fn read(&self, digest: &Digest) -> Result<Record, StoreError> {
        let bytes = self.content.get(digest)?;
        let unreadable =
            |error: serde_json::Error| StoreError::Unreadable { digest: *digest, reason: error.to_string() };
        serde_json::from_slice(&bytes).map_err(unreadable)
    }

    /// The newest record about an artifact that rests on the same rules, policy, limits and tier.
    ///
    /// The time of decision is not compared: whether it changes the verdict is for the policy to say.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn newest(&self, artifact: &Digest, tier: &str, inputs: &Inputs) -> Result<Option<Entry>, StoreError> {
        self.index.newest(artifact, tier, inputs).await
    }

    /// Records whose own digest, artifact digest or any file digest starts with `hex`, newest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn find(&self, hex: &str) -> Result<Vec<Entry>, StoreError> {
        self.index.find(hex).await
    }
}
