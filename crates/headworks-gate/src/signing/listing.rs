//! Everything that lies in a model's directory, files or not.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use headworks_attest::oms::{Entry, EntryKind};

use super::beneath::Root;
use crate::acquire::hub_blobs;
use crate::walk::printable;

/// What to do about symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// They are listed as links. In a snapshot of a hub cache, links to its own blobs are its files.
    Refuse,
    /// Those that end in a file of the model are listed as that file.
    WithinModel,
}

/// The entries of a model, and the way to open its files.
#[derive(Debug)]
pub struct ModelFiles {
    /// Basename of the model's path.
    pub name: String,
    /// Everything in it, sorted by path.
    pub entries: Vec<Entry>,
    /// Whether it lies in a hub cache, whose snapshots are links.
    pub is_hub_snapshot: bool,
    root: Root,
    blobs: Option<PathBuf>,
    links: Links,
}

/// Why a model cannot be listed.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{path}`: {source}", path = path.display())]
pub struct ListingError {
    /// The path.
    path: PathBuf,
    /// The system's own words.
    source: io::Error,
}

impl ModelFiles {
    /// Lists the model at `path`, a file or a directory.
    ///
    /// # Errors
    /// When a directory cannot be read; a file that cannot is found out when it is opened.
    pub fn list(path: &Path, links: Links) -> Result<Self, ListingError> {
        let failed = |source| ListingError { path: path.to_owned(), source };
        let real = fs::canonicalize(path).map_err(failed)?;
        let metadata = fs::metadata(&real).map_err(failed)?;
        if !metadata.is_dir() {
            return Self::single(path, &real, &metadata).map_err(failed);
        }
        let blobs = hub_blobs(&real);
        let links = if blobs.is_some() { Links::WithinModel } else { links };
        let root = Root::open(&real).map_err(failed)?;
        let name = real.file_name().map(printable).unwrap_or_default();
        let is_hub_snapshot = blobs.is_some();
        let mut files = Self { name, entries: Vec::new(), is_hub_snapshot, root, blobs, links };
        files.walk()?;
        files.entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// The directory of the model, without links.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The path within the model of `path`, which need not exist, if it lies in it.
    pub fn relative(&self, path: &Path) -> Option<String> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let real = fs::canonicalize(parent).ok()?.join(path.file_name()?);
        let relative = real.strip_prefix(self.root.path()).ok()?;
        let components: Option<Vec<&str>> = relative.iter().map(|component| component.to_str()).collect();
        Some(components?.join("/"))
    }

    pub(super) fn open(&self, path: &str, linked: bool) -> io::Result<File> {
        if !linked {
            return self.root.file(path);
        }
        let real = fs::canonicalize(self.root.path().join(path))?;
        if self.contains(&real) { File::open(real) } else { Err(io::Error::other("the link leaves the model")) }
    }

    fn single(path: &Path, real: &Path, metadata: &Metadata) -> io::Result<Self> {
        let folder = real.parent().unwrap_or(Path::new("/"));
        // A link to one file is named as the user names it and read where it leads: there is no tree to leave.
        let name = real.file_name().map(printable).unwrap_or_default();
        let shown = path.file_name().map_or_else(|| name.clone(), printable);
        let kind = if metadata.is_file() { file(metadata, false) } else { EntryKind::Special };
        let entries = vec![Entry { path: name, kind }];
        let root = Root::open(folder)?;
        Ok(Self { name: shown, entries, is_hub_snapshot: false, root, blobs: None, links: Links::Refuse })
    }

    fn walk(&mut self) -> Result<(), ListingError> {
        let mut folders = vec![(self.root.path().to_owned(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            let failed = |source| ListingError { path: folder.clone(), source };
            let mut empty = true;
            for entry in fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                empty = false;
                let name = entry.file_name();
                let Some(text) = name.to_str() else {
                    self.add(&prefix, &printable(&name), EntryKind::Unnameable);
                    continue;
                };
                let metadata = entry.metadata().map_err(failed)?;
                if metadata.is_dir() {
                    folders.push((entry.path(), join(&prefix, text)));
                } else {
                    self.add(&prefix, text, self.kind(&entry.path(), &metadata));
                }
            }
            if empty && !prefix.is_empty() {
                self.entries.push(Entry { path: prefix, kind: EntryKind::EmptyFolder });
            }
        }
        Ok(())
    }

    fn add(&mut self, prefix: &str, name: &str, kind: EntryKind) {
        self.entries.push(Entry { path: join(prefix, name), kind });
    }

    fn kind(&self, path: &Path, metadata: &Metadata) -> EntryKind {
        if metadata.is_file() {
            return file(metadata, false);
        }
        if !metadata.is_symlink() {
            return EntryKind::Special;
        }
        let target = fs::canonicalize(path).ok().filter(|real| self.links == Links::WithinModel && self.contains(real));
        match target.and_then(|real| fs::metadata(real).ok()) {
            Some(metadata) if metadata.is_file() => file(&metadata, true),
            _ => EntryKind::Link,
        }
    }

    fn contains(&self, real: &Path) -> bool {
        real.starts_with(self.root.path()) || self.blobs.as_ref().is_some_and(|blobs| real.starts_with(blobs))
    }
}

fn file(metadata: &Metadata, linked: bool) -> EntryKind {
    #[cfg(unix)]
    let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let executable = false;
    EntryKind::File { bytes: metadata.len(), executable, linked }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
}
