//! What was observed, as it is stated: every file once, with its digest.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::ahead::Ahead;
use super::files::{Known, in_order, is_pseudo};
use super::stamp::{Hashed, Reader, regular};
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
    let Observed { files, endpoints, refused, unseen, started: started_processes, programs, ahead, .. } = observed;
    let overflowed = files.overflowed;
    let (known, links) = files.into_parts();
    let hashed = hash_all(&known, &ahead.map(Ahead::finish).unwrap_or_default());
    let (written, removed, unhashed) = outputs(&known, &hashed);
    let read = inputs(&known, &hashed, &written);
    let links = links.into_iter().filter(|(path, _)| path.is_symlink()).collect();
    Recording {
        observation,
        ended,
        standard_input: None,
        unrecorded: Vec::new(),
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

/// Named paths with what is known of them, in order.
type Paths = [(PathBuf, Known)];

/// Each path of [`Paths`] as it is now, when it was needed and could be hashed.
type Digests = Vec<Option<Hashed>>;

/// The files as they are now, hashed by every processor.
fn hash_all(known: &Paths, ahead: &HashMap<PathBuf, Hashed>) -> Digests {
    let needed = |known: &Known| known.written || (known.read.is_some() && known.before.is_none());
    // It still is what was hashed, unless the run wrote to it.
    let done = |path: &Path, known: &Known| {
        let hashed = ahead.get(path).filter(|_| !known.written)?;
        (regular(path)? == hashed.stamp).then(|| hashed.clone())
    };
    let (next, hashed) = (AtomicUsize::new(0), Mutex::new(vec![None; known.len()]));
    let work = || {
        let (mut own, mut reader) = (Vec::new(), Reader::new());
        loop {
            let from = next.fetch_add(PATHS_AT_ONCE, Ordering::Relaxed);
            let Some(paths) = known.get(from..).filter(|rest| !rest.is_empty()) else { break };
            for (index, (path, known)) in (from..).zip(paths.iter().take(PATHS_AT_ONCE)) {
                if needed(known) {
                    let hashed = done(path, known).or_else(|| reader.hash(path).ok());
                    own.extend(hashed.map(|hashed| (index, hashed)));
                }
            }
        }
        let mut all = hashed.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, hashed) in own {
            if let Some(place) = all.get_mut(index) {
                *place = Some(hashed);
            }
        }
    };
    std::thread::scope(|scope| {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        (1..processors).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    hashed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Neighbours mostly lie in one folder, so a processor takes several at once.
const PATHS_AT_ONCE: usize = 16;

/// Files written that exist, names that are gone, and files that cannot be hashed.
fn outputs(known: &Paths, hashed: &Digests) -> (Vec<WrittenFile>, BTreeSet<PathBuf>, BTreeSet<PathBuf>) {
    let (mut written, mut removed, mut unhashed) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    for ((path, _), hashed) in known.iter().zip(hashed).filter(|((_, known), _)| known.written) {
        match hashed {
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

/// Files read that were there before the run, each once.
fn inputs(known: &Paths, hashed: &Digests, written: &[WrittenFile]) -> Vec<ReadFile> {
    let made: BTreeSet<&Path> = written.iter().map(|file| file.path.as_path()).collect();
    let named = known.iter().zip(hashed).filter_map(|((path, known), hashed)| {
        let file = input(path, known, hashed.as_ref())?;
        // It was written by another name, and nothing says that it was read before.
        let is_output = !known.written && made.contains(file.path.as_path());
        (!is_output && !is_pseudo(&file.path)).then_some(file)
    });
    let mut read: Vec<ReadFile> = named.collect();
    // Stable, so that the first of several names stays the first.
    read.sort_by(|a, b| in_order(&a.path, &b.path));
    read.dedup_by(|file, first| {
        let is_same = file.path == first.path;
        if is_same {
            merge(first, file);
        }
        is_same
    });
    read
}

/// A digest that is not known for one of its names is not known.
fn merge(first: &mut ReadFile, file: &ReadFile) {
    first.executed |= file.executed;
    if first.state == State::Unchanged && file.state != State::Unchanged {
        (first.state, first.digest) = (file.state, file.digest);
    }
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
