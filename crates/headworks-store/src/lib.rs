//! Where evidence lives: a content-addressed directory, an append-only log, and a relational index over both.
//!
//! Content and log are the truth and the index is only a way to find it. A record's bytes and the signed
//! verdict on it are durable under their digests before the log has an entry that names them, and rows are
//! computed from the log. So a process that is killed at any moment leaves either a whole record or none.
//!
//! Advisories of others are copied into a database beside that, and asked there.
//!
//! No other crate speaks SQL or knows where these files are.

pub mod advisories;
mod content;
mod durable;
pub mod graph;
mod index;
mod keys;
pub mod log;
pub mod relations;
mod stored_graph;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headworks_attest::log::Receipt;
use headworks_attest::oms::{self, Manifest};
use headworks_attest::{Bundle, Envelope, EnvelopeError, KeyError, Material, SigningKey, Statement, VerdictSummary};
use headworks_types::{Admission, Digest, Inputs, Record};

use content::Content;
use durable::Staging;
use index::Index;
use keys::Keys;
use log::Identity;

pub use advisories::{Advisories, AdvisoriesError};
pub use log::{Log, LogEntry, LogError};
pub use stored_graph::{Node, Stated, StoredEdge, StoredGraph};

/// A store in one directory, open for reading and writing.
#[derive(Debug)]
pub struct Store {
    content: Arc<Content>,
    index: Index,
    log: Log,
    gate: SigningKey,
}

/// What a store's log is called and signed with, where that is not left to the store.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name of the log [default: `headworks.local/` and the start of the key's digest].
    pub origin: Option<String>,
    /// Key that signs checkpoints, one of Ed25519 [default: one that the store makes and keeps].
    pub log_key: Option<Arc<SigningKey>>,
}

/// What a rebuilt index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Entries of the log.
    pub entries: u64,
    /// Records among what they speak of.
    pub records: u64,
}

/// Name of the index's file.
const INDEX: &str = "index.sqlite";

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
    /// The entry of the log that has the verdict.
    pub log_index: Option<u64>,
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
    /// A key of the store cannot be used.
    #[error("the key `{path}` cannot be used: {source}", path = path.display())]
    Key {
        /// The key's file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// A verdict could not be signed.
    #[error("the verdict could not be signed: {0}")]
    Unsigned(#[from] EnvelopeError),
    /// The log does not hold or could not be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// What kept a batch from being written, told to all who waited for it.
    #[error(transparent)]
    Shared(Arc<StoreError>),
    /// The graph could not be loaded or asked.
    #[error("the graph cannot be used: {0}")]
    Graph(#[from] graph::GraphError),
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
    /// When the directory cannot be used, holds an index of a layout that is too new, or a log that does not hold.
    pub async fn open(root: &Path) -> Result<Self, StoreError> {
        Self::open_with(root, Options::default()).await
    }

    /// The same, with a key and a name for the log.
    ///
    /// # Errors
    /// As [`Store::open`], and when the log has another key or name.
    pub async fn open_with(root: &Path, options: Options) -> Result<Self, StoreError> {
        let staging = Arc::new(Staging::open(root.join("staging"))?);
        let content = Arc::new(Content::open(root)?);
        let Keys { gate, log: own } = Keys::open(root, &staging)?;
        let index = Index::open(&root.join(INDEX)).await?;
        let public = gate.public().map_err(EnvelopeError::from)?;
        let identity =
            Identity { origin: options.origin, key: options.log_key.unwrap_or_else(|| Arc::new(own)), gate: public };
        let log = Log::open(root, identity, content.clone(), staging, index.clone())?;
        let store = Self { content, index, log, gate };
        store.log.catch_up().await?;
        store.log_old_records().await?;
        Ok(store)
    }

    /// Makes a record and the signed verdict on it durable, logs the verdict, and makes the record findable.
    ///
    /// A record that is there already is not logged again.
    ///
    /// # Errors
    /// When it could not be written; nothing of it is findable then.
    pub async fn append(&self, record: &Record) -> Result<Entry, StoreError> {
        let bytes = serde_json::to_vec(record).expect("a record is plain data with string keys");
        let digest = Digest::of(&bytes);
        if let Some(entry) = self.index.record(&digest).await?.filter(|entry| entry.log_index.is_some()) {
            return Ok(entry);
        }
        let mut envelopes = vec![self.verdict(record, &digest)?];
        envelopes.extend(self.sign_admitted(record)?);
        self.log.append_with(vec![bytes], &envelopes).await?;
        Ok(self.index.record(&digest).await?.ok_or(LogError::NotLogged { digest })?)
    }

    /// The evidence log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The graph of all that the log speaks of, loaded into memory.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn graph(&self) -> Result<StoredGraph, StoreError> {
        self.log.catch_up().await?;
        StoredGraph::load(self.index.clone()).await
    }

    /// Deletes the index and makes it again from the log and the content.
    ///
    /// # Errors
    /// When the log does not hold, content is missing or altered, or the files cannot be written.
    pub async fn rebuild(root: &Path, options: Options) -> Result<Rebuilt, StoreError> {
        // An index that can still be opened may have records from before the log, which opening logs.
        match Self::open_with(root, options.clone()).await {
            Ok(store) => store.index.close().await,
            Err(StoreError::Index(_) | StoreError::Layout(_)) => {}
            Err(error) => return Err(error),
        }
        for suffix in ["", "-wal", "-shm"] {
            let path = root.join(format!("{INDEX}{suffix}"));
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::Io { path, source });
                }
                _ => {}
            }
        }
        let store = Self::open_with(root, options).await?;
        Ok(Rebuilt { entries: store.log.checkpoint()?.size, records: store.index.records().await? })
    }

    /// Logs the verdicts of records that are older than the log. One that is missing or altered stays out of it.
    async fn log_old_records(&self) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let old = self.index.unlogged(after).await?;
            let Some(last) = old.last() else { return Ok(()) };
            after = last.seq;
            let readable = old.iter().filter_map(|entry| Some((self.read(&entry.digest).ok()?, entry.digest)));
            let verdicts: Vec<Envelope> =
                readable.map(|(record, digest)| self.verdict(&record, &digest)).collect::<Result<_, _>>()?;
            self.log.append(&verdicts).await?;
        }
    }

    /// The gate's own signature over the files of an artifact that was admitted, as a bundle that any verifier of
    /// OpenSSF model signatures takes; none when it was not admitted or its names cannot be signed.
    ///
    /// # Errors
    /// When the log or the content cannot be read.
    pub async fn model_signature(&self, record: &Record) -> Result<Option<Bundle>, StoreError> {
        let Some(manifest) = admitted_manifest(record) else { return Ok(None) };
        for entry in self.log.find(&manifest.root).await? {
            let envelope = self.log.envelope(&entry)?;
            if Statement::verify(&envelope, self.log.gate()).is_ok_and(|found| found == manifest.statement()) {
                let hint = oms::hint(self.log.gate());
                return Ok(Some(Bundle::new(Material::KeyHint(hint), envelope)));
            }
        }
        Ok(None)
    }

    fn sign_admitted(&self, record: &Record) -> Result<Option<Envelope>, StoreError> {
        let statement = admitted_manifest(record).map(|manifest| manifest.statement());
        Ok(statement.map(|statement| statement.sign(&self.gate)).transpose()?)
    }

    fn verdict(&self, record: &Record, digest: &Digest) -> Result<Envelope, StoreError> {
        Ok(VerdictSummary::of(record, digest).statement(record).sign(&self.gate)?)
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
    /// When the index cannot be read, or the log does not have the record's verdict.
    pub async fn newest(&self, artifact: &Digest, tier: &str, inputs: &Inputs) -> Result<Option<Entry>, StoreError> {
        let newest = self.index.newest(artifact, tier, inputs).await?;
        // Whoever can write rows and content cannot sign: an answer that is reused must be one that was given.
        newest.map(|entry| self.vouch(&entry).map(|_| entry)).transpose()
    }

    /// The proof that the verdict on a record is in the log.
    ///
    /// # Errors
    /// When it is not, or the log does not hold.
    pub fn receipt(&self, entry: &Entry) -> Result<Receipt, StoreError> {
        Ok(self.log.receipt(self.vouch(entry)?)?)
    }

    /// Index of the log's entry with the verdict on a record, after a look at it.
    fn vouch(&self, entry: &Entry) -> Result<u64, StoreError> {
        let index = entry.log_index.ok_or(LogError::NotLogged { digest: entry.digest })?;
        self.log.vouch(index, &entry.digest)?;
        Ok(index)
    }

    /// Records whose own digest, artifact digest or any file digest starts with `hex`, newest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn find(&self, hex: &str) -> Result<Vec<Entry>, StoreError> {
        self.index.find(hex).await
    }

    /// The newest record by this tier of each artifact that is, or has a file with, this digest; the newest first.
    ///
    /// # Errors
    /// When the index cannot be read, or the log does not have a record's verdict.
    pub async fn newest_about(&self, digest: &Digest, tier: &str) -> Result<Vec<Entry>, StoreError> {
        let newest = self.index.newest_about(digest, tier).await?;
        newest.into_iter().map(|entry| self.vouch(&entry).map(|_| entry)).collect()
    }

    /// The newest admission under a name of something else than this artifact.
    ///
    /// # Errors
    /// When the index cannot be read, or the log does not have the record's verdict.
    pub async fn admitted_as(&self, name: &str, other_than: &Digest) -> Result<Option<Entry>, StoreError> {
        let newest = self.index.admitted_as(name, other_than).await?;
        newest.map(|entry| self.vouch(&entry).map(|_| entry)).transpose()
    }
}

/// The files of an artifact that was admitted, to be signed anew (HW-SIG-02): behind the gate there is one signer.
fn admitted_manifest(record: &Record) -> Option<Manifest> {
    let admitted = record.verdict.admission == Admission::Admit;
    admitted.then(|| Manifest::of_artifact(&record.examination.artifact).ok()).flatten()
}
