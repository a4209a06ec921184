//! Heaps: local ones for names, global ones for text of varying length, fractal ones for messages.

use std::collections::HashMap;

use super::file::{Block, Broken, File};
use super::tree;

/// Where the names of a group or of external files lie.
pub(super) struct LocalHeap {
    start: u64,
    end: u64,
}

impl LocalHeap {
    pub(super) fn read(file: &mut File<'_>, at: u64) -> Result<Self, Broken> {
        let mut block = file.block(at, 32, "a local heap")?;
        block.signature(*b"HEAP")?;
        block.version(0)?;
        block.skip(3)?;
        let bytes = block.length()?;
        let _free = block.length()?;
        let start = block.address()?.ok_or_else(|| block.malformed("it has no data"))?;
        Ok(Self { start, end: start.saturating_add(bytes) })
    }

    pub(super) fn text(&self, file: &mut File<'_>, at: u64) -> Result<String, Broken> {
        file.text(self.start.saturating_add(at), self.end, "a name in a local heap")
    }
}

/// The objects of all global heaps that were asked for: where each lies, by heap and number.
#[derive(Default)]
pub(super) struct GlobalHeaps {
    heaps: HashMap<u64, HashMap<u16, (u64, u64)>>,
}

impl GlobalHeaps {
    /// Address and length of an object; nothing where the heap has none of that number.
    pub(super) fn find(&mut self, file: &mut File<'_>, heap: u64, index: u32) -> Result<Option<(u64, u64)>, Broken> {
        if !self.heaps.contains_key(&heap) {
            self.heaps.insert(heap, HashMap::new());
            let objects = global_heap(file, heap)?;
            self.heaps.insert(heap, objects);
        }
        let objects = self.heaps.get(&heap);
        Ok(objects.and_then(|objects| objects.get(&u16::try_from(index).ok()?)).copied())
    }
}

fn global_heap(file: &mut File<'_>, at: u64) -> Result<HashMap<u16, (u64, u64)>, Broken> {
    let mut head = file.block(at, 16, "a global heap")?;
    head.signature(*b"GCOL")?;
    head.version(1)?;
    head.skip(3)?;
    let bytes = head.length()?;
    let start = head.position();
    let mut block = file.block(start, at.saturating_add(bytes).saturating_sub(start), "a global heap")?;
    let mut objects = HashMap::new();
    let object_head = 8u64.saturating_add(u64::from(file.widths.length));
    while block.left() >= object_head {
        let index = block.u16()?;
        block.skip(6)?;
        let length = block.length()?;
        if index == 0 {
            break;
        }
        objects.insert(index, (block.position(), length));
        block.skip(length.checked_next_multiple_of(8).unwrap_or(length).min(block.left()))?;
    }
    Ok(objects)
}

/// A heap of messages: links or attributes that are too many or too large for an object header.
pub(super) struct FractalHeap {
    at: u64,
    width: u64,
    start_bytes: u64,
    direct_bytes_max: u64,
    /// Rows of the root block; none where the root is itself the one data block.
    has_rows: bool,
    root: Option<u64>,
    offset_width: u8,
    length_width: u8,
    huge_tree: Option<u64>,
    huge: Option<HashMap<u64, (u64, u64)>>,
}

impl FractalHeap {
    pub(super) fn read(file: &mut File<'_>, at: u64) -> Result<Self, Broken> {
        let mut block = file.node(at, 256, "a fractal heap")?;
        block.signature(*b"FRHP")?;
        block.version(0)?;
        let _id_bytes = block.u16()?;
        if block.u16()? != 0 {
            return Err(block.unsupported("filters"));
        }
        block.skip(1)?;
        let managed_bytes_max = block.u32()?;
        let _next_huge = block.length()?;
        let huge_tree = block.address()?;
        let _free = block.length()?;
        let _free_manager = block.address()?;
        for _ in 0..8 {
            block.length()?;
        }
        let width = u64::from(block.u16()?);
        let start_bytes = block.length()?;
        let direct_bytes_max = block.length()?;
        let bits = block.u16()?;
        let _start_rows = block.u16()?;
        let root = block.address()?;
        let has_rows = block.u16()? > 0;
        let sound = [width, start_bytes, direct_bytes_max].iter().all(|number| number.is_power_of_two());
        if !sound || bits > 64 || managed_bytes_max == 0 || direct_bytes_max < start_bytes {
            return Err(block.malformed("sizes that no heap has"));
        }
        let offset_width = u8::try_from(bits.div_ceil(8)).unwrap_or(8);
        let by_block = direct_bytes_max.ilog2().div_ceil(8);
        let by_object = (managed_bytes_max.ilog2() / 8).saturating_add(1);
        let length_width = u8::try_from(by_block.min(by_object)).unwrap_or(8);
        let huge = None;
        Ok(Self {
            at,
            width,
            start_bytes,
            direct_bytes_max,
            has_rows,
            root,
            offset_width,
            length_width,
            huge_tree,
            huge,
        })
    }

    /// The object with this id: where it lies in the input, and its bytes.
    pub(super) fn object(&mut self, file: &mut File<'_>, id: &[u8]) -> Result<(u64, Vec<u8>), Broken> {
        let owned = id.to_vec();
        let mut block = Block::of(&owned, file.offset(self.at), file.widths, "an id of a fractal heap");
        let kind = block.u8()?;
        match (kind >> 4) & 3 {
            0 => {
                let offset = block.uint(self.offset_width)?;
                let length = block.uint(self.length_width)?;
                let address = self.locate(file, offset)?;
                Ok((file.offset(address), read(file, address, length)?))
            }
            1 => {
                let (address, length) = self.huge(file, &mut block)?;
                Ok((file.offset(address), read(file, address, length)?))
            }
            2 => {
                let length = u64::from(kind & 0x0f).saturating_add(1);
                Ok((file.offset(self.at), block.take(length)?))
            }
            _ => Err(block.malformed("an unknown kind of object")),
        }
    }

    /// The address of what lies at `offset` in the heap's own space.
    fn locate(&self, file: &mut File<'_>, offset: u64) -> Result<u64, Broken> {
        let at = file.offset(self.at);
        let broken = |problem: &str| Broken::malformed(at, problem);
        let mut block = self.root.ok_or_else(|| broken("a fractal heap without its root has objects"))?;
        if !self.has_rows {
            return Ok(block.saturating_add(offset));
        }
        let mut rest = offset;
        // Every step leads to a smaller block, so there are no more than there are bits in an offset.
        for _ in 0..64 {
            let place = self.place(rest).ok_or_else(|| broken("an offset outside of its fractal heap"))?;
            let head = 5u64.saturating_add(u64::from(file.widths.address)).saturating_add(self.offset_width.into());
            let entry = place.index.saturating_mul(u64::from(file.widths.address));
            let at = block.saturating_add(head).saturating_add(entry);
            file.block(block, 4, "a block of a fractal heap")?.signature(*b"FHIB")?;
            let child = file.block(at, file.widths.address.into(), "a block of a fractal heap")?.address()?;
            block = child.ok_or_else(|| Broken::malformed(at, "an object in a block that is not there"))?;
            rest = place.rest;
            if place.bytes <= self.direct_bytes_max {
                return Ok(block.saturating_add(rest));
            }
        }
        Err(broken("blocks nested deeper than offsets reach"))
    }

    /// Which entry of a block of blocks `offset` lies in, and what is left of it there.
    fn place(&self, offset: u64) -> Option<Place> {
        let row_bytes = self.start_bytes.checked_mul(self.width)?;
        if offset < row_bytes {
            let index = offset.checked_div(self.start_bytes)?;
            return Some(Place { index, rest: offset.checked_rem(self.start_bytes)?, bytes: self.start_bytes });
        }
        let doublings = offset.checked_div(row_bytes)?.ilog2();
        let bytes = self.start_bytes.checked_mul(1u64.checked_shl(doublings)?)?;
        let within = offset.checked_sub(row_bytes.checked_mul(1u64.checked_shl(doublings)?)?)?;
        let row = u64::from(doublings).saturating_add(1);
        let index = row.checked_mul(self.width)?.checked_add(within.checked_div(bytes)?)?;
        Some(Place { index, rest: within.checked_rem(bytes)?, bytes })
    }

    /// Where a huge object lies: its id says so, or the number under which a tree lists it.
    fn huge(&mut self, file: &mut File<'_>, id: &mut Block<'_>) -> Result<(u64, u64), Broken> {
        let direct = u64::from(file.widths.address).saturating_add(file.widths.length.into());
        if id.left() >= direct {
            let address = id.address()?.ok_or_else(|| id.malformed("it leads nowhere"))?;
            return Ok((address, id.length()?));
        }
        if self.huge.is_none() {
            let listed = self.huge_tree.map(|tree| tree::records(file, tree)).transpose()?.unwrap_or_default();
            let objects = listed.iter().filter_map(|record| {
                let mut block = Block::of(record, 0, file.widths, "a huge object");
                let (address, length) = (block.address().ok()??, block.length().ok()?);
                Some((block.length().ok()?, (address, length)))
            });
            self.huge = Some(objects.collect());
        }
        let number = id.uint(u8::try_from(id.left().min(8)).unwrap_or(8))?;
        let found = self.huge.as_ref().and_then(|objects| objects.get(&number)).copied();
        found.ok_or_else(|| id.malformed("a huge object that no tree lists"))
    }
}

struct Place {
    index: u64,
    rest: u64,
    bytes: u64,
}

/// An object's bytes; messages have 64 KiB at most but for attributes, which a loader reads whole too.
fn read(file: &mut File<'_>, at: u64, length: u64) -> Result<Vec<u8>, Broken> {
    const PIECE: u64 = 64 * 1024;
    let mut block = file.block(at, length, "an object of a fractal heap")?;
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < length {
        let left = length.saturating_sub(bytes.len() as u64);
        bytes.extend(block.take(left.min(PIECE))?);
    }
    Ok(bytes)
}
