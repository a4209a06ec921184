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
        /// Whether it is a hard link, whose target counts from the root of the archive.
        #[serde(default, skip_serializing_if = "is_false")]
        is_hard: bool,
    },
    /// A member that runs with its owner's or its group's rights, whoever starts it.
    PrivilegedMember {
        /// The member's path as stored.
        path: String,
        /// Its permissions, in octal digits.
        mode: String,
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
    /// A member lies in the archive and its directory does not list it.
    HiddenMember {
        /// The path in the member's own header, or its number where it has none.
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

/// Whether the link stored as `path` leads outside the directory it is extracted to.
///
/// Both slashes separate, because half of all loaders run where the backslash does.
pub fn link_escapes(path: &str, target: &str) -> bool {
    let folder = path.rfind(['/', '\\']).map_or("", |end| &path[..end]);
    is_absolute(target) || depth_below_root(folder.split(['/', '\\']).chain(target.split(['/', '\\']))).is_none()
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path[1..].starts_with(':');
    drive || path.starts_with(['/', '\\'])
}

/// Directory levels below the root after the last part; `None` when some part leads above it.
fn depth_below_root<'a>(parts: impl Iterator<Item = &'a str>) -> Option<usize> {
    let mut parts = parts.filter(|part| !matches!(*part, "" | "."));
    parts.try_fold(0usize, |depth, part| if part == ".." { depth.checked_sub(1) } else { Some(depth + 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_counts_from_its_own_folder() {
        assert!(!link_escapes("lib/libx.so", "../libx.so.1"));
        assert!(link_escapes("libx.so", "../libx.so.1"));
        assert!(!link_escapes("a\\b", "..\\c"));
    }

    #[test]
    fn an_absolute_target_leads_out_from_everywhere() {
        for target in ["/etc/passwd", "C:\\x", "c:x", "\\\\host\\share"] {
            assert!(link_escapes("lib/x", target), "{target}");
        }
        assert!(!link_escapes("lib/x", "é:x"));
    }
}
