//! The recorder: a supervisor to whom the kernel shows calls (seccomp user notification).

mod address;
mod ahead;
mod call;
mod checkpoint_names;
mod checkpoints;
mod children;
mod files;
mod filter;
mod held;
mod kernel;
mod launch;
mod names;
mod stamp;
mod summary;
mod supervisor;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use crate::checkpoints::Checkpoints;
use crate::recorder::{RecordError, Watch};
use crate::recording::{Observation, Recording};
use ahead::Ahead;
use checkpoints::Guard;
use files::Roots;
use launch::{Launched, Prepared};
use supervisor::Observed;

/// What the command leaves running may go on for this long; then it is ended, and the statement says so.
const ORPHANS_MAY_RUN: Duration = Duration::from_secs(3);

/// Runs a command to its end, and everything it started.
pub(crate) fn record(
    argv: &[OsString],
    watch: &Watch,
    checkpoints: Option<Checkpoints>,
) -> Result<Recording, RecordError> {
    let prepared = Prepared::new(argv).map_err(RecordError::NotStarted)?;
    let standard_input = inherited(0);
    let strict = matches!(watch, Watch::Strict { .. });
    let filter = kernel::shows_calls().map(|()| filter::program(strict));
    let unavailable = filter.as_ref().err().map(ToString::to_string);
    let roots = if let Watch::Strict { known } = watch {
        let mut roots = Roots::default();
        roots.extend(known.iter().cloned());
        Some(roots)
    } else {
        None
    };
    let must_be_watched = strict || checkpoints.is_some();
    let mut observed = Observed::new(roots, checkpoints.map(Guard::new));
    observed.inherit(&standard_input).map_err(|()| RecordError::UnknownInput { input: standard_input.clone() })?;
    let observed = Arc::new(Mutex::new(observed));
    children::adopt_and_close();
    let mut launched = launch::launch(&prepared, filter.ok()).map_err(RecordError::NotStarted)?;
    let observation = match watch_calls(&mut launched, &observed) {
        Ok(()) => Observation::SeccompUserNotification,
        Err(error) => Observation::None { reason: unavailable.unwrap_or_else(|| error.to_string()) },
    };
    if let (true, Observation::None { reason }) = (must_be_watched, &observation) {
        return Err(RecordError::NotWatched { reason: reason.clone() });
    }
    let started = Timestamp::now();
    launched.execute().map_err(RecordError::NotStarted)?;
    let ended = children::wait(launched.pid).map_err(RecordError::NotStarted)?;
    let survivors = children::settle(ORPHANS_MAY_RUN);
    let finished = Timestamp::now();
    if let Some(error) = launched.failure().map_err(RecordError::NotStarted)? {
        return Err(RecordError::NotStarted(error));
    }
    // Everyone who could make a call has ended, so the supervisor has nothing more to add.
    let (mut guard, died) = match observed.lock() {
        Ok(guard) => (guard, false),
        Err(poisoned) => (poisoned.into_inner(), true),
    };
    let mut observed = std::mem::take(&mut *guard);
    observed.files.overflowed |= died;
    let unrecorded = observed.guard.take().map_or_else(Vec::new, |guard| guard.finish(ended.code == Some(0)));
    let mut recording = summary::recording(observed, observation, ended, (started, finished), survivors);
    recording.standard_input = Some(standard_input);
    recording.unrecorded = unrecorded;
    Ok(recording)
}

/// What a descriptor stands for that the command inherits open: a path, or a kind such as `pipe`.
fn inherited(descriptor: i32) -> PathBuf {
    let target = fs::read_link(format!("/proc/self/fd/{descriptor}")).unwrap_or_else(|_| "closed".into());
    match target.to_str().and_then(|text| text.split_once(":[")) {
        Some((kind, _)) if !target.is_absolute() => kind.into(),
        _ => target,
    }
}

/// Starts the thread that answers.
fn watch_calls(launched: &mut Launched, observed: &Arc<Mutex<Observed>>) -> io::Result<()> {
    let listener = std::mem::replace(&mut launched.listener, Err(io::ErrorKind::NotConnected.into()))?;
    kernel::wake_at_once(&listener);
    observed.lock().unwrap_or_else(PoisonError::into_inner).ahead = Ahead::new();
    let observed = Arc::clone(observed);
    thread::Builder::new().name("recorder".into()).spawn(move || answer_all(&listener, &observed)).map(drop)
}

/// Without an answer a call would wait for ever: an error closes the listener, and calls fail from then on.
fn answer_all(listener: &OwnedFd, observed: &Mutex<Observed>) {
    loop {
        match kernel::receive(listener) {
            Ok(Some(call)) => observed.lock().unwrap_or_else(PoisonError::into_inner).handle(listener, &call),
            Ok(None) => return,
            Err(_) => {
                observed.lock().unwrap_or_else(PoisonError::into_inner).files.overflowed = true;
                return;
            }
        }
    }
}
