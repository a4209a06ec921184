//! Facts about OCI layouts: container images, and models that are packed and shipped like them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// What a document of an OCI layout, or of an archive of Docker's, says about the blobs beside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum OciFact {
    /// What the document is.
    Document {
        /// Its kind.
        kind: OciDocument,
    },
    /// A blob that the document names by digest.
    Descriptor {
        /// What the blob is to the document.
        role: BlobRole,
        /// Its media type as written; empty when none is stated.
        media_type: String,
        /// Its digest as written.
        digest: String,
        /// Its size as stated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        /// Operating system and architecture that it is for; empty when none is stated.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        platform: String,
        /// The path that a client gives the blob; empty when none is stated.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        path: String,
        /// Whether the document holds the bytes themselves as well.
        #[serde(default, skip_serializing_if = "is_false")]
        embedded: bool,
    },
    /// A place outside the layout from which clients fetch a blob.
    ForeignUrl {
        /// Digest of the blob as written.
        digest: String,
        /// The place.
        url: String,
    },
    /// A file of an archive of `docker save` that its list names by path.
    SavedFile {
        /// What the file is to the image.
        role: BlobRole,
        /// Its path in the archive.
        path: String,
    },
    /// A member of an archive is named by a digest that its bytes do not have.
    NotItsDigest {
        /// The digest that its name, or the descriptor that embeds it, states.
        stated: Digest,
        /// The digest of its bytes.
        actual: Digest,
    },
    /// Members of an archive that are named by their digests were not compared with them, since nobody read their bytes.
    NotCompared,
}

/// The kinds of documents that a layout is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OciDocument {
    /// `oci-layout`, which marks the root of a layout.
    Marker,
    /// An image index, or a manifest list of Docker's.
    Index,
    /// An image manifest.
    Manifest,
    /// The configuration of a container image.
    Config,
    /// The configuration of a ModelPack artifact.
    ModelConfig,
    /// `manifest.json` of `docker save`.
    SavedList,
}

/// What a blob is to the document that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BlobRole {
    /// A manifest or index that an index lists.
    Manifest,
    /// The configuration of a manifest.
    Config,
    /// A layer: files of the image, or of the model.
    Layer,
    /// The manifest that this one is about, as with signatures; it may lie anywhere.
    Subject,
}

/// The digest that a path states, where a layout or a model store keeps its blobs: `blobs/sha256/<hex>`
/// or `blobs/sha256-<hex>`.
pub fn digest_in_path(path: &str) -> Option<Digest> {
    let (folders, name) = path.rsplit_once('/')?;
    let hex = match name.strip_prefix("sha256-") {
        Some(hex) => Some(hex).filter(|_| is_in(folders, "blobs")),
        None => Some(name).filter(|_| folders.strip_suffix("/sha256").is_some_and(|above| is_in(above, "blobs"))),
    }?;
    let is_digest = hex.len() == 64 && hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_digest.then(|| hex.parse().ok())?
}

/// Whether the innermost of `folders` has this name.
fn is_in(folders: &str, name: &str) -> bool {
    folders.rsplit('/').next() == Some(name)
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_of_layouts_and_of_stores_state_their_digest() {
        let hex = Digest::of(b"").hex();
        for path in [format!("blobs/sha256/{hex}"), format!("./a/blobs/sha256/{hex}"), format!("m/blobs/sha256-{hex}")]
        {
            assert_eq!(digest_in_path(&path), Some(Digest::of(b"")), "{path}");
        }
    }

    /// A Hugging Face cache names its blobs by digest too, in a folder of its own.
    #[test]
    fn other_names_of_64_digits_state_none() {
        let hex = Digest::of(b"").hex();
        let upper = hex.to_uppercase();
        for path in [
            hex.clone(),
            format!("blobs/{hex}"),
            format!("sha256/{hex}"),
            format!("blobs/sha512/{hex}"),
            format!("blobs/sha256/{upper}"),
            format!("myblobs/sha256-{hex}"),
        ] {
            assert_eq!(digest_in_path(&path), None, "{path}");
        }
    }
}
