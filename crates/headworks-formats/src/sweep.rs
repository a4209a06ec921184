//! What is left to be done with bytes that nothing but a checksum or a statistic needs.
//!
//! A checkpoint is a small pickle and many gigabytes of numbers. Whoever hashes the file reads them
//! anyway, so their checksums are computed in that same pass and not in one of their own.

use std::ops::Range;

use flate2::Crc;
use headworks_types::digest::Hasher;
use headworks_types::fact::{ArchiveFact, OciFact};
use headworks_types::{Digest, Fact, FactKind, Location};

/// The checksum of fewer bytes is computed on the spot.
pub(crate) const LEFT_BYTES_MIN: u64 = 64 * 1024;

/// The checksum or digest of a range of the file, and where what is wrong is told.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) range: Range<u64>,
    pub(crate) expected: Expected,
    pub(crate) location: Location,
}

/// What the bytes of a range should come to.
#[derive(Debug)]
pub(crate) enum Expected {
    /// A checksum, and what is wrong when it is another.
    Crc32 { sum: u32, mismatch: ArchiveFact },
    /// A digest.
    Sha256(Digest),
}

/// Work over a file's bytes, which must be fed in order.
#[derive(Default)]
pub struct Sweep {
    /// By start, none overlapping another, those that are done at the front.
    checks: Vec<Check>,
    next: usize,
    crc: Crc,
    hasher: Hasher,
    facts: Vec<Fact>,
}

impl Sweep {
    /// The ranges that have to be fed, in order; bytes between them may be left out.
    pub fn ranges(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.checks.iter().map(|check| check.range.clone())
    }

    /// Takes a piece of the file that begins at `offset`, no earlier than where the last one ended.
    pub fn feed(&mut self, offset: u64, piece: &[u8]) {
        let end = offset.saturating_add(piece.len() as u64);
        while let Some(check) = self.checks.get(self.next) {
            let wanted = check.range.start.max(offset)..check.range.end.min(end);
            let index = |at: u64| usize::try_from(at.saturating_sub(offset)).unwrap_or(usize::MAX);
            let part = piece.get(index(wanted.start)..index(wanted.end)).unwrap_or_default();
            match check.expected {
                Expected::Crc32 { .. } => self.crc.update(part),
                Expected::Sha256(_) => self.hasher.update(part),
            }
            if check.range.end > end {
                return;
            }
            self.finish_check();
        }
    }

    /// Compares what the current check came to, and goes on to the next.
    fn finish_check(&mut self) {
        let Some(check) = self.checks.get(self.next) else { return };
        let wrong: Option<FactKind> = match &check.expected {
            Expected::Crc32 { sum, mismatch } => (self.crc.sum() != *sum).then(|| mismatch.clone().into()),
            Expected::Sha256(stated) => {
                let actual = std::mem::take(&mut self.hasher).finish();
                (actual != *stated).then(|| OciFact::NotItsDigest { stated: *stated, actual }.into())
            }
        };
        self.facts.extend(wrong.map(|kind| Fact { location: check.location.clone(), times: 1, kind }));
        self.crc.reset();
        self.next = self.next.saturating_add(1);
    }

    /// What is not known because nobody will feed any bytes: that blobs were not compared with their digests, counted.
    pub fn leave_out(self) -> Vec<Fact> {
        let mut blobs = self.checks.into_iter().filter(|check| matches!(check.expected, Expected::Sha256(_)));
        let first = blobs.next().map(|check| check.location);
        let times = (blobs.count() as u64).saturating_add(1);
        first.map(|location| Fact { location, times, kind: OciFact::NotCompared.into() }).into_iter().collect()
    }

    /// What was found.
    pub fn finish(self) -> Vec<Fact> {
        self.facts
    }

    /// Whether every check of the others can be added to this one.
    pub(crate) fn can_absorb<'s>(&self, others: impl Iterator<Item = &'s Self>) -> bool {
        let mut ranges: Vec<Range<u64>> = others.flat_map(Self::ranges).chain(self.ranges()).collect();
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        ranges.iter().zip(ranges.iter().skip(1)).all(|(before, after)| before.end <= after.start)
    }

    /// Adds every check of the other, which [`can_absorb`](Self::can_absorb) allows.
    pub(crate) fn absorb(&mut self, other: Self) {
        other.checks.into_iter().for_each(|check| _ = self.add(check));
    }

    /// Adds a check, unless its bytes are another's too, which is for the caller to pay; whether it did.
    pub(crate) fn add(&mut self, check: Check) -> bool {
        let at = self.checks.partition_point(|known| known.range.start < check.range.start);
        let before = at.checked_sub(1).and_then(|before| self.checks.get(before));
        let clear = before.is_none_or(|before| before.range.end <= check.range.start)
            && self.checks.get(at).is_none_or(|after| check.range.end <= after.range.start);
        if clear {
            self.checks.insert(at, check);
        }
        clear
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;

    use super::*;

    fn checksum(range: Range<u64>, bytes: &[u8]) -> Check {
        let mut crc = Crc::new();
        crc.update(bytes);
        let location = Place::file("a.pt").at(range.clone());
        let mismatch = ArchiveFact::ChecksumMismatch { path: "a".into() };
        Check { range, expected: Expected::Crc32 { sum: crc.sum(), mismatch }, location }
    }

    fn digest(range: Range<u64>, bytes: &[u8]) -> Check {
        let location = Place::file("a.tar").at(range.clone());
        Check { range, expected: Expected::Sha256(Digest::of(bytes)), location }
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
            assert!(sweep.add(digest(600..700, &bytes[600..700])));
            assert!(sweep.add(digest(700..800, b"something else")));
            let mut offset = 0;
            for piece in bytes.chunks(piece_bytes) {
                sweep.feed(offset, piece);
                offset += piece.len() as u64;
            }
            let facts = sweep.finish();
            assert_eq!(facts.iter().map(|fact| fact.location.start).collect::<Vec<_>>(), [500, 700]);
        }
    }

    #[test]
    fn a_sweep_that_never_comes_says_how_many_blobs_it_would_have_compared() {
        let mut sweep = Sweep::default();
        assert!(sweep.add(checksum(0..10, b"")));
        assert!(sweep.add(digest(10..20, b"")));
        assert!(sweep.add(digest(20..30, b"")));
        let [fact] = &sweep.leave_out()[..] else { panic!("one fact") };
        assert_eq!((fact.times, &fact.kind), (2, &FactKind::Oci(OciFact::NotCompared)));
        assert!(Sweep::default().leave_out().is_empty());
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
