//! The evidence log: who signed what when, in the order it was recorded, in a form that only grows.
//!
//! Files lie in the layout of C2SP tlog-tiles below `<store>/log`, so that any client of such logs reads them
//! and any static file server serves them. An entry is a small JSON document ([`Leaf`]); the envelope it is of
//! lies in the content store under its digest, durable before the entry. What was appended is durable and
//! under a signed checkpoint when [`Log::append`] returns.

mod error;
mod export;
pub(crate) mod rows;
mod tree;
mod verify;
mod witness;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use headworks_attest::log::{Leaf, Note, NoteSignature, Receipt, SignatureKind, VerifierKey};
use headworks_attest::{Envelope, PublicKey, SigningKey};
use headworks_types::Digest;
use tokio::sync::oneshot;

pub use error::LogError;
pub use headworks_attest::log::Checkpoint;
pub use tree::Tree;
pub use verify::{Audit, RECORDED_FAULTS_MAX};
pub use witness::{Seen, Witness, WitnessError};

use crate::StoreError;
use crate::content::Content;
use crate::durable::Staging;
use crate::index::Index;
use writer::Writer;

/// Name of the file with the log's verifier key, for those who are handed a copy of the log.
const VERIFIER: &str = "vkey";

/// Name of the file with the newest checkpoint that a witness cosigned.
const WITNESSED: &str = "witnessed";

/// An append-only log in a store.
#[derive(Debug)]
pub struct Log {
    folder: PathBuf,
    verifier: VerifierKey,
    gate: PublicKey,
    content: Arc<Content>,
    staging: Arc<Staging>,
    pub(crate) index: Index,
    queue: Mutex<Vec<Pending>>,
    writer: Arc<tokio::sync::Mutex<Writer>>,
}

/// An entry and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Place in the log, from 0.
    pub index: u64,
    /// What the entry says: the envelope's digest, its types and subjects.
    pub leaf: Leaf,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// Hexadecimal digits that the digest of the envelope, the record, or something it is about begins with.
    pub digest_start: Option<String>,
    /// A part of the predicate type, or of the payload type when it is no statement; empty for any.
    pub kind: String,
}

/// What somebody waits for: envelopes with what they name, to be made durable, and their entries.
#[derive(Debug)]
struct Pending {
    blobs: Vec<Vec<u8>>,
    entries: Vec<Vec<u8>>,
    done: oneshot::Sender<Result<u64, Arc<StoreError>>>,
}

/// Who a log is and what it signs with.
pub(crate) struct Identity {
    pub(crate) origin: Option<String>,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) gate: PublicKey,
}

impl Log {
    pub(crate) fn open(
        root: &Path,
        identity: Identity,
        content: Arc<Content>,
        staging: Arc<Staging>,
        index: Index,
    ) -> Result<Self, StoreError> {
        let folder = writer::folder(root);
        let public = identity.key.public().map_err(|error| LogError::Note(error.into()))?;
        let origin = identity.origin.unwrap_or_else(|| default_origin(&public));
        let verifier = VerifierKey::new(&origin, SignatureKind::Ed25519, public).map_err(LogError::Note)?;
        let mut writer = Writer::new(folder.clone(), staging.clone(), content.clone(), identity.key, verifier.clone());
        writer.create()?;
        writer.mend_torn()?;
        let vkey = folder.join(VERIFIER);
        if !vkey.exists() {
            staging.write_all(&[(vkey, format!("{verifier}\n").as_bytes())])?;
        }
        let writer = Arc::new(tokio::sync::Mutex::new(writer));
        Ok(Self { folder, verifier, gate: identity.gate, content, staging, index, queue: Mutex::default(), writer })
    }

    /// The key that verifies the log's checkpoints; its name is the log's origin.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The key that verifies the verdicts of this store's gate.
    pub fn gate(&self) -> &PublicKey {
        &self.gate
    }

    /// Where the files of the log lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes envelopes durable, then their entries; the entries in the order of the envelopes.
    ///
    /// Callers that wait at the same time are written together.
    ///
    /// # Errors
    /// When an envelope does not fit or something could not be written. Entries may be in the log all the
    /// same, when only the answer was lost.
    pub async fn append(&self, envelopes: &[Envelope]) -> Result<Vec<LogEntry>, StoreError> {
        self.append_with(Vec::new(), envelopes).await
    }

    /// The same, and makes `blobs` that the envelopes speak of durable before.
    pub(crate) async fn append_with(
        &self,
        mut blobs: Vec<Vec<u8>>,
        envelopes: &[Envelope],
    ) -> Result<Vec<LogEntry>, StoreError> {
        if envelopes.is_empty() {
            return Ok(Vec::new());
        }
        let leaves: Vec<Leaf> = envelopes.iter().map(Leaf::of).collect::<Result<_, _>>().map_err(LogError::Unfit)?;
        blobs.extend(envelopes.iter().map(Envelope::to_json));
        let first = self.enqueue(blobs, leaves.iter().map(Leaf::to_json).collect()).await?;
        self.catch_up().await?;
        Ok((first..).zip(leaves).map(|(index, leaf)| LogEntry { index, leaf }).collect())
    }

    /// Waits for a turn, in which whoever has it writes what all others wait for too.
    async fn enqueue(&self, blobs: Vec<Vec<u8>>, entries: Vec<Vec<u8>>) -> Result<u64, StoreError> {
        let (done, mut answer) = oneshot::channel();
        self.queue().push(Pending { blobs, entries, done });
        let mut writer = self.writer.clone().lock_owned().await;
        let answer = match answer.try_recv() {
            Ok(answer) => Ok(answer),
            Err(_) => {
                let batch = std::mem::take(&mut *self.queue());
                let written = tokio::task::spawn_blocking(move || write(&mut writer, batch));
                written.await.map_err(|_| LogError::WriterLost)?;
                answer.await
            }
        };
        answer.map_err(|_| LogError::WriterLost)?.map_err(StoreError::Shared)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Vec<Pending>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log as its newest checkpoint has it; everything read through it is checked.
    ///
    /// # Errors
    /// When the checkpoint or the tiles at its right edge do not hold.
    pub fn tree(&self) -> Result<Tree, LogError> {
        Tree::open(&self.folder, &self.verifier)
    }

    /// The newest checkpoint.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn checkpoint(&self) -> Result<Checkpoint, LogError> {
        Ok(self.tree()?.checkpoint().clone())
    }

    /// An entry.
    ///
    /// # Errors
    /// When there is none or the log does not hold.
    pub fn entry(&self, index: u64) -> Result<LogEntry, LogError> {
        Ok(LogEntry { index, leaf: self.tree()?.entry(index)? })
    }

    /// The entries from an index on, as they are at this moment.
    ///
    /// # Errors
    /// When the checkpoint does not hold; then each item says whether the entry does.
    pub fn entries(&self, from: u64) -> Result<impl Iterator<Item = Result<LogEntry, LogError>>, LogError> {
        Ok(rows::entries(self.tree()?, from))
    }

    /// The envelope of an entry, as it was signed; whose signature it has is for the caller to verify.
    ///
    /// # Errors
    /// When it is missing, altered, or not the one the entry describes.
    pub fn envelope(&self, entry: &LogEntry) -> Result<Envelope, LogError> {
        rows::envelope(&self.content, entry)
    }

    /// The entries whose statements are about something with this SHA-256, oldest first.
    ///
    /// # Errors
    /// When the index or the log cannot be read.
    pub async fn find(&self, subject: &Digest) -> Result<Vec<LogEntry>, StoreError> {
        self.catch_up().await?;
        let tree = self.tree()?;
        let indexes = self.index.log_find(subject).await?;
        let entries = indexes.into_iter().map(|index| Ok(LogEntry { index, leaf: tree.entry(index)? }));
        entries.collect()
    }

    /// The entries that are wanted, the newest first and `limit` of them, and how many there are in all.
    ///
    /// # Errors
    /// When the index or the log cannot be read.
    pub async fn search(&self, wanted: &Search, limit: u64) -> Result<(Vec<LogEntry>, u64), StoreError> {
        self.catch_up().await?;
        let tree = self.tree()?;
        let (indexes, count) = self.index.log_search(wanted, limit).await?;
        let entries = indexes.into_iter().map(|index| Ok(LogEntry { index, leaf: tree.entry(index)? }));
        Ok((entries.collect::<Result<_, StoreError>>()?, count))
    }

    /// Checks that the log still contains what somebody saw of it.
    ///
    /// # Errors
    /// When it was cut, rolled back or rewritten since, or does not hold.
    pub fn extends(&self, seen: &Checkpoint) -> Result<(), LogError> {
        self.tree()?.extends(seen)
    }

    /// The entry of an envelope, if it is in the log.
    ///
    /// # Errors
    /// When the index or the log cannot be read.
    pub async fn entry_of(&self, envelope: &Digest) -> Result<Option<LogEntry>, StoreError> {
        self.catch_up().await?;
        let Some(index) = self.index.log_entry_of(envelope).await? else { return Ok(None) };
        Ok(Some(self.entry(index)?))
    }

    /// A proof that an entry is in the log, under a witnessed checkpoint when one covers it.
    ///
    /// # Errors
    /// When there is no such entry or the log does not hold.
    pub fn receipt(&self, index: u64) -> Result<Receipt, LogError> {
        let tree = match self.witnessed()? {
            Some(witnessed) if witnessed.size() > index => witnessed,
            _ => self.tree()?,
        };
        let entry = tree.entry(index)?.to_json();
        let hashes = tree.inclusion(index)?;
        Ok(Receipt { extra: Some(entry), index, hashes, checkpoint: tree.note().clone() })
    }

    /// Checks that an entry is this store's verdict on a record.
    pub(crate) fn vouch(&self, index: u64, record: &Digest) -> Result<(), LogError> {
        let envelope = self.envelope(&self.entry(index)?)?;
        let found = rows::verdict_of(&envelope, &self.gate);
        if found == Some(*record) { Ok(()) } else { Err(LogError::NotLogged { digest: *record }) }
    }

    /// Keeps the signature of a witness: under the checkpoint, while it is the newest, and beside it.
    ///
    /// The note is the checkpoint as the witness signed it.
    ///
    /// # Errors
    /// When the note is not of this log, or cannot be written.
    pub async fn add_cosignature(&self, note: &Note, line: NoteSignature) -> Result<(), StoreError> {
        let cosigned = note.with(line.clone()).map_err(LogError::from)?;
        let bytes = cosigned.to_string();
        // It must be a checkpoint of this very log, not merely one that its key once signed.
        let tree = Tree::at(&self.folder, bytes.as_bytes(), &self.verifier)?;
        let checkpoint = tree.checkpoint().clone();
        let mut writer = self.writer.clone().lock_owned().await;
        let (staging, path) = (self.staging.clone(), self.folder.join(WITNESSED));
        let written = tokio::task::spawn_blocking(move || {
            staging.write_all(&[(path, bytes.as_bytes())])?;
            writer.cosign(&checkpoint, line).map(drop)
        });
        written.await.map_err(|_| LogError::WriterLost)?
    }

    /// The log as the newest witnessed checkpoint has it.
    fn witnessed(&self) -> Result<Option<Tree>, LogError> {
        let path = self.folder.join(WITNESSED);
        let Some(bytes) = tree::read(&path)? else { return Ok(None) };
        match Tree::at(&self.folder, &bytes, &self.verifier) {
            Err(LogError::Checkpoint { error, .. }) => Err(LogError::Checkpoint { path, error }),
            tree => tree.map(Some),
        }
    }

    /// Brings the rows of the index up to the log.
    pub(crate) async fn catch_up(&self) -> Result<(), StoreError> {
        self.index.absorb(self).await
    }

    pub(crate) fn content(&self) -> &Content {
        &self.content
    }
}

/// Writes what a batch waits for, and tells each how it went.
fn write(writer: &mut Writer, batch: Vec<Pending>) {
    let blobs: Vec<Vec<u8>> = batch.iter().flat_map(|pending| &pending.blobs).cloned().collect();
    let entries: Vec<Vec<u8>> = batch.iter().flat_map(|pending| &pending.entries).cloned().collect();
    let written = writer.commit(&blobs, entries).map_err(Arc::new);
    let mut place = 0;
    for Pending { entries, done, .. } in batch {
        let first = written.as_ref().map(|first| first + place).map_err(Arc::clone);
        place += entries.len() as u64;
        // Who no longer waits needs no answer.
        let _ = done.send(first);
    }
}

fn default_origin(key: &PublicKey) -> String {
    format!("headworks.local/{}", &key.digest().hex()[..8])
}
