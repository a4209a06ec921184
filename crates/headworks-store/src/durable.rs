//! Writing so that it survives: a file is there whole or not at all, also after a power cut.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::StoreError;

/// Syncs that run at the same time: a file system commits those that wait together at once.
const SYNCS_AT_ONCE: usize = 8;

/// Files that were made in this process: two stores of one folder must not make the same one.
static STAGED: AtomicU64 = AtomicU64::new(0);

/// The folder in which files are made before they get their names.
#[derive(Debug)]
pub(crate) struct Staging {
    folder: PathBuf,
}

/// Files that have no names yet; what is left of them when this is dropped is of no use.
#[derive(Default)]
struct Staged {
    files: Vec<PathBuf>,
    /// Folders that got new ones in them: one that vanishes takes along what is in it.
    changed: BTreeSet<PathBuf>,
}

impl Drop for Staged {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
    }
}

impl Staging {
    pub(crate) fn open(folder: PathBuf) -> Result<Self, StoreError> {
        create_private(&folder)?;
        Ok(Self { folder })
    }

    /// Writes files; when this returns they survive a power cut.
    pub(crate) fn write_all(&self, files: &[(PathBuf, &[u8])]) -> Result<(), StoreError> {
        self.write_in_order(&[files])
    }

    /// Writes groups of files: one is there, and survives a power cut, only when those before it do.
    ///
    /// The bytes of all are brought to the disk at once, which is what takes time; names are given in order.
    pub(crate) fn write_in_order(&self, groups: &[&[(PathBuf, &[u8])]]) -> Result<(), StoreError> {
        let groups = groups.iter().map(|files| Ok((*files, self.stage_all(files)?)));
        let groups = groups.collect::<Result<Vec<_>, StoreError>>()?;
        let all: Vec<PathBuf> = groups.iter().flat_map(|(_, staged)| &staged.files).cloned().collect();
        in_parallel(&all, |path| File::open(path)?.sync_all())?;
        for (files, mut staged) in groups {
            let mut folders = std::mem::take(&mut staged.changed);
            for ((path, _), staged) in files.iter().zip(&staged.files) {
                name(staged, path)?;
                folders.insert(folder_of(path).to_owned());
            }
            in_parallel(&folders.into_iter().collect::<Vec<_>>(), |folder| File::open(folder)?.sync_all())?;
        }
        Ok(())
    }

    /// Writes files that can be computed again: they are there whole or not at all, but not yet after a power cut.
    pub(crate) fn write_derived(&self, files: &[(PathBuf, &[u8])]) -> Result<(), StoreError> {
        let staged = self.stage_all(files)?;
        files.iter().zip(&staged.files).try_for_each(|((path, _), staged)| name(staged, path))?;
        // Folders are made once, and lasting files come to lie in them later.
        staged.changed.iter().try_for_each(|folder| sync_folder(folder))
    }

    /// Writes a file that only its owner can read, unless there is one of that name; whether it did.
    pub(crate) fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<bool, StoreError> {
        let folder = folder_of(path);
        create_private(folder)?;
        let staged = self.stage(bytes)?;
        let synced = File::open(&staged).and_then(|file| file.sync_all());
        // A link fails when the name is taken, where a rename would replace what another process made.
        let linked = synced.and_then(|()| fs::hard_link(&staged, path));
        let _ = fs::remove_file(&staged);
        match linked {
            Ok(()) => sync_folder(folder).and_then(|()| sync_folder(folder_of(folder))).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(source) => Err(StoreError::Io { path: path.to_owned(), source }),
        }
    }

    fn stage_all(&self, files: &[(PathBuf, &[u8])]) -> Result<Staged, StoreError> {
        let mut staged = Staged::default();
        for folder in files.iter().map(|(path, _)| folder_of(path)).collect::<BTreeSet<_>>() {
            let missing = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
            staged.changed.extend(missing.map(|folder| folder_of(folder).to_owned()));
            create_private(folder)?;
        }
        for (_, bytes) in files {
            staged.files.push(self.stage(bytes)?);
        }
        Ok(staged)
    }

    fn stage(&self, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        loop {
            let number = STAGED.fetch_add(1, Ordering::Relaxed);
            let path = self.folder.join(format!("{}-{number}", std::process::id()));
            let failed = |source| StoreError::Io { path: path.clone(), source };
            match options.open(&path) {
                // Left by a process that was killed, or in the hands of one of the same number in another container.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(error)),
                Ok(mut file) => {
                    let written = file.write_all(bytes);
                    // What a full disk left is of no use.
                    written.inspect_err(|_| drop(fs::remove_file(&path))).map_err(failed)?;
                    return Ok(path);
                }
            }
        }
    }
}

/// Creates a folder that only its owner can read: records name what an organisation runs.
pub(crate) fn create_private(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| StoreError::Io { path: path.to_owned(), source })
}

/// The folder that holds a path; that of a bare name is the current one.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes what happened to the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let sync = || File::open(folder)?.sync_all();
    sync().map_err(|source| StoreError::Io { path: folder.to_owned(), source })
}

/// Gives a staged file its name. A rename within one file system is atomic.
fn name(staged: &Path, path: &Path) -> Result<(), StoreError> {
    fs::rename(staged, path).map_err(|source| StoreError::Io { path: path.to_owned(), source })
}

fn in_parallel(paths: &[PathBuf], work: impl Fn(&Path) -> io::Result<()> + Sync) -> Result<(), StoreError> {
    let each = |path: &PathBuf| work(path).map_err(|source| StoreError::Io { path: path.clone(), source });
    if paths.len() < 2 {
        return paths.iter().try_for_each(each);
    }
    let share = paths.len().div_ceil(SYNCS_AT_ONCE);
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            paths.chunks(share).map(|share| scope.spawn(move || share.iter().try_for_each(each))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a sync does not panic"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staging(root: &Path) -> Staging {
        Staging::open(root.join("staging")).expect("opens")
    }

    #[test]
    fn files_get_their_names_and_nothing_stays_behind() {
        let root = tempfile::tempdir().expect("temporary folder");
        let files: Vec<(PathBuf, &[u8])> =
            (0..20).map(|number| (root.path().join(format!("a/{number}/b")), &b"bytes"[..])).collect();
        staging(root.path()).write_all(&files).expect("writes");
        assert!(files.iter().all(|(path, bytes)| fs::read(path).expect("is there") == *bytes));
        assert_eq!(fs::read_dir(root.path().join("staging")).expect("is there").count(), 0);
    }

    #[test]
    fn a_file_that_is_there_is_kept() {
        let root = tempfile::tempdir().expect("temporary folder");
        let path = root.path().join("keys/key");
        assert!(staging(root.path()).write_new(&path, b"first").expect("writes"));
        assert!(!staging(root.path()).write_new(&path, b"second").expect("does not"));
        assert_eq!(fs::read(&path).expect("is there"), b"first");
        assert_eq!(fs::read_dir(root.path().join("staging")).expect("is there").count(), 0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("is there").permissions().mode() & 0o777, 0o600);
        }
    }
}
