//! The file as its structures address it: sizes of addresses, bounded blocks, what was visited.

use std::collections::HashSet;

use headworks_types::{Fault, ReadAt, SubRange};

use super::FORMAT;
use crate::reader::{ReadFault, Reader};

/// Structures do not overlap in a file that a library wrote, and few are read more than once.
const READS_OF_ONE_BYTE_MAX: u64 = 4;
/// Allowance for files that are little more than structures.
const READ_BYTES_MIN: u64 = 64 * 1024;
/// A link's name, the path of an object, the name of another file; longer ones are told, not kept.
pub(super) const NAME_BYTES_MAX: u64 = 4096;

/// Why a structure could not be read, and where.
#[derive(Debug)]
pub(super) struct Broken {
    /// Offset in the input.
    pub(super) at: u64,
    pub(super) fault: Fault,
}

impl Broken {
    pub(super) fn malformed(at: u64, problem: impl Into<String>) -> Self {
        Self { at, fault: Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() } }
    }

    pub(super) fn unsupported(at: u64, feature: impl Into<String>) -> Self {
        Self { at, fault: Fault::Unsupported { format: FORMAT.id.into(), feature: feature.into() } }
    }
}

/// How wide the file's addresses and lengths are, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Widths {
    pub(super) address: u8,
    pub(super) length: u8,
}

/// The file from its superblock on; all addresses count from there.
pub(super) struct File<'a> {
    bytes: &'a SubRange<'a>,
    /// Offset of the superblock in the input.
    pub(super) base: u64,
    pub(super) widths: Widths,
    read_bytes: u64,
    visited: HashSet<u64>,
}

impl<'a> File<'a> {
    pub(super) fn new(bytes: &'a SubRange<'a>, base: u64, widths: Widths) -> Self {
        Self { bytes, base, widths, read_bytes: 0, visited: HashSet::new() }
    }

    pub(super) fn size(&self) -> u64 {
        self.bytes.size()
    }

    /// `count` bytes at `at`, or as many of them as there are, to read `what` from.
    pub(super) fn block(&mut self, at: u64, count: u64, what: &'static str) -> Result<Block<'a>, Broken> {
        let end = at.saturating_add(count);
        if at >= self.size() {
            let fault = ReadFault::Truncated { at, end: self.size() }.in_format(FORMAT.id, what);
            return Err(Broken { at: self.base.saturating_add(self.size()), fault });
        }
        self.spend(at, end.min(self.size()).saturating_sub(at))?;
        let reader = Reader::over(self.bytes, at, end);
        Ok(Block { reader, what, base: self.base, widths: self.widths })
    }

    /// The same for a structure that only one other refers to: a second time is a cycle.
    pub(super) fn node(&mut self, at: u64, count: u64, what: &'static str) -> Result<Block<'a>, Broken> {
        if !self.visited.insert(at) {
            return Err(Broken::malformed(self.offset(at), format!("{what} belongs to two structures")));
        }
        self.block(at, count, what)
    }

    /// Counts bytes as read; cost is linear in the file because of this.
    pub(super) fn spend(&mut self, at: u64, bytes: u64) -> Result<(), Broken> {
        let allowed = self.size().saturating_mul(READS_OF_ONE_BYTE_MAX).max(READ_BYTES_MIN);
        self.read_bytes = self.read_bytes.saturating_add(bytes);
        if self.read_bytes <= allowed {
            return Ok(());
        }
        Err(Broken::malformed(self.offset(at), "its structures are more bytes than the file has, so they overlap"))
    }

    /// The text at `at` up to its NUL, which lies before `end`.
    pub(super) fn text(&mut self, at: u64, end: u64, what: &'static str) -> Result<String, Broken> {
        let end = end.min(at.saturating_add(NAME_BYTES_MAX));
        let mut block = Block { reader: Reader::over(self.bytes, at, end), what, base: self.base, widths: self.widths };
        let text = block.text()?;
        self.spend(at, text.len() as u64)?;
        Ok(text)
    }

    /// The offset of an address in the input.
    pub(super) fn offset(&self, address: u64) -> u64 {
        self.base.saturating_add(address)
    }
}

/// A structure while it is read.
pub(super) struct Block<'a> {
    reader: Reader<'a>,
    what: &'static str,
    base: u64,
    widths: Widths,
}

impl<'a> Block<'a> {
    /// A structure that is in memory and began at `at` in the input.
    pub(super) fn of(bytes: &'a dyn ReadAt, at: u64, widths: Widths, what: &'static str) -> Self {
        Self { reader: Reader::new(bytes), what, base: at, widths }
    }

    /// Another structure of the same file, which is in memory.
    pub(super) fn beside<'b>(&self, bytes: &'b dyn ReadAt, at: u64) -> Block<'b> {
        Block::of(bytes, at, self.widths, self.what)
    }

    /// Address of the next byte.
    pub(super) fn position(&self) -> u64 {
        self.reader.position()
    }

    pub(super) fn left(&self) -> u64 {
        self.reader.left()
    }

    /// Offset in the input of the next byte.
    pub(super) fn offset(&self) -> u64 {
        self.base.saturating_add(self.reader.position())
    }

    fn broken(&self, fault: &ReadFault) -> Broken {
        Broken { at: self.offset(), fault: fault.in_format(FORMAT.id, self.what) }
    }

    pub(super) fn malformed(&self, problem: &str) -> Broken {
        Broken::malformed(self.offset(), format!("{}: {problem}", self.what))
    }

    pub(super) fn unsupported(&self, feature: &str) -> Broken {
        Broken::unsupported(self.offset(), format!("{}: {feature}", self.what))
    }

    pub(super) fn u8(&mut self) -> Result<u8, Broken> {
        self.reader.u8().map_err(|fault| self.broken(&fault))
    }

    pub(super) fn u16(&mut self) -> Result<u16, Broken> {
        self.reader.u16_le().map_err(|fault| self.broken(&fault))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Broken> {
        self.reader.u32_le().map_err(|fault| self.broken(&fault))
    }

    /// A number of `bytes` bytes, at most eight.
    pub(super) fn uint(&mut self, bytes: u8) -> Result<u64, Broken> {
        let mut number = [0; 8];
        let into = number.get_mut(..usize::from(bytes)).unwrap_or_default();
        let from = self
            .reader
            .take(usize::from(bytes).min(8))
            .map_err(|fault| Broken { at: self.base, fault: fault.in_format(FORMAT.id, self.what) })?;
        into.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        Ok(u64::from_le_bytes(number))
    }

    pub(super) fn length(&mut self) -> Result<u64, Broken> {
        self.uint(self.widths.length)
    }

    /// An address; `None` for the one that says there is none.
    pub(super) fn address(&mut self) -> Result<Option<u64>, Broken> {
        let undefined = u64::MAX.checked_shr(64u32.saturating_sub(u32::from(self.widths.address).saturating_mul(8)));
        self.uint(self.widths.address).map(|address| Some(address).filter(|_| Some(address) != undefined))
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), Broken> {
        self.reader.skip(bytes).map_err(|fault| self.broken(&fault))
    }

    pub(super) fn take(&mut self, bytes: u64) -> Result<Vec<u8>, Broken> {
        let (at, what) = (self.offset(), self.what);
        let count = usize::try_from(bytes).unwrap_or(usize::MAX);
        let taken = self.reader.take(count).map(<[u8]>::to_vec);
        taken.map_err(|fault| Broken { at, fault: fault.in_format(FORMAT.id, what) })
    }

    /// Passes over the signature that the structure begins with.
    pub(super) fn signature(&mut self, expected: [u8; 4]) -> Result<(), Broken> {
        let found: [u8; 4] = self.reader.array().map_err(|fault| self.broken(&fault))?;
        if found == expected { Ok(()) } else { Err(self.malformed("it does not begin with its signature")) }
    }

    /// Passes over a version, which must be `expected`.
    pub(super) fn version(&mut self, expected: u8) -> Result<(), Broken> {
        match self.u8()? {
            version if version == expected => Ok(()),
            version => Err(self.unsupported(&format!("version {version}"))),
        }
    }

    /// Text up to a NUL, which is passed over.
    pub(super) fn text(&mut self) -> Result<String, Broken> {
        let start = self.reader.position();
        let ahead = usize::try_from(self.left().min(NAME_BYTES_MAX)).unwrap_or_default();
        let (at, what) = (self.offset(), self.what);
        let bytes = self.reader.take(ahead).map_err(|fault| Broken { at, fault: fault.in_format(FORMAT.id, what) })?;
        let Some(length) = memchr::memchr(0, bytes) else {
            return Err(Broken::malformed(at, format!("{what}: a name has no end within {ahead} bytes")));
        };
        let text = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned();
        self.reader.seek(start.saturating_add(length as u64).saturating_add(1));
        Ok(text)
    }
}
