//! Facts about a file as such.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the file is and how it lies in the artifact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum FileFact {
    /// A format claims the bytes and its parser ran.
    Identified {
        /// Id of the format, as `headworks formats` lists it.
        format: String,
        /// What the parser says it is in one line: version, variant, size in its own terms.
        summary: String,
    },
    /// A symbolic link that leads out of the artifact, or that cannot be followed within it.
    OutOfTreeLink {
        /// What the link names.
        target: String,
    },
    /// A Git-LFS pointer: the real bytes are missing.
    LfsPointer {
        /// The object id it names, as written.
        oid: String,
        /// Size in bytes that it claims for the object.
        bytes: u64,
    },
    /// The name says another type than the bytes do, in a way that changes what a loader does.
    MisleadingName {
        /// Type the name suggests.
        named: String,
        /// Format of the bytes.
        is: String,
    },
    /// A path that is not valid UTF-8; it is shown escaped.
    NonUtf8Path,
    /// Something that is neither file, directory nor link: device, socket, pipe.
    SpecialFile {
        /// What it is.
        kind: String,
    },
}
