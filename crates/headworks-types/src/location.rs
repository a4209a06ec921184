//! Where something was seen: a file, a path through nested containers, a byte range.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file of the artifact and the containers opened on the way in.
///
/// `pytorch_model.bin > archive/data.pkl` is file `pytorch_model.bin`, members
/// `["archive/data.pkl"]`. Cloning is cheap: facts of one stream share one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Place(Arc<[String]>);

impl Place {
    /// A file of the artifact, by its path relative to the artifact's root (`/` between parts).
    pub fn file(path: impl Into<String>) -> Self {
        Self(Arc::from([path.into()]))
    }

    /// A member of the container at this place.
    pub fn member(&self, name: impl Into<String>) -> Self {
        Self(self.0.iter().cloned().chain([name.into()]).collect())
    }

    /// Path of the file, relative to the artifact's root.
    pub fn file_path(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Names of the container members on the way in, outermost first.
    pub fn members(&self) -> &[String] {
        self.0.get(1..).unwrap_or_default()
    }

    /// Name of the innermost member, or the file's path when there is none.
    pub fn innermost(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// Last part of [`innermost`](Self::innermost), after any `/`.
    pub fn base_name(&self) -> &str {
        let name = self.innermost();
        name.rsplit('/').next().unwrap_or(name)
    }

    /// Path of the file that this one names by `relative`; nothing when that leads out of the artifact.
    ///
    /// Files of the artifact only: a member of an archive has no neighbours that a loader would open.
    pub fn sibling(&self, relative: &str) -> Option<String> {
        if !self.members().is_empty() || relative.starts_with('/') {
            return None;
        }
        let mut parts: Vec<&str> = self.file_path().split('/').collect();
        parts.pop();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => _ = parts.pop()?,
                part => parts.push(part),
            }
        }
        Some(parts.join("/"))
    }

    /// The place of another file of the artifact, or of another member of the container that this one lies in.
    pub fn beside(&self, name: impl Into<String>) -> Self {
        let outer = self.0.len().saturating_sub(1);
        Self(self.0.iter().take(outer).cloned().chain([name.into()]).collect())
    }

    /// The places on the way in: the file, then each container, and this place last.
    pub fn way_in(&self) -> impl Iterator<Item = &[String]> {
        (1..=self.0.len()).filter_map(|depth| self.0.get(..depth))
    }

    /// A byte range at this place, relative to the innermost member's own first byte.
    pub fn at(&self, range: Range<u64>) -> Location {
        Location { place: self.clone(), start: range.start, end: range.end }
    }
}

/// A place is looked up by its parts, so that none is copied to ask about one on the way in.
impl Borrow<[String]> for Place {
    fn borrow(&self) -> &[String] {
        &self.0
    }
}

/// Bytes at a [`Place`]: `start..end`, counted from the innermost member's first byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The file, then the container members on the way in.
    pub place: Place,
    /// Offset of the first byte, inclusive.
    pub start: u64,
    /// Offset after the last byte, exclusive.
    pub end: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, part) in self.0.iter().enumerate() {
            if depth > 0 {
                f.write_str(" > ")?;
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  bytes {:#x}..{:#x}", self.place, self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_members_read_outermost_first() {
        let place = Place::file("model.bin").member("archive/data.pkl");
        assert_eq!(place.at(0x15..0x3d).to_string(), "model.bin > archive/data.pkl  bytes 0x15..0x3d");
        assert_eq!(place.base_name(), "data.pkl");
    }

    #[test]
    fn the_way_in_leads_from_the_file_to_the_place_and_a_neighbour_shares_all_but_the_end() {
        let place = Place::file("a.tar").member("b.tar").member("c");
        let way: Vec<usize> = place.way_in().map(<[String]>::len).collect();
        assert_eq!(way, [1, 2, 3]);
        assert_eq!(place.beside("d"), Place::file("a.tar").member("b.tar").member("d"));
        let known = std::collections::HashSet::from([Place::file("a.tar").member("b.tar")]);
        assert!(place.way_in().any(|outer| known.contains(outer)));
    }

    #[test]
    fn a_sibling_is_named_from_the_files_own_directory_and_never_outside() {
        let place = Place::file("onnx/model.onnx");
        assert_eq!(place.sibling("./weights/../w.bin").as_deref(), Some("onnx/w.bin"));
        assert_eq!(place.sibling("../w.bin").as_deref(), Some("w.bin"));
        assert_eq!(place.sibling("../../w.bin"), None);
        assert_eq!(place.sibling("/etc/w.bin"), None);
        assert_eq!(place.member("inner").sibling("w.bin"), None);
    }
}
