//! The checkpoint of a log that somebody else saw.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use headworks_attest::log::{Note, VerifierKey};
use headworks_store::log::Checkpoint;
use headworks_store::{Log, LogError};

/// Largest file of a witness or a receipt that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What the log must still contain.
#[derive(Debug, Args)]
pub(crate) struct WitnessOption {
    /// Checkpoint that a witness cosigned: the log must still contain what it saw
    #[arg(long, value_name = "FILE", requires = "witness_key")]
    pub(crate) witness: Option<PathBuf>,
    /// Key of the witness, as name+hash+base64
    #[arg(long, value_name = "VKEY")]
    pub(crate) witness_key: Option<VerifierKey>,
}

impl WitnessOption {
    /// The checkpoint that the witness cosigned, of this log, and the witness's name.
    pub(crate) fn seen(&self, log: &VerifierKey) -> anyhow::Result<Option<(Checkpoint, &str)>> {
        let (Some(path), Some(key)) = (&self.witness, &self.witness_key) else { return Ok(None) };
        let context = || format!("`{}`", path.display());
        let note = Note::parse(&read(path)?).with_context(context)?;
        key.time_of(&note).with_context(context)?;
        Ok(Some((Checkpoint::verify(&note, log).with_context(context)?, key.name())))
    }

    /// Why the log is not what the witness saw, when it is not.
    pub(crate) fn contradicts(&self, log: &Log) -> anyhow::Result<Option<LogError>> {
        let seen = self.seen(log.verifier())?;
        Ok(seen.and_then(|(seen, _)| log.extends(&seen).err()))
    }
}

/// A small file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let context = || format!("cannot read `{}`", path.display());
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(context)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(context)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("`{}` has more than the {FILE_BYTES_MAX} bytes that are read", path.display());
    }
    Ok(bytes)
}
