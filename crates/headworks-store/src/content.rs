//! Content-addressed files: written once, never changed, verified when read.

use std::fs;
use std::path::{Path, PathBuf};

use headworks_types::Digest;

use crate::StoreError;
use crate::durable::create_private;

/// A directory of files named by their digest, two levels deep to keep directories small.
#[derive(Debug)]
pub(crate) struct Content {
    root: PathBuf,
}

impl Content {
    pub(crate) fn open(root: &Path) -> Result<Self, StoreError> {
        create_private(&root.join("content"))?;
        Ok(Self { root: root.to_owned() })
    }

    /// The files that are to be written so that each of `blobs` is stored.
    pub(crate) fn missing<'a>(&self, blobs: &'a [Vec<u8>]) -> Vec<(PathBuf, &'a [u8])> {
        let named = blobs.iter().map(|bytes| (self.path(&Digest::of(bytes)), bytes.as_slice()));
        named.filter(|(path, _)| !path.exists()).collect()
    }

    /// The bytes stored under `digest`, verified.
    pub(crate) fn get(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.path(digest);
        let bytes = fs::read(&path).map_err(|source| StoreError::Io { path: path.clone(), source })?;
        let found = Digest::of(&bytes);
        if found == *digest { Ok(bytes) } else { Err(StoreError::Altered { path, found }) }
    }

    /// Where the bytes of `digest` lie.
    pub(crate) fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        let (folder, name) = hex.split_at(2);
        self.root.join("content").join(folder).join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable::Staging;

    fn stored(root: &Path, blobs: &[Vec<u8>]) -> Content {
        let content = Content::open(root).expect("opens");
        let staging = Staging::open(root.join("staging")).expect("opens");
        staging.write_all(&content.missing(blobs)).expect("writes");
        content
    }

    #[test]
    fn content_is_found_under_its_digest_and_written_once() {
        let root = tempfile::tempdir().expect("temporary folder");
        let blobs = [b"evidence".to_vec(), b"more".to_vec()];
        let content = stored(root.path(), &blobs);
        assert_eq!(content.get(&Digest::of(b"evidence")).expect("reads"), b"evidence");
        assert_eq!(content.get(&Digest::of(b"more")).expect("reads"), b"more");
        assert!(content.missing(&blobs).is_empty());
    }

    #[test]
    fn altered_content_is_refused() {
        let root = tempfile::tempdir().expect("temporary folder");
        let content = stored(root.path(), &[b"evidence".to_vec()]);
        let digest = Digest::of(b"evidence");
        fs::write(content.path(&digest), b"forgery").expect("alters");
        assert!(matches!(content.get(&digest), Err(StoreError::Altered { .. })));
    }
}
