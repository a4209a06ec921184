//! When a checkpoint is complete, and when one is about to be read, judged by the calls of the command.
//!
//! Nothing that a trainer does says "saved". Two things come close, and both are shown before they happen:
//! moving the checkpoint to its name, as careful savers do, and turning to something else in the folder of
//! checkpoints: the next one, a marker such as `latest`, the removal of an old one. A checkpoint of which a file
//! is still open for writing is not complete, whatever else happens. The end of the run completes the last one
//! only when the command succeeded.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::checkpoint_names::{is_beside, is_checkpoint, is_marker};
use super::files::is_nameless;
use super::held::is_open_for_writing;
use super::stamp::Stamp;
use crate::checkpoints::{Checkpoints, Moment, Ruling};

/// Checkpoints that are written at the same time; a trainer writes one or two.
const UNFINISHED_MAX: usize = 256;
/// Of an old checkpoint that is written again, so many files are looked at to see whether it changed.
const FILES_COMPARED_MAX: usize = 100_000;
/// The checkpoints of one run.
#[derive(Debug)]
pub(super) struct Guard {
    given: Checkpoints,
    /// Entries of the folder that were there before the run, whatever they are called now.
    old: BTreeSet<Identity>,
    /// Old entries that may be read.
    allowed: BTreeSet<Identity>,
    /// Old entries that may not.
    refused: BTreeSet<Identity>,
    /// The files of old entries before the run wrote to them: a call that fails changes nothing.
    before: BTreeMap<Identity, Files>,
    /// Names of entries that were written and are not recorded, oldest first.
    unfinished: Vec<OsString>,
}

/// What stays the same under another name, and is never the same again: device, number and birth.
type Identity = (u64, u64, Option<SystemTime>);

/// The files at and below a path with their state.
type Files = BTreeMap<PathBuf, Stamp>;

/// Why a call is refused: this checkpoint was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// It may not be read.
    Read(PathBuf),
    /// It could not be recorded.
    Save(PathBuf),
}

/// An entry of the folder, and whether a path goes on below it.
type Entry = (OsString, bool);

impl Guard {
    pub(super) fn new(given: Checkpoints) -> Self {
        let entries = fs::read_dir(&given.folder).into_iter().flatten().flatten();
        let old = entries.filter_map(|entry| identity(&entry.path())).collect();
        let (allowed, refused, before, unfinished) = Default::default();
        Self { given, old, allowed, refused, before, unfinished }
    }

    /// A file is about to be opened.
    pub(super) fn open(&mut self, path: &Path, reads: bool, writes: bool) -> Result<(), Refused> {
        let real = path.canonicalize().unwrap_or_else(|_| without_links(path));
        let Some((name, is_below)) = self.entry(&real).or_else(|| self.leading_out(path, &real)) else { return Ok(()) };
        // What does not exist, and a folder, has no bytes to be read.
        if reads && real.is_file() && (is_below || !is_marker(&real, &name)) {
            self.read(&name)?;
        }
        if writes { self.write(&name) } else { Ok(()) }
    }

    /// A file is about to be made or changed.
    pub(super) fn write_to(&mut self, path: &Path) -> Result<(), Refused> {
        self.open(path, false, true)
    }

    /// A name is about to be made or taken away, other than by writing or moving.
    pub(super) fn touch(&mut self, path: &Path) -> Result<(), Refused> {
        match self.entry(&without_links(path)) {
            Some((name, _)) => self.complete_all_but(&name),
            None => Ok(()),
        }
    }

    /// Something is about to get another name, or a second one.
    pub(super) fn arrive(&mut self, from: &Path, to: &Path) -> Result<(), Refused> {
        let (from, to) = (without_links(from), without_links(to));
        let (source, target) = (self.entry(&from), self.entry(&to));
        if let Some((name, is_below)) = &source {
            let stays = target.as_ref().is_some_and(|(other, below)| name == other || !(*is_below || *below));
            // Parts of an old checkpoint in another place would be read there unseen.
            if !stays && from.symlink_metadata().is_ok() && (*is_below || !is_marker(&from, name)) {
                self.read(name)?;
            }
        }
        match (source, target) {
            (_, None) => self.touch(&from),
            (_, Some((name, true))) => self.write(&name),
            (source, Some((name, false))) => self.take_place(&from, source, &name),
        }
    }

    /// A checkpoint is about to be moved to its name.
    fn take_place(&mut self, from: &Path, source: Option<Entry>, name: &OsStr) -> Result<(), Refused> {
        let source = source.map(|(source, _)| source);
        self.complete_all_but(source.as_deref().unwrap_or(name))?;
        // An older checkpoint under another name is still the older one, and is no new one.
        let is_older = source.as_deref().is_some_and(|source| self.is_as_before(source));
        let exists = from.symlink_metadata().is_ok();
        if is_older || !(exists || is_nameless(from)) || is_marker(from, name) || is_beside(name) {
            return Ok(());
        }
        if !exists || is_open_for_writing(from) {
            return self.unfinish(name);
        }
        self.record(from, name)?;
        self.unfinished.retain(|unfinished| Some(unfinished.as_os_str()) != source.as_deref());
        Ok(())
    }

    /// The command has ended. What it was saving is recorded when it succeeded; returned is what was not.
    pub(super) fn finish(mut self, succeeded: bool) -> Vec<PathBuf> {
        if succeeded {
            // What cannot be recorded stays in the list.
            let _ = self.complete_all_but(OsStr::new(""));
        }
        let begun = self.unfinished.iter().filter(|name| !self.is_as_before(name));
        begun.map(|name| self.given.folder.join(name)).filter(|path| !is_empty(path)).collect()
    }

    fn entry(&self, real: &Path) -> Option<Entry> {
        let mut parts = real.strip_prefix(&self.given.folder).ok()?.components();
        let name = parts.next()?.as_os_str().to_owned();
        Some((name, parts.next().is_some()))
    }

    /// The entry by which a path leads out of the folder: a link below it does.
    fn leading_out(&self, path: &Path, real: &Path) -> Option<Entry> {
        let is_folder = |above: &&Path| above.canonicalize().is_ok_and(|above| above == self.given.folder);
        let above = path.ancestors().skip(1).filter(|_| path != real).find(is_folder)?;
        let mut parts = path.strip_prefix(above).ok()?.components();
        let name = parts.next()?.as_os_str().to_owned();
        Some((name, parts.next().is_some()))
    }

    /// The identity of an entry, if it was there before the run.
    fn old(&self, name: &OsStr) -> Option<Identity> {
        identity(&self.given.folder.join(name)).filter(|identity| self.old.contains(identity))
    }

    /// Whether an entry was there before the run, and the run changed nothing in it.
    fn is_as_before(&self, name: &OsStr) -> bool {
        let is_same = |before: &Files| *before == files(&self.given.folder.join(name));
        self.old(name).is_some_and(|identity| self.before.get(&identity).is_none_or(is_same))
    }

    fn read(&mut self, name: &OsStr) -> Result<(), Refused> {
        let checkpoint = self.given.folder.join(name);
        let Some(identity) = self.old(name).filter(|identity| !self.allowed.contains(identity)) else { return Ok(()) };
        let is_refused = self.refused.contains(&identity)
            || (self.given.keeper)(Moment::Read { checkpoint: &checkpoint }) == Ruling::Refuse;
        if is_refused {
            self.refused.insert(identity);
            return Err(Refused::Read(checkpoint));
        }
        self.allowed.insert(identity);
        Ok(())
    }

    /// A file of an entry is written: what was written before is complete, and this entry is not.
    fn write(&mut self, name: &OsStr) -> Result<(), Refused> {
        self.complete_all_but(name)?;
        let path = self.given.folder.join(name);
        if let Some(identity) = self.old(name) {
            if path.is_dir() && is_empty(&path) {
                self.old.remove(&identity);
            } else {
                self.before.entry(identity).or_insert_with(|| files(&path));
            }
        }
        if is_checkpoint(name) { self.unfinish(name) } else { Ok(()) }
    }

    fn unfinish(&mut self, name: &OsStr) -> Result<(), Refused> {
        if self.unfinished.iter().any(|unfinished| unfinished == name) {
            return Ok(());
        }
        if self.unfinished.len() >= UNFINISHED_MAX {
            return Err(Refused::Save(self.given.folder.join(name)));
        }
        self.unfinished.push(name.to_owned());
        Ok(())
    }

    fn complete_all_but(&mut self, name: &OsStr) -> Result<(), Refused> {
        let others: Vec<OsString> = self.unfinished.iter().filter(|other| *other != name).cloned().collect();
        for other in others {
            let path = self.given.folder.join(&other);
            if is_empty(&path) || self.is_as_before(&other) {
                self.unfinished.retain(|unfinished| *unfinished != other);
            } else if !is_open_for_writing(&path) {
                self.record(&path, &other)?;
            }
        }
        Ok(())
    }

    fn record(&mut self, bytes: &Path, name: &OsStr) -> Result<(), Refused> {
        if (self.given.keeper)(Moment::Saved { bytes, name }) == Ruling::Refuse {
            // What is asked for again is refused again: nothing goes on without its record.
            self.unfinish(name)?;
            return Err(Refused::Save(self.given.folder.join(name)));
        }
        self.unfinished.retain(|unfinished| unfinished != name);
        identity(bytes).map(|identity| self.old.remove(&identity));
        Ok(())
    }
}

fn identity(path: &Path) -> Option<Identity> {
    let metadata = path.symlink_metadata().ok()?;
    Some((metadata.dev(), metadata.ino(), metadata.created().ok()))
}

/// Whether nothing is there, or a folder with nothing in it.
fn is_empty(path: &Path) -> bool {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => path.read_dir().is_ok_and(|mut entries| entries.next().is_none()),
        Ok(_) => false,
        Err(_) => true,
    }
}

/// The state of the files at and below a path.
fn files(path: &Path) -> Files {
    let (mut found, mut next) = (BTreeMap::new(), vec![path.to_owned()]);
    while let Some(path) = next.pop().filter(|_| found.len() < FILES_COMPARED_MAX) {
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {
                next.extend(path.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()));
            }
            Ok(metadata) => drop(found.insert(path, Stamp::of(&metadata))),
            Err(_) => {}
        }
    }
    found
}

fn without_links(path: &Path) -> PathBuf {
    super::supervisor::without_links(path)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    type Asked = Arc<Mutex<Vec<String>>>;

    /// A folder with one old checkpoint, and what the keeper is asked; it refuses what lies under `bad`.
    fn guard() -> (tempfile::TempDir, Guard, Asked) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        put(&root, "step-1/weights");
        let said = Asked::default();
        let keeper = {
            let asked = Arc::clone(&said);
            move |moment: Moment<'_>| {
                let (words, path) = match moment {
                    Moment::Saved { bytes, name } => (format!("save {}", name.to_string_lossy()), bytes.to_owned()),
                    Moment::Read { checkpoint } => ("read".to_owned(), checkpoint.to_owned()),
                };
                asked.lock().unwrap().push(words);
                if path.to_string_lossy().contains("bad") { Ruling::Refuse } else { Ruling::GoOn }
            }
        };
        let guard = Guard::new(Checkpoints { folder: root, keeper: Box::new(keeper) });
        (folder, guard, said)
    }

    fn put(root: &Path, name: &str) -> PathBuf {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, name).unwrap();
        path
    }

    fn said(asked: &Asked) -> Vec<String> {
        std::mem::take(&mut asked.lock().unwrap())
    }

    #[test]
    fn a_checkpoint_is_complete_when_the_next_one_begins() {
        let (folder, mut guard, asked) = guard();
        for name in ["step-2/weights", "step-2/optimizer", "step-3/weights"] {
            guard.open(&put(folder.path(), name), false, true).unwrap();
        }
        assert_eq!(said(&asked), ["save step-2"]);
        guard.open(&put(folder.path(), "latest"), false, true).unwrap();
        assert_eq!(said(&asked), ["save step-3"]);
        assert!(guard.finish(true).is_empty());
        assert!(said(&asked).is_empty());
    }

    #[test]
    fn the_last_checkpoint_counts_only_after_success() {
        for (succeeded, wanted) in [(true, 0), (false, 1)] {
            let (folder, mut guard, asked) = guard();
            guard.open(&put(folder.path(), "step-2/weights"), false, true).unwrap();
            assert_eq!(guard.finish(succeeded).len(), wanted);
            assert_eq!(said(&asked).len(), 1 - wanted);
        }
    }

    #[test]
    fn moving_into_place_completes_and_a_marker_is_no_checkpoint() {
        let (folder, mut guard, asked) = guard();
        guard.open(&put(folder.path(), "tmp-2/weights"), false, true).unwrap();
        guard.arrive(&folder.path().join("tmp-2"), &folder.path().join("step-2")).unwrap();
        fs::rename(folder.path().join("tmp-2"), folder.path().join("step-2")).unwrap();
        let marker = put(folder.path(), "latest.new");
        guard.open(&marker, false, true).unwrap();
        guard.arrive(&marker, &folder.path().join("latest")).unwrap();
        guard.open(&put(folder.path(), "step-3"), false, true).unwrap();
        assert_eq!(said(&asked), ["save step-2"]);
    }

    #[test]
    fn an_old_checkpoint_is_asked_for_once_and_stays_old_under_another_name() {
        let (folder, mut guard, asked) = guard();
        let old = folder.path().join("step-1/weights");
        guard.open(&old, true, false).unwrap();
        guard.open(&old, true, false).unwrap();
        assert_eq!(said(&asked), ["read"]);
        let (folder, mut guard, asked) = self::guard();
        let (from, to) = (folder.path().join("step-1"), folder.path().join("bad-9"));
        guard.arrive(&from, &to).unwrap();
        fs::rename(from, &to).unwrap();
        assert!(said(&asked).is_empty());
        for _ in 0..2 {
            assert_eq!(guard.open(&to.join("weights"), true, false), Err(Refused::Read(to.clone())));
        }
        assert_eq!(said(&asked), ["read"]);
    }

    #[test]
    fn what_the_run_wrote_is_read_without_asking_and_so_is_what_lies_elsewhere() {
        let (folder, mut guard, asked) = guard();
        let own = put(folder.path(), "step-2/weights");
        guard.open(&own, true, true).unwrap();
        guard.open(Path::new("/dev/null"), true, true).unwrap();
        guard.open(&folder.path().join("absent"), true, false).unwrap();
        assert!(said(&asked).is_empty());
    }

    #[test]
    fn a_call_that_fails_makes_nothing_of_an_old_checkpoint() {
        let (folder, mut guard, asked) = guard();
        let old = folder.path().join("step-1");
        guard.arrive(&folder.path().join("absent"), &old).unwrap();
        guard.open(&old, false, true).unwrap();
        guard.touch(&put(folder.path(), "latest")).unwrap();
        assert!(guard.finish(true).is_empty() && said(&asked).is_empty());
        let (folder, mut guard, asked) = self::guard();
        guard.open(&folder.path().join("step-1/weights"), false, true).unwrap();
        put(folder.path(), "step-1/weights");
        guard.touch(&put(folder.path(), "latest")).unwrap();
        assert_eq!(said(&asked), ["save step-1"]);
    }

    #[test]
    fn what_a_crash_left_under_the_name_for_the_time_being_is_a_checkpoint_once_it_is_written_again() {
        let (folder, mut guard, asked) = guard();
        let (tmp, place) = (folder.path().join("step-1"), folder.path().join("step-2"));
        guard.open(&tmp.join("weights"), false, true).unwrap();
        guard.arrive(&tmp, &place).unwrap();
        assert!(said(&asked).is_empty());
        fs::write(tmp.join("weights"), "others").unwrap();
        guard.arrive(&tmp, &place).unwrap();
        assert_eq!(said(&asked), ["save step-2"]);
    }

    #[test]
    fn a_part_of_an_old_checkpoint_is_not_taken_to_another_place() {
        let (folder, mut guard, asked) = guard();
        let (elsewhere, old) = (tempfile::tempdir().unwrap(), folder.path().join("step-1"));
        fs::rename(&old, folder.path().join("bad-1")).unwrap();
        let (old, part) = (folder.path().join("bad-1"), folder.path().join("bad-1/weights"));
        for to in [folder.path().join("step-2/weights"), elsewhere.path().join("weights"), folder.path().join("w2")] {
            assert_eq!(guard.arrive(&part, &to), Err(Refused::Read(old.clone())), "{}", to.display());
        }
        assert_eq!(guard.arrive(&old, &elsewhere.path().join("x")), Err(Refused::Read(old.clone())));
        guard.arrive(&part, &folder.path().join("bad-1/weights.bin")).unwrap();
        assert_eq!(said(&asked), ["read"]);
        guard.touch(&old).unwrap();
    }

    #[test]
    fn a_link_out_of_the_folder_is_asked_for_as_the_checkpoint_that_it_pretends_to_be() {
        let elsewhere = tempfile::tempdir().unwrap();
        put(elsewhere.path(), "weights");
        let (folder, mut guard, asked) = guard();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("bad-2")).unwrap();
        guard.old.extend(identity(&folder.path().join("bad-2")));
        assert!(guard.open(&folder.path().join("bad-2/weights"), true, false).is_err());
        assert_eq!(said(&asked), ["read"]);
        assert!(guard.open(&elsewhere.path().join("weights"), true, false).is_ok());
    }

    #[test]
    fn what_cannot_be_recorded_stops_everything_below_the_folder() {
        let (folder, mut guard, _) = guard();
        guard.open(&put(folder.path(), "bad-2/weights"), false, true).unwrap();
        let next = put(folder.path(), "step-3/weights");
        for _ in 0..2 {
            assert_eq!(guard.open(&next, false, true), Err(Refused::Save(folder.path().join("bad-2"))));
        }
    }
}
