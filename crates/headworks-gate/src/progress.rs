//! How far a check has come.

use std::sync::atomic::{AtomicU64, Ordering};

use headworks_types::ReadAt as _;

use crate::acquire::Acquired;

/// What has been done so far, for whoever shows it to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read: every byte counts once when it is hashed and once when it is inspected.
    pub bytes_done: u64,
    /// Bytes there are to read, counted the same way.
    pub bytes_total: u64,
    /// Files finished.
    pub files_done: u64,
    /// Files there are.
    pub files_total: u64,
}

/// Counts what has been read and tells whoever shows it.
pub(crate) struct Meter<'a> {
    tell: &'a (dyn Fn(Progress) + Sync),
    bytes_total: u64,
    files_total: u64,
    bytes_done: AtomicU64,
    files_done: AtomicU64,
}

impl<'a> Meter<'a> {
    /// Counts over so many passes: one that looks, and one that hashes.
    pub(crate) fn new(acquired: &Acquired, passes: u64, tell: &'a (dyn Fn(Progress) + Sync)) -> Self {
        let bytes: u64 = acquired.files.iter().filter_map(|file| file.open().ok()).map(|file| file.size()).sum();
        let files_total = acquired.files.len() as u64;
        let (bytes_done, files_done) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { tell, bytes_total: bytes.saturating_mul(passes), files_total, bytes_done, files_done }
    }

    pub(crate) fn bytes_done(&self, count: u64) {
        self.bytes_done.fetch_add(count, Ordering::Relaxed);
        self.report();
    }

    pub(crate) fn file_done(&self) {
        self.files_done.fetch_add(1, Ordering::Relaxed);
        self.report();
    }

    fn report(&self) {
        (self.tell)(Progress {
            bytes_done: self.bytes_done.load(Ordering::Relaxed),
            bytes_total: self.bytes_total,
            files_done: self.files_done.load(Ordering::Relaxed),
            files_total: self.files_total,
        });
    }
}
