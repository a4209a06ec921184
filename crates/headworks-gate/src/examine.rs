//! Hashing, inspecting and judging the files of an artifact, many at a time.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use headworks_rules::{Evidence, Profiles};
use headworks_types::artifact::tree_digest;
use headworks_types::digest::Hasher;
use headworks_types::{
    Artifact, Digest, Examination, Fact, FactKind, Fault, FileCoverage, FileEntry, Limits, Place, ReadAt, ReadError,
};

use crate::acquire::{Acquired, Source};
use crate::local::LocalFile;
use crate::progress::{Meter, Progress};

/// Bytes hashed at a time.
const PIECE_BYTES: usize = 1 << 20;

/// Parsers of nested documents recurse to a bounded depth; this leaves them ample room.
const STACK_BYTES: usize = 64 << 20;

/// Computes the digest of every file, and of all of them together.
pub(crate) fn identify(acquired: &Acquired, meter: &Meter<'_>) -> Artifact {
    let mut files = each_file(&acquired.files, |source| hash(source, meter));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Artifact {
        name: acquired.name.clone(),
        kind: acquired.kind,
        digest: tree_digest(&files),
        bytes: files.iter().map(|file| file.bytes).sum(),
        files,
        excluded: acquired.excluded.clone(),
    }
}

/// Inspects every file and lets the rules judge what was seen.
pub fn examine(
    acquired: &Acquired,
    profiles: &Profiles,
    limits: &Limits,
    progress: &(dyn Fn(Progress) + Sync),
) -> Examination {
    let meter = Meter::new(acquired, progress);
    let artifact = identify(acquired, &meter);
    examine_identified(acquired, artifact, profiles, limits, &meter)
}

/// Inspects the files of an artifact whose digests are known.
pub(crate) fn examine_identified(
    acquired: &Acquired,
    artifact: Artifact,
    profiles: &Profiles,
    limits: &Limits,
    meter: &Meter<'_>,
) -> Examination {
    let inspected = each_file(&acquired.files, |source| inspect(source, &artifact, limits, meter));
    let mut coverage = Vec::new();
    let mut facts = acquired.facts.clone();
    for (file, of_file) in inspected {
        coverage.push(FileCoverage::of(&file, &of_file));
        facts.extend(of_file);
    }
    coverage.extend(
        acquired
            .facts
            .iter()
            .filter(|fact| matches!(fact.kind, FactKind::Fault(_)))
            .map(|fault| FileCoverage::of(fault.location.place.file_path(), std::slice::from_ref(fault))),
    );
    coverage.sort_by(|a, b| a.path.cmp(&b.path));
    let findings = headworks_rules::judge(&Evidence::of(&facts).with_profiles(profiles).with_artifact(artifact.digest));
    Examination { artifact, findings, coverage, facts }
}

fn hash(source: &Source, meter: &Meter<'_>) -> FileEntry {
    let entry = source.open().ok().map(|file| (file.size(), digest(&file, meter).ok()));
    let (bytes, digest) = entry.unwrap_or_default();
    FileEntry { path: source.path.clone(), bytes, digest }
}

fn digest(file: &LocalFile, meter: &Meter<'_>) -> Result<Digest, ReadError> {
    let mut hasher = Hasher::default();
    let mut piece = vec![0; PIECE_BYTES.min(usize::try_from(file.size()).unwrap_or(PIECE_BYTES))];
    let mut offset = 0;
    while offset < file.size() {
        let count = file.read_at(offset, &mut piece)?;
        hasher.update(piece.get(..count).unwrap_or_default());
        offset += count as u64;
        meter.bytes_done(count as u64);
    }
    Ok(hasher.finish())
}

fn inspect(source: &Source, artifact: &Artifact, limits: &Limits, meter: &Meter<'_>) -> (String, Vec<Fact>) {
    let facts = match source.open() {
        Ok(file) => {
            let facts = inspect_file(&file, source, artifact, limits);
            meter.bytes_done(file.size());
            facts
        }
        Err(error) => vec![fault(&source.path, Fault::Unreadable { reason: error.to_string() })],
    };
    meter.file_done();
    (source.path.clone(), facts)
}

fn inspect_file(file: &LocalFile, source: &Source, artifact: &Artifact, limits: &Limits) -> Vec<Fact> {
    let parse = || headworks_formats::inspect(file, Place::file(source.path.clone()), limits);
    // A panic is a defect of headworks. It must cost this file its admission, not the other files their check.
    let mut facts = panic::catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|_| {
        let problem = "the parser failed, which is a defect of headworks: please report it with this file's digest";
        vec![fault(&source.path, Fault::Malformed { format: "file".to_owned(), problem: problem.to_owned() })]
    });
    let entry = artifact.files.iter().find(|entry| entry.path == source.path);
    let hashed = entry.is_some_and(|entry| entry.digest.is_some() && entry.bytes == file.size());
    if !hashed || file.was_changed() {
        facts
            .push(fault(&source.path, Fault::Unreadable { reason: "it changed, or failed, while it was read".into() }));
    }
    facts
}

fn fault(path: &str, fault: Fault) -> Fact {
    Fact { location: Place::file(path).at(0..0), times: 1, kind: fault.into() }
}

/// Runs `work` on every file, on all processors, and returns the results in the files' order.
fn each_file<T: Send>(files: &[Source], work: impl Fn(&Source) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(files.len()));
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = files.get(index) else { break };
            let result = work(source);
            done.lock().expect("no worker panics while it holds the lock").push((index, result));
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(files.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, worker)
                .expect("a thread can be started");
        }
    });
    let mut results = done.into_inner().expect("no worker panics while it holds the lock");
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
