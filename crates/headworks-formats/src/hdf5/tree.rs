//! B-trees: version 1 finds symbols and chunks, version 2 finds what lies in a fractal heap.

use super::file::{Block, Broken, File};

/// What the leaves of a tree of version 1 lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nodes of symbols.
    Group,
    /// Chunks of a dataset with this many dimensions, the element's size included.
    Chunks(u8),
}

/// One entry of a leaf of version 1.
pub(super) struct Child {
    pub(super) address: u64,
    /// Bytes of a chunk as stored.
    pub(super) bytes: u64,
}

/// Calls `visit` with every entry of the leaves below `root`.
pub(super) fn walk(
    file: &mut File<'_>,
    root: u64,
    kind: Kind,
    visit: &mut dyn FnMut(&mut File<'_>, Child) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let mut nodes = vec![(root, None)];
    while let Some((at, expected)) = nodes.pop() {
        let (level, children) = node(file, at, kind)?;
        if expected.is_some_and(|expected| expected != level) {
            return Err(Broken::malformed(file.offset(at), "a node of a B-tree on a level that is not its own"));
        }
        match level.checked_sub(1) {
            Some(below) => nodes.extend(children.iter().rev().map(|child| (child.address, Some(below)))),
            None => children.into_iter().try_for_each(|child| visit(file, child))?,
        }
    }
    Ok(())
}

fn node(file: &mut File<'_>, at: u64, kind: Kind) -> Result<(u8, Vec<Child>), Broken> {
    let (address, length) = (u64::from(file.widths.address), u64::from(file.widths.length));
    let head = 8u64.saturating_add(address.saturating_mul(2));
    let mut block = file.node(at, head, "a B-tree")?;
    block.signature(*b"TREE")?;
    let stated = block.u8()?;
    let level = block.u8()?;
    let entries = u64::from(block.u16()?);
    let key = match kind {
        Kind::Group => length,
        Kind::Chunks(dimensions) => u64::from(dimensions).saturating_mul(8).saturating_add(8),
    };
    if stated != u8::from(kind != Kind::Group) {
        return Err(block.malformed("a tree of another kind than what refers to it"));
    }
    let bytes = entries.saturating_mul(key.saturating_add(address));
    let mut block = file.block(at.saturating_add(head), bytes, "a B-tree")?;
    let mut children = Vec::new();
    for _ in 0..entries {
        let bytes = if kind == Kind::Group { 0 } else { u64::from(block.u32()?) };
        block.skip(if kind == Kind::Group { key } else { key.saturating_sub(4) })?;
        let address = block.address()?.ok_or_else(|| block.malformed("an entry that leads nowhere"))?;
        children.push(Child { address, bytes });
    }
    Ok((level, children))
}

/// The records of a tree of version 2.
pub(super) fn records(file: &mut File<'_>, at: u64) -> Result<Vec<Vec<u8>>, Broken> {
    let mut block = file.node(at, 64, "a B-tree")?;
    block.signature(*b"BTHD")?;
    block.version(0)?;
    block.skip(1)?;
    let node_bytes = u64::from(block.u32()?);
    let record_bytes = u64::from(block.u16()?);
    let depth = block.u16()?;
    block.skip(2)?;
    let root = block.address()?;
    let root_records = u64::from(block.u16()?);
    let mut reading = Records { widths: Vec::new(), node_bytes, record_bytes, records: Vec::new() };
    reading.plan(file, depth, &block)?;
    let mut nodes: Vec<_> = root.into_iter().map(|root| (root, depth, root_records)).collect();
    while let Some((at, depth, count)) = nodes.pop() {
        nodes.extend(reading.node(file, at, depth, count)?);
    }
    Ok(reading.records)
}

struct Records {
    /// By depth: how many bytes say the number of all records below a child.
    widths: Vec<u8>,
    node_bytes: u64,
    record_bytes: u64,
    records: Vec<Vec<u8>>,
}

/// Signature, version, type and checksum of a node.
const NODE_BYTES: u64 = 10;
/// A tree as deep as this would have more records than there are bytes anywhere.
const DEPTH_MAX: u16 = 32;

impl Records {
    /// Works out how wide the pointers of each depth are, as the library does.
    fn plan(&mut self, file: &File<'_>, depth: u16, block: &Block<'_>) -> Result<(), Broken> {
        let room = self.node_bytes.saturating_sub(NODE_BYTES);
        let in_leaf = room.checked_div(self.record_bytes).filter(|&records| records > 0);
        let in_leaf = in_leaf.ok_or_else(|| block.malformed("its nodes have no room for a record"))?;
        if depth > DEPTH_MAX {
            return Err(block.malformed("it is deeper than there are records for"));
        }
        self.widths.push(width_of(in_leaf));
        let mut below = in_leaf;
        for level in 1..=depth {
            let pointer = self.pointer_bytes(file, level);
            let here = room.checked_div(self.record_bytes.saturating_add(pointer)).unwrap_or_default();
            below = here.saturating_add(1).saturating_mul(below).saturating_add(here);
            self.widths.push(width_of(below));
        }
        Ok(())
    }

    /// Address, number of records in the child and, above leaves, of all below it.
    fn pointer_bytes(&self, file: &File<'_>, depth: u16) -> u64 {
        let (own, all) = self.counts(depth);
        u64::from(file.widths.address).saturating_add(own.into()).saturating_add(all.into())
    }

    fn counts(&self, depth: u16) -> (u8, u8) {
        let own = self.widths.first().copied().unwrap_or(1);
        let all = usize::from(depth).checked_sub(1).filter(|&child| child > 0);
        (own, all.and_then(|child| self.widths.get(child)).copied().unwrap_or_default())
    }

    /// Reads a node; its children.
    fn node(&mut self, file: &mut File<'_>, at: u64, depth: u16, count: u64) -> Result<Vec<(u64, u16, u64)>, Broken> {
        let pointers =
            if depth == 0 { 0 } else { count.saturating_add(1).saturating_mul(self.pointer_bytes(file, depth)) };
        let bytes = count.saturating_mul(self.record_bytes).saturating_add(pointers).saturating_add(NODE_BYTES);
        let mut block = file.node(at, bytes, "a B-tree")?;
        block.signature(if depth == 0 { *b"BTLF" } else { *b"BTIN" })?;
        block.skip(2)?;
        for _ in 0..count {
            let record = block.take(self.record_bytes)?;
            self.records.push(record);
        }
        let Some(below) = depth.checked_sub(1) else { return Ok(Vec::new()) };
        let (own, all) = self.counts(depth);
        let mut children = Vec::new();
        for _ in 0..=count {
            let address = block.address()?.ok_or_else(|| block.malformed("a child that leads nowhere"))?;
            let records = block.uint(own)?;
            block.uint(all)?;
            children.push((address, below, records));
        }
        Ok(children)
    }
}

/// Bytes that a number up to `limit` takes.
fn width_of(limit: u64) -> u8 {
    u8::try_from(limit.max(1).ilog2() / 8).unwrap_or(7).saturating_add(1)
}
