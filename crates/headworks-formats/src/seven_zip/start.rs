//! The start header: the only part of a 7z archive at a fixed place, which says where the header is.

use std::ops::Range;

use headworks_types::{Fault, ReadAt, SubRange};

use super::{FORMAT, malformed};
use crate::crc32::crc32;
use crate::reader::{ReadFault, Reader};

pub(super) const MAGIC: &[u8] = b"7z\xbc\xaf\x27\x1c";
/// Magic, version, checksum, and the fields that the checksum covers. All offsets count from here.
pub(super) const BYTES: u64 = 32;
/// Where the fields begin that the checksum covers.
const COVERED_AT: u64 = 12;

/// What the first bytes say.
pub(super) struct StartHeader {
    pub(super) version: [u8; 2],
    checksum_holds: bool,
    /// Where the header lies by its own account; nothing for an end beyond all numbers.
    pub(super) header: Option<Range<u64>>,
    pub(super) header_crc: u32,
}

impl StartHeader {
    pub(super) fn read(bytes: &dyn ReadAt) -> Result<Self, ReadFault> {
        let mut reader = Reader::new(bytes);
        reader.skip(MAGIC.len() as u64)?;
        let version = reader.array()?;
        let stored = reader.u32_le()?;
        let (offset, size, header_crc) = (reader.u64_le()?, reader.u64_le()?, reader.u32_le()?);
        let actual = crc32(&SubRange::new(bytes, COVERED_AT..BYTES)).map_err(ReadFault::Failed)?;
        let header = BYTES.checked_add(offset).and_then(|start| Some(start..start.checked_add(size)?));
        Ok(Self { version, checksum_holds: actual == stored, header, header_crc })
    }

    /// What is wrong with an archive of `size` bytes that begins like this.
    pub(super) fn fault(&self, size: u64) -> Option<Fault> {
        if !self.checksum_holds {
            return Some(malformed("the checksum of the start header does not match"));
        }
        match &self.header {
            Some(header) if header.end <= size => None,
            _ => Some(Fault::Truncated { format: FORMAT.id.into(), wanted: "the header at the end".into() }),
        }
    }
}
