//! Sequential, bounded reading over [`ReadAt`], with the position kept for every fault.

use std::borrow::Cow;

use headworks_types::{Fault, ReadAt, ReadError};

/// Reads forward through `start..end` of some bytes; seeking is explicit.
pub(crate) struct Reader<'a> {
    bytes: &'a dyn ReadAt,
    window: Cow<'a, [u8]>,
    /// Offset of the window's first byte.
    window_at: u64,
    /// Index in the window of the next byte.
    next: usize,
    end: u64,
}

/// Why a read failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadFault {
    /// The bytes end at `end`, before what is at `at`.
    Truncated {
        /// Offset of the first byte of what was wanted.
        at: u64,
        /// Offset at which the bytes end.
        end: u64,
    },
    /// More bytes in one piece than a reader hands out; the parser must skip or stream them.
    TooLong {
        /// Offset of the first byte of what was wanted.
        at: u64,
        /// Bytes wanted.
        bytes: u64,
    },
    /// A number of variable length has more than 64 bits.
    TooWide {
        /// Offset of its first byte.
        at: u64,
    },
    /// The bytes could not be had.
    Failed(ReadError),
}

impl ReadFault {
    /// The fault in the terms of `format`, which was reading `wanted`.
    pub(crate) fn in_format(&self, format: &str, wanted: &str) -> Fault {
        let format = format.to_owned();
        match self {
            Self::Truncated { .. } => Fault::Truncated { format, wanted: wanted.to_owned() },
            Self::TooLong { bytes, .. } => {
                Fault::Malformed { format, problem: format!("{wanted} claims {bytes} bytes") }
            }
            Self::TooWide { .. } => {
                Fault::Malformed { format, problem: format!("{wanted}: a number of more than 64 bits") }
            }
            Self::Failed(ReadError::Budget { limit, max }) => Fault::Budget { limit: (*limit).to_owned(), max: *max },
            Self::Failed(error @ ReadError::Decode { .. }) => Fault::Malformed { format, problem: error.to_string() },
            Self::Failed(error @ ReadError::Io { .. }) => Fault::Unreadable { reason: error.to_string() },
        }
    }
}

impl<'a> Reader<'a> {
    /// Bytes fetched at a time, and the most that [`take`](Self::take) hands out in one piece
    /// when the bytes are not in memory anyway.
    pub(crate) const WINDOW: usize = 256 * 1024;

    /// Reads all of `bytes`.
    pub(crate) fn new(bytes: &'a dyn ReadAt) -> Self {
        Self::over(bytes, 0, bytes.size())
    }

    /// Reads `start..end` of `bytes`, or as much of it as there is.
    pub(crate) fn over(bytes: &'a dyn ReadAt, start: u64, end: u64) -> Self {
        let end = end.min(bytes.size());
        let mut reader = Self { bytes, window: Cow::Borrowed(&[]), window_at: 0, next: 0, end };
        let in_memory = bytes.as_slice().and_then(|slice| slice.get(..usize::try_from(end).ok()?));
        match in_memory {
            Some(slice) => reader.window = Cow::Borrowed(slice),
            None => reader.window_at = start,
        }
        reader.seek(start);
        reader
    }

    /// Offset of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.window_at.saturating_add(self.next as u64)
    }

    /// Bytes left before the end.
    pub(crate) fn left(&self) -> u64 {
        self.end.saturating_sub(self.position())
    }

    /// Continues at `offset`, or at the end when that is earlier.
    pub(crate) fn seek(&mut self, offset: u64) {
        let offset = offset.min(self.end);
        let within = offset.checked_sub(self.window_at).and_then(|index| usize::try_from(index).ok());
        match within {
            Some(index) if index <= self.window.len() => self.next = index,
            _ => {
                self.window = Cow::Borrowed(&[]);
                self.window_at = offset;
                self.next = 0;
            }
        }
    }

    /// Passes over `count` bytes.
    pub(crate) fn skip(&mut self, count: u64) -> Result<(), ReadFault> {
        let at = self.position();
        if count > self.left() {
            return Err(ReadFault::Truncated { at, end: self.end });
        }
        self.seek(at.saturating_add(count));
        Ok(())
    }

    /// The next byte.
    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, ReadFault> {
        if let Some(&byte) = self.window.get(self.next) {
            self.next = self.next.wrapping_add(1);
            return Ok(byte);
        }
        self.take(1).map(|bytes| bytes.first().copied().unwrap_or_default())
    }

    /// The next two bytes, little-endian.
    pub(crate) fn u16_le(&mut self) -> Result<u16, ReadFault> {
        self.array().map(u16::from_le_bytes)
    }

    /// The next four bytes, little-endian.
    pub(crate) fn u32_le(&mut self) -> Result<u32, ReadFault> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next eight bytes, little-endian.
    pub(crate) fn u64_le(&mut self) -> Result<u64, ReadFault> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next number of variable length: seven bits a byte, the lowest first.
    pub(crate) fn varint(&mut self) -> Result<u64, ReadFault> {
        let at = self.position();
        let mut value = 0u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits.checked_shl(shift).filter(|shifted| shifted >> shift == bits);
            value |= shifted.ok_or(ReadFault::TooWide { at })?;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ReadFault::TooWide { at })
    }

    /// The next `N` bytes.
    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadFault> {
        let at = self.position();
        let bytes = self.take(N)?;
        bytes.first_chunk::<N>().copied().ok_or(ReadFault::Truncated { at, end: at })
    }

    /// The next `count` bytes in one piece, borrowed until the next read.
    ///
    /// # Errors
    /// [`ReadFault::TooLong`] for more than [`Self::WINDOW`] bytes that are not in memory anyway.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Result<&[u8], ReadFault> {
        if self.window.len().saturating_sub(self.next) < count {
            self.refill(count)?;
        }
        let start = self.next;
        let stop = start.saturating_add(count);
        self.next = stop;
        Ok(self.window.get(start..stop).unwrap_or_default())
    }

    /// The next `length` bytes as text, in which what is no UTF-8 is replaced.
    ///
    /// # Errors
    /// [`ReadFault::Failed`] for more than `max` bytes, which is `text_bytes_max` of the limits.
    pub(crate) fn text(&mut self, length: u64, max: u64) -> Result<String, ReadFault> {
        let at = self.position();
        if length > self.left() {
            return Err(ReadFault::Truncated { at, end: self.end });
        }
        if length > max {
            return Err(ReadFault::Failed(ReadError::Budget { limit: "text_bytes_max", max }));
        }
        let mut text = Vec::new();
        let mut left = usize::try_from(length).unwrap_or_default();
        while left > 0 {
            let piece = self.take(left.min(Self::WINDOW))?;
            text.extend_from_slice(piece);
            left = left.saturating_sub(piece.len());
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The bytes up to and without the next line feed, which is passed over.
    ///
    /// # Errors
    /// [`ReadFault::TooLong`] when there is no line feed within [`Self::WINDOW`] bytes.
    pub(crate) fn line(&mut self) -> Result<&[u8], ReadFault> {
        let at = self.position();
        let length = match memchr::memchr(b'\n', self.window.get(self.next..).unwrap_or_default()) {
            Some(length) => length,
            None => {
                let ahead = usize::try_from(self.left()).unwrap_or(usize::MAX).min(Self::WINDOW);
                self.refill(ahead)?;
                let rest = self.window.get(self.next..).unwrap_or_default();
                let missing = if self.left() > ahead as u64 {
                    ReadFault::TooLong { at, bytes: ahead as u64 }
                } else {
                    ReadFault::Truncated { at, end: self.end }
                };
                memchr::memchr(b'\n', rest).ok_or(missing)?
            }
        };
        let line = self.take(length.saturating_add(1))?;
        Ok(line.split_last().map_or(&[][..], |(_, line)| line))
    }

    /// Makes the window start at the current position and hold at least `count` bytes.
    #[cold]
    fn refill(&mut self, count: usize) -> Result<(), ReadFault> {
        let at = self.position();
        if count as u64 > self.left() {
            return Err(ReadFault::Truncated { at, end: self.end });
        }
        if self.window.len().saturating_sub(self.next) >= count {
            return Ok(());
        }
        if count > Self::WINDOW {
            return Err(ReadFault::TooLong { at, bytes: count as u64 });
        }
        let length = usize::try_from(self.left()).unwrap_or(usize::MAX).min(Self::WINDOW);
        let mut window = match std::mem::take(&mut self.window) {
            Cow::Owned(window) => window,
            Cow::Borrowed(_) => Vec::new(),
        };
        window.resize(length, 0);
        let count_read = self.bytes.read_at(at, &mut window).map_err(ReadFault::Failed)?;
        window.truncate(count_read);
        self.window = Cow::Owned(window);
        self.window_at = at;
        self.next = 0;
        if count_read < count { Err(ReadFault::Truncated { at, end: self.end }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that pretend not to be in memory.
    struct Remote(Vec<u8>);

    impl ReadAt for Remote {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
            self.0.as_slice().read_at(offset, into)
        }
    }

    #[test]
    fn reads_are_the_same_in_memory_and_through_windows() {
        let bytes: Vec<u8> = (0..600_000u32).flat_map(u32::to_le_bytes).collect();
        let remote = Remote(bytes.clone());
        let (mut near, mut far) = (Reader::new(&bytes), Reader::new(&remote));
        while near.left() > 0 {
            assert_eq!(near.u32_le(), far.u32_le());
            assert_eq!(near.position(), far.position());
        }
        assert_eq!(far.u8(), Err(ReadFault::Truncated { at: 2_400_000, end: 2_400_000 }));
    }

    #[test]
    fn a_claimed_length_beyond_the_end_is_a_fault_and_no_allocation() {
        let remote = Remote(vec![0; 8]);
        let mut reader = Reader::new(&remote);
        assert_eq!(reader.take(usize::MAX).map(<[u8]>::len), Err(ReadFault::Truncated { at: 0, end: 8 }));
        assert_eq!(reader.skip(u64::MAX), Err(ReadFault::Truncated { at: 0, end: 8 }));
    }

    #[test]
    fn lines_end_at_the_line_feed_and_a_last_one_without_is_truncated() {
        let remote = Remote(b"one\n\nthree".to_vec());
        let mut reader = Reader::new(&remote);
        assert_eq!(reader.line(), Ok(&b"one"[..]));
        assert_eq!(reader.line(), Ok(&b""[..]));
        assert_eq!(reader.line(), Err(ReadFault::Truncated { at: 5, end: 10 }));
    }

    #[test]
    fn seeking_back_and_forth_finds_the_same_bytes() {
        let remote = Remote((0..=255).cycle().take(1 << 20).collect());
        let mut reader = Reader::new(&remote);
        reader.seek(900_001);
        assert_eq!(reader.u8(), Ok((900_001 % 256) as u8));
        reader.seek(3);
        assert_eq!(reader.u8(), Ok(3));
    }
}
