//! A member's bytes, as a loader gets them.

use std::ops::Range;

use headworks_types::{Fault, ReadAt, ReadError, SubRange, fact::ArchiveFact};

use super::{FORMAT, header::Header};
use crate::crc32::crc32;
use crate::decoded::{Codec, Decoded};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::reader::Reader;
use crate::sweep::{Check, Expected, LEFT_BYTES_MIN};

const STORED: u16 = 0;
const DEFLATE: u16 = 8;
const BZIP2: u16 = 12;
const LZMA: u16 = 14;
const ZSTD_FIRST: u16 = 20;
const ZSTD: u16 = 93;
const XZ: u16 = 95;

/// One way to read a member: under which path, from which bytes, by which method.
///
/// A member has a second one when its two headers disagree; some loader takes either.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Reading {
    pub(super) path: String,
    pub(super) method: u16,
    pub(super) data: Range<u64>,
    pub(super) encrypted: bool,
    /// Flag bit 1; for LZMA it says that the stream marks its own end.
    pub(super) marks_end: bool,
    /// Size and checksum that a header or descriptor states for the decoded bytes.
    pub(super) stated: Option<(u64, u32)>,
    /// Whether the stated checksum is one; writers may leave all of them zero.
    pub(super) has_checksum: bool,
    /// The bytes belong to another member too, so reading them again is not paid for by the file's size.
    pub(super) shared: bool,
}

impl Reading {
    /// The reading that `header` asks for, of the bytes at `data_at`.
    pub(super) fn of(header: &Header, data_at: u64) -> Self {
        Self {
            path: header.path(),
            method: header.method,
            data: data_at..data_at.saturating_add(header.compressed_bytes),
            encrypted: header.is_encrypted(),
            marks_end: header.flags & 2 != 0,
            stated: Some((header.bytes, header.crc32)),
            has_checksum: true,
            shared: false,
        }
    }

    /// Whether both read the same bytes the same way, whatever they call them.
    pub(super) fn reads_same(&self, other: &Self) -> bool {
        (self.method, &self.data) == (other.method, &other.data)
    }

    /// Hands the decoded bytes to `inspect` and states what is wrong with them; how many stored bytes they took.
    ///
    /// Nothing here keeps a broken member from being inspected: flags, checksums and sizes are
    /// what a scanner can be fooled with, and loaders that ignore them exist (CVE-2025-10156).
    pub(super) fn open(
        &self,
        input: &Input<'_>,
        inspection: &mut Inspection<'_>,
        inspect: &mut dyn FnMut(&Input<'_>, &mut Inspection<'_>),
    ) -> u64 {
        if self.encrypted {
            self.fault(input, inspection, Fault::Encrypted { format: FORMAT.id.into() });
        }
        if self.data.end > input.bytes.size() {
            let wanted = format!("{} bytes of the member", self.data.end.saturating_sub(self.data.start));
            self.fault(input, inspection, Fault::Truncated { format: FORMAT.id.into(), wanted });
        }
        let data = SubRange::new(input.bytes, self.data.clone());
        if self.shared
            && let Err(error) = inspection.decode_budget().spend(data.size())
        {
            let whole = input.place.member(self.path.clone()).at(0..data.size());
            inspection.read_failed(whole, FORMAT.id, &error);
            return data.size();
        }
        match self.method {
            STORED => self.open_stored(input, data, inspection, inspect),
            DEFLATE => self.open_coded(input, Codec::Deflate, data, inspection, inspect),
            BZIP2 => self.open_coded(input, Codec::Bzip2, data, inspection, inspect),
            ZSTD | ZSTD_FIRST => self.open_coded(input, Codec::Zstd, data, inspection, inspect),
            XZ => self.open_coded(input, Codec::Xz, data, inspection, inspect),
            LZMA => self.open_lzma(input, data, inspection, inspect),
            other => {
                let feature = format!("compression method {other}");
                self.fault(input, inspection, Fault::Unsupported { format: FORMAT.id.into(), feature });
                self.open_stored(input, data, inspection, inspect)
            }
        }
    }

    fn open_stored(
        &self,
        input: &Input<'_>,
        data: SubRange<'_>,
        inspection: &mut Inspection<'_>,
        inspect: &mut dyn FnMut(&Input<'_>, &mut Inspection<'_>),
    ) -> u64 {
        let content = Input { bytes: &data, place: input.place.member(self.path.clone()) };
        // What is encrypted or coded in an unknown way has its checksum elsewhere.
        if self.method == STORED && !self.encrypted && !self.leave_checksum(input, &data, inspection) {
            match crc32(&data) {
                Ok(crc32) => self.compare(input, (data.size(), crc32), inspection),
                Err(error) => inspection.read_failed(content.place.at(0..data.size()), FORMAT.id, &error),
            }
        }
        inspect(&content, inspection);
        data.size()
    }

    /// Leaves the checksum of a large member to whoever reads the file anyway; whether it was left.
    fn leave_checksum(&self, input: &Input<'_>, data: &SubRange<'_>, inspection: &mut Inspection<'_>) -> bool {
        let Some((bytes, crc32)) = self.stated.filter(|_| self.has_checksum) else { return false };
        if data.size() < LEFT_BYTES_MIN || bytes != data.size() || self.data.end > input.bytes.size() || self.shared {
            return false;
        }
        let (range, location) = (self.data.clone(), input.place.at(self.data.clone()));
        let mismatch = ArchiveFact::ChecksumMismatch { path: self.path.clone() };
        let expected = Expected::Crc32 { sum: crc32, mismatch };
        inspection.leave(input, Check { range, expected, location })
    }

    fn open_coded(
        &self,
        input: &Input<'_>,
        codec: Codec,
        data: SubRange<'_>,
        inspection: &mut Inspection<'_>,
        inspect: &mut dyn FnMut(&Input<'_>, &mut Inspection<'_>),
    ) -> u64 {
        let opened = Decoded::open(codec, data, inspection);
        let content = Input { bytes: &opened.decoded, place: input.place.member(self.path.clone()) };
        match &opened.fault {
            Some(_) if opened.truncated => {
                let wanted = format!("the {codec:?} stream of the member").to_lowercase();
                self.fault(input, inspection, Fault::Truncated { format: FORMAT.id.into(), wanted });
            }
            Some(error) => inspection.read_failed(content.place.at(0..content.bytes.size()), FORMAT.id, error),
            None => self.compare(input, (content.bytes.size(), opened.crc32), inspection),
        }
        let unused = self.data.start.saturating_add(opened.consumed)..self.data.end;
        if opened.fault.is_none() && self.stated.is_some() && !unused.is_empty() {
            inspection.fact(input.place.at(unused), Fault::Unexplained { format: FORMAT.id.into() });
        }
        inspect(&content, inspection);
        opened.consumed
    }

    /// LZMA in a zip has a header of its own; the decoder wants that of an `.lzma` file.
    fn open_lzma(
        &self,
        input: &Input<'_>,
        data: SubRange<'_>,
        inspection: &mut Inspection<'_>,
        inspect: &mut dyn FnMut(&Input<'_>, &mut Inspection<'_>),
    ) -> u64 {
        let mut reader = Reader::new(&data);
        let properties = reader.u32_le().and_then(|versions| Ok((versions >> 16, reader.array::<5>()?)));
        let Ok((5, properties)) = properties else {
            let problem = "the LZMA member has no properties of five bytes".into();
            self.fault(input, inspection, Fault::Malformed { format: FORMAT.id.into(), problem });
            return self.open_stored(input, data, inspection, inspect);
        };
        let bytes = self.stated.filter(|_| !self.marks_end).map_or(u64::MAX, |(bytes, _)| bytes);
        let head: Vec<u8> = properties.into_iter().chain(bytes.to_le_bytes()).collect();
        let joined =
            Joined { head, tail: SubRange::new(input.bytes, self.data.start.saturating_add(9)..self.data.end) };
        let whole = SubRange::new(&joined, 0..joined.size());
        // Thirteen bytes of made-up header stand for nine stored ones.
        self.open_coded(input, Codec::Lzma, whole, inspection, inspect).saturating_sub(4)
    }

    fn compare(&self, input: &Input<'_>, (bytes, crc32): (u64, u32), inspection: &mut Inspection<'_>) {
        let Some((stated_bytes, stated_crc32)) = self.stated.filter(|_| self.data.end <= input.bytes.size()) else {
            return;
        };
        if bytes != stated_bytes {
            let problem = format!("the member is {bytes} bytes and its header says {stated_bytes}");
            self.fault(input, inspection, Fault::Malformed { format: FORMAT.id.into(), problem });
        }
        if crc32 != stated_crc32 && self.has_checksum {
            inspection
                .fact(input.place.at(self.data.clone()), ArchiveFact::ChecksumMismatch { path: self.path.clone() });
        }
    }

    fn fault(&self, input: &Input<'_>, inspection: &mut Inspection<'_>, fault: Fault) {
        let length = self.data.end.saturating_sub(self.data.start);
        inspection.fact(input.place.member(self.path.clone()).at(0..length), fault);
    }
}

/// Bytes that were made up, followed by bytes that are there.
struct Joined<'a> {
    head: Vec<u8>,
    tail: SubRange<'a>,
}

impl ReadAt for Joined<'_> {
    fn size(&self) -> u64 {
        self.tail.size().saturating_add(self.head.len() as u64)
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        match offset.checked_sub(self.head.len() as u64) {
            Some(offset) => self.tail.read_at(offset, into),
            None => {
                let from_head = self.head.as_slice().read_at(offset, into)?;
                let rest = into.get_mut(from_head..).unwrap_or_default();
                Ok(from_head.saturating_add(self.tail.read_at(0, rest)?))
            }
        }
    }
}
