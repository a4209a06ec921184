//! Absolute paths for what a thread of the command calls a file.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Component, Path, PathBuf};

use super::call::At;
use super::{files, kernel};

/// Working folders of threads, until one of them changes.
#[derive(Debug, Default)]
pub(super) struct Names {
    folders: HashMap<i32, PathBuf>,
}

/// Threads beyond this many are looked up each time.
const FOLDERS_MAX: usize = 4096;

impl Names {
    /// A thread has changed its folder, or a number may soon belong to another thread.
    pub(super) fn forget(&mut self) {
        self.folders.clear();
    }

    /// The path that an argument names. None: it cannot be read.
    pub(super) fn resolve(&mut self, thread: i32, at: At) -> Option<PathBuf> {
        let text = kernel::text(thread, at.path)?;
        self.absolute(thread, at.folder, OsString::from_vec(text).into())
    }

    /// The file that a descriptor stands for, when it has a name.
    pub(super) fn of_descriptor(thread: i32, descriptor: i32) -> Option<PathBuf> {
        link(&format!("/proc/{thread}/fd/{descriptor}"))
    }

    fn absolute(&mut self, thread: i32, folder: i32, written: PathBuf) -> Option<PathBuf> {
        let is_normal = is_normal(&written);
        let written = if is_normal { written } else { plain(&written) };
        let path = match (written.is_absolute(), folder) {
            (true, _) => written,
            (false, libc::AT_FDCWD) => self.in_folder(thread, &written)?,
            (false, folder) => Self::of_descriptor(thread, folder)?.join(written),
        };
        Some(seen_by(thread, if is_normal { path } else { without_parents(path) }))
    }

    fn in_folder(&mut self, thread: i32, written: &Path) -> Option<PathBuf> {
        if let Some(folder) = self.folders.get(&thread) {
            return Some(folder.join(written));
        }
        let folder = link(&format!("/proc/{thread}/cwd"))?;
        let path = folder.join(written);
        if self.folders.len() < FOLDERS_MAX {
            self.folders.insert(thread, folder);
        }
        Some(path)
    }
}

/// Whether a path has neither empty parts nor `.` or `..`: most have none, and taking paths apart is slow.
fn is_normal(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    let parts = bytes.strip_prefix(b"/").unwrap_or(bytes);
    parts.split(|&byte| byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

fn link(path: &str) -> Option<PathBuf> {
    std::fs::read_link(path).ok().filter(|target| target.is_absolute())
}

/// Without empty parts, and without `.` at the front, which `components` keeps.
fn plain(written: &Path) -> PathBuf {
    written.components().filter(|part| *part != Component::CurDir).collect()
}

/// Only the kernel knows where `..` leads when a folder is a link.
fn without_parents(path: PathBuf) -> PathBuf {
    if !path.components().any(|part| part == Component::ParentDir) {
        return path;
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return path.canonicalize().unwrap_or(path);
    };
    folder.canonicalize().map(|folder| folder.join(name)).unwrap_or(path)
}

/// Paths in `/proc` that mean another thing to each process, as this thread means them.
fn seen_by(thread: i32, path: PathBuf) -> PathBuf {
    let bytes = path.as_os_str().as_bytes();
    if !bytes.starts_with(b"/dev/") && !files::is_pseudo(&path) {
        return path;
    }
    let own = [("/dev/fd", "fd"), ("/dev/stdin", "fd/0"), ("/dev/stdout", "fd/1"), ("/dev/stderr", "fd/2")];
    let own = own.map(|(prefix, place)| (prefix, place)).into_iter();
    let own = own.chain([("/proc/self", ""), ("/proc/thread-self", "")]);
    let mut path = path;
    for (prefix, place) in own {
        if let Ok(rest) = path.strip_prefix(prefix) {
            path =
                Path::new("/proc").join(thread.to_string()).join(place).components().chain(rest.components()).collect();
            break;
        }
    }
    if !files::is_pseudo(&path) {
        return path;
    }
    // `/proc/1/fd/3` and `/proc/1/root/etc/x` lead out of the pseudo file system again.
    match path.read_link() {
        Ok(target) if target.is_absolute() => target,
        _ => path.canonicalize().unwrap_or(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(path: &str) -> PathBuf {
        let thread = i32::try_from(std::process::id()).unwrap();
        Names::default().absolute(thread, libc::AT_FDCWD, path.into()).unwrap()
    }

    #[test]
    fn relative_paths_start_where_the_thread_is() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(own("./data//x.csv"), here.join("data/x.csv"));
        assert_eq!(own("/data/./x.csv"), Path::new("/data/x.csv"));
        assert_eq!(own("/data/x.csv/"), Path::new("/data/x.csv"));
        assert_eq!(own("."), here);
    }

    #[test]
    fn a_parent_of_a_link_is_where_the_kernel_goes() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("deep/er")).unwrap();
        std::os::unix::fs::symlink(root.join("deep/er"), root.join("link")).unwrap();
        assert_eq!(own(root.join("link/../x").to_str().unwrap()), root.join("deep/x"));
    }

    #[test]
    fn a_file_named_through_its_descriptor_has_its_own_name() {
        use std::os::fd::AsRawFd as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        let descriptor = file.as_file().as_raw_fd();
        for way in ["/proc/self/fd", "/dev/fd", "/proc/thread-self/fd"] {
            assert_eq!(own(&format!("{way}/{descriptor}")), file.path().canonicalize().unwrap(), "{way}");
        }
        assert!(files::is_pseudo(&own("/proc/self/maps")));
    }
}
