//! Artifacts: bytes with an identity.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Digest;
use crate::digest::Hasher;

/// The thing a verdict is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// What it is called here; a name, not an identity.
    pub name: String,
    /// How it was given.
    pub kind: ArtifactKind,
    /// Identity: [`tree_digest`] of the files, also when there is only one.
    pub digest: Digest,
    /// Bytes of all files.
    pub bytes: u64,
    /// The files, sorted by path.
    pub files: Vec<FileEntry>,
    /// Directories below the root that are no part of it, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
}

impl Artifact {
    /// A short form of the identity for one line; an artifact without any file that was hashed has none.
    pub fn abbreviated_digest(&self) -> String {
        let hashed = self.files.is_empty() || self.files.iter().any(|file| file.digest.is_some());
        if hashed { self.digest.abbreviated() } else { "not hashed".to_owned() }
    }
}

/// How an artifact was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// One file.
    File,
    /// A directory and all below it.
    Directory,
    /// A snapshot in a Hugging Face cache, whose links into its own blobs are its files.
    HubSnapshot,
    /// Bytes from standard input.
    Stream,
}

/// One file of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileEntry {
    /// Path relative to the artifact's root, `/` between parts; bytes that are no UTF-8 as `\xNN`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content. Absent when the file could not be read to its end.
    pub digest: Option<Digest>,
}

/// Digest of a set of files: their paths, sizes and contents, independent of the order they were met in.
///
/// SHA-256 over the line `headworks-tree/v1`, then one line
/// `<path bytes as decimal> <path> <size> <digest or "unreadable">` for each file in byte order of the
/// paths. The length before the path makes the encoding unambiguous for paths that contain spaces or
/// line feeds.
pub fn tree_digest(files: &[FileEntry]) -> Digest {
    let mut sorted: Vec<&FileEntry> = files.iter().collect();
    sorted.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    let mut hasher = Hasher::default();
    hasher.update(b"headworks-tree/v1\n");
    for file in sorted {
        let content = file.digest.map_or_else(|| "unreadable".to_owned(), |digest| digest.to_string());
        hasher.update(format!("{} {} {} {content}\n", file.path.len(), file.path, file.bytes).as_bytes());
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, content: &[u8]) -> FileEntry {
        FileEntry { path: path.into(), bytes: content.len() as u64, digest: Some(Digest::of(content)) }
    }

    #[test]
    fn tree_digest_ignores_the_order_of_discovery() {
        let (a, b) = (entry("a", b"1"), entry("b", b"2"));
        assert_eq!(tree_digest(&[a.clone(), b.clone()]), tree_digest(&[b, a]));
    }

    #[test]
    fn tree_digest_tells_names_and_contents_apart() {
        let swapped = [entry("a", b"2"), entry("b", b"1")];
        assert_ne!(tree_digest(&[entry("a", b"1"), entry("b", b"2")]), tree_digest(&swapped));
    }
}
