//! Opening files below a directory without ever following a link out of it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A directory, or one file, whose contents are opened by relative paths only.
#[derive(Debug)]
pub(super) struct Root {
    path: PathBuf,
    #[cfg(unix)]
    folder: std::os::fd::OwnedFd,
}

#[cfg(unix)]
mod unix {
    use std::os::fd::{AsFd as _, OwnedFd};

    use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat, openat2};

    use super::{File, Path, Root, io};

    // A pipe must not block the open, and the terminal of a device must not become ours.
    const FILE: OFlags =
        OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
    const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::DIRECTORY);

    impl Root {
        pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
            Ok(Self { path: path.to_owned(), folder: open(path, FOLDER, Mode::empty())? })
        }

        /// Opens a file by its path below the root; a link anywhere on the way is an error.
        pub(in super::super) fn file(&self, relative: &str) -> io::Result<File> {
            let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
            match openat2(&self.folder, relative, FILE, Mode::empty(), within) {
                Ok(file) => Ok(file.into()),
                // Before Linux 5.6, in some sandboxes and on other systems: one component after another.
                Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => self.file_by_components(relative),
                Err(error) => Err(error.into()),
            }
        }

        fn file_by_components(&self, relative: &str) -> io::Result<File> {
            let (folders, name) = relative.rsplit_once('/').unwrap_or(("", relative));
            let mut at: Option<OwnedFd> = None;
            for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
                let here = at.as_ref().map_or(self.folder.as_fd(), |folder| folder.as_fd());
                at = Some(openat(here, folder, FOLDER | OFlags::NOFOLLOW, Mode::empty())?);
            }
            let here = at.as_ref().map_or(self.folder.as_fd(), |folder| folder.as_fd());
            Ok(openat(here, name, FILE, Mode::empty())?.into())
        }
    }
}

#[cfg(not(unix))]
impl Root {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned() })
    }

    /// Opens a file by its path below the root, after looking for links on the way.
    pub(super) fn file(&self, relative: &str) -> io::Result<File> {
        let mut at = self.path.clone();
        for component in relative.split('/') {
            at.push(component);
            if std::fs::symlink_metadata(&at)?.is_symlink() {
                return Err(io::Error::other("a link stands on the way"));
            }
        }
        File::open(at)
    }
}

impl Root {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_is_opened_and_a_link_on_the_way_is_not() {
        let (model, outside) = (tempfile::tempdir().expect("model"), tempfile::tempdir().expect("outside"));
        fs::create_dir(model.path().join("sub")).expect("folder");
        fs::write(model.path().join("sub/weights"), "w").expect("writes");
        fs::write(outside.path().join("secret"), "s").expect("writes");
        symlink(outside.path(), model.path().join("out")).expect("links");
        symlink("sub/weights", model.path().join("alias")).expect("links");
        let root = Root::open(model.path()).expect("opens");
        assert!(root.file("sub/weights").is_ok());
        for refused in ["out/secret", "alias", "../secret", "/etc/passwd"] {
            assert!(root.file(refused).is_err(), "{refused}");
        }
    }
}
