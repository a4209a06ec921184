//! Paths of archive members: whether an extraction stays in its directory, and what a link names.

use crate::format::Input;
use crate::reader::Reader;

/// Bytes of a link's target that a system takes (Linux `PATH_MAX`); longer content is no target.
const TARGET_BYTES_MAX: u64 = 4096;

/// Whether a member with this path would be written outside the directory it is extracted to.
///
/// Both separators count and so does a drive letter, because the archive does not know the system
/// that extracts it. A `..` counts even where later parts lead back in: extractors differ there.
pub(crate) fn escapes_root(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    drive || path.starts_with(['/', '\\']) || path.split(['/', '\\']).any(|part| part == "..")
}

/// The content as a link's target; `None` when no system would take it for one.
pub(crate) fn link_target(content: &Input<'_>) -> Option<String> {
    if content.bytes.size() > TARGET_BYTES_MAX {
        return None;
    }
    let mut reader = Reader::new(content.bytes);
    let length = usize::try_from(reader.left()).ok()?;
    let target = String::from_utf8(reader.take(length).ok()?.to_vec()).ok()?;
    (!target.contains(char::is_control)).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn climbing_and_absolute_paths_escape() {
        for path in ["../x", "a/../../x", "/etc/x", "C:\\x", "a\\..\\x", "..", "\\\\host\\x"] {
            assert!(escapes_root(path), "{path}");
        }
    }

    #[test]
    fn dots_within_names_do_not_escape() {
        for path in ["a/b", "..a/b", "a..", "a/...", "./a", "", ":x"] {
            assert!(!escapes_root(path), "{path}");
        }
    }
}
