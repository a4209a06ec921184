//! Where the kernel cannot show calls to another process: the command runs, and nothing is claimed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::process::Command;

use jiff::Timestamp;

use crate::checkpoints::Checkpoints;
use crate::recorder::{KEY_PASSWORD_VARIABLE, RecordError, Watch};
use crate::recording::{Ended, Observation, Recording};

/// Runs a command without watching it; a run that must be watched is refused.
pub(crate) fn record(
    argv: &[OsString],
    watch: &Watch,
    checkpoints: Option<&Checkpoints>,
) -> Result<Recording, RecordError> {
    let reason = "calls can be watched on Linux only, on x86_64 and aarch64".to_owned();
    if matches!(watch, Watch::Strict { .. }) || checkpoints.is_some() {
        return Err(RecordError::NotWatched { reason });
    }
    let (program, arguments) = argv.split_first().ok_or(RecordError::NotStarted(io::ErrorKind::InvalidInput.into()))?;
    let started = Timestamp::now();
    let status = Command::new(program)
        .args(arguments)
        .env_remove(KEY_PASSWORD_VARIABLE)
        .status()
        .map_err(RecordError::NotStarted)?;
    Ok(Recording {
        observation: Observation::None { reason },
        ended: Ended { code: status.code(), signal: None },
        standard_input: None,
        unrecorded: Vec::new(),
        started,
        finished: Timestamp::now(),
        read: Vec::new(),
        written: Vec::new(),
        unhashed: BTreeSet::new(),
        removed: BTreeSet::new(),
        links: BTreeMap::new(),
        programs: Vec::new(),
        started_processes: 0,
        survivors: 0,
        endpoints: BTreeSet::new(),
        refused: BTreeSet::new(),
        unseen: BTreeMap::new(),
        overflowed: false,
    })
}
