//! A witness: another party that remembers how large each log was and signs only what extends that.
//!
//! It keeps nothing but name, key, size and root of each log. A log that was rewritten, cut or rolled back
//! cannot give it a proof that leads from there to its newest checkpoint.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use headworks_attest::json::{self, JsonError};
use headworks_attest::log::{Checkpoint, Note, NoteError, NoteSignature, ProofError, VerifierKey, merkle};
use headworks_attest::{SigningKey, log::SignatureKind};
use headworks_types::Digest;
use serde::{Deserialize, Serialize};

use super::{LogError, Tree};
use crate::StoreError;
use crate::durable::Staging;

/// A party that cosigns checkpoints.
#[derive(Debug)]
pub struct Witness {
    name: String,
    key: SigningKey,
    path: PathBuf,
    seen: BTreeMap<String, Seen>,
}

/// What a witness remembers of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The key that signed all its checkpoints.
    pub log_key: String,
    /// Its largest size so far.
    pub size: u64,
    /// The root at that size.
    pub root: Digest,
}

/// Why a witness does not sign.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// Its memory cannot be read.
    #[error("the witness cannot use `{path}`: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// Its memory is malformed.
    #[error("`{path}` is no memory of a witness: {error}", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        error: JsonError,
    },
    /// The log signs with another key than before.
    #[error("the log `{origin}` was signed by `{known}` before and is by `{found}` now")]
    OtherKey {
        /// Name of the log.
        origin: String,
        /// The key so far.
        known: String,
        /// The key now.
        found: String,
    },
    /// The log is smaller than it was.
    #[error("the log `{origin}` has {size} entries and had {known}: it was cut or rolled back")]
    Shrunk {
        /// Name of the log.
        origin: String,
        /// Entries now.
        size: u64,
        /// Entries before.
        known: u64,
    },
    /// The log does not extend what it was.
    #[error("the log `{origin}` does not extend what it was at {known} entries, it was rewritten: {error}")]
    Rewritten {
        /// Name of the log.
        origin: String,
        /// Entries before.
        known: u64,
        /// How the proof fails.
        error: ProofError,
    },
    /// The log does not hold by itself.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The cosignature could not be made.
    #[error("the checkpoint could not be cosigned: {0}")]
    Unsigned(#[from] NoteError),
    /// Its memory cannot be written.
    #[error(transparent)]
    Store(#[from] Box<StoreError>),
}

impl Witness {
    /// A witness of this name, which remembers in the file `state`.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn open(name: &str, key: SigningKey, state: &Path) -> Result<Self, WitnessError> {
        let path = state.to_owned();
        let seen = match fs::read(state) {
            Ok(bytes) => json::parse(&bytes).map_err(|error| WitnessError::Malformed { path: path.clone(), error })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(source) => return Err(WitnessError::Io { path, source }),
        };
        Ok(Self { name: name.to_owned(), key, path, seen })
    }

    /// The key that verifies its cosignatures.
    ///
    /// # Errors
    /// When its name or key cannot be one of a witness.
    pub fn verifier(&self) -> Result<VerifierKey, NoteError> {
        VerifierKey::new(&self.name, SignatureKind::Cosignature, self.key.public()?)
    }

    /// What it remembers of a log.
    pub fn seen(&self, origin: &str) -> Option<&Seen> {
        self.seen.get(origin)
    }

    /// Cosigns the newest checkpoint of the log in `folder`, signed by `log`, if it extends what was seen before.
    ///
    /// # Errors
    /// When it does not, or anything cannot be read or written; then nothing is signed.
    pub fn cosign(
        &mut self,
        folder: &Path,
        log: &VerifierKey,
        time_s: u64,
    ) -> Result<(Note, NoteSignature), WitnessError> {
        let tree = Tree::open(folder, log)?;
        let checkpoint = tree.checkpoint();
        let known = self.seen.get(&checkpoint.origin).cloned();
        let size = known.as_ref().map_or(0, |seen| seen.size);
        let proof = if size <= checkpoint.size { tree.consistency(size)? } else { Vec::new() };
        let line = self.cosign_checkpoint(checkpoint, log, &proof, time_s)?;
        Ok((tree.note().clone(), line))
    }

    /// Cosigns a checkpoint that was verified with the key `log`, given the proof that it extends the last one.
    ///
    /// # Errors
    /// When the proof does not show that, or the memory cannot be written; then nothing is signed.
    pub fn cosign_checkpoint(
        &mut self,
        checkpoint: &Checkpoint,
        log: &VerifierKey,
        proof: &[Digest],
        time_s: u64,
    ) -> Result<NoteSignature, WitnessError> {
        let Checkpoint { origin, size, root, .. } = checkpoint;
        let log_key = log.to_string();
        if let Some(known) = self.seen.get(origin) {
            extends(known, checkpoint, &log_key, proof)?;
        }
        let line = NoteSignature::cosign(&checkpoint.to_string(), &self.name, &self.key, time_s)?;
        // Remembered before the signature is handed out: a crash between the two forgets nothing.
        self.seen.insert(origin.clone(), Seen { log_key, size: *size, root: *root });
        self.remember()?;
        Ok(line)
    }

    fn remember(&self) -> Result<(), WitnessError> {
        let folder = self.path.parent().unwrap_or(Path::new(".")).to_owned();
        let bytes = serde_json::to_vec_pretty(&self.seen).expect("a memory is plain data with string keys");
        let write = || Staging::open(folder)?.write_all(&[(self.path.clone(), &bytes)]);
        write().map_err(|error| WitnessError::Store(Box::new(error)))
    }
}

fn extends(known: &Seen, checkpoint: &Checkpoint, log_key: &str, proof: &[Digest]) -> Result<(), WitnessError> {
    let Checkpoint { origin, size, root, .. } = checkpoint;
    let origin = origin.clone();
    if known.log_key != log_key {
        return Err(WitnessError::OtherKey { origin, known: known.log_key.clone(), found: log_key.to_owned() });
    }
    if *size < known.size {
        return Err(WitnessError::Shrunk { origin, size: *size, known: known.size });
    }
    merkle::verify_consistency(known.size, &known.root, *size, root, proof).map_err(|error| WitnessError::Rewritten {
        origin,
        known: known.size,
        error,
    })
}
