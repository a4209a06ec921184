//! Facts about container images and the files they are built from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an image is built from and made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum ContainerFact {
    /// An image that the build starts from or copies from.
    BaseImage {
        /// The reference as written.
        reference: String,
        /// Whether it names the image by digest.
        is_pinned: bool,
    },
    /// A file that the build fetches.
    Fetch {
        /// The URL, without credentials.
        url: String,
        /// Whether its digest or commit is stated.
        is_pinned: bool,
    },
    /// A command that the build runs.
    BuildCommand {
        /// The command on one line, shortened and without credentials.
        command: String,
    },
    /// The account that the last stage runs as.
    FinalUser {
        /// The account; `root` when none is stated.
        user: String,
    },
    /// A variable whose name says credential gets a value that stays in the image.
    BuildSecret {
        /// Name of the variable.
        name: String,
    },
    /// A part that a manifest names by digest.
    Descriptor {
        /// Media type.
        media_type: String,
        /// Digest, as in `sha256:…`.
        digest: String,
        /// Size in bytes.
        bytes: u64,
        /// Whether the part may be fetched from elsewhere or is for reference only.
        is_external: bool,
    },
    /// A file that is stored under its digest.
    Blob {
        /// Digest in its name.
        digest: String,
        /// Its size in bytes.
        bytes: u64,
        /// Digest of the bytes.
        actual: String,
    },
}
