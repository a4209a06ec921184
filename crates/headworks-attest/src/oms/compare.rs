//! Manifest against model: what differs, and what the signature does not cover at all.
//!
//! A signature that verifies says nothing about files its signer left out. So whatever is there and not covered
//! is listed with the reason, even where the specification tolerates it.

use std::collections::{BTreeMap, BTreeSet};

use super::GIT_PATHS;
use super::manifest::{Manifest, Resource};
use super::name::is_within;

/// Something in the model's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path within the model.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file, or a link that is followed as the caller allows.
    File {
        /// Its size in bytes.
        bytes: u64,
        /// Whether it may be executed.
        executable: bool,
        /// Whether a symbolic link stands at the path.
        linked: bool,
    },
    /// A symbolic link that is not followed.
    Link,
    /// A directory with nothing in it.
    EmptyFolder,
    /// A pipe, a socket or a device.
    Special,
    /// Something whose name is no UTF-8; the path shows it escaped.
    Unnameable,
}

/// What the verifier puts up with.
#[derive(Debug, Clone, Default)]
pub struct Tolerance {
    /// Paths that the verifier leaves out.
    pub ignore_paths: Vec<String>,
    /// Where the signature lies within the model.
    pub signature_path: Option<String>,
    /// Files that the manifest does not list are listed as uncovered instead of refused.
    pub ignore_unsigned_files: bool,
}

/// A difference that makes verification fail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Problem {
    /// A signed file is not there.
    #[error("`{0}` is signed and missing")]
    Missing(String),
    /// A file is there that is not signed.
    #[error("`{0}` is not signed")]
    Unsigned(String),
    /// A signed file has another content.
    #[error("`{path}` was altered: its {what} is {found}, signed was {signed}")]
    Altered {
        /// The path, with the range of a piece.
        path: String,
        /// Digest or size.
        what: &'static str,
        /// What is there.
        found: String,
        /// What was signed.
        signed: String,
    },
    /// A file changed while it was read.
    #[error("`{0}` changed while it was read")]
    Changed(String),
    /// A file could not be read.
    #[error("`{path}` could not be read: {reason}")]
    Unreadable {
        /// The path.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// A symbolic link stands there, which the signer did not allow or which leaves the model.
    #[error("`{0}` is a symbolic link that the signature does not allow")]
    Link(String),
    /// Something that is no file stands there.
    #[error("`{0}` is no regular file")]
    Special(String),
    /// A name that no manifest can hold.
    #[error("the name `{0}` is no UTF-8")]
    Unnameable(String),
}

/// What is there and not covered by the signature.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uncovered {
    /// The path; a directory stands for all below it.
    pub path: String,
    /// Why it is not covered.
    pub reason: Reason,
}

/// Why something is not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// OMS leaves it out by default.
    Git,
    /// The signer left it out; anyone may change it.
    SignerIgnored,
    /// The verifier leaves it out.
    VerifierIgnored,
    /// It is not signed and the verifier tolerates that.
    Unsigned,
    /// It is the signature.
    Signature,
    /// A directory without files is no part of a manifest.
    EmptyFolder,
    /// The content is covered; that it may be executed is not.
    ModeBits,
}

/// The outcome before contents are compared: what to hash, what differs already, what is not covered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Files to hash: path and the indexes of their resources in the manifest.
    pub to_hash: BTreeMap<String, Vec<usize>>,
    /// What differs.
    pub problems: BTreeSet<Problem>,
    /// What is not covered.
    pub uncovered: BTreeSet<Uncovered>,
    /// Files that the signature covers.
    pub covered_files: usize,
    /// Bytes that the signature covers.
    pub covered_bytes: u64,
}

impl Reason {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Git => "left out by OMS",
            Self::SignerIgnored => "left out by the signer",
            Self::VerifierIgnored => "left out by the verifier",
            Self::Unsigned => "not signed",
            Self::Signature => "the signature itself",
            Self::EmptyFolder => "an empty directory",
            Self::ModeBits => "executable: the mode is not signed",
        }
    }
}

impl Manifest {
    /// Holds the manifest against what is there; contents are compared by [`Comparison::content`].
    ///
    /// For a model of one file `entries` has that file alone, under its own name.
    pub fn compare(&self, entries: &[Entry], tolerance: &Tolerance) -> Comparison {
        let mut comparison = Comparison::default();
        let mut signed = self.resources_by_path(entries);
        for entry in entries {
            comparison.entry(self, &mut signed, entry, tolerance);
        }
        for path in signed.into_keys() {
            comparison.problems.insert(Problem::Missing(path));
        }
        comparison
    }

    fn resources_by_path(&self, entries: &[Entry]) -> BTreeMap<String, Vec<usize>> {
        let mut by_path: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, resource) in self.resources.iter().enumerate() {
            // Before v1.1 a model of one file was listed as ".", whatever its name.
            let path = match entries {
                [only] if resource.path == "." => only.path.clone(),
                _ => resource.path.clone(),
            };
            by_path.entry(path).or_default().push(index);
        }
        by_path
    }
}

impl Comparison {
    /// Whether nothing differs; only then does the signature say something about these files.
    pub fn agrees(&self) -> bool {
        self.problems.is_empty()
    }

    /// Compares the digest of a file or piece with the signed one.
    pub fn content(&mut self, resource: &Resource, path: &str, found: String) {
        if found == resource.digest {
            return;
        }
        let path =
            resource.range.as_ref().map_or(path.to_owned(), |range| format!("{path}:{}:{}", range.start, range.end));
        let signed = resource.digest.clone();
        self.problems.insert(Problem::Altered { path, what: "digest", found, signed });
    }

    fn entry(
        &mut self,
        manifest: &Manifest,
        signed: &mut BTreeMap<String, Vec<usize>>,
        entry: &Entry,
        tolerance: &Tolerance,
    ) {
        let path = entry.path.clone();
        if let Some(resources) = signed.remove(&path) {
            return self.signed_entry(manifest, resources, entry);
        }
        if let Some(reason) = left_out(manifest, &path, tolerance) {
            self.uncovered.insert(Uncovered { path, reason });
            return;
        }
        let problem = match &entry.kind {
            EntryKind::File { bytes: 0, .. } if manifest.serialization.shard_bytes.is_some() => None,
            EntryKind::File { linked: true, .. } if !manifest.serialization.allow_symlinks => {
                Some(Problem::Link(path.clone()))
            }
            EntryKind::File { .. } if tolerance.ignore_unsigned_files => None,
            EntryKind::File { .. } => Some(Problem::Unsigned(path.clone())),
            EntryKind::Link => Some(Problem::Link(path.clone())),
            EntryKind::Special => Some(Problem::Special(path.clone())),
            EntryKind::Unnameable => Some(Problem::Unnameable(path.clone())),
            EntryKind::EmptyFolder => None,
        };
        match problem {
            Some(problem) => drop(self.problems.insert(problem)),
            None if entry.kind == EntryKind::EmptyFolder => self.note(path, Reason::EmptyFolder),
            None => self.note(path, Reason::Unsigned),
        }
    }

    fn signed_entry(&mut self, manifest: &Manifest, resources: Vec<usize>, entry: &Entry) {
        let path = entry.path.clone();
        let EntryKind::File { bytes, executable, linked } = entry.kind else {
            let link = entry.kind == EntryKind::Link;
            self.problems.insert(if link { Problem::Link(path) } else { Problem::Special(path) });
            return;
        };
        if linked && !manifest.serialization.allow_symlinks {
            self.problems.insert(Problem::Link(path));
            return;
        }
        let pieces = resources.iter().filter_map(|&index| manifest.resources.get(index)?.range.as_ref());
        if let Some(end) = pieces.map(|range| range.end).max().filter(|end| *end != bytes) {
            let (found, signed) = (bytes.to_string(), end.to_string());
            self.problems.insert(Problem::Altered { path, what: "size", found, signed });
            return;
        }
        if executable {
            self.note(path.clone(), Reason::ModeBits);
        }
        self.covered_files = self.covered_files.saturating_add(1);
        self.covered_bytes = self.covered_bytes.saturating_add(bytes);
        self.to_hash.insert(path, resources);
    }

    fn note(&mut self, path: String, reason: Reason) {
        self.uncovered.insert(Uncovered { path, reason });
    }
}

/// Why a path that is not in the manifest need not be.
fn left_out(manifest: &Manifest, path: &str, tolerance: &Tolerance) -> Option<Reason> {
    if tolerance.signature_path.as_deref() == Some(path) {
        return Some(Reason::Signature);
    }
    if GIT_PATHS.iter().any(|git| is_within(path, git)) {
        return Some(Reason::Git);
    }
    if manifest.serialization.ignore_paths.iter().any(|ignored| is_within(path, ignored)) {
        return Some(Reason::SignerIgnored);
    }
    tolerance.ignore_paths.iter().any(|ignored| is_within(path, ignored)).then_some(Reason::VerifierIgnored)
}

#[cfg(test)]
mod tests {
    use headworks_types::Digest;

    use super::super::manifest::Serialization;
    use super::*;

    fn file(path: &str) -> Entry {
        Entry { path: path.into(), kind: EntryKind::File { bytes: 1, executable: false, linked: false } }
    }

    fn entry(path: &str, kind: EntryKind) -> Entry {
        Entry { path: path.into(), kind }
    }

    fn manifest(paths: &[&str], ignored: &[&str]) -> Manifest {
        let resource = |path: &&str| Resource { path: (*path).into(), range: None, digest: Digest::of(b"x").hex() };
        let serialization = Serialization::files(ignored.iter().map(|path| (*path).to_owned()).collect());
        Manifest::new("m", serialization, paths.iter().map(resource).collect()).unwrap()
    }

    fn problems(comparison: &Comparison) -> Vec<String> {
        comparison.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_same_files_agree_and_are_hashed() {
        let comparison = manifest(&["a", "b/c"], &[]).compare(&[file("a"), file("b/c")], &Tolerance::default());
        assert!(comparison.agrees() && comparison.uncovered.is_empty());
        assert_eq!(comparison.to_hash.len(), 2);
    }

    #[test]
    fn missing_and_unsigned_files_differ() {
        let comparison = manifest(&["a", "b"], &[]).compare(&[file("a"), file("c")], &Tolerance::default());
        assert_eq!(problems(&comparison), ["`b` is signed and missing", "`c` is not signed"]);
        let tolerant = Tolerance { ignore_unsigned_files: true, ..Tolerance::default() };
        let comparison = manifest(&["a"], &[]).compare(&[file("a"), file("c")], &tolerant);
        assert!(comparison.agrees());
        assert_eq!(comparison.uncovered.first().map(|each| each.reason), Some(Reason::Unsigned));
    }

    #[test]
    fn what_was_left_out_is_listed_whoever_left_it_out() {
        let entries = [
            file(".git/config"),
            file("a"),
            file("cache/x"),
            file("m.sig"),
            file("notes"),
            entry("e", EntryKind::EmptyFolder),
        ];
        let tolerance = Tolerance {
            ignore_paths: vec!["notes".into()],
            signature_path: Some("m.sig".into()),
            ignore_unsigned_files: false,
        };
        let comparison = manifest(&["a"], &["cache"]).compare(&entries, &tolerance);
        assert!(comparison.agrees());
        let reasons: Vec<_> = comparison.uncovered.iter().map(|each| each.reason).collect();
        assert_eq!(
            reasons,
            [Reason::Git, Reason::SignerIgnored, Reason::EmptyFolder, Reason::Signature, Reason::VerifierIgnored]
        );
    }

    #[test]
    fn git_files_below_the_root_are_not_left_out() {
        let comparison = manifest(&["a"], &[]).compare(&[file("a"), file("sub/.git/x")], &Tolerance::default());
        assert_eq!(problems(&comparison), ["`sub/.git/x` is not signed"]);
    }

    #[test]
    fn links_and_special_files_differ_even_where_files_are_tolerated() {
        let tolerant = Tolerance { ignore_unsigned_files: true, ..Tolerance::default() };
        let entries =
            [file("a"), entry("l", EntryKind::Link), entry("p", EntryKind::Special), entry("u", EntryKind::Unnameable)];
        let comparison = manifest(&["a"], &[]).compare(&entries, &tolerant);
        assert_eq!(comparison.problems.len(), 3);
        let linked = entry("a", EntryKind::File { bytes: 1, executable: false, linked: true });
        assert_eq!(
            problems(&manifest(&["a"], &[]).compare(&[linked], &tolerant)),
            ["`a` is a symbolic link that the signature does not allow"]
        );
    }

    #[test]
    fn an_altered_file_names_both_digests() {
        let manifest = manifest(&["a"], &[]);
        let mut comparison = manifest.compare(&[file("a")], &Tolerance::default());
        comparison.content(&manifest.resources[0], "a", Digest::of(b"y").hex());
        assert!(!comparison.agrees());
    }

    #[test]
    fn executable_files_are_listed_because_their_mode_is_not_signed() {
        let script = entry("a", EntryKind::File { bytes: 1, executable: true, linked: false });
        let comparison = manifest(&["a"], &[]).compare(&[script], &Tolerance::default());
        assert!(comparison.agrees());
        assert_eq!(comparison.uncovered.first().map(|each| each.reason), Some(Reason::ModeBits));
    }
}
