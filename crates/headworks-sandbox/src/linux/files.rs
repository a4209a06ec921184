//! What is known of each file that the command named.
//!
//! Paths are kept as the command wrote them, made absolute. Files get their digests after the run; only a
//! file that was read and is now about to be changed is hashed before the call that changes it goes on.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::CString;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use headworks_types::Digest;

use super::kernel;
use super::stamp::{Hashed, Reader, Stamp, regular, regular_metadata};

/// Paths beyond this many are not remembered, and the statement says so.
const PATHS_MAX: usize = 2_000_000;
/// A larger file that was read is not hashed before it is changed: the command would wait too long.
const HASHED_BEFORE_CHANGE_BYTES_MAX: u64 = 1 << 30;

/// A path that was named.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// The file that it named when it was first opened for reading.
    pub(super) read: Option<Stamp>,
    /// Its bytes, when they were about to be changed.
    pub(super) before: Option<Digest>,
    /// It was executed.
    pub(super) executed: bool,
    /// It was opened for writing, or another file took this name.
    pub(super) written: bool,
    /// What it holds was put there by the run: it was new, or emptied, or took this name.
    pub(super) own: bool,
}

/// A change to what is known, made once the kernel has taken the answer.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) paths: Vec<(PathBuf, Known)>,
    pub(super) link: Option<(PathBuf, PathBuf)>,
}

/// The files of one run.
#[derive(Debug)]
pub(super) struct Files {
    /// The effective user, who is also the command's.
    user: u32,
    known: HashMap<PathBuf, Known>,
    links: BTreeMap<PathBuf, PathBuf>,
    /// Not everything was remembered.
    pub(super) overflowed: bool,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    pub(super) reads: bool,
    pub(super) writes: bool,
    pub(super) creates: bool,
    /// It fails when the file exists.
    pub(super) exclusive: bool,
    /// What it held is gone.
    pub(super) truncates: bool,
}

impl Default for Files {
    fn default() -> Self {
        let (known, links) = (HashMap::new(), BTreeMap::new());
        Self { user: kernel::user(), known, links, overflowed: false }
    }
}

impl Files {
    /// What opening a path would change in what is known. None: nothing, or the call will fail.
    pub(super) fn open(&self, path: &Path, mode: Mode) -> Option<(PathBuf, Known)> {
        let known = self.known.get(path);
        let is_news =
            |known: &Known| (mode.reads && known.read.is_none() && !known.own) || (mode.writes && !known.written);
        if !known.map_or(mode.reads || mode.writes, is_news) {
            return None;
        }
        let mut now = known.cloned().unwrap_or_default();
        let Some(metadata) = regular_metadata(path) else {
            // A new file, or one that the call will not find.
            let new = mode.writes && mode.creates && is_absent(path);
            (now.own, now.written) = (new, new);
            return new.then(|| (path.to_owned(), now));
        };
        if (mode.exclusive && mode.creates) || !self.permitted(path, mode, &metadata) {
            return None;
        }
        let stamp = Stamp::of(&metadata);
        if mode.reads && now.read.is_none() && !now.own && !mode.truncates {
            now.read = Some(stamp);
        }
        if mode.writes && !now.written {
            now.before = now.before.or_else(|| before_change(path, &now, stamp));
            now.written = true;
            now.own |= mode.truncates;
        }
        Some((path.to_owned(), now))
    }

    fn permitted(&self, path: &Path, mode: Mode, metadata: &Metadata) -> bool {
        // The way to the file was just walked, and no list of access rights takes from an owner what the mode gives.
        let is_owners = metadata.uid() == self.user && metadata.mode() & libc::S_IRUSR != 0;
        if is_owners && !mode.writes {
            return true;
        }
        let wanted = if mode.reads { libc::R_OK } else { 0 } | if mode.writes { libc::W_OK } else { 0 };
        may(path, wanted)
    }

    /// What executing a path would change.
    pub(super) fn execute(&self, path: &Path) -> Option<(PathBuf, Known)> {
        let mut now = self.known.get(path).cloned().unwrap_or_default();
        if now.executed {
            return None;
        }
        let stamp = regular(path).filter(|_| may(path, libc::X_OK))?;
        now.executed = true;
        if now.read.is_none() && !now.own {
            now.read = Some(stamp);
        }
        Some((path.to_owned(), now))
    }

    /// A file, or a folder with all that was named below it, gets another name.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Vec<(PathBuf, Known)> {
        match from.symlink_metadata() {
            Ok(metadata) if metadata.is_file() => {
                self.vanish(from).into_iter().chain(self.vanish(to)).chain([self.arrive(to)]).collect()
            }
            Ok(metadata) if metadata.is_dir() => self.rename_folder(from, to),
            _ => Vec::new(),
        }
    }

    fn rename_folder(&self, from: &Path, to: &Path) -> Vec<(PathBuf, Known)> {
        let below = self.known.keys().filter_map(|path| Some((path, to.join(path.strip_prefix(from).ok()?))));
        let moved = below.flat_map(|(old, new)| {
            let written = self.known.get(old).is_some_and(|known| known.written);
            self.vanish(old).into_iter().chain(written.then(|| self.arrive(&new)))
        });
        moved.collect()
    }

    /// A file gets a second name.
    pub(super) fn link(&self, from: &Path, to: &Path) -> Vec<(PathBuf, Known)> {
        // A file without a name is named for the first time.
        let exists = from.symlink_metadata().is_ok() || is_nameless(from);
        if !exists || to.symlink_metadata().is_ok() {
            return Vec::new();
        }
        // The count of links is part of a stamp, so an input is hashed before it changes.
        self.vanish(from).into_iter().chain([self.arrive(to)]).collect()
    }

    /// A name is about to go away: what it held is hashed when it was an input.
    pub(super) fn vanish(&self, path: &Path) -> Option<(PathBuf, Known)> {
        let mut now = self.known.get(path)?.clone();
        now.before = Some(now.before.or_else(|| before_change(path, &now, regular(path)?))?);
        Some((path.to_owned(), now))
    }

    fn arrive(&self, path: &Path) -> (PathBuf, Known) {
        let mut now = self.known.get(path).cloned().unwrap_or_default();
        now.before = now.before.or_else(|| before_change(path, &now, regular(path)?));
        now.own = true;
        now.written = true;
        (path.to_owned(), now)
    }

    /// Takes a change in.
    pub(super) fn apply(&mut self, change: Change) {
        for (path, known) in change.paths {
            if self.known.len() >= PATHS_MAX && !self.known.contains_key(&path) {
                self.overflowed = true;
                continue;
            }
            self.known.insert(path, known);
        }
        if let Some((path, target)) = change.link.filter(|_| self.links.len() < PATHS_MAX) {
            self.links.insert(path, target);
        }
    }

    /// Every path and link, in order.
    pub(super) fn into_parts(self) -> (Vec<(PathBuf, Known)>, BTreeMap<PathBuf, PathBuf>) {
        let mut known: Vec<(PathBuf, Known)> = self.known.into_iter().collect();
        known.sort_unstable_by(|(a, _), (b, _)| in_order(a, b));
        (known, self.links)
    }
}

/// The order of paths by their bytes: comparing them part by part took longer than hashing.
pub(super) fn in_order(a: &Path, b: &Path) -> Ordering {
    a.as_os_str().cmp(b.as_os_str())
}

fn is_absent(path: &Path) -> bool {
    path.metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// The digest of an input that is about to change.
fn before_change(path: &Path, known: &Known, now: Stamp) -> Option<Digest> {
    let is_input = known.read.is_some_and(|read| read == now) && now.size <= HASHED_BEFORE_CHANGE_BYTES_MAX;
    let Hashed { digest, stamp, .. } = is_input.then(|| Reader::new().hash(path).ok())??;
    (stamp == now).then_some(digest)
}

/// Whether the kernel would let this user, who is also the command's, do that.
fn may(path: &Path, wanted: libc::c_int) -> bool {
    CString::new(path.as_os_str().as_bytes()).is_ok_and(|path| kernel::access(&path, wanted))
}

/// A file in memory, or one that has no name any more: there is no path to it.
pub(super) fn is_nameless(path: &Path) -> bool {
    let text = path.as_os_str().as_bytes();
    text.starts_with(b"/memfd:") || text.ends_with(b" (deleted)")
}

/// The names of pseudo file systems, whose files are no files.
pub(super) fn is_pseudo(path: &Path) -> bool {
    // By bytes, for this is asked at every call; a path is normal here.
    let below = |root: &str| path.as_os_str().as_bytes().strip_prefix(root.as_bytes());
    ["/proc", "/sys"].into_iter().filter_map(below).any(|rest| rest.first().is_none_or(|&byte| byte == b'/'))
}

/// Paths that a strict run may read, and what they stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Roots(BTreeSet<PathBuf>);

impl Roots {
    pub(super) fn extend(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        self.0.extend(paths);
    }

    pub(super) fn contain(&self, path: &Path) -> bool {
        path.ancestors().any(|ancestor| self.0.contains(ancestor))
    }
}
