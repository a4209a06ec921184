//! A local file as bytes at offsets.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use headworks_types::{ReadAt, ReadError};

/// An open file whose size is fixed at the moment it was opened.
#[derive(Debug)]
pub(crate) struct LocalFile {
    file: File,
    state: State,
}

/// What a file that nobody touches does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl State {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}

impl LocalFile {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::new(File::open(path)?)
    }

    pub(crate) fn new(file: File) -> io::Result<Self> {
        let state = State::of(&file)?;
        Ok(Self { file, state })
    }

    /// Whether the file was written to since it was opened, so that two reads may have differed.
    pub(crate) fn was_changed(&self) -> bool {
        State::of(&self.file).ok().as_ref() != Some(&self.state)
    }
}

impl ReadAt for LocalFile {
    fn size(&self) -> u64 {
        self.state.bytes
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        let left = usize::try_from(self.state.bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = into.len().min(left);
        let into = into.get_mut(..wanted).unwrap_or_default();
        let mut done = 0;
        while done < wanted {
            let piece = into.get_mut(done..).unwrap_or_default();
            match read_some(&self.file, offset + done as u64, piece) {
                Ok(0) => return Err(failed(offset + done as u64, &io::Error::from(io::ErrorKind::UnexpectedEof))),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(offset + done as u64, &error)),
            }
        }
        Ok(done)
    }
}

fn failed(offset: u64, error: &io::Error) -> ReadError {
    ReadError::Io { offset, reason: error.to_string() }
}

#[cfg(unix)]
fn read_some(file: &File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read_some(file: &File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_shrinks_is_an_error_and_not_short_bytes() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("weights");
        std::fs::write(&path, [7; 100]).expect("writes");
        let file = LocalFile::open(&path).expect("opens");
        std::fs::write(&path, [7; 10]).expect("shrinks");
        assert!(file.read_at(0, &mut [0; 100]).is_err());
        assert!(file.was_changed());
    }
}
