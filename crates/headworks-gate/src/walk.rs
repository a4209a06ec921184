//! Which files a directory consists of, without ever leaving it.

use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use headworks_types::{Fact, FactKind, Fault, Limits, Place, fact::FileFact};

/// A file to be read, and what it is called in the artifact.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// Path relative to the root, as the record shows it.
    pub(crate) path: String,
    /// Where the bytes are; links within the artifact are resolved.
    pub(crate) source: PathBuf,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: Vec<Listed>,
    pub(crate) facts: Vec<Fact>,
    /// Directories that are no part of the artifact, each with the reason.
    pub(crate) excluded: Vec<String>,
}

/// Lists the files below `root`. Links may lead below `root` or one of the `link_roots`.
pub(crate) fn walk(root: &Path, link_roots: &[PathBuf], limits: &Limits) -> io::Result<Listing> {
    let mut walk = Walk {
        root,
        link_roots,
        limits,
        listing: Listing::default(),
        folders: vec![(root.to_owned(), String::new(), 0)],
    };
    // The root itself must be readable; what is unreadable below it is evidence.
    fs::read_dir(root)?;
    while let Some((folder, path, depth)) = walk.folders.pop() {
        walk.folder(&folder, &path, depth);
    }
    let mut listing = walk.listing;
    listing.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(listing)
}

struct Walk<'a> {
    root: &'a Path,
    link_roots: &'a [PathBuf],
    limits: &'a Limits,
    listing: Listing,
    /// Folders still to be listed: where, path in the artifact, depth.
    folders: Vec<(PathBuf, String, u64)>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, path: &str, depth: u64) {
        if depth > self.limits.directory_depth_max {
            return self.budget(path, "directory_depth_max", self.limits.directory_depth_max);
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(path, &error),
        };
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(&entry, path, depth),
                Err(error) => self.unreadable(path, &error),
            }
            if self.listing.files.len() as u64 > self.limits.files_max {
                self.folders.clear();
                return self.budget(path, "files_max", self.limits.files_max);
            }
        }
    }

    fn entry(&mut self, entry: &fs::DirEntry, parent: &str, depth: u64) {
        let name = entry.file_name();
        let path = join(parent, &printable(&name));
        if path.len() as u64 > self.limits.path_bytes_max {
            return self.budget(&path, "path_bytes_max", self.limits.path_bytes_max);
        }
        if name.to_str().is_none() {
            self.fact(&path, FileFact::NonUtf8Path);
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => self.directory(entry.path(), path, depth),
            Ok(kind) if kind.is_file() => self.listing.files.push(Listed { path, source: entry.path() }),
            Ok(kind) if kind.is_symlink() => self.link(&entry.path(), path),
            Ok(kind) => self.special(&path, kind),
            Err(error) => self.unreadable(&path, &error),
        }
    }

    fn directory(&mut self, folder: PathBuf, path: String, depth: u64) {
        match reason_to_exclude(&folder, &path) {
            Some(reason) => self.listing.excluded.push(format!("{path}/ ({reason})")),
            None => self.folders.push((folder, path, depth + 1)),
        }
    }

    /// A link to a file within the artifact is that file under another name; any other is a finding.
    fn link(&mut self, link: &Path, path: String) {
        let target = fs::read_link(link).map_or_else(|error| error.to_string(), |target| printable(target.as_os_str()));
        let inside = fs::canonicalize(link).ok().filter(|source| self.contains(source));
        match inside {
            Some(source) if source.is_file() => self.listing.files.push(Listed { path, source }),
            // What a link to a directory shows lies within the artifact and is listed there.
            Some(source) if source.is_dir() => {}
            _ => {
                self.fact(&path, FileFact::OutOfTreeLink { target: target.clone() });
                self.fact(&path, Fault::Absent { stand_in: format!("link to `{target}`") });
            }
        }
    }

    fn contains(&self, source: &Path) -> bool {
        source.starts_with(self.root) || self.link_roots.iter().any(|root| source.starts_with(root))
    }

    fn special(&mut self, path: &str, kind: FileType) {
        let kind = special_kind(kind).to_owned();
        self.fact(path, Fault::Unreadable { reason: format!("it is a {kind}") });
        self.fact(path, FileFact::SpecialFile { kind });
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        self.fact(path, Fault::Unreadable { reason: error.to_string() });
    }

    fn budget(&mut self, path: &str, limit: &str, max: u64) {
        self.fact(path, Fault::Budget { limit: limit.to_owned(), max });
    }

    fn fact(&mut self, path: &str, kind: impl Into<FactKind>) {
        let location = Place::file(if path.is_empty() { "." } else { path }).at(0..0);
        self.listing.facts.push(Fact { location, times: 1, kind: kind.into() });
    }
}

/// Directories that tools leave beside an artifact and no loader reads as part of it.
///
/// Each is recognised by what lies in it, so that a name alone hides nothing.
fn reason_to_exclude(folder: &Path, path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == ".git" && folder.join("HEAD").is_file() && folder.join("objects").is_dir() {
        return Some("git's own data");
    }
    let download = path == ".cache/huggingface" && folder.join("download").is_dir();
    download.then_some("the hub client's download notes")
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") }
}

/// The name as UTF-8, with every other byte as `\xNN`.
pub(crate) fn printable(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

#[cfg(unix)]
fn special_kind(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match kind {
        kind if kind.is_fifo() => "named pipe",
        kind if kind.is_socket() => "socket",
        kind if kind.is_block_device() => "block device",
        kind if kind.is_char_device() => "character device",
        _ => "special file",
    }
}

#[cfg(not(unix))]
fn special_kind(_: FileType) -> &'static str {
    "special file"
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(root: &Path) -> (Vec<String>, usize) {
        let root = fs::canonicalize(root).expect("root");
        let listing = walk(&root, &[], &Limits::default()).expect("walks");
        (listing.files.into_iter().map(|file| file.path).collect(), listing.facts.len())
    }

    #[test]
    fn a_link_out_of_the_tree_is_a_fact_and_never_followed() {
        let (tree, outside) = (tempfile::tempdir().expect("tree"), tempfile::tempdir().expect("outside"));
        fs::write(outside.path().join("secret"), "x").expect("writes");
        symlink(outside.path().join("secret"), tree.path().join("model.bin")).expect("links");
        let (files, facts) = names(tree.path());
        assert!(files.is_empty());
        assert_eq!(facts, 2);
    }

    #[test]
    fn a_link_within_the_tree_is_a_file_and_a_cycle_ends() {
        let tree = tempfile::tempdir().expect("tree");
        fs::create_dir(tree.path().join("a")).expect("folder");
        fs::write(tree.path().join("a/weights"), "x").expect("writes");
        symlink("a/weights", tree.path().join("alias")).expect("links");
        symlink("..", tree.path().join("a/loop")).expect("links");
        assert_eq!(names(tree.path()), (vec!["a/weights".to_owned(), "alias".to_owned()], 0));
    }

    #[test]
    fn a_directory_that_only_calls_itself_git_is_listed() {
        let tree = tempfile::tempdir().expect("tree");
        fs::create_dir(tree.path().join(".git")).expect("folder");
        fs::write(tree.path().join(".git/model.pkl"), "x").expect("writes");
        assert_eq!(names(tree.path()).0, [".git/model.pkl"]);
    }

    #[test]
    fn a_name_that_is_no_utf8_is_shown_escaped() {
        use std::os::unix::ffi::OsStrExt as _;
        assert_eq!(printable(OsStr::from_bytes(b"a\xffb")), "a\\xffb");
    }
}
