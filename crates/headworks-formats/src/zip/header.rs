//! The two headers of every zip member: the local one before its bytes, and its directory entry.
//!
//! Source: APPNOTE.TXT 6.3.10, 4.3.7 to 4.3.12 and 4.5.

use std::ops::Range;

use headworks_types::ReadAt;

use crate::reader::{ReadFault, Reader};

pub(super) const LOCAL: &[u8; 4] = b"PK\x03\x04";
pub(super) const LOCAL_BYTES: u64 = 30;
pub(super) const CENTRAL: &[u8; 4] = b"PK\x01\x02";
pub(super) const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";

/// Bits of the general-purpose flags.
pub(super) const ENCRYPTED: u16 = 1;
pub(super) const DESCRIBED: u16 = 1 << 3;
const PATCHED: u16 = 1 << 5;
pub(super) const STRONGLY_ENCRYPTED: u16 = 1 << 6;
const UTF8: u16 = 1 << 11;
pub(super) const MASKED: u16 = 1 << 13;
/// The bits that change what a reader does; the others state how hard the writer compressed.
pub(super) const DECISIVE: u16 = ENCRYPTED | DESCRIBED | PATCHED | STRONGLY_ENCRYPTED | UTF8 | MASKED;

const ZIP64_EXTRA: u16 = 0x0001;
const UNICODE_PATH_EXTRA: u16 = 0x7075;

/// A header of a member, local or central, with zip64 values in place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// The path as stored, byte for byte.
    pub(crate) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc32: u32,
    pub(super) compressed_bytes: u64,
    pub(crate) bytes: u64,
    /// Offset of the local header; central headers only.
    pub(super) local_at: u64,
    /// Part of a split archive that the local header is in; central headers only.
    pub(super) disk: u16,
    /// High word: Unix file mode; central headers only.
    pub(super) attributes: u32,
    /// Path in the Unicode extra field, which some readers take instead of `name`.
    pub(super) unicode_name: Option<Vec<u8>>,
    /// Sizes were given in eight bytes.
    pub(super) zip64: bool,
    /// The extra field ends within an entry.
    pub(super) broken_extra: bool,
    /// Bytes of the header itself, signature to extra field or comment.
    pub(super) header_bytes: u64,
}

impl Header {
    /// The local header at `at`.
    pub(super) fn local(bytes: &dyn ReadAt, at: u64) -> Result<Self, ReadFault> {
        LocalStart::read(bytes, at)?.header(bytes)
    }

    /// The next directory entry; the reader stands at its signature.
    pub(super) fn central(reader: &mut Reader<'_>) -> Result<Self, ReadFault> {
        let start = reader.position();
        reader.skip(8)?;
        let mut header = Self::common(reader)?;
        let name_bytes = reader.u16_le()?;
        let extra_bytes = reader.u16_le()?;
        let comment_bytes = reader.u16_le()?;
        header.disk = reader.u16_le()?;
        reader.skip(2)?;
        header.attributes = reader.u32_le()?;
        header.local_at = reader.u32_le()?.into();
        header.name = reader.take(name_bytes.into())?.to_vec();
        header.read_extra(reader.take(extra_bytes.into())?);
        reader.skip(comment_bytes.into())?;
        header.header_bytes = reader.position().saturating_sub(start);
        Ok(header)
    }

    /// Flags to sizes, which both headers have in the same order.
    fn common(reader: &mut Reader<'_>) -> Result<Self, ReadFault> {
        let flags = reader.u16_le()?;
        let method = reader.u16_le()?;
        reader.skip(4)?;
        let crc32 = reader.u32_le()?;
        let compressed_bytes = reader.u32_le()?.into();
        let bytes = reader.u32_le()?.into();
        Ok(Self { flags, method, crc32, compressed_bytes, bytes, ..Self::default() })
    }

    fn read_extra(&mut self, mut extra: &[u8]) {
        while let Some((head, rest)) = extra.split_first_chunk::<4>() {
            let [id_low, id_high, length_low, length_high] = *head;
            let length = u16::from_le_bytes([length_low, length_high]);
            let Some((body, rest)) = rest.split_at_checked(length.into()) else {
                self.broken_extra = true;
                return;
            };
            match u16::from_le_bytes([id_low, id_high]) {
                ZIP64_EXTRA => self.widen(body),
                // Version byte and checksum of the old name come before the new one.
                UNICODE_PATH_EXTRA => self.unicode_name = body.get(5..).map(<[u8]>::to_vec),
                _ => {}
            }
            extra = rest;
        }
    }

    /// Fields of all ones have their value here, in this order.
    fn widen(&mut self, mut body: &[u8]) {
        const DEFERRED: u64 = u32::MAX as u64;
        self.zip64 = true;
        for field in [&mut self.bytes, &mut self.compressed_bytes, &mut self.local_at] {
            if *field != DEFERRED {
                continue;
            }
            let Some((value, rest)) = body.split_first_chunk::<8>() else {
                self.broken_extra = true;
                return;
            };
            *field = u64::from_le_bytes(*value);
            body = rest;
        }
    }

    /// Whether sizes and checksum follow the member's bytes.
    pub(super) fn is_described(&self) -> bool {
        self.flags & DESCRIBED != 0
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & (ENCRYPTED | STRONGLY_ENCRYPTED) != 0
    }

    /// The path as people read it.
    pub(crate) fn path(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }
}

/// The part of a local header that has always the same length, and where the rest is.
pub(super) struct LocalStart {
    pub(super) method: u16,
    pub(super) name: Range<u64>,
    header: Header,
    extra_bytes: u16,
}

impl LocalStart {
    pub(super) fn read(bytes: &dyn ReadAt, at: u64) -> Result<Self, ReadFault> {
        let name_at = at.saturating_add(LOCAL_BYTES);
        let mut reader = Reader::over(bytes, at, name_at);
        reader.skip(6)?;
        let header = Header::common(&mut reader)?;
        let name = name_at..name_at.saturating_add(reader.u16_le()?.into());
        Ok(Self { method: header.method, name, header, extra_bytes: reader.u16_le()? })
    }

    pub(super) fn name(&self, bytes: &dyn ReadAt) -> Result<Vec<u8>, ReadFault> {
        let length = usize::try_from(self.name.end.saturating_sub(self.name.start)).unwrap_or_default();
        Reader::over(bytes, self.name.start, self.name.end).take(length).map(<[u8]>::to_vec)
    }

    pub(super) fn header(self, bytes: &dyn ReadAt) -> Result<Header, ReadFault> {
        let name = self.name(bytes)?;
        let end = self.name.end.saturating_add(self.extra_bytes.into());
        let mut header = Header { name, ..self.header };
        header.read_extra(Reader::over(bytes, self.name.end, end).take(self.extra_bytes.into())?);
        let start = self.name.start.saturating_sub(LOCAL_BYTES);
        header.header_bytes = end.saturating_sub(start);
        Ok(header)
    }
}

/// What follows the bytes of a member whose writer could not seek back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub(super) crc32: u32,
    pub(super) compressed_bytes: u64,
    pub(super) bytes: u64,
    /// Bytes of the descriptor itself.
    pub(super) length: u64,
}

impl Descriptor {
    /// The form of the descriptor at `at` that satisfies `fits`: its signature is optional and its
    /// sizes have four or eight bytes, and nothing in it says which.
    pub(super) fn matching(bytes: &dyn ReadAt, at: u64, fits: impl Fn(&Self) -> bool) -> Option<Self> {
        let signed = Reader::over(bytes, at, at.saturating_add(4)).array().is_ok_and(|found| found == *DESCRIPTOR);
        let signatures = if signed { &[4, 0][..] } else { &[0][..] };
        let forms = signatures.iter().flat_map(|&signature| [(signature, false), (signature, true)]);
        forms.filter_map(|(signature, wide)| Self::read(bytes, at, signature, wide).ok()).find(|form| fits(form))
    }

    fn read(bytes: &dyn ReadAt, at: u64, signature_bytes: u64, wide: bool) -> Result<Self, ReadFault> {
        let length = signature_bytes.saturating_add(if wide { 20 } else { 12 });
        let mut reader = Reader::over(bytes, at, at.saturating_add(length));
        reader.skip(signature_bytes)?;
        let crc32 = reader.u32_le()?;
        let mut size = || if wide { reader.u64_le() } else { reader.u32_le().map(u64::from) };
        Ok(Self { crc32, compressed_bytes: size()?, bytes: size()?, length })
    }
}
