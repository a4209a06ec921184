//! From what the user names to the files it consists of.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headworks_types::{ArtifactKind, Fact, Limits, ReadAt as _};

use crate::attestations::{Attached, BYTES_MAX, SIGNATURE};
use crate::local::LocalFile;
use crate::walk::{Listed, Listing, printable, walk};

/// The files of an artifact, before any of them is read.
#[derive(Debug)]
pub struct Acquired {
    pub(crate) name: String,
    pub(crate) kind: ArtifactKind,
    pub(crate) files: Vec<Source>,
    /// What the file system itself shows: links that leave the tree, special files.
    pub(crate) facts: Vec<Fact>,
    /// Directories beside the artifact that are no part of it.
    pub(crate) excluded: Vec<String>,
    /// Files of signatures about it.
    pub(crate) attached: Vec<Attached>,
}

/// Where the bytes of one file come from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    from: From,
}

#[derive(Debug)]
enum From {
    Path(PathBuf),
    Spool(Arc<fs::File>),
}

/// Why there is nothing to check.
#[derive(Debug, thiserror::Error)]
pub enum AcquireError {
    /// The path does not exist or cannot be opened.
    #[error("cannot read `{path}`: {source}", path = path.display())]
    Unreadable {
        /// The path as given.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// The path is neither a file nor a directory.
    #[error("`{path}` is neither a file nor a directory", path = path.display())]
    NoArtifact {
        /// The path as given.
        path: PathBuf,
    },
    /// The directory has no files.
    #[error("`{path}` has no files in it", path = path.display())]
    Empty {
        /// The path as given.
        path: PathBuf,
    },
    /// Standard input could not be kept.
    #[error("cannot keep standard input for reading: {source}")]
    Spool {
        /// The system's own words.
        source: io::Error,
    },
}

/// Lists the files of the artifact at `path`: a file, a directory, a hub cache snapshot.
///
/// # Errors
/// When the path itself is missing, unreadable or empty. What is wrong below it is evidence.
pub fn acquire(path: &Path, limits: &Limits) -> Result<Acquired, AcquireError> {
    let unreadable = |source| AcquireError::Unreadable { path: path.to_owned(), source };
    let real = fs::canonicalize(path).map_err(unreadable)?;
    let metadata = fs::metadata(&real).map_err(unreadable)?;
    if metadata.is_file() {
        fs::File::open(&real).map_err(unreadable)?;
        return Ok(single(path, real));
    }
    if !metadata.is_dir() {
        return Err(AcquireError::NoArtifact { path: path.to_owned() });
    }
    let blobs = hub_blobs(&real);
    let kind = if blobs.is_some() { ArtifactKind::HubSnapshot } else { ArtifactKind::Directory };
    let listing = walk(&real, blobs.as_slice(), limits).map_err(unreadable)?;
    if listing.files.is_empty() && listing.facts.is_empty() {
        return Err(AcquireError::Empty { path: path.to_owned() });
    }
    Ok(Acquired::listed(path, kind, listing))
}

/// Keeps a stream in a nameless temporary file, because parsers read at any offset.
///
/// # Errors
/// When the stream cannot be read or kept.
pub fn acquire_stream(name: &str, stream: &mut dyn Read) -> Result<Acquired, AcquireError> {
    let file = spool(stream).map_err(|source| AcquireError::Spool { source })?;
    let source = Source { path: name.to_owned(), from: From::Spool(Arc::new(file)) };
    Ok(Acquired {
        name: name.to_owned(),
        kind: ArtifactKind::Stream,
        files: vec![source],
        facts: Vec::new(),
        excluded: Vec::new(),
        attached: Vec::new(),
    })
}

impl Acquired {
    fn listed(path: &Path, kind: ArtifactKind, listing: Listing) -> Self {
        let files = listing.files.into_iter().map(|Listed { path, source }| Source { path, from: From::Path(source) });
        Self {
            name: printable(path.as_os_str()),
            kind,
            files: files.collect(),
            facts: listing.facts,
            excluded: listing.excluded,
            attached: Vec::new(),
        }
    }
}

impl Acquired {
    /// What the file system itself shows: links that leave the tree, special files, faults.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Attaches a file of signatures that lies somewhere else.
    pub fn attach(&mut self, source: String, bytes: Vec<u8>) {
        self.attached.push(Attached { source, bytes, path: None });
    }

    /// The attached files of signatures, with the one that lies among the artifact's own files.
    pub(crate) fn signatures(&self) -> Vec<Attached> {
        let own = self.bytes(SIGNATURE, BYTES_MAX).filter(|_| self.kind != ArtifactKind::File);
        let own = own.map(|bytes| Attached { source: SIGNATURE.to_owned(), bytes, path: Some(SIGNATURE.to_owned()) });
        self.attached.iter().cloned().chain(own).collect()
    }

    /// What its publisher and others may know it by, from where it lies: a purl, or its own name.
    pub(crate) fn published_name(&self) -> String {
        let path = Path::new(&self.name);
        let repository = (self.kind == ArtifactKind::HubSnapshot)
            .then(|| path.canonicalize().ok()?.parent()?.parent()?.file_name()?.to_str().and_then(hub_purl))
            .flatten();
        repository.unwrap_or_else(|| path.file_name().map_or_else(|| self.name.clone(), printable))
    }

    /// The commit of a repository in a hub cache, by its folder.
    pub(crate) fn revision(&self) -> Option<String> {
        let folder = (self.kind == ArtifactKind::HubSnapshot).then(|| Path::new(&self.name).canonicalize().ok());
        Some(folder??.file_name()?.to_str()?.to_owned())
    }

    /// The text of one of its files, when it is UTF-8 and has no more than `bytes_max` bytes.
    pub fn text(&self, path: &str, bytes_max: u64) -> Option<String> {
        String::from_utf8(self.bytes(path, bytes_max)?).ok()
    }

    fn bytes(&self, path: &str, bytes_max: u64) -> Option<Vec<u8>> {
        let file = self.files.iter().find(|source| source.path == path)?.open().ok()?;
        let size = usize::try_from(file.size()).ok().filter(|_| file.size() <= bytes_max)?;
        let mut bytes = vec![0; size];
        let count = file.read_at(0, &mut bytes).ok()?;
        bytes.truncate(count);
        Some(bytes)
    }
}

impl Source {
    pub(crate) fn open(&self) -> io::Result<LocalFile> {
        match &self.from {
            From::Path(path) => LocalFile::open(path),
            From::Spool(file) => LocalFile::new(file.try_clone()?),
        }
    }
}

fn single(path: &Path, real: PathBuf) -> Acquired {
    let name = path.file_name().map_or_else(|| printable(path.as_os_str()), printable);
    let source = Source { path: name, from: From::Path(real) };
    let name = printable(path.as_os_str());
    Acquired {
        name,
        kind: ArtifactKind::File,
        files: vec![source],
        facts: Vec::new(),
        excluded: Vec::new(),
        attached: Vec::new(),
    }
}

fn spool(stream: &mut dyn Read) -> io::Result<fs::File> {
    let mut file = tempfile::tempfile()?;
    io::copy(stream, &mut file)?;
    Ok(file)
}

/// The blobs folder beside a snapshot in a Hugging Face cache, whose links are the snapshot's files.
///
/// Layout: `models--<owner>--<name>/{blobs,refs,snapshots/<commit>}`.
pub(crate) fn hub_blobs(real: &Path) -> Option<PathBuf> {
    let snapshots = real.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "snapshots"))?;
    let repository = snapshots.parent()?;
    let name = repository.file_name()?.to_str()?;
    let known = ["models--", "datasets--", "spaces--"].iter().any(|prefix| name.starts_with(prefix));
    let blobs = repository.join("blobs");
    (known && blobs.is_dir()).then_some(blobs)
}

/// The purl of a repository by its folder in a hub cache: `models--<owner>--<name>`.
fn hub_purl(folder: &str) -> Option<String> {
    let mut parts = folder.split("--").skip(1);
    let (owner, name) = (parts.next()?, parts.next());
    Some(name.map_or_else(|| format!("pkg:huggingface/{owner}"), |name| format!("pkg:huggingface/{owner}/{name}")))
}
