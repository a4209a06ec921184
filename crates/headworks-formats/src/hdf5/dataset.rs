//! Datasets: whether what is stored is as much as type and shape ask for, and lies in the file.

use std::ops::Range;

use headworks_types::Fault;
use headworks_types::fact::{ExternalKind, GraphFact, TensorFact};

use super::FORMAT;
use super::file::Broken;
use super::header::{self, Message};
use super::heap::LocalHeap;
use super::message::{self, Datatype, Layout};
use super::tree::{self, Kind};
use super::walk::Walk;
use crate::metadata::shortened;
use crate::tensor_table::Tensor;

/// Filters with a number from here on are in libraries that the reader loads when it meets one.
const FIRST_FOREIGN_FILTER: u16 = 256;
/// LZF, which h5py brings along.
const LZF: u16 = 32000;

/// One dataset while it is read.
pub(super) struct Dataset<'p> {
    path: &'p str,
    /// Offset in the input of its layout.
    at: u64,
    expected: Option<u64>,
}

impl Dataset<'_> {
    pub(super) fn read(walk: &mut Walk<'_, '_, '_, '_>, messages: Vec<Message>, path: &str) {
        let outcome = read(walk, messages, path);
        walk.note(outcome);
    }

    /// States where the layout contradicts type and shape, or leaves the file; the bytes of the data.
    fn layout(&self, walk: &mut Walk<'_, '_, '_, '_>, layout: &Layout) -> Result<Range<u64>, Broken> {
        match *layout {
            Layout::Compact { bytes } => {
                self.compare(walk, bytes);
                Ok(self.at..self.at.saturating_add(bytes))
            }
            Layout::Contiguous { address: None, .. } | Layout::Indexed { address: None, .. } => Ok(self.at..self.at),
            Layout::Chunked { address: None, .. } => Ok(self.at..self.at),
            Layout::Contiguous { address: Some(address), bytes } => {
                let bytes = bytes.or(self.expected).unwrap_or(u64::MAX);
                self.compare(walk, bytes);
                Ok(self.within(walk, address, bytes))
            }
            Layout::Chunked { address: Some(address), dimensions } => self.chunks(walk, address, dimensions),
            Layout::Indexed { address: Some(address), bytes } => Ok(self.within(walk, address, bytes.unwrap_or(1))),
            Layout::Virtual { heap, index } => self.virtual_sources(walk, heap, index).map(|()| self.at..self.at),
        }
    }

    fn compare(&self, walk: &mut Walk<'_, '_, '_, '_>, stated: u64) {
        if self.expected != Some(stated) {
            let tensor = shortened(self.path);
            let fact = TensorFact::SizeMismatch { tensor, expected: self.expected, stated };
            walk.inspection.fact(walk.place.at(self.at..self.at), fact);
        }
    }

    /// The range in the input; stated to be out of bounds where it leaves the file.
    fn within(&self, walk: &mut Walk<'_, '_, '_, '_>, address: u64, bytes: u64) -> Range<u64> {
        let end = address.saturating_add(bytes);
        if end > walk.end.min(walk.file.size()) && bytes > 0 {
            let location = walk.place.at(self.at..self.at);
            walk.inspection.fact(location.clone(), TensorFact::OutOfBounds { tensor: shortened(self.path) });
            let wanted = "the bytes of a dataset".into();
            walk.inspection.fact(location, Fault::Truncated { format: FORMAT.id.into(), wanted });
        }
        walk.file.offset(address)..walk.file.offset(end)
    }

    fn chunks(&self, walk: &mut Walk<'_, '_, '_, '_>, root: u64, dimensions: u8) -> Result<Range<u64>, Broken> {
        let mut chunks = Vec::new();
        tree::walk(&mut walk.file, root, Kind::Chunks(dimensions), &mut |_, chunk| {
            chunks.push(chunk);
            Ok(())
        })?;
        let mut whole: Option<Range<u64>> = None;
        for chunk in chunks {
            let range = self.within(walk, chunk.address, chunk.bytes);
            let before = whole.unwrap_or_else(|| range.clone());
            whole = Some(before.start.min(range.start)..before.end.max(range.end));
        }
        Ok(whole.unwrap_or(self.at..self.at))
    }

    /// A virtual dataset is a list of others; the first file it names tells what there is to tell.
    fn virtual_sources(&self, walk: &mut Walk<'_, '_, '_, '_>, heap: Option<u64>, index: u32) -> Result<(), Broken> {
        let Some(heap) = heap else { return Ok(()) };
        let found = walk.heaps.find(&mut walk.file, heap, index)?;
        let Some((address, length)) = found else {
            return Err(Broken::malformed(self.at, "a virtual dataset whose sources are nowhere"));
        };
        let mut block = walk.file.block(address, length, "the sources of a virtual dataset")?;
        block.version(0)?;
        let count = block.length()?;
        let (file, dataset) = if count == 0 { Default::default() } else { (block.text()?, block.text()?) };
        walk.external(self.at, self.path, &format!("{file}:{dataset}, {count} virtual sources"), &file);
        Ok(())
    }
}

fn read(walk: &mut Walk<'_, '_, '_, '_>, messages: Vec<Message>, path: &str) -> Result<(), Broken> {
    let (mut datatype, mut elements, mut layout): (Option<Datatype>, _, _) = (None, None, None);
    let (mut at, mut is_external) = (0, false);
    for message in messages {
        match message.kind {
            header::DATATYPE => datatype = Some(message::datatype(&mut walk.file, message)?),
            header::DATASPACE => {
                let message = header::resolved(&mut walk.file, message)?;
                elements = Some(message::dataspace(&mut message.block(&walk.file, "a dataspace"))?);
            }
            header::LAYOUT => {
                at = message.at;
                layout = Some(Layout::read(&mut message.block(&walk.file, "a data layout"))?);
            }
            header::FILTERS => filters(walk, message, path)?,
            header::EXTERNAL_FILES => {
                is_external = true;
                external_files(walk, &message, path)?;
            }
            _ => {}
        }
    }
    let (Some(datatype), Some(elements), Some(layout)) = (datatype, elements, layout) else {
        return Err(Broken::malformed(at, "a dataset without type, shape or layout"));
    };
    let expected = elements.and_then(|elements| elements.checked_mul(datatype.bytes));
    let dataset = Dataset { path, at, expected };
    let bytes = if is_external { at..at } else { dataset.layout(walk, &layout)? };
    let tensor = Tensor { name: path.to_owned(), bytes, entry: at..at };
    walk.table.add(tensor, elements.unwrap_or(u64::MAX), datatype.name);
    Ok(())
}

/// States the filters that a reader would load a library for.
fn filters(walk: &mut Walk<'_, '_, '_, '_>, message: Message, path: &str) -> Result<(), Broken> {
    let message = header::resolved(&mut walk.file, message)?;
    let mut block = message.block(&walk.file, "a filter pipeline");
    let version = block.u8()?;
    let count = block.u8()?;
    match version {
        1 => block.skip(6)?,
        2 => {}
        other => return Err(block.unsupported(&format!("version {other}"))),
    }
    for _ in 0..count {
        let id = block.u16()?;
        let has_name = version == 1 || id >= FIRST_FOREIGN_FILTER;
        let name_bytes = if has_name { u64::from(block.u16()?) } else { 0 };
        block.skip(2)?;
        let values = u64::from(block.u16()?);
        let padded = name_bytes.checked_next_multiple_of(8).filter(|_| version == 1).unwrap_or(name_bytes);
        block.skip(padded)?;
        block.skip(values.saturating_mul(4))?;
        block.skip(if version == 1 && values % 2 == 1 { 4 } else { 0 })?;
        if id >= FIRST_FOREIGN_FILTER && id != LZF {
            let (holder, target) = (shortened(path), format!("filter {id}"));
            let framework = FORMAT.id.into();
            let fact = GraphFact::External { framework, kind: ExternalKind::Library, holder, target };
            walk.inspection.fact(walk.place.at(message.at..message.at), fact);
        }
    }
    Ok(())
}

/// States the files that hold the bytes of the dataset at `path`.
fn external_files(walk: &mut Walk<'_, '_, '_, '_>, message: &Message, path: &str) -> Result<(), Broken> {
    let mut block = message.block(&walk.file, "an external data files message");
    block.version(1)?;
    block.skip(3)?;
    let _allocated = block.u16()?;
    let used = block.u16()?;
    let heap = block.address()?.ok_or_else(|| block.malformed("its names are nowhere"))?;
    let heap = LocalHeap::read(&mut walk.file, heap)?;
    for _ in 0..used {
        let (name_at, _offset, _bytes) = (block.length()?, block.length()?, block.length()?);
        let name = heap.text(&mut walk.file, name_at)?;
        walk.external(message.at, path, &name, &name);
    }
    Ok(())
}
