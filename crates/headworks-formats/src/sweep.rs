//! What is left to be done with bytes that nothing but a checksum or a statistic needs.
//!
//! A checkpoint is a small pickle and many gigabytes of numbers. Whoever hashes the file reads them
//! anyway, so their checksums are computed in that same pass and not in one of their own.

use std::ops::Range;

use flate2::Crc;
use headworks_types::{Fact, Location, fact::ArchiveFact};

/// The checksum of a range of the file, and what is wrong when the bytes do not have it.
#[derive(Debug)]
pub(crate) struct Checksum {
    pub(crate) range: Range<u64>,
    pub(crate) crc32: u32,
    pub(crate) location: Location,
    pub(crate) mismatch: ArchiveFact,
}

/// Work over a file's bytes, which must be fed in order.
#[derive(Default)]
pub struct Sweep {
    /// By start, none overlapping another, those that are done at the front.
    checksums: Vec<Checksum>,
    next: usize,
    crc: Crc,
    facts: Vec<Fact>,
}

impl Sweep {
    /// The ranges that have to be fed, in order; bytes between them may be left out.
    pub fn ranges(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.checksums.iter().map(|checksum| checksum.range.clone())
    }

    /// Takes a piece of the file that begins at `offset`, no earlier than where the last one ended.
    pub fn feed(&mut self, offset: u64, piece: &[u8]) {
        let end = offset.saturating_add(piece.len() as u64);
        while let Some(checksum) = self.checksums.get(self.next) {
            let wanted = checksum.range.start.max(offset)..checksum.range.end.min(end);
            let index = |at: u64| usize::try_from(at.saturating_sub(offset)).unwrap_or(usize::MAX);
            self.crc.update(piece.get(index(wanted.start)..index(wanted.end)).unwrap_or_default());
            if checksum.range.end > end {
                return;
            }
            if self.crc.sum() != checksum.crc32 {
                let (location, kind) = (checksum.location.clone(), checksum.mismatch.clone().into());
                self.facts.push(Fact { location, times: 1, kind });
            }
            self.crc.reset();
            self.next = self.next.saturating_add(1);
        }
    }

    /// What was found.
    pub fn finish(self) -> Vec<Fact> {
        self.facts
    }

    /// Adds a checksum, unless its bytes are another's too, which is for the caller to pay; whether it did.
    pub(crate) fn add(&mut self, checksum: Checksum) -> bool {
        let at = self.checksums.partition_point(|known| known.range.start < checksum.range.start);
        let before = at.checked_sub(1).and_then(|before| self.checksums.get(before));
        let clear = before.is_none_or(|before| before.range.end <= checksum.range.start)
            && self.checksums.get(at).is_none_or(|after| checksum.range.end <= after.range.start);
        if clear {
            self.checksums.insert(at, checksum);
        }
        clear
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;

    use super::*;

    fn checksum(range: Range<u64>, bytes: &[u8]) -> Checksum {
        let mut crc = Crc::new();
        crc.update(bytes);
        let location = Place::file("a.pt").at(range.clone());
        Checksum { range, crc32: crc.sum(), location, mismatch: ArchiveFact::ChecksumMismatch { path: "a".into() } }
    }

    #[test]
    fn checksums_are_the_same_however_the_bytes_are_cut() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for piece_bytes in [1, 7, 100, 1000] {
            let mut sweep = Sweep::default();
            for range in [10..300, 300..301, 900..1000] {
                let part = &bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
                assert!(sweep.add(checksum(range, part)));
            }
            assert!(sweep.add(checksum(500..600, b"something else")));
            let mut offset = 0;
            for piece in bytes.chunks(piece_bytes) {
                sweep.feed(offset, piece);
                offset += piece.len() as u64;
            }
            let facts = sweep.finish();
            assert_eq!(facts.iter().map(|fact| fact.location.start).collect::<Vec<_>>(), [500]);
        }
    }

    #[test]
    fn bytes_that_two_members_share_are_not_swept_twice() {
        let mut sweep = Sweep::default();
        assert!(sweep.add(checksum(10..20, b"")));
        for overlapping in [5..11, 12..13, 19..30, 10..20] {
            assert!(!sweep.add(checksum(overlapping, b"")));
        }
        assert!(sweep.add(checksum(20..30, b"")));
    }
}
