//! LevelDB's tables, as TensorFlow writes them: blocks of sorted pairs, an index of the blocks, a footer.

use std::ops::Range;

use headworks_types::{Fault, ReadAt};

use super::{FORMAT, malformed};
use crate::crc32c::masked;
use crate::format::Input;
use crate::protobuf::Wire;
use crate::reader::Reader;
use crate::tensor_table::is_zero;

/// What every table ends with.
pub(super) const MAGIC: [u8; 8] = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/// Places of two blocks, zeros, the magic.
const FOOTER_BYTES: u64 = 48;

/// Type of compression and checksum, behind every block.
const TRAILER_BYTES: u64 = 5;

/// TensorFlow begins a new block after 256 KiB, so a larger one holds one large pair.
const BLOCK_BYTES_MAX: u64 = 64 << 20;

/// Is told of a key and its value.
pub(super) type Each<'f> = dyn FnMut(&[u8], &[u8]) -> Result<(), Fault> + 'f;

pub(super) struct Table<'i, 'a> {
    input: &'i Input<'a>,
    wire: Wire<'a>,
    blocks: Vec<Range<u64>>,
}

impl<'i, 'a> Table<'i, 'a> {
    pub(super) fn new(input: &'i Input<'a>) -> Self {
        Self { input, wire: Wire::new(input.bytes), blocks: Vec::new() }
    }

    /// Hands out all pairs, then says what the blocks leave over.
    pub(super) fn each_entry(&mut self, each: &mut Each<'_>) -> Result<(), Fault> {
        let size = self.input.bytes.size();
        let footer_at = size.checked_sub(FOOTER_BYTES).ok_or_else(|| wanted("the footer"))?;
        let mut footer = Reader::over(self.input.bytes, footer_at, size);
        let meta = handle(&mut footer)?;
        let index = handle(&mut footer)?;
        let mut places = Vec::new();
        pairs(&self.block(meta)?, &mut |_, _| Ok(()))?;
        pairs(&self.block(index)?, &mut |_, value| {
            let value = value.to_vec();
            places.push(handle(&mut Reader::new(&value))?);
            Ok(())
        })?;
        for place in places {
            pairs(&self.block(place)?, each)?;
        }
        self.blocks.push(footer_at..size);
        self.left_over()
    }

    /// The bytes of a block, once its checksum agrees.
    fn block(&mut self, (offset, length): (u64, u64)) -> Result<Vec<u8>, Fault> {
        let end = offset.checked_add(length).and_then(|end| end.checked_add(TRAILER_BYTES));
        let end = end.filter(|&end| end <= self.input.bytes.size()).ok_or_else(|| wanted("a block"))?;
        self.blocks.push(offset..end);
        // Blocks that lie in one another would make few bytes into much work.
        if self.blocks.len() as u64 > self.input.bytes.size() {
            return Err(malformed("more blocks than bytes"));
        }
        let bytes = self.wire.bytes(&(offset..end), BLOCK_BYTES_MAX);
        let mut bytes = bytes.map_err(|fault| fault.in_format(FORMAT.id, "a block"))?;
        let stored = bytes.split_off(bytes.len().saturating_sub(4));
        let stored = stored.first_chunk().map(|&stored| u32::from_le_bytes(stored));
        if stored != Some(masked(&bytes)) {
            return Err(malformed("the checksum of a block is wrong"));
        }
        match bytes.pop() {
            Some(0) => Ok(bytes),
            of => {
                let feature = format!("compression {} of a block", of.unwrap_or_default());
                Err(Fault::Unsupported { format: FORMAT.id.into(), feature })
            }
        }
    }

    /// Blocks follow each other to the footer.
    fn left_over(&mut self) -> Result<(), Fault> {
        self.blocks.sort_by_key(|block| block.start);
        let mut end = 0;
        for block in &self.blocks {
            if block.start < end {
                return Err(malformed("two blocks share bytes"));
            }
            let is_padding = is_zero(self.input, end..block.start);
            if block.start > end && !is_padding.map_err(|fault| fault.in_format(FORMAT.id, "padding"))? {
                return Err(Fault::Unexplained { format: FORMAT.id.into() });
            }
            end = block.end;
        }
        Ok(())
    }
}

/// Hands out the pairs of a block. A key shares its beginning with the one before.
fn pairs(block: &dyn ReadAt, each: &mut Each<'_>) -> Result<(), Fault> {
    let end = pairs_end(block)?.ok_or_else(|| malformed("a block without its restarts"))?;
    let mut reader = Reader::over(block, 0, end);
    let mut key = Vec::new();
    while reader.left() > 0 {
        let shared = length(&mut reader)?;
        let own = length(&mut reader)?;
        let value = length(&mut reader)?;
        if shared > key.len() {
            return Err(malformed("a key shares more than the one before it has"));
        }
        key.truncate(shared);
        key.extend_from_slice(reader.take(own).map_err(|fault| fault.in_format(FORMAT.id, "a key"))?);
        each(&key, reader.take(value).map_err(|fault| fault.in_format(FORMAT.id, "a value"))?)?;
    }
    Ok(())
}

/// Behind the pairs are places to start from, and their number.
fn pairs_end(block: &dyn ReadAt) -> Result<Option<u64>, Fault> {
    let Some(at) = block.size().checked_sub(4) else { return Ok(None) };
    let count = Reader::over(block, at, block.size()).u32_le();
    let count = u64::from(count.map_err(|fault| fault.in_format(FORMAT.id, "the restarts of a block"))?);
    Ok(count.checked_mul(4).and_then(|bytes| at.checked_sub(bytes)))
}

fn length(reader: &mut Reader<'_>) -> Result<usize, Fault> {
    usize::try_from(varint(reader)?).map_err(|_| malformed("a length of more than the machine has"))
}

fn handle(reader: &mut Reader<'_>) -> Result<(u64, u64), Fault> {
    Ok((varint(reader)?, varint(reader)?))
}

fn varint(reader: &mut Reader<'_>) -> Result<u64, Fault> {
    reader.varint().map_err(|fault| fault.in_format(FORMAT.id, "a number"))
}

fn wanted(what: &str) -> Fault {
    Fault::Truncated { format: FORMAT.id.into(), wanted: what.to_owned() }
}
