//! The numbers and strings of GGUF, in either byte order and either width.

use std::ops::Range;

use crate::reader::{ReadFault, Reader};

/// Reads the words of one file forward.
pub(super) struct Words<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) is_big_endian: bool,
    /// Version 1 counted in 32 bits what later ones count in 64.
    pub(super) is_narrow: bool,
}

impl Words<'_> {
    pub(super) fn position(&self) -> u64 {
        self.reader.position()
    }

    pub(super) fn u32(&mut self) -> Result<u32, ReadFault> {
        let bytes = self.reader.array()?;
        Ok(if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    pub(super) fn u64(&mut self) -> Result<u64, ReadFault> {
        let bytes = self.reader.array()?;
        Ok(if self.is_big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// A count or a length.
    pub(super) fn count(&mut self) -> Result<u64, ReadFault> {
        if self.is_narrow { self.u32().map(u64::from) } else { self.u64() }
    }

    /// Bytes of a count or a length.
    pub(super) fn count_bytes(&self) -> u64 {
        if self.is_narrow { 4 } else { 8 }
    }

    /// Passes over a string; where its text lies.
    pub(super) fn skip_string(&mut self) -> Result<Range<u64>, ReadFault> {
        let length = self.count()?;
        let start = self.position();
        self.reader.skip(length)?;
        Ok(start..self.position())
    }

    /// A short string, as a key or a name; longer ones are [`ReadFault::TooLong`].
    pub(super) fn name(&mut self, bytes_max: u64) -> Result<String, ReadFault> {
        let length = self.count()?;
        let at = self.position();
        let too_long = ReadFault::TooLong { at, bytes: length };
        let length = usize::try_from(length).ok().filter(|&length| length as u64 <= bytes_max).ok_or(too_long)?;
        Ok(String::from_utf8_lossy(self.reader.take(length)?).into_owned())
    }
}
