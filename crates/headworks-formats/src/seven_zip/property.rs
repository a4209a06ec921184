//! How the header writes things down: ids, numbers of variable length, bit vectors and checksums.

use headworks_types::{Fault, Limits, ReadAt};

use super::{FORMAT, malformed};
use crate::reader::{ReadFault, Reader};

/// Ids of properties.
pub(super) mod id {
    pub(in super::super) const END: u8 = 0x00;
    pub(in super::super) const HEADER: u8 = 0x01;
    pub(in super::super) const ARCHIVE_PROPERTIES: u8 = 0x02;
    pub(in super::super) const ADDITIONAL_STREAMS: u8 = 0x03;
    pub(in super::super) const MAIN_STREAMS: u8 = 0x04;
    pub(in super::super) const FILES: u8 = 0x05;
    pub(in super::super) const PACKED: u8 = 0x06;
    pub(in super::super) const FOLDERS: u8 = 0x07;
    pub(in super::super) const PARTS: u8 = 0x08;
    pub(in super::super) const SIZE: u8 = 0x09;
    pub(in super::super) const CRC: u8 = 0x0a;
    pub(in super::super) const FOLDER: u8 = 0x0b;
    pub(in super::super) const CODER_SIZES: u8 = 0x0c;
    pub(in super::super) const PART_COUNTS: u8 = 0x0d;
    pub(in super::super) const EMPTY_STREAMS: u8 = 0x0e;
    pub(in super::super) const EMPTY_FILES: u8 = 0x0f;
    pub(in super::super) const ANTI_ITEMS: u8 = 0x10;
    pub(in super::super) const NAMES: u8 = 0x11;
    pub(in super::super) const CREATED: u8 = 0x12;
    pub(in super::super) const ACCESSED: u8 = 0x13;
    pub(in super::super) const CHANGED: u8 = 0x14;
    pub(in super::super) const ATTRIBUTES: u8 = 0x15;
    pub(in super::super) const ENCODED_HEADER: u8 = 0x17;
    pub(in super::super) const DUMMY: u8 = 0x19;
}

/// Reads a header from its first byte to its last.
pub(super) struct Properties<'a> {
    reader: Reader<'a>,
    pub(super) limits: &'a Limits,
}

impl<'a> Properties<'a> {
    pub(super) fn new(bytes: &'a dyn ReadAt, limits: &'a Limits) -> Self {
        Self { reader: Reader::new(bytes), limits }
    }

    pub(super) fn position(&self) -> u64 {
        self.reader.position()
    }

    pub(super) fn left(&self) -> u64 {
        self.reader.left()
    }

    /// The next byte: the id of a property, or a flag.
    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        self.reader.u8().map_err(cut)
    }

    /// The id that must follow.
    pub(super) fn expect(&mut self, wanted: u8) -> Result<(), Fault> {
        match self.byte()? {
            id if id == wanted => Ok(()),
            id => Err(unexpected(id)),
        }
    }

    pub(super) fn u16(&mut self) -> Result<u16, Fault> {
        self.reader.u16_le().map_err(cut)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.reader.u32_le().map_err(cut)
    }

    /// A number: the first byte's leading ones count the bytes after it, whose bits are the low ones.
    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        let first = self.byte()?;
        let count = first.leading_ones();
        let mut low = [0; 8];
        for byte in low.iter_mut().take(count as usize) {
            *byte = self.byte()?;
        }
        let high = u64::from(0x7f_u8.checked_shr(count).map_or(0, |mask| first & mask));
        let shifted = high.checked_shl(count.saturating_mul(8)).unwrap_or_default();
        Ok(u64::from_le_bytes(low) | shifted)
    }

    /// How many of something follow that takes at least `bytes_each` bytes of what is left of the header.
    pub(super) fn count(&mut self, of: &str, bytes_each: u64) -> Result<usize, Fault> {
        let count = self.number()?;
        let max = self.limits.members_max;
        if count > max {
            return Err(Fault::Budget { limit: "members_max".into(), max });
        }
        if count.saturating_mul(bytes_each) > self.left() {
            return Err(malformed(format!("{count} {of} are stated in a header that has {} bytes left", self.left())));
        }
        usize::try_from(count).map_err(|_| Fault::Budget { limit: "members_max".into(), max })
    }

    /// The next bytes, of which there are few.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&[u8], Fault> {
        self.reader.take(count).map_err(cut)
    }

    pub(super) fn skip(&mut self, count: u64) -> Result<(), Fault> {
        self.reader.skip(count).map_err(cut)
    }

    /// One bit for each of `count`, the highest of a byte first.
    pub(super) fn bits(&mut self, count: usize) -> Result<Vec<bool>, Fault> {
        if count.div_ceil(8) as u64 > self.left() {
            return Err(truncated());
        }
        let mut bits = Vec::with_capacity(count);
        while bits.len() < count {
            let byte = self.byte()?;
            let left = count.saturating_sub(bits.len());
            bits.extend((0..8_u32).rev().map(|bit| byte >> bit & 1 == 1).take(left));
        }
        Ok(bits)
    }

    /// The same after a byte that is not zero where all bits are set and left out.
    pub(super) fn bits_unless_all(&mut self, count: usize) -> Result<Vec<bool>, Fault> {
        match self.byte()? {
            0 => self.bits(count),
            _ => Ok(vec![true; count]),
        }
    }

    /// The checksums of `count` things, of those that have one.
    pub(super) fn checksums(&mut self, count: usize) -> Result<Vec<Option<u32>>, Fault> {
        let defined = self.bits_unless_all(count)?;
        defined.into_iter().map(|defined| if defined { self.u32().map(Some) } else { Ok(None) }).collect()
    }
}

/// The fault of an id that has no business where it is.
pub(super) fn unexpected(id: u8) -> Fault {
    malformed(format!("property {id:#04x} is not expected in the header where it is"))
}

/// The fault of a header that ends too early.
fn truncated() -> Fault {
    Fault::Truncated { format: FORMAT.id.into(), wanted: "the rest of the header".into() }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn cut(fault: ReadFault) -> Fault {
    fault.in_format(FORMAT.id, "the rest of the header")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bytes: &[u8]) -> Result<u64, Fault> {
        Properties::new(&bytes.to_vec(), &Limits::default()).number()
    }

    #[test]
    fn numbers_have_their_full_range() {
        assert_eq!(number(&[0x7f]), Ok(127));
        assert_eq!(number(&[0x80, 0x80]), Ok(128));
        assert_eq!(number(&[0xbf, 0xff]), Ok(0x3fff));
        assert_eq!(number(&[0xc1, 0x02, 0x03]), Ok(0x01_03_02));
        assert_eq!(number(&[0xfd, 1, 2, 3, 4, 5, 6]), Ok(0x01_06_05_04_03_02_01));
        assert_eq!(number(&[0xfe, 1, 2, 3, 4, 5, 6, 7]), Ok(0x07_06_05_04_03_02_01));
        assert_eq!(number(&[0xff; 9]), Ok(u64::MAX));
        assert!(number(&[0xff; 8]).is_err());
    }

    #[test]
    fn a_count_beyond_the_bytes_or_the_limit_is_refused_before_anything_is_allocated() {
        let bytes = vec![100, 0, 0, 0];
        let limits = Limits::default();
        assert_eq!(Properties::new(&vec![3, 0, 0, 0], &limits).count("files", 1), Ok(3));
        assert!(matches!(Properties::new(&bytes, &limits).count("files", 1), Err(Fault::Malformed { .. })));
        let few = Limits { members_max: 99, ..Limits::default() };
        assert!(matches!(Properties::new(&bytes, &few).count("files", 0), Err(Fault::Budget { .. })));
    }

    #[test]
    fn bits_come_highest_first_and_may_be_left_out_when_all_are_set() {
        let bytes = vec![0, 0b1010_0000, 0b0100_0000, 1];
        let limits = Limits::default();
        let mut properties = Properties::new(&bytes, &limits);
        let bits = properties.bits_unless_all(10).unwrap();
        let set: Vec<_> = bits.iter().enumerate().filter_map(|(index, &bit)| bit.then_some(index)).collect();
        assert_eq!((bits.len(), set), (10, vec![0, 2, 9]));
        assert_eq!(properties.bits_unless_all(3), Ok(vec![true; 3]));
    }
}
