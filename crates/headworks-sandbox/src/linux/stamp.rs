//! Which file a path named at one moment, and what it held when it was hashed.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use headworks_types::Digest;
use headworks_types::digest::Hasher;

/// Everything that changes when other bytes stand under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    pub(super) size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// The bytes of a file, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hashed {
    pub(super) digest: Digest,
    pub(super) stamp: Stamp,
    /// Its path without links.
    pub(super) path: PathBuf,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// The stamp of a regular file, through links. Pseudo files hold the kernel's words, and are none.
pub(super) fn regular(path: &Path) -> Option<Stamp> {
    regular_metadata(path).map(|metadata| Stamp::of(&metadata))
}

pub(super) fn regular_metadata(path: &Path) -> Option<Metadata> {
    path.metadata().ok().filter(Metadata::is_file)
}

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 128 << 10;

/// Hashes files, one after another.
pub(super) struct Reader {
    /// What files are read through; made once, for giving memory back costs more than hashing a small file.
    block: Vec<u8>,
    /// The folder of the file before, as it was named and without links: files come folder by folder.
    folder: Option<(PathBuf, PathBuf)>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { block: vec![0; BLOCK_BYTES], folder: None }
    }

    /// Hashes a regular file. An error: it is none, or it changed meanwhile.
    pub(super) fn hash(&mut self, path: &Path) -> io::Result<Hashed> {
        let opened = self.real(path).and_then(|real| Some((open(path, libc::O_NOFOLLOW).ok()?, Some(real))));
        // The last part is a link itself, or something that the second attempt will say.
        let (mut file, real) = opened.map_or_else(|| open(path, 0).map(|file| (file, None)), Ok)?;
        let before = file.metadata()?;
        if !before.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let digest = digest(&mut file, before.size(), &mut self.block)?;
        let after = Stamp::of(&file.metadata()?);
        if Stamp::of(&before) != after {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        let by_descriptor = || std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()));
        Ok(Hashed { digest, stamp: after, path: real.map_or_else(by_descriptor, Ok)? })
    }

    /// Where a path lies when its last part is no link.
    fn real(&mut self, path: &Path) -> Option<PathBuf> {
        let (folder, name) = (path.parent()?, path.file_name()?);
        if self.folder.as_ref().is_none_or(|(known, _)| known.as_os_str() != folder.as_os_str()) {
            self.folder = Some((folder.to_owned(), folder.canonicalize().ok()?));
        }
        self.folder.as_ref().map(|(_, real)| real.join(name))
    }
}

/// A pipe with nobody at the other end must not stop the recorder.
fn open(path: &Path, more: i32) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | more).open(path)
}

fn digest(file: &mut File, size: u64, block: &mut [u8]) -> io::Result<Digest> {
    let mut hasher = Hasher::default();
    let mut total = 0_u64;
    loop {
        match file.read(block) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(count) => {
                hasher.update(block.get(..count).unwrap_or_default());
                total = total.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
                // Fewer than there is room for is all there is, when it is what the file's size says.
                if count < block.len() && total == size {
                    return Ok(hasher.finish());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
