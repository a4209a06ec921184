//! The links of a group, in each of the ways that a file keeps them.

use super::file::{Block, Broken, File};
use super::heap::{FractalHeap, LocalHeap};
use super::tree::{self, Child, Kind};

/// What a link leads to.
#[derive(Debug)]
pub(super) enum Target {
    /// An object header of this file.
    Object(u64),
    /// A path in this file.
    Path,
    /// A path in another file.
    Elsewhere { file: String, path: String },
}

/// One link of a group.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) name: String,
    /// Offset in the input of where it is stated.
    pub(super) at: u64,
    pub(super) target: Target,
}

/// Bytes of the first part of a node of symbols.
const NODE_HEAD_BYTES: u64 = 8;
/// The cache type of a symbol that is a path.
const SYMBOLIC: u32 = 2;

/// The links of a group in a symbol table.
pub(super) fn symbols(file: &mut File<'_>, tree: u64, heap: u64, links: &mut Vec<Link>) -> Result<(), Broken> {
    let names = LocalHeap::read(file, heap)?;
    tree::walk(file, tree, Kind::Group, &mut |file, child: Child| {
        let mut head = file.node(child.address, NODE_HEAD_BYTES, "a symbol table")?;
        head.signature(*b"SNOD")?;
        head.version(1)?;
        head.skip(1)?;
        let count = u64::from(head.u16()?);
        let entry = 24u64.saturating_add(u64::from(file.widths.address)).saturating_add(file.widths.length.into());
        let mut block = file.block(head.position(), count.saturating_mul(entry), "a symbol table")?;
        for _ in 0..count {
            links.push(symbol(file, &mut block, &names)?);
        }
        Ok(())
    })
}

fn symbol(file: &mut File<'_>, block: &mut Block<'_>, names: &LocalHeap) -> Result<Link, Broken> {
    let at = block.offset();
    let name_at = block.length()?;
    let header = block.address()?;
    let kind = block.u32()?;
    block.skip(20)?;
    let name = names.text(file, name_at)?;
    let target = match header {
        _ if kind == SYMBOLIC => Target::Path,
        Some(header) => Target::Object(header),
        None => return Err(block.malformed("a symbol that leads nowhere")),
    };
    Ok(Link { name, at, target })
}

/// The links of a group in a fractal heap.
pub(super) fn dense(file: &mut File<'_>, heap: u64, tree: u64, links: &mut Vec<Link>) -> Result<(), Broken> {
    let mut heap = FractalHeap::read(file, heap)?;
    for record in tree::records(file, tree)? {
        // The hash of the name comes first.
        let (at, body) = heap.object(file, record.get(4..).unwrap_or_default())?;
        links.push(Link::read(&mut Block::of(&body, at, file.widths, "a link"))?);
    }
    Ok(())
}

impl Link {
    /// Reads a link message.
    pub(super) fn read(block: &mut Block<'_>) -> Result<Self, Broken> {
        let at = block.offset();
        block.version(1)?;
        let flags = block.u8()?;
        let kind = if flags & 8 != 0 { block.u8()? } else { 0 };
        block.skip(if flags & 4 != 0 { 8 } else { 0 })?;
        block.skip(if flags & 16 != 0 { 1 } else { 0 })?;
        let name_bytes = block.uint(1u8.wrapping_shl(u32::from(flags & 3)))?;
        let name = block.take(name_bytes)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        let target = match kind {
            0 => Target::Object(block.address()?.ok_or_else(|| block.malformed("it leads nowhere"))?),
            1 => Target::Path,
            64 => elsewhere(block)?,
            other => return Err(block.unsupported(&format!("a link of type {other}, which a program defines"))),
        };
        Ok(Self { name, at, target })
    }
}

fn elsewhere(block: &mut Block<'_>) -> Result<Target, Broken> {
    let _bytes = block.u16()?;
    block.version(0)?;
    Ok(Target::Elsewhere { file: block.text()?, path: block.text()? })
}
