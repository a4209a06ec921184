//! Where a zip ends, and where its directory begins.
//!
//! Source: APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16. A zip is found from its tail, and loaders take the
//! last end record they see; whatever other records lie around are bytes nothing explains, and
//! those are searched for hidden members.

use std::ops::Range;

use headworks_types::ReadAt;
use memchr::memmem;

use crate::format::Probe;
use crate::reader::{ReadFault, Reader};

const END: &[u8; 4] = b"PK\x05\x06";
const END_BYTES: u64 = 22;
const LOCATOR: &[u8; 4] = b"PK\x06\x07";
const LOCATOR_BYTES: u64 = 20;
const END64: &[u8; 4] = b"PK\x06\x06";
/// The zip64 end record counts its own bytes after the first twelve.
const END64_UNCOUNTED_BYTES: u64 = 12;
const END64_BYTES: u64 = 56;
const CENTRAL: &[u8; 4] = b"PK\x01\x02";

/// The end records of a zip, resolved to the place of its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// The central directory's bytes.
    pub(super) directory: Range<u64>,
    /// Number of entries that the end record states.
    pub(super) entries: u64,
    /// What every stored offset lacks, because bytes were put before the archive.
    pub(super) shift: u64,
    /// The end records' own bytes, the zip64 ones and the comment included.
    pub(super) records: Vec<Range<u64>>,
    /// Numbers of the disks that the records name are not all the first one.
    pub(super) split: bool,
    /// Fields in which the old end record contradicts the zip64 one: name, old value, zip64 value.
    pub(super) contradictions: Vec<(&'static str, u64, u64)>,
    /// Bytes of the comment that the record claims and the file does not have.
    pub(super) comment_bytes_missing: u64,
}

impl End {
    /// The end of the zip in `bytes`, if they are one.
    pub(super) fn find(bytes: &dyn ReadAt) -> Result<Option<Self>, ReadFault> {
        let window = bytes.size().min(Probe::WINDOW as u64);
        let start = bytes.size().saturating_sub(window);
        let mut reader = Reader::over(bytes, start, bytes.size());
        let tail = reader.take(usize::try_from(window).unwrap_or(Probe::WINDOW))?.to_vec();
        Self::find_in_tail(bytes, &tail)
    }

    /// The same, when the last bytes are at hand.
    pub(super) fn find_in_tail(bytes: &dyn ReadAt, tail: &[u8]) -> Result<Option<Self>, ReadFault> {
        let start = bytes.size().saturating_sub(tail.len() as u64);
        for found in memmem::rfind_iter(tail, END) {
            let at = start.saturating_add(found as u64);
            if bytes.size().saturating_sub(at) < END_BYTES {
                continue;
            }
            if let Some(end) = Record::read(bytes, at)?.resolve(bytes)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }
}

/// An end record as stored.
struct Record {
    at: u64,
    disks: [u32; 2],
    entries_here: u64,
    entries: u64,
    directory_bytes: u64,
    directory_at: u64,
    comment_bytes: u64,
}

impl Record {
    fn read(bytes: &dyn ReadAt, at: u64) -> Result<Self, ReadFault> {
        let mut reader = Reader::over(bytes, at, at.saturating_add(END_BYTES));
        reader.skip(4)?;
        Ok(Self {
            at,
            disks: [reader.u16_le()?.into(), reader.u16_le()?.into()],
            entries_here: reader.u16_le()?.into(),
            entries: reader.u16_le()?.into(),
            directory_bytes: reader.u32_le()?.into(),
            directory_at: reader.u32_le()?.into(),
            comment_bytes: reader.u16_le()?.into(),
        })
    }

    /// The zip64 record that the locator at `at` leads to.
    fn read64(bytes: &dyn ReadAt, locator_at: u64) -> Result<Option<(Self, Range<u64>)>, ReadFault> {
        let mut reader = Reader::over(bytes, locator_at, locator_at.saturating_add(LOCATOR_BYTES));
        reader.skip(8)?;
        let stated = reader.u64_le()?;
        // With bytes put before the archive the stated offset is short by their number, and the
        // record lies where nothing else can: right before its locator.
        let adjacent = locator_at.checked_sub(END64_BYTES);
        for at in [Some(stated), adjacent].into_iter().flatten() {
            if signature(bytes, at)? == *END64 && at < locator_at {
                return Self::read64_at(bytes, at).map(Some);
            }
        }
        Ok(None)
    }

    fn read64_at(bytes: &dyn ReadAt, at: u64) -> Result<(Self, Range<u64>), ReadFault> {
        let mut reader = Reader::over(bytes, at, at.saturating_add(END64_BYTES));
        reader.skip(4)?;
        let counted = reader.u64_le()?;
        reader.skip(4)?;
        let record = Self {
            at,
            disks: [reader.u32_le()?, reader.u32_le()?],
            entries_here: reader.u64_le()?,
            entries: reader.u64_le()?,
            directory_bytes: reader.u64_le()?,
            directory_at: reader.u64_le()?,
            comment_bytes: 0,
        };
        Ok((record, at..at.saturating_add(END64_UNCOUNTED_BYTES).saturating_add(counted)))
    }

    fn resolve(self, bytes: &dyn ReadAt) -> Result<Option<End>, ReadFault> {
        let claimed_end = self.at.saturating_add(END_BYTES).saturating_add(self.comment_bytes);
        let record = self.at..claimed_end.min(bytes.size());
        let mut records = vec![record];
        let mut effective = None;
        let locator_at = self.at.checked_sub(LOCATOR_BYTES);
        if let Some(locator_at) = locator_at.filter(|&at| signature(bytes, at).is_ok_and(|found| found == *LOCATOR)) {
            records.push(locator_at..self.at);
            if let Some((record64, range)) = Self::read64(bytes, locator_at)? {
                records.push(range.start..range.end.min(locator_at));
                effective = Some(record64);
            }
        }
        let contradictions = effective.as_ref().map(|wide| self.contradictions(wide)).unwrap_or_default();
        let effective = effective.unwrap_or(self);
        let Some((directory, shift)) = effective.directory(bytes)? else { return Ok(None) };
        Ok(Some(End {
            directory,
            entries: effective.entries,
            shift,
            records,
            split: effective.disks.iter().any(|&disk| disk != 0) || effective.entries_here != effective.entries,
            contradictions,
            comment_bytes_missing: claimed_end.saturating_sub(bytes.size()),
        }))
    }

    /// An old field either holds the value or all ones, which refer to the zip64 record.
    fn contradictions(&self, wide: &Self) -> Vec<(&'static str, u64, u64)> {
        let fields = [
            ("number of entries", self.entries, wide.entries, u64::from(u16::MAX)),
            ("directory size", self.directory_bytes, wide.directory_bytes, u64::from(u32::MAX)),
            ("directory offset", self.directory_at, wide.directory_at, u64::from(u32::MAX)),
        ];
        let differing = fields.into_iter().filter(|(_, old, new, deferred)| old != new && old != deferred);
        differing.map(|(name, old, new, _)| (name, old, new)).collect()
    }

    /// The directory's bytes, and what the stored offsets lack.
    ///
    /// It lies right before the end records, also when bytes were put before the archive; when
    /// something was put between, only the stated offset finds it.
    fn directory(&self, bytes: &dyn ReadAt) -> Result<Option<(Range<u64>, u64)>, ReadFault> {
        let adjacent = self.at.checked_sub(self.directory_bytes);
        if let Some((start, shift)) = adjacent.and_then(|start| Some((start, start.checked_sub(self.directory_at)?))) {
            let empty = self.entries == 0 && self.directory_bytes == 0;
            if empty && start == 0 || signature(bytes, start)? == *CENTRAL {
                return Ok(Some((start..self.at, shift)));
            }
        }
        let stated_end = self.directory_at.saturating_add(self.directory_bytes);
        let found = stated_end <= self.at && signature(bytes, self.directory_at)? == *CENTRAL;
        Ok(found.then_some((self.directory_at..stated_end, 0)))
    }
}

/// The four bytes at `at`, or zeros where there are none.
pub(super) fn signature(bytes: &dyn ReadAt, at: u64) -> Result<[u8; 4], ReadFault> {
    match Reader::over(bytes, at, at.saturating_add(4)).array() {
        Err(ReadFault::Truncated { .. }) => Ok([0; 4]),
        other => other,
    }
}
