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

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 128 << 10;

/// What files are read through; made once, for giving memory back costs more than hashing a small file.
pub(super) fn block() -> Vec<u8> {
    vec![0; BLOCK_BYTES]
}

/// Hashes a regular file. An error: it is none, or it changed meanwhile.
pub(super) fn hash(path: &Path, block: &mut [u8]) -> io::Result<Hashed> {
    // A pipe with nobody at the other end must not stop the recorder.
    let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    let before = file.metadata()?;
    if !before.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let digest = digest(&mut file, block)?;
    let after = Stamp::of(&file.metadata()?);
    if Stamp::of(&before) != after {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    let path = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    Ok(Hashed { digest, stamp: after, path })
}

fn digest(file: &mut File, block: &mut [u8]) -> io::Result<Digest> {
    let mut hasher = Hasher::default();
    loop {
        match file.read(block) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(count) => hasher.update(block.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
