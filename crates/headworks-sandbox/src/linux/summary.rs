//! What was observed, as it is stated: every file once, with its digest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::files::{Known, is_pseudo};
use super::stamp::{self, Hashed};
use super::supervisor::Observed;
use crate::recording::{Ended, Observation, ReadFile, Recording, State, WrittenFile};

/// Hashes what was named and tells inputs from outputs.
pub(super) fn recording(
    observed: Observed,
    observation: Observation,
    ended: Ended,
    (started, finished): (Timestamp, Timestamp),
    survivors: usize,
) -> Recording {
    let Observed { files, endpoints, refused, unseen, started: started_processes, programs, .. } = observed;
    let overflowed = files.overflowed;
    let (known, links) = files.into_parts();
    let hashed = hash_all(&known);
    let (written, removed, unhashed) = outputs(&known, &hashed);
    let read = inputs(&known, &hashed, &written);
    let links = links.into_iter().filter(|(path, _)| path.is_symlink()).collect();
    Recording {
        observation,
        ended,
        standard_input: None,
        started,
        finished,
        read,
        written,
        unhashed,
        removed,
        links,
        programs,
        started_processes,
        survivors,
        endpoints,
        refused,
        unseen,
        overflowed,
    }
}

type Digests = BTreeMap<PathBuf, Hashed>;

/// The files as they are now, hashed by every processor.
fn hash_all(known: &BTreeMap<PathBuf, Known>) -> Digests {
    let needed = |known: &Known| known.written || (known.read.is_some() && known.before.is_none());
    let paths: Vec<&PathBuf> = known.iter().filter(|(_, known)| needed(known)).map(|(path, _)| path).collect();
    let (next, hashed) = (AtomicUsize::new(0), Mutex::new(Digests::new()));
    let work = || {
        let (mut own, mut block) = (Vec::new(), stamp::block());
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            own.extend(stamp::hash(path, &mut block).ok().map(|hashed| ((*path).clone(), hashed)));
        }
        hashed.lock().unwrap_or_else(PoisonError::into_inner).extend(own);
    };
    std::thread::scope(|scope| {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        (1..processors).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    hashed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Files written that exist, names that are gone, and files that cannot be hashed.
fn outputs(
    known: &BTreeMap<PathBuf, Known>,
    hashed: &Digests,
) -> (Vec<WrittenFile>, BTreeSet<PathBuf>, BTreeSet<PathBuf>) {
    let (mut written, mut removed, mut unhashed) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    for path in known.iter().filter(|(_, known)| known.written).map(|(path, _)| path) {
        match hashed.get(path) {
            Some(Hashed { path, .. }) if is_pseudo(path) => {}
            Some(Hashed { digest, stamp, path }) => {
                written.insert(path.clone(), WrittenFile { path: path.clone(), digest: *digest, size: stamp.size });
            }
            None if path.metadata().is_ok_and(|metadata| metadata.is_file()) => drop(unhashed.insert(path.clone())),
            None => drop(removed.insert(path.clone())),
        }
    }
    (written.into_values().collect(), removed, unhashed)
}

/// Files read that were there before the run.
fn inputs(known: &BTreeMap<PathBuf, Known>, hashed: &Digests, written: &[WrittenFile]) -> Vec<ReadFile> {
    let made: BTreeSet<&Path> = written.iter().map(|file| file.path.as_path()).collect();
    let mut read = BTreeMap::new();
    for (path, known) in known {
        let Some(file) = input(path, known, hashed.get(path)) else { continue };
        // It was written by another name, and nothing says that it was read before.
        let is_output = made.contains(file.path.as_path()) && !known.written;
        if is_output || is_pseudo(&file.path) {
            continue;
        }
        let first: &mut ReadFile = read.entry(file.path.clone()).or_insert_with(|| file.clone());
        first.executed |= file.executed;
        // A digest that is not known for one of its names is not known.
        if first.state == State::Unchanged && file.state != State::Unchanged {
            (first.state, first.digest) = (file.state, file.digest);
        }
    }
    read.into_values().collect()
}

fn input(path: &Path, known: &Known, hashed: Option<&Hashed>) -> Option<ReadFile> {
    let stamp = known.read?;
    let (digest, state) = match (known.before, hashed) {
        // It was opened to be changed, and was not.
        (Some(before), Some(now)) if now.digest == before => (Some(before), State::Unchanged),
        (Some(before), _) => (Some(before), State::ChangedByTheRun),
        (None, Some(now)) if now.stamp == stamp => (Some(now.digest), State::Unchanged),
        (None, Some(_)) => (None, State::Changed),
        (None, None) if path.exists() => (None, State::Unreadable),
        (None, None) => (None, State::Gone),
    };
    let real = hashed.map_or_else(|| super::supervisor::without_links(path), |hashed| hashed.path.clone());
    let opened_as = (real != path).then(|| path.to_owned());
    Some(ReadFile { path: real, opened_as, digest, state, executed: known.executed })
}
