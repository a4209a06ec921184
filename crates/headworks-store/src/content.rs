//! Content-addressed files: written once, never changed, verified when read.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use headworks_types::Digest;

use crate::StoreError;

/// A directory of files named by their digest, two levels deep to keep directories small.
#[derive(Debug)]
pub(crate) struct Content {
    root: PathBuf,
    staged: AtomicU64,
}

impl Content {
    pub(crate) fn open(root: &Path) -> Result<Self, StoreError> {
        let content = Self { root: root.to_owned(), staged: AtomicU64::new(0) };
        create_private(&content.staging())?;
        create_private(&root.join("content"))?;
        Ok(content)
    }

    /// Stores `bytes`; when this returns they survive a crash.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let path = self.path(&digest);
        if path.exists() {
            return Ok(digest);
        }
        let folder = path.parent().expect("content lies in a folder");
        create_private(folder)?;
        let staged = self.stage(bytes)?;
        // A rename within one file system is atomic: the name is there with all bytes, or not at all.
        fs::rename(&staged, &path).map_err(|source| StoreError::Io { path: path.clone(), source })?;
        sync_folder(folder)?;
        Ok(digest)
    }

    /// The bytes stored under `digest`, verified.
    pub(crate) fn get(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.path(digest);
        let bytes = fs::read(&path).map_err(|source| StoreError::Io { path: path.clone(), source })?;
        let found = Digest::of(&bytes);
        if found == *digest { Ok(bytes) } else { Err(StoreError::Altered { path, found }) }
    }

    fn stage(&self, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let number = self.staged.fetch_add(1, Ordering::Relaxed);
        let path = self.staging().join(format!("{}-{number}", std::process::id()));
        let write = || -> io::Result<()> {
            let mut file = File::create(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|source| StoreError::Io { path: path.clone(), source })?;
        Ok(path)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        let (folder, name) = hex.split_at(2);
        self.root.join("content").join(folder).join(name)
    }

    fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }
}

/// Creates a folder that only its owner can read: records name what an organisation runs.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| StoreError::Io { path: path.to_owned(), source })
}

/// Makes a rename in `folder` durable.
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let sync = || File::open(folder)?.sync_all();
    sync().map_err(|source| StoreError::Io { path: folder.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_found_under_its_digest() {
        let root = tempfile::tempdir().expect("temporary folder");
        let content = Content::open(root.path()).expect("opens");
        let digest = content.put(b"evidence").expect("stores");
        assert_eq!(digest, Digest::of(b"evidence"));
        assert_eq!(content.get(&digest).expect("reads"), b"evidence");
        assert_eq!(fs::read_dir(content.staging()).expect("staging").count(), 0);
    }

    #[test]
    fn altered_content_is_refused() {
        let root = tempfile::tempdir().expect("temporary folder");
        let content = Content::open(root.path()).expect("opens");
        let digest = content.put(b"evidence").expect("stores");
        fs::write(content.path(&digest), b"forgery").expect("alters");
        assert!(matches!(content.get(&digest), Err(StoreError::Altered { .. })));
    }
}
