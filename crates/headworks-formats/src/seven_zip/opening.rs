//! One folder opened: stored bytes are read in place, others are decoded, and both are cut into files.

use std::ops::Range;

use flate2::Crc;
use headworks_types::{Fault, ReadAt, ReadError, SubRange, fact::ArchiveFact};

use super::content::Contents;
use super::folder::Folder;
use super::streams::Part;
use super::{FORMAT, malformed};
use crate::crc32::crc32;
use crate::decoded::{Chain, Codec, Decoded, Opened};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::sweep::{Check, Expected, LEFT_BYTES_MIN};

/// A folder and where its packed bytes are.
pub(super) struct Opening<'a> {
    contents: &'a Contents<'a>,
    index: usize,
    folder: &'a Folder,
    packed: Range<u64>,
}

impl<'a> Opening<'a> {
    pub(super) fn of(contents: &'a Contents<'a>, index: usize, folder: &'a Folder) -> Self {
        let stated = contents.header.streams.packed_range(folder.packed.clone());
        let end = stated.end.min(contents.input.bytes.size());
        Self { contents, index, folder, packed: stated.start.min(end)..end }
    }

    /// Inspects every file in the folder.
    pub(super) fn inspect(&self, inspection: &mut Inspection<'_>) {
        match self.folder.chain() {
            Ok(chain) if chain.is_copy() => self.inspect_stored(&chain, inspection),
            Ok(chain) => self.inspect_decoded(chain, inspection),
            Err(fault) => inspection.fact(self.contents.input.place.at(self.packed.clone()), fault),
        }
    }

    fn inspect_stored(&self, chain: &Chain, inspection: &mut Inspection<'_>) {
        let input = self.contents.input;
        let stored = SubRange::new(input.bytes, self.packed.clone());
        if chain.bytes() != stored.size() {
            let problem = format!("a folder of {} bytes is stored in {}", chain.bytes(), stored.size());
            inspection.fact(input.place.at(self.packed.clone()), malformed(problem));
        }
        for (index, part) in self.parts() {
            let bytes = SubRange::new(&stored, part.bytes.clone());
            if let Some(crc) = part.crc.filter(|_| is_whole(&bytes, part)) {
                self.check_stored(index, &bytes, part.bytes.start, crc, inspection);
            }
            self.inspect_part(index, part, &bytes, inspection);
        }
        self.inspect_without_parts(&stored, inspection);
        if let Some(crc) = self.folder_crc() {
            self.check_stored(self.folder.parts.start, &stored, 0, crc, inspection);
        }
    }

    /// Compares the checksum of stored bytes, or leaves that to whoever reads the file anyway.
    fn check_stored(&self, index: usize, bytes: &SubRange<'_>, at: u64, crc: u32, inspection: &mut Inspection<'_>) {
        let input = self.contents.input;
        let start = self.packed.start.saturating_add(at);
        let range = start..start.saturating_add(bytes.size());
        let location = input.place.at(range.clone());
        let mismatch = ArchiveFact::ChecksumMismatch { path: self.path(index) };
        let expected = Expected::Crc32 { sum: crc, mismatch: mismatch.clone() };
        let check = Check { range, expected, location: location.clone() };
        if bytes.size() >= LEFT_BYTES_MIN && inspection.leave(input, check) {
            return;
        }
        match crc32(bytes) {
            Ok(actual) if actual == crc => {}
            Ok(_) => inspection.fact(location, mismatch),
            Err(error) => inspection.read_failed(location, FORMAT.id, &error),
        }
    }

    fn inspect_decoded(&self, chain: Chain, inspection: &mut Inspection<'_>) {
        let input = self.contents.input;
        let packed = SubRange::new(input.bytes, self.packed.clone());
        let parts = self.contents.header.streams.parts.get(self.folder.parts.clone()).unwrap_or_default();
        let mut sums = Sums { parts, at: 0, crc: Crc::new(), sums: Vec::new() };
        let opened = Decoded::open_watched(Codec::Chain(chain), packed, inspection, &mut |piece| sums.update(piece));
        sums.update(&[]);
        state_end(input, self.packed.clone(), &opened, inspection);
        for ((index, part), sum) in self.parts().zip(sums.sums) {
            self.compare(index, part.crc, sum, inspection);
        }
        if opened.fault.is_none() {
            self.compare(self.folder.parts.start, self.folder_crc(), opened.crc32, inspection);
        }
        for (index, part) in self.parts() {
            let bytes = SubRange::new(&opened.decoded, part.bytes.clone());
            match in_memory(&bytes, inspection.limits.decoded_in_memory_bytes_max) {
                Some(bytes) => self.inspect_part(index, part, &bytes, inspection),
                None => self.inspect_part(index, part, &bytes, inspection),
            }
        }
        self.inspect_without_parts(&opened.decoded, inspection);
    }

    /// Inspects the bytes of a folder that no file is in.
    fn inspect_without_parts(&self, bytes: &dyn ReadAt, inspection: &mut Inspection<'_>) {
        if self.folder.parts.is_empty() && bytes.size() > 0 {
            self.contents.inspect_hidden(&self.path(self.folder.parts.start), bytes, inspection);
        }
    }

    /// Inspects what there is of a part; that it is not all, its folder's fault says.
    fn inspect_part(&self, index: usize, part: &Part, bytes: &dyn ReadAt, inspection: &mut Inspection<'_>) {
        if bytes.size() > 0 || part.bytes.is_empty() {
            self.contents.inspect_part(index, bytes, inspection);
        }
    }

    fn compare(&self, index: usize, stated: Option<u32>, actual: u32, inspection: &mut Inspection<'_>) {
        if stated.is_some_and(|stated| stated != actual) {
            let fact = ArchiveFact::ChecksumMismatch { path: self.path(index) };
            inspection.fact(self.contents.input.place.at(self.packed.clone()), fact);
        }
    }

    /// The path of a part, or the folder's number when it has none.
    fn path(&self, part: usize) -> String {
        if self.folder.parts.is_empty() { format!("folder {}", self.index) } else { self.contents.path(part) }
    }

    /// The checksum of the folder as a whole, where it is not that of its only part.
    fn folder_crc(&self) -> Option<u32> {
        self.folder.crc.filter(|_| self.folder.parts.len() != 1)
    }

    fn parts(&self) -> impl Iterator<Item = (usize, &'a Part)> {
        let parts = self.contents.header.streams.parts.get(self.folder.parts.clone()).unwrap_or_default();
        self.folder.parts.clone().zip(parts)
    }
}

/// States how a packed stream ended that should have taken all of `range`.
pub(super) fn state_end(input: &Input<'_>, range: Range<u64>, opened: &Opened<'_>, inspection: &mut Inspection<'_>) {
    let end = range.start.saturating_add(opened.consumed);
    match &opened.fault {
        None if end < range.end => {
            inspection.fact(input.place.at(end..range.end), Fault::Unexplained { format: FORMAT.id.into() });
        }
        None => {}
        Some(ReadError::Decode { .. }) if opened.truncated => {
            let wanted = "the rest of a packed stream".into();
            inspection.fact(input.place.at(range), Fault::Truncated { format: FORMAT.id.into(), wanted });
        }
        Some(error) => inspection.read_failed(input.place.at(range), FORMAT.id, error),
    }
}

fn is_whole(bytes: &SubRange<'_>, part: &Part) -> bool {
    bytes.size() == part.bytes.end.saturating_sub(part.bytes.start)
}

/// A part of a folder that is not kept in memory, copied there when it fits.
///
/// Parsers look back and forth, and each look back would decode the folder from its start.
fn in_memory(bytes: &SubRange<'_>, max: u64) -> Option<Vec<u8>> {
    if bytes.as_slice().is_some() || bytes.size() > max {
        return None;
    }
    let mut copy = vec![0; usize::try_from(bytes.size()).ok()?];
    let count = bytes.read_at(0, &mut copy).ok()?;
    (count == copy.len()).then_some(copy)
}

/// The checksums of parts, from the bytes of all in order.
struct Sums<'a> {
    parts: &'a [Part],
    at: u64,
    crc: Crc,
    /// Those of the parts that have ended.
    sums: Vec<u32>,
}

impl Sums<'_> {
    fn update(&mut self, mut piece: &[u8]) {
        while let Some(part) = self.parts.get(self.sums.len()) {
            let left = usize::try_from(part.bytes.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
            let (own, others) = piece.split_at_checked(left).unwrap_or((piece, &[]));
            self.crc.update(own);
            self.at = self.at.saturating_add(own.len() as u64);
            piece = others;
            if self.at < part.bytes.end {
                return;
            }
            self.sums.push(self.crc.sum());
            self.crc.reset();
        }
    }
}
