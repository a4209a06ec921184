//! Hashing the files of a model on every core, to sign them or to hold them against a manifest.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use headworks_attest::oms::{
    Comparison, ContentHasher, Entry, EntryKind, HashType, Manifest, ManifestError, Problem, Resource, Serialization,
    Tolerance, check_name,
};

use super::listing::ModelFiles;

/// Bytes read at a time: few enough to be in a core's own cache when they are hashed.
const PIECE_BYTES: usize = 256 << 10;

/// What signing a model gave.
#[derive(Debug)]
pub struct Measured {
    /// The manifest to sign.
    pub manifest: Manifest,
    /// Bytes of all files in it.
    pub bytes: u64,
}

/// Hashes the files of a model and makes their manifest; `left_out` says which paths are no part of it.
///
/// # Errors
/// What cannot be signed: links, special files, unreadable files, names, an empty model.
pub fn make_manifest(
    files: &ModelFiles,
    serialization: Serialization,
    left_out: &dyn Fn(&str) -> bool,
) -> Result<Measured, Vec<String>> {
    let mut problems = Vec::new();
    let mut jobs = Vec::new();
    for entry in files.entries.iter().filter(|entry| !left_out(&entry.path)) {
        match (&entry.kind, check_name(&entry.path)) {
            (EntryKind::EmptyFolder, _) => {}
            (EntryKind::File { .. }, Err(problem)) => problems.push(format!("the name `{}` {problem}", entry.path)),
            (EntryKind::File { bytes: 0, .. }, _) if serialization.shard_bytes.is_some() => {}
            (EntryKind::File { bytes, linked, .. }, Ok(())) => {
                jobs.push(Job::whole(entry, *bytes, *linked, &serialization));
            }
            (EntryKind::Link, _) => problems.push(format!("`{}` is a symbolic link", entry.path)),
            (EntryKind::Special, _) => problems.push(format!("`{}` is no regular file", entry.path)),
            (EntryKind::Unnameable, _) => problems.push(format!("the name `{}` is no UTF-8", entry.path)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let bytes = jobs.iter().map(|job| job.bytes).sum();
    let hashed = hash_all(files, &jobs, serialization.hash, None);
    let resources = signed_resources(&jobs, hashed)?;
    let manifest = Manifest::new(&files.name, serialization, resources);
    manifest.map(|manifest| Measured { manifest, bytes }).map_err(|error| vec![refusal(&error)])
}

/// Holds the files of a model against a manifest that was verified.
pub fn verify_contents(files: &ModelFiles, manifest: &Manifest, tolerance: &Tolerance) -> Comparison {
    compare(files, manifest, tolerance, None)
}

/// The same, and copies each signed file below `target` from the very bytes that are hashed.
///
/// What is in `target` afterwards was verified, whatever happens to the model meanwhile: nothing is opened again
/// between check and use. When anything differs, `target` is left empty.
///
/// # Errors
/// When `target` is no empty directory and cannot be made one.
pub fn verify_into(
    files: &ModelFiles,
    manifest: &Manifest,
    tolerance: &Tolerance,
    target: &Path,
) -> io::Result<Comparison> {
    fs::create_dir_all(target)?;
    if fs::read_dir(target)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, "it is not empty"));
    }
    let comparison = compare(files, manifest, tolerance, Some(target));
    if !comparison.agrees() {
        empty(target)?;
    }
    Ok(comparison)
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
    }
    Ok(())
}

fn compare(files: &ModelFiles, manifest: &Manifest, tolerance: &Tolerance, target: Option<&Path>) -> Comparison {
    let mut comparison = manifest.compare(&files.entries, tolerance);
    if !comparison.agrees() {
        // Something is amiss already; the contents of gigabytes would not make it right.
        return comparison;
    }
    let kinds: Vec<&Entry> =
        files.entries.iter().filter(|entry| comparison.to_hash.contains_key(&entry.path)).collect();
    let jobs: Vec<Job> = kinds.into_iter().filter_map(|entry| Job::signed(entry, manifest, &comparison)).collect();
    let hashed = hash_all(files, &jobs, manifest.serialization.hash, target);
    for (job, outcome) in jobs.iter().zip(hashed) {
        match outcome {
            Ok(digests) => {
                let resources = comparison.to_hash.get(&job.path).cloned().unwrap_or_default();
                let signed = resources.iter().filter_map(|&index| manifest.resources.get(index));
                for (resource, found) in signed.zip(digests) {
                    comparison.content(resource, &job.path, found);
                }
            }
            Err(problem) => drop(comparison.problems.insert(problem)),
        }
    }
    comparison
}

/// A file to hash, whole or in pieces.
struct Job {
    path: String,
    linked: bool,
    bytes: u64,
    /// Ends of the pieces in the order they are wanted; one without end is the whole file.
    pieces: Vec<Option<std::ops::Range<u64>>>,
}

impl Job {
    fn whole(entry: &Entry, bytes: u64, linked: bool, serialization: &Serialization) -> Self {
        let pieces = match serialization.shard_bytes {
            None => vec![None],
            Some(size) => pieces(bytes, size).map(Some).collect(),
        };
        Self { path: entry.path.clone(), linked, bytes, pieces }
    }

    fn signed(entry: &Entry, manifest: &Manifest, comparison: &Comparison) -> Option<Self> {
        let EntryKind::File { bytes, linked, .. } = entry.kind else { return None };
        let indexes = comparison.to_hash.get(&entry.path)?;
        let pieces = indexes.iter().filter_map(|&index| Some(manifest.resources.get(index)?.range.clone())).collect();
        Some(Self { path: entry.path.clone(), linked, bytes, pieces })
    }
}

fn pieces(bytes: u64, size: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
    let starts = (0..bytes).step_by(usize::try_from(size).unwrap_or(usize::MAX));
    starts.map(move |start| start..start.saturating_add(size).min(bytes))
}

type Outcome = Result<Vec<String>, Problem>;

/// Hashes every job; the outcomes are in the order of the jobs.
fn hash_all(files: &ModelFiles, jobs: &[Job], hash: HashType, target: Option<&Path>) -> Vec<Outcome> {
    // Large files first, so that no core is left with the largest at the end.
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|&index| jobs.get(index).map(|job| std::cmp::Reverse(job.bytes)));
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(jobs.len())));
    let worker = || {
        let mut buffer = vec![0; PIECE_BYTES];
        let mut mine = Vec::new();
        while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(job) = jobs.get(index) else { break };
            mine.push((index, hash_one(files, job, hash, target, &mut buffer)));
        }
        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(mine);
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    if workers <= 1 {
        worker();
    } else {
        thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(worker))));
    }
    let mut outcomes = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn hash_one(files: &ModelFiles, job: &Job, hash: HashType, target: Option<&Path>, buffer: &mut [u8]) -> Outcome {
    let unreadable = |error: io::Error| Problem::Unreadable { path: job.path.clone(), reason: error.to_string() };
    let mut file = files.open(&job.path, job.linked).map_err(unreadable)?;
    let before = file.metadata().map_err(unreadable)?;
    if !before.is_file() {
        return Err(Problem::Special(job.path.clone()));
    }
    let mut copy = target.map(|target| new_file(&target.join(&job.path))).transpose().map_err(unreadable)?;
    let digests = job.pieces.iter().map(|piece| digest(&mut file, piece.as_ref(), hash, copy.as_mut(), buffer));
    let digests: Vec<String> = digests.collect::<io::Result<_>>().map_err(unreadable)?;
    let after = file.metadata().map_err(unreadable)?;
    if before.len() != job.bytes || !is_same(&before, &after) {
        return Err(Problem::Changed(job.path.clone()));
    }
    Ok(digests)
}

fn digest(
    file: &mut File,
    piece: Option<&std::ops::Range<u64>>,
    hash: HashType,
    mut copy: Option<&mut File>,
    buffer: &mut [u8],
) -> io::Result<String> {
    let mut hasher = ContentHasher::new(hash);
    let mut left = match piece {
        // One read less a file: who grows it meanwhile is found out by its state afterwards.
        None => file.metadata()?.len().max(1),
        Some(range) => {
            for file in [Some(&mut *file), copy.as_deref_mut()].into_iter().flatten() {
                file.seek(io::SeekFrom::Start(range.start))?;
            }
            range.end.saturating_sub(range.start)
        }
    };
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = match file.read(buffer.get_mut(..wanted).unwrap_or_default()) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let piece = buffer.get(..count).unwrap_or_default();
        hasher.update(piece);
        if let Some(copy) = &mut copy {
            copy.write_all(piece)?;
        }
        left = left.saturating_sub(count as u64);
    }
    Ok(hasher.finish())
}

/// A file that was not there before, in a directory that is made for it.
fn new_file(path: &Path) -> io::Result<File> {
    path.parent().map(fs::create_dir_all).transpose()?;
    File::options().write(true).create_new(true).open(path)
}

/// Whether nobody wrote to the file in between, as far as the file system tells.
fn is_same(before: &Metadata, after: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let state = |m: &Metadata| (m.dev(), m.ino(), m.len(), m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec());
        state(before) == state(after)
    }
    #[cfg(not(unix))]
    {
        before.len() == after.len() && before.modified().ok() == after.modified().ok()
    }
}

fn signed_resources(jobs: &[Job], hashed: Vec<Outcome>) -> Result<Vec<Resource>, Vec<String>> {
    let (mut resources, mut problems) = (Vec::new(), Vec::new());
    for (job, outcome) in jobs.iter().zip(hashed) {
        match outcome {
            Ok(digests) => resources.extend(job.pieces.iter().zip(digests).map(|(range, digest)| Resource {
                path: job.path.clone(),
                range: range.clone(),
                digest,
            })),
            Err(problem) => problems.push(problem.to_string()),
        }
    }
    if problems.is_empty() { Ok(resources) } else { Err(problems) }
}

fn refusal(error: &ManifestError) -> String {
    match error {
        ManifestError::Empty => "it has no file to sign".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::Links;

    fn model() -> tempfile::TempDir {
        let model = tempfile::tempdir().expect("model");
        fs::create_dir(model.path().join("sub")).expect("folder");
        fs::write(model.path().join("weights.bin"), "weights").expect("writes");
        fs::write(model.path().join("sub/config.json"), "{}").expect("writes");
        model
    }

    fn measure(model: &tempfile::TempDir, serialization: Serialization) -> Manifest {
        let files = ModelFiles::list(model.path(), Links::Refuse).expect("lists");
        make_manifest(&files, serialization, &|_| false).expect("measures").manifest
    }

    fn verify(model: &tempfile::TempDir, manifest: &Manifest) -> Comparison {
        let files = ModelFiles::list(model.path(), Links::Refuse).expect("lists");
        verify_contents(&files, manifest, &Tolerance::default())
    }

    #[test]
    fn an_untouched_model_agrees_with_its_manifest_in_files_and_in_shards() {
        let model = model();
        let shards = Serialization { shard_bytes: Some(3), ..Serialization::files(Vec::new()) };
        for serialization in [Serialization::files(Vec::new()), shards] {
            let comparison = verify(&model, &measure(&model, serialization));
            assert!(comparison.agrees(), "{:?}", comparison.problems);
            assert_eq!((comparison.covered_files, comparison.covered_bytes), (2, 9));
        }
    }

    #[test]
    fn one_altered_byte_is_found_in_files_and_in_shards() {
        let model = model();
        let shards = Serialization { shard_bytes: Some(3), ..Serialization::files(Vec::new()) };
        let manifests = [measure(&model, Serialization::files(Vec::new())), measure(&model, shards)];
        fs::write(model.path().join("weights.bin"), "weighty").expect("writes");
        for manifest in &manifests {
            let comparison = verify(&model, manifest);
            assert!(matches!(comparison.problems.first(), Some(Problem::Altered { what: "digest", .. })));
        }
        fs::write(model.path().join("weights.bin"), "weights!").expect("writes");
        assert!(manifests.iter().all(|manifest| !verify(&model, manifest).agrees()));
    }

    #[test]
    fn what_is_handed_over_is_what_was_verified_and_nothing_when_something_differs() {
        let (model, target) = (model(), tempfile::tempdir().expect("target"));
        let shards = Serialization { shard_bytes: Some(3), ..Serialization::files(Vec::new()) };
        let hand_over = |manifest: &Manifest, target: &Path| {
            let files = ModelFiles::list(model.path(), Links::Refuse).expect("lists");
            verify_into(&files, manifest, &Tolerance::default(), target)
        };
        for (name, serialization) in [("files", Serialization::files(Vec::new())), ("shards", shards)] {
            let (manifest, target) = (measure(&model, serialization), target.path().join(name));
            assert!(hand_over(&manifest, &target).expect("copies").agrees());
            assert_eq!(fs::read(target.join("weights.bin")).expect("is there"), b"weights");
            assert_eq!(fs::read(target.join("sub/config.json")).expect("is there"), b"{}");
            assert!(hand_over(&manifest, &target).is_err(), "it is not empty any more");
        }
        let manifest = measure(&model, Serialization::files(Vec::new()));
        fs::write(model.path().join("weights.bin"), "weighty").expect("writes");
        let target = target.path().join("altered");
        assert!(!hand_over(&manifest, &target).expect("copies").agrees());
        assert_eq!(fs::read_dir(&target).expect("is there").count(), 0);
    }

    #[test]
    fn an_empty_model_is_not_signed() {
        let model = tempfile::tempdir().expect("model");
        let files = ModelFiles::list(model.path(), Links::Refuse).expect("lists");
        let refused = make_manifest(&files, Serialization::files(Vec::new()), &|_| false).expect_err("is empty");
        assert_eq!(refused, ["it has no file to sign"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_signed_unless_it_is_allowed_and_stays_inside() {
        let model = model();
        std::os::unix::fs::symlink("weights.bin", model.path().join("alias")).expect("links");
        let sign = |links| {
            let files = ModelFiles::list(model.path(), links).expect("lists");
            let serialization =
                Serialization { allow_symlinks: links == Links::WithinModel, ..Serialization::files(Vec::new()) };
            make_manifest(&files, serialization, &|_| false)
        };
        assert!(sign(Links::Refuse).is_err());
        assert_eq!(sign(Links::WithinModel).expect("signs").manifest.resources.len(), 3);
        std::os::unix::fs::symlink("/etc/hostname", model.path().join("out")).expect("links");
        assert!(sign(Links::WithinModel).is_err());
    }
}
