//! The superblock: where the root is, and how wide addresses are.

use super::file::{Block, Broken, Widths};
use super::{FORMAT, SIGNATURE};
use crate::reader::Reader;
use headworks_types::{ReadAt, SubRange};

/// Bytes of the longest superblock.
const BYTES_MAX: u64 = 128;

/// What the superblock says.
pub(super) struct Superblock {
    pub(super) version: u8,
    pub(super) widths: Widths,
    /// Where the file's address zero lies, as stated.
    pub(super) base: u64,
    /// Where the file ends.
    pub(super) end: u64,
    /// The object header of the root group.
    pub(super) root: u64,
    /// An object header with further settings of the file.
    pub(super) extension: Option<u64>,
    /// A block that says how the file is spread over several.
    pub(super) driver: Option<u64>,
}

impl Superblock {
    /// Reads the superblock that `bytes` begin with; `at` is where that is in the input.
    pub(super) fn read(bytes: &SubRange<'_>, at: u64) -> Result<Self, Broken> {
        let ahead = bytes.size().min(BYTES_MAX);
        let taken = Reader::new(bytes).take(usize::try_from(ahead).unwrap_or_default()).map(<[u8]>::to_vec);
        let head = taken.map_err(|fault| Broken { at, fault: fault.in_format(FORMAT.id, "the superblock") })?;
        let narrow = Widths { address: 8, length: 8 };
        let whole = SubRange::new(&head, 0..ahead);
        let mut block = Block::of(&whole, at, narrow, "the superblock");
        block.skip(SIGNATURE.len() as u64)?;
        match block.u8()? {
            version @ (0 | 1) => Self::early(version, block, &whole, at),
            version @ (2 | 3) => Self::late(version, block, &whole, at),
            version => Err(block.unsupported(&format!("version {version}"))),
        }
    }

    fn early(version: u8, mut block: Block<'_>, head: &SubRange<'_>, at: u64) -> Result<Self, Broken> {
        block.skip(4)?;
        let widths = widths(&mut block)?;
        block.skip(if version == 0 { 9 } else { 13 })?;
        let mut rest = Block::of(head, at, widths, "the superblock");
        rest.skip(block.position())?;
        let base = rest.address()?.unwrap_or_default();
        let _free_space = rest.address()?;
        let end = rest.address()?.unwrap_or(u64::MAX);
        let driver = rest.address()?;
        let _name = rest.address()?;
        let root = rest.address()?.ok_or_else(|| rest.malformed("there is no root group"))?;
        Ok(Self { version, widths, base, end, root, extension: None, driver })
    }

    fn late(version: u8, mut block: Block<'_>, head: &SubRange<'_>, at: u64) -> Result<Self, Broken> {
        let widths = widths(&mut block)?;
        block.skip(1)?;
        let mut rest = Block::of(head, at, widths, "the superblock");
        rest.skip(block.position())?;
        let base = rest.address()?.unwrap_or_default();
        let extension = rest.address()?;
        let end = rest.address()?.unwrap_or(u64::MAX);
        let root = rest.address()?.ok_or_else(|| rest.malformed("there is no root group"))?;
        Ok(Self { version, widths, base, end, root, extension, driver: None })
    }
}

fn widths(block: &mut Block<'_>) -> Result<Widths, Broken> {
    let widths = Widths { address: block.u8()?, length: block.u8()? };
    let is_read = |width: u8| matches!(width, 2 | 4 | 8);
    if is_read(widths.address) && is_read(widths.length) {
        return Ok(widths);
    }
    Err(block.unsupported(&format!("addresses of {} and lengths of {} bytes", widths.address, widths.length)))
}
