//! The streams of an archive: packed bytes, the folders that they decode to, and the parts of those.

use std::ops::Range;

use headworks_types::Fault;

use super::folder::Folder;
use super::malformed;
use super::property::{Properties, id, unexpected};
use super::start;

/// Bytes that the shortest folder takes in a header: its number of coders, one coder's flags, a size.
const FOLDER_BYTES_MIN: u64 = 3;

/// Coders, bonds and inputs of all folders, for each of the members that an archive may have. A coder can take one byte
/// in the header and many in memory.
const PIECES_PER_MEMBER_MAX: u64 = 4;

/// Packed streams, folders and parts, each in the order of the archive.
#[derive(Default)]
pub(super) struct Streams {
    /// Where the packed streams lie, one after another.
    pub(super) packed: Vec<Range<u64>>,
    pub(super) folders: Vec<Folder>,
    /// The contents of files with any, folder by folder.
    pub(super) parts: Vec<Part>,
}

/// One file's slice of what a folder decodes to.
pub(super) struct Part {
    pub(super) bytes: Range<u64>,
    pub(super) crc: Option<u32>,
}

impl Streams {
    /// Reads all up to the end of the property.
    pub(super) fn read(header: &mut Properties<'_>) -> Result<Self, Fault> {
        let mut streams = Self::default();
        let mut next = header.byte()?;
        if next == id::PACKED {
            streams.read_packed(header)?;
            next = header.byte()?;
        }
        if next == id::FOLDERS {
            streams.read_folders(header)?;
            next = header.byte()?;
        }
        streams.assign_packed()?;
        let has_parts = next == id::PARTS;
        let (counts, then) = if has_parts { streams.read_counts(header)? } else { (streams.one_each(), id::END) };
        let then = streams.read_sizes(&counts, then, header)?;
        if has_parts {
            streams.read_checksums(then, header)?;
            next = header.byte()?;
        }
        if next == id::END { Ok(streams) } else { Err(unexpected(next)) }
    }

    /// Where all packed streams lie.
    pub(super) fn packed_range(&self, of: Range<usize>) -> Range<u64> {
        let packed = self.packed.get(of).unwrap_or_default();
        match (packed.first(), packed.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }

    fn read_packed(&mut self, header: &mut Properties<'_>) -> Result<(), Fault> {
        let offset = header.number()?;
        let count = header.count("packed streams", 1)?;
        let mut next = header.byte()?;
        let mut at = start::BYTES.checked_add(offset).ok_or_else(too_far)?;
        if next == id::SIZE {
            for _ in 0..count {
                let end = at.checked_add(header.number()?).ok_or_else(too_far)?;
                self.packed.push(at..end);
                at = end;
            }
            next = header.byte()?;
        }
        if next == id::CRC {
            header.checksums(count)?;
            next = header.byte()?;
        }
        if self.packed.len() != count {
            return Err(malformed(format!("{count} packed streams have no sizes")));
        }
        if next == id::END { Ok(()) } else { Err(unexpected(next)) }
    }

    fn read_folders(&mut self, header: &mut Properties<'_>) -> Result<(), Fault> {
        header.expect(id::FOLDER)?;
        let count = header.count("folders", FOLDER_BYTES_MIN)?;
        header.refuse_elsewhere("folders")?;
        let max = header.limits.members_max;
        let mut pieces_left = max.saturating_mul(PIECES_PER_MEMBER_MAX);
        for _ in 0..count {
            let folder = Folder::read(header)?;
            let left = pieces_left.checked_sub(folder.pieces() as u64);
            pieces_left = left.ok_or_else(|| Fault::Budget { limit: "members_max".into(), max })?;
            self.folders.push(folder);
        }
        header.expect(id::CODER_SIZES)?;
        self.folders.iter_mut().try_for_each(|folder| folder.read_sizes(header))?;
        let mut next = header.byte()?;
        if next == id::CRC {
            let checksums = header.checksums(count)?;
            self.folders.iter_mut().zip(checksums).for_each(|(folder, crc)| folder.crc = crc);
            next = header.byte()?;
        }
        if next == id::END { Ok(()) } else { Err(unexpected(next)) }
    }

    /// Gives every folder its packed streams, of which there must be as many as all folders take.
    fn assign_packed(&mut self) -> Result<(), Fault> {
        let mut from = 0_usize;
        for folder in &mut self.folders {
            let to = from.saturating_add(folder.packed_count());
            folder.packed = from..to;
            from = to;
        }
        if from == self.packed.len() {
            return Ok(());
        }
        Err(malformed(format!("there are {} packed streams and the folders take {from}", self.packed.len())))
    }

    fn one_each(&self) -> Vec<usize> {
        vec![1; self.folders.len()]
    }

    /// How many parts every folder has, and the id that follows.
    fn read_counts(&self, header: &mut Properties<'_>) -> Result<(Vec<usize>, u8), Fault> {
        let next = header.byte()?;
        if next != id::PART_COUNTS {
            return Ok((self.one_each(), next));
        }
        let mut left = header.limits.members_max;
        let mut counts = Vec::with_capacity(self.folders.len());
        for _ in &self.folders {
            let count = header.count("parts of a folder", 0)?;
            // All parts of a folder but the last have their sizes in the header.
            let sized = (count as u64).saturating_sub(1);
            let budget = || Fault::Budget { limit: "members_max".into(), max: header.limits.members_max };
            left = left.checked_sub(count as u64).ok_or_else(budget)?;
            if sized > header.left() {
                return Err(malformed(format!("a folder has {count} parts and the header no sizes for them")));
            }
            counts.push(count);
        }
        Ok((counts, header.byte()?))
    }

    /// Cuts every folder into its parts; the last one has what the others leave. Answers the id that follows.
    fn read_sizes(&mut self, counts: &[usize], mut next: u8, header: &mut Properties<'_>) -> Result<u8, Fault> {
        let has_sizes = next == id::SIZE;
        for (folder, &count) in self.folders.iter_mut().zip(counts) {
            let from = self.parts.len();
            let (mut at, end) = (0, folder.bytes());
            for index in 1..=count {
                let part_end = match (index == count, has_sizes) {
                    (true, _) => Some(end),
                    (false, true) => header.number()?.checked_add(at),
                    (false, false) => return Err(malformed(format!("{count} parts of a folder have no sizes"))),
                };
                let part_end = part_end.filter(|&part_end| (at..=end).contains(&part_end));
                let part_end = part_end.ok_or_else(|| malformed("the parts of a folder are larger than it is"))?;
                self.parts.push(Part { bytes: at..part_end, crc: None });
                at = part_end;
            }
            folder.parts = from..self.parts.len();
            if let (1, Some(part)) = (count, self.parts.get_mut(from)) {
                part.crc = folder.crc;
            }
        }
        if has_sizes {
            next = header.byte()?;
        }
        Ok(next)
    }

    /// Reads the checksums of parts that have none from their folder.
    fn read_checksums(&mut self, next: u8, header: &mut Properties<'_>) -> Result<(), Fault> {
        if next == id::END {
            return Ok(());
        }
        if next != id::CRC {
            return Err(unexpected(next));
        }
        let known = |folder: &Folder| folder.parts.len() == 1 && folder.crc.is_some();
        let unknown = self.folders.iter().filter(|folder| !known(folder)).flat_map(|folder| folder.parts.clone());
        let unknown: Vec<_> = unknown.collect();
        for (index, crc) in unknown.iter().zip(header.checksums(unknown.len())?) {
            if let Some(part) = self.parts.get_mut(*index) {
                part.crc = crc;
            }
        }
        header.expect(id::END)
    }
}

impl Properties<'_> {
    /// Refuses lists that are kept in a stream of their own, which no writer does.
    pub(super) fn refuse_elsewhere(&mut self, list: &str) -> Result<(), Fault> {
        match self.byte()? {
            0 => Ok(()),
            _ => Err(super::unsupported(format!("{list} that are kept outside the header"))),
        }
    }
}

fn too_far() -> Fault {
    malformed("a packed stream ends beyond 64 bits")
}
