//! Facts about archives and compressed streams.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an archive says about its members, above all where two readers could disagree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum ArchiveFact {
    /// A member's path leaves the directory it is extracted to (zip slip).
    EscapingPath {
        /// The path as stored.
        path: String,
    },
    /// A member is a symbolic or hard link.
    Link {
        /// The member's path as stored.
        path: String,
        /// What the link names.
        target: String,
    },
    /// A member is a device, pipe or other special file.
    SpecialMember {
        /// The member's path as stored.
        path: String,
        /// What it is.
        kind: String,
    },
    /// Two members have the same path; readers differ in which one they take.
    DuplicateMember {
        /// The path both have.
        path: String,
    },
    /// The local header and the central directory of a zip disagree.
    HeadersDisagree {
        /// The member's path in the central directory.
        path: String,
        /// Name of the header field.
        field: String,
        /// Its value in the local header.
        local: String,
        /// Its value in the central directory.
        central: String,
    },
    /// A local file record lies in the zip and the central directory does not list it.
    HiddenMember {
        /// The path in the local header.
        path: String,
    },
    /// The bytes of a member do not have the checksum that is stored for them.
    ChecksumMismatch {
        /// The member's path as stored.
        path: String,
    },
    /// Two members' bytes overlap, as in a zip bomb that reuses one compressed kernel.
    OverlappingMembers {
        /// Path of the later member.
        path: String,
    },
    /// Bytes before the archive's first header.
    Prefix,
    /// Bytes after the archive's end, or between its members.
    Gap,
}
