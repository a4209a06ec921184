//! Hashing, inspecting and judging the files of an artifact, many at a time.

use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use headworks_formats::Sweep;
use headworks_rules::{Evidence, Profiles};
use headworks_types::artifact::tree_digest;
use headworks_types::digest::Hasher;
use headworks_types::{
    Artifact, Digest, Examination, Fact, FactKind, Fault, FileCoverage, FileEntry, History, Limits, Place, ReadAt,
    ReadError,
};

use crate::acquire::{Acquired, Source};
use crate::layout;
use crate::local::LocalFile;
use crate::progress::{Meter, Progress};
use crate::siblings;

/// Bytes read at a time: few enough to be in a core's own cache when they are hashed.
const PIECE_BYTES: usize = 256 << 10;

/// Parsers of nested documents recurse to a bounded depth; this leaves them ample room.
const STACK_BYTES: usize = 64 << 20;

/// Computes the digest of every file, and of all of them together, for those who state something about them.
pub fn measure(acquired: &Acquired) -> Artifact {
    identify(acquired, &Meter::new(acquired, 1, &|_| {}))
}

/// Computes the digest of every file, and of all of them together.
pub(crate) fn identify(acquired: &Acquired, meter: &Meter<'_>) -> Artifact {
    artifact(acquired, each(&acquired.files, |source, _| hash(source, meter)))
}

fn artifact(acquired: &Acquired, mut files: Vec<FileEntry>) -> Artifact {
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

/// Inspects every file and lets the rules judge what was seen, reading no byte twice that need not be.
///
/// Without digests the artifact has no identity, and bytes are read only where a parser looks:
/// checksums of large stored members are not compared.
pub fn examine(
    acquired: &Acquired,
    profiles: &Profiles,
    limits: &Limits,
    digests: Digests,
    progress: &(dyn Fn(Progress) + Sync),
) -> Examination {
    let passes = if digests == Digests::Skipped { 1 } else { 2 };
    let meter = Meter::new(acquired, passes, progress);
    let read = each(&acquired.files, |source, idle| {
        let read = inspect(source, limits, digests, &meter, idle);
        meter.file_done();
        read
    });
    let (files, inspected): (Vec<_>, Vec<_>) =
        read.into_iter().map(|(entry, facts)| (entry.clone(), (entry.path, facts))).unzip();
    judge(acquired, artifact(acquired, files), inspected, profiles, limits)
}

/// Whether files are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digests {
    /// Every byte is read once.
    Computed,
    /// Only what parsers look at is read.
    Skipped,
    /// They are known already; checksums that the file states are compared.
    Known,
}

/// Inspects the files of an artifact whose digests are known.
pub(crate) fn examine_identified(
    acquired: &Acquired,
    artifact: Artifact,
    profiles: &Profiles,
    limits: &Limits,
    meter: &Meter<'_>,
) -> Examination {
    let inspected = each(&acquired.files, |source, idle| {
        let (entry, mut facts) = inspect(source, limits, Digests::Known, meter, idle);
        let known = artifact.files.binary_search_by(|known| known.path.cmp(&entry.path));
        let known = known.ok().and_then(|index| artifact.files.get(index));
        if known.is_none_or(|known| known.digest.is_none() || known.bytes != entry.bytes) {
            facts.push(fault(&source.path, changed()));
        }
        meter.file_done();
        (entry.path, facts)
    });
    judge(acquired, artifact, inspected, profiles, limits)
}

fn judge(
    acquired: &Acquired,
    artifact: Artifact,
    mut inspected: Vec<(String, Vec<Fact>)>,
    profiles: &Profiles,
    limits: &Limits,
) -> Examination {
    layout::inspect_named(&mut inspected, &acquired.files, limits);
    siblings::explain(&mut inspected, &acquired.files);
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
    let evidence =
        Evidence::of(&facts).with_files(&artifact.files).with_profiles(profiles).with_artifact(artifact.digest);
    let findings = headworks_rules::judge(&evidence);
    Examination {
        artifact,
        findings,
        coverage,
        facts,
        attestations: Vec::new(),
        provenance: Vec::new(),
        vulnerabilities: None,
        history: History::default(),
    }
}

fn hash(source: &Source, meter: &Meter<'_>) -> FileEntry {
    let hashed = source.open().ok().map(|file| {
        let mut hasher = Hasher::default();
        let outcome = read_through(&file, 0..file.size(), meter, |_, piece| hasher.update(piece));
        (file.size(), outcome.is_ok().then(|| hasher.finish()))
    });
    let (bytes, digest) = hashed.unwrap_or_default();
    FileEntry { path: source.path.clone(), bytes, digest }
}

/// The digest of a file as far as it is wanted, and what its parsers see.
fn inspect(
    source: &Source,
    limits: &Limits,
    digests: Digests,
    meter: &Meter<'_>,
    idle: &Idle,
) -> (FileEntry, Vec<Fact>) {
    let path = source.path.clone();
    let file = match source.open() {
        Ok(file) => file,
        Err(error) => {
            let facts = vec![fault(&path, Fault::Unreadable { reason: error.to_string() })];
            return (FileEntry { path, bytes: 0, digest: None }, facts);
        }
    };
    let (mut facts, sweep) = parse(&file, Place::file(source.path.clone()), limits, idle);
    meter.bytes_done(file.size());
    let (digest, swept) = match digests {
        Digests::Computed => sweep_and_hash(&file, sweep, meter),
        Digests::Skipped => (None, Ok(sweep.leave_out())),
        Digests::Known => (None, sweep_ranges(&file, sweep, meter)),
    };
    match swept {
        Ok(found) => facts.extend(found),
        Err(error) => facts.push(fault(&path, Fault::Unreadable { reason: error.to_string() })),
    }
    if file.was_changed() {
        facts.push(fault(&path, changed()));
    }
    (FileEntry { path, bytes: file.size(), digest }, facts)
}

/// What the parsers see in a file at `place`, and what is left to a sweep.
pub(crate) fn parse(file: &LocalFile, place: Place, limits: &Limits, idle: &Idle) -> (Vec<Fact>, Sweep) {
    let path = place.file_path().to_owned();
    let workers = |count: usize, work: &(dyn Fn(usize) + Sync)| idle.share(count, work);
    let parse = || headworks_formats::inspect_leaving(file, place, limits, &workers);
    // A panic is a defect of headworks. It must cost this file its admission, not the other files their check.
    panic::catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|_| {
        let problem = "the parser failed, which is a defect of headworks: please report it with this file's digest";
        let defect = Fault::Malformed { format: "file".to_owned(), problem: problem.to_owned() };
        (vec![fault(&path, defect)], Sweep::default())
    })
}

fn sweep_and_hash(
    file: &LocalFile,
    mut sweep: Sweep,
    meter: &Meter<'_>,
) -> (Option<Digest>, Result<Vec<Fact>, ReadError>) {
    let mut hasher = Hasher::default();
    let outcome = read_through(file, 0..file.size(), meter, |offset, piece| {
        hasher.update(piece);
        sweep.feed(offset, piece);
    });
    let digest = outcome.is_ok().then(|| hasher.finish());
    (digest, outcome.map(|()| sweep.finish()))
}

fn sweep_ranges(file: &LocalFile, mut sweep: Sweep, meter: &Meter<'_>) -> Result<Vec<Fact>, ReadError> {
    let ranges: Vec<_> = sweep.ranges().collect();
    for range in ranges {
        read_through(file, range, meter, |offset, piece| sweep.feed(offset, piece))?;
    }
    Ok(sweep.finish())
}

/// Reads a range from first to last.
fn read_through(
    file: &LocalFile,
    range: Range<u64>,
    meter: &Meter<'_>,
    mut take: impl FnMut(u64, &[u8]),
) -> Result<(), ReadError> {
    let wanted = |offset: u64| usize::try_from(range.end.saturating_sub(offset)).unwrap_or(PIECE_BYTES);
    let mut buffer = vec![0; PIECE_BYTES.min(wanted(range.start))];
    let mut offset = range.start;
    while offset < range.end {
        let into = buffer.len().min(wanted(offset));
        let count = file.read_at(offset, buffer.get_mut(..into).unwrap_or_default())?;
        take(offset, buffer.get(..count).unwrap_or_default());
        offset += count as u64;
        meter.bytes_done(count as u64);
    }
    Ok(())
}

fn changed() -> Fault {
    Fault::Unreadable { reason: "it changed, or failed, while it was read".into() }
}

fn fault(path: &str, fault: Fault) -> Fact {
    Fact { location: Place::file(path).at(0..0), times: 1, kind: fault.into() }
}

/// Processors that have no file of their own to work on, and may help with the members of a large one.
pub(crate) struct Idle(AtomicUsize);

impl Idle {
    /// Calls `work` with each number below `count`, with the help of whoever is idle now.
    fn share(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        let helpers = self.0.swap(0, Ordering::Relaxed);
        let next = AtomicUsize::new(0);
        let worker = || {
            while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < count) {
                work(index);
            }
        };
        thread::scope(|scope| {
            for _ in 0..helpers {
                spawn(scope, &worker);
            }
            worker();
        });
        self.0.fetch_add(helpers, Ordering::Relaxed);
    }
}

/// Runs `work` on everything that is worked on by itself, on all processors, and returns the results in its order.
pub(crate) fn each<F: Sync, T: Send>(files: &[F], work: impl Fn(&F, &Idle) -> T + Sync) -> Vec<T> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let workers = processors.min(files.len());
    let (next, idle) = (AtomicUsize::new(0), Idle(AtomicUsize::new(processors.saturating_sub(workers))));
    let done = Mutex::new(Vec::with_capacity(files.len()));
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(index) else { break };
            let result = work(file, &idle);
            done.lock().expect("no worker panics while it holds the lock").push((index, result));
        }
        idle.0.fetch_add(1, Ordering::Relaxed);
    };
    thread::scope(|scope| (0..workers).for_each(|_| spawn(scope, &worker)));
    let mut results = done.into_inner().expect("no worker panics while it holds the lock");
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn spawn<'s>(scope: &'s thread::Scope<'s, '_>, worker: &'s (impl Fn() + Sync)) {
    thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, worker).expect("a thread can be started");
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::ArchiveFact;

    use super::*;
    use crate::acquire::acquire;

    /// A zip with one stored member, whose bytes are not those that its checksum is of.
    fn altered_archive() -> Vec<u8> {
        let (name, bytes) = (b"weights", vec![7; 100_000]);
        let fields = |signature: &[u8], made_by: &[u8], after_name: &[u8]| {
            let sizes = [&0x1234_5678u32.to_le_bytes()[..], &100_000u32.to_le_bytes(), &100_000u32.to_le_bytes()];
            let head = [&[0u8, 0, 0, 0, 0, 0, 0, 0][..], &sizes.concat(), &[7, 0, 0, 0]].concat();
            [signature, made_by, &[20, 0], &head, after_name].concat()
        };
        let local = [&fields(b"PK\x03\x04", b"", b"")[..], name, &bytes].concat();
        let central = [&fields(b"PK\x01\x02", &[20, 0], &[0; 14])[..], name].concat();
        let (start, length) = (u32::try_from(local.len()), u32::try_from(central.len()));
        let extent = [length.expect("small").to_le_bytes(), start.expect("small").to_le_bytes()].concat();
        [&local[..], &central, b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &extent, &[0, 0]].concat()
    }

    fn mismatches(digests: Digests) -> usize {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::write(folder.path().join("model.zip"), altered_archive()).expect("writes");
        let acquired = acquire(folder.path(), &Limits::default()).expect("is there");
        let examination = examine(&acquired, &Profiles::default(), &Limits::default(), digests, &|_| {});
        assert_eq!(examination.artifact.files[0].digest.is_some(), digests == Digests::Computed);
        let is_mismatch = |fact: &&Fact| matches!(fact.kind, FactKind::Archive(ArchiveFact::ChecksumMismatch { .. }));
        examination.facts.iter().filter(is_mismatch).count()
    }

    #[test]
    fn every_number_is_worked_on_once_whoever_is_idle_and_all_are_idle_again_afterwards() {
        for helpers in [0, 1, 5] {
            let idle = Idle(AtomicUsize::new(helpers));
            let calls: Vec<AtomicUsize> = (0..100).map(|_| AtomicUsize::new(0)).collect();
            idle.share(calls.len(), &|index| _ = calls[index].fetch_add(1, Ordering::Relaxed));
            assert!(calls.into_iter().all(|calls| calls.into_inner() == 1));
            assert_eq!(idle.0.into_inner(), helpers);
        }
    }

    #[test]
    fn a_checksum_is_compared_in_the_pass_that_hashes_and_in_one_of_its_own_when_the_digest_is_known() {
        assert_eq!(
            (mismatches(Digests::Computed), mismatches(Digests::Known), mismatches(Digests::Skipped)),
            (1, 1, 0)
        );
    }
}
