//! Flatbuffers: tables, vectors and strings that refer to each other by offsets.
//!
//! Source: the FlatBuffers internals page and the verifier of google/flatbuffers 25. Runtimes follow
//! the offsets without looking where they lead, so every one is checked here, and the bytes that some
//! object accounts for are kept: what is between them and not zero is a hiding place. A [`Layout`]
//! says which fields of a table refer to what; nothing but it makes the walk go deeper.

mod layout;

use std::ops::Range;

use headworks_types::{Fault, Limits, ReadAt};

use crate::reader::{ReadFault, Reader};
pub(crate) use layout::{Field, Kind, Layout};

/// Reads the objects of one flatbuffer.
pub(crate) struct Flatbuffer<'a> {
    bytes: &'a dyn ReadAt,
    format: &'static str,
    pages: Pages,
    objects_left: u64,
    objects_max: Option<u64>,
    spans: Vec<Range<u64>>,
}

/// A table: its own bytes, and its vtable, which says where in them each field lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Table {
    at: u64,
    bytes: u64,
    vtable: u64,
    vtable_bytes: u64,
}

/// A vector of elements of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Vector {
    /// Offset of the first element.
    pub(crate) start: u64,
    /// Number of elements.
    pub(crate) count: u64,
    element_bytes: u64,
}

impl Vector {
    /// The elements' bytes.
    pub(crate) fn range(&self) -> Range<u64> {
        self.start..self.start.saturating_add(self.count.saturating_mul(self.element_bytes))
    }

    /// Indices of the elements.
    pub(crate) fn indices(&self) -> Range<u64> {
        0..self.count
    }
}

/// Bytes of a string that are read; a longer one is no name and no text for people.
const TEXT_BYTES_MAX: u64 = 4096;

/// Offset and length of a vector, and offset of a table's vtable.
const OFFSET_BYTES: u64 = 4;

/// Offset of the root table and the identifier.
const HEAD_BYTES: u64 = 8;

/// Names that loaders know a format's flatbuffers by, four bytes after the root's offset.
pub(crate) fn has_identifier(head: &[u8], identifier: &[u8; 4]) -> bool {
    let root = head.first_chunk::<4>().map(|&bytes| u32::from_le_bytes(bytes));
    // Text has larger numbers there, and a root that far back is no writer's.
    head.get(4..8) == Some(identifier) && root.is_some_and(|root| (8..1 << 28).contains(&root))
}

impl<'a> Flatbuffer<'a> {
    /// The flatbuffer that begins where `bytes` do.
    pub(crate) fn new(bytes: &'a dyn ReadAt, format: &'static str, limits: &Limits) -> Self {
        // Each object is looked at twice, takes four bytes at least, and few are shared.
        let by_size = bytes.size().saturating_add(1024);
        let max = limits.flatbuffer_objects_max;
        Self {
            bytes,
            format,
            pages: Pages::default(),
            objects_left: max.min(by_size),
            objects_max: (max <= by_size).then_some(max),
            spans: Vec::new(),
        }
    }

    /// The table that the first four bytes lead to.
    pub(crate) fn root(&mut self) -> Result<Table, Fault> {
        let at = u64::from(u32::from_le_bytes(self.array(0, "the root table")?));
        self.spans.push(0..HEAD_BYTES);
        self.table_at(at)
    }

    /// The same, of a flatbuffer without an identifier.
    pub(crate) fn root_without_identifier(&mut self) -> Result<Table, Fault> {
        let at = u64::from(u32::from_le_bytes(self.array(0, "the root table")?));
        self.spans.push(0..OFFSET_BYTES);
        self.table_at(at)
    }

    /// All bytes.
    pub(crate) fn bytes(&self) -> &'a dyn ReadAt {
        self.bytes
    }

    /// Says that something else accounts for `range`.
    pub(crate) fn account(&mut self, range: Range<u64>) {
        self.spans.push(range);
    }

    /// A fault of the flatbuffer's format.
    pub(crate) fn malformed(&self, problem: impl Into<String>) -> Fault {
        Fault::Malformed { format: self.format.to_owned(), problem: problem.into() }
    }

    /// The table at `at`.
    fn table_at(&mut self, at: u64) -> Result<Table, Fault> {
        self.spend()?;
        let back = i64::from(i32::from_le_bytes(self.array(at, "a table")?));
        let vtable = at.checked_sub_signed(back).ok_or_else(|| self.malformed("a vtable before the first byte"))?;
        let vtable_bytes = u64::from(u16::from_le_bytes(self.array(vtable, "a vtable")?));
        let bytes = u64::from(u16::from_le_bytes(self.array(vtable.saturating_add(2), "a vtable")?));
        if vtable_bytes < 4 || !vtable_bytes.is_multiple_of(2) || bytes < OFFSET_BYTES {
            return Err(self.malformed(format!("a vtable of {vtable_bytes} bytes for a table of {bytes}")));
        }
        self.within(vtable, vtable_bytes, "a vtable")?;
        self.within(at, bytes, "a table")?;
        Ok(Table { at, bytes, vtable, vtable_bytes })
    }

    /// Where the value of a field of `bytes` bytes lies, when the table has it.
    fn field(&mut self, table: Table, slot: u16, bytes: u64) -> Result<Option<u64>, Fault> {
        let entry = u64::from(slot).saturating_mul(2).saturating_add(4);
        if entry.saturating_add(2) > table.vtable_bytes {
            return Ok(None);
        }
        let offset = u64::from(u16::from_le_bytes(self.array(table.vtable.saturating_add(entry), "a vtable")?));
        if offset == 0 {
            return Ok(None);
        }
        if offset < OFFSET_BYTES || offset.saturating_add(bytes) > table.bytes {
            return Err(self.malformed(format!("field {slot} of a table lies outside of it")));
        }
        Ok(Some(table.at.saturating_add(offset)))
    }

    /// Whether the table has a field.
    pub(crate) fn has(&mut self, table: Table, slot: u16) -> Result<bool, Fault> {
        Ok(self.field(table, slot, 1)?.is_some())
    }

    /// A field of one byte, zero where it is left out.
    pub(crate) fn u8(&mut self, table: Table, slot: u16) -> Result<u8, Fault> {
        let Some(at) = self.field(table, slot, 1)? else { return Ok(0) };
        self.array::<1>(at, "a field").map(u8::from_le_bytes)
    }

    /// A field of four bytes, zero where it is left out.
    pub(crate) fn u32(&mut self, table: Table, slot: u16) -> Result<u32, Fault> {
        let Some(at) = self.field(table, slot, 4)? else { return Ok(0) };
        self.array(at, "a field").map(u32::from_le_bytes)
    }

    /// A field of eight bytes, zero where it is left out.
    pub(crate) fn u64(&mut self, table: Table, slot: u16) -> Result<u64, Fault> {
        let Some(at) = self.field(table, slot, 8)? else { return Ok(0) };
        self.array(at, "a field").map(u64::from_le_bytes)
    }

    /// The table that a field refers to.
    pub(crate) fn table(&mut self, table: Table, slot: u16) -> Result<Option<Table>, Fault> {
        let Some(at) = self.field(table, slot, OFFSET_BYTES)? else { return Ok(None) };
        let at = self.follow(at)?;
        self.table_at(at).map(Some)
    }

    /// The vector that a field refers to; an empty one where it is left out.
    pub(crate) fn vector(&mut self, table: Table, slot: u16, element_bytes: u64) -> Result<Vector, Fault> {
        match self.field(table, slot, OFFSET_BYTES)? {
            Some(at) => self.vector_behind(at, element_bytes),
            None => Ok(Vector { start: 0, count: 0, element_bytes }),
        }
    }

    /// A vector of offsets, of tables or of strings.
    pub(crate) fn tables(&mut self, table: Table, slot: u16) -> Result<Vector, Fault> {
        self.vector(table, slot, OFFSET_BYTES)
    }

    /// A table of a vector of tables.
    pub(crate) fn element(&mut self, vector: Vector, index: u64) -> Result<Table, Fault> {
        let at = self.element_at(vector, index)?;
        let at = self.follow(at)?;
        self.table_at(at)
    }

    /// Where the letters of a string of a vector of strings lie.
    pub(crate) fn letters(&mut self, vector: Vector, index: u64) -> Result<Range<u64>, Fault> {
        let at = self.element_at(vector, index)?;
        Ok(self.vector_behind(at, 1)?.range())
    }

    /// A number of a vector of four-byte numbers.
    pub(crate) fn u32_of(&mut self, vector: Vector, index: u64) -> Result<u32, Fault> {
        let at = self.element_at(vector, index)?;
        self.array(at, "an element of a vector").map(u32::from_le_bytes)
    }

    /// The same, with a sign.
    pub(crate) fn i32_of(&mut self, vector: Vector, index: u64) -> Result<i32, Fault> {
        let at = self.element_at(vector, index)?;
        self.array(at, "an element of a vector").map(i32::from_le_bytes)
    }

    /// The string that a field refers to, or its beginning; empty where it is left out.
    pub(crate) fn text(&mut self, table: Table, slot: u16) -> Result<String, Fault> {
        let letters = self.vector(table, slot, 1)?.range();
        self.excerpt(&letters)
    }

    /// The string whose letters lie there, or its beginning.
    pub(crate) fn excerpt(&self, letters: &Range<u64>) -> Result<String, Fault> {
        let end = letters.end.min(letters.start.saturating_add(TEXT_BYTES_MAX));
        let mut reader = Reader::over(self.bytes, letters.start, end);
        let count = usize::try_from(end.saturating_sub(letters.start)).unwrap_or_default();
        let bytes = reader.take(count).map_err(|fault| fault.in_format(self.format, "a string"))?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    fn element_at(&mut self, vector: Vector, index: u64) -> Result<u64, Fault> {
        if index >= vector.count {
            return Err(self.malformed(format!("element {index} of a vector of {}", vector.count)));
        }
        Ok(vector.start.saturating_add(index.saturating_mul(vector.element_bytes)))
    }

    /// The vector that the offset at `at` leads to.
    fn vector_behind(&mut self, at: u64, element_bytes: u64) -> Result<Vector, Fault> {
        self.spend()?;
        let at = self.follow(at)?;
        let count = u64::from(u32::from_le_bytes(self.array(at, "a vector")?));
        let start = at.saturating_add(OFFSET_BYTES);
        self.within(start, count.saturating_mul(element_bytes), "a vector")?;
        Ok(Vector { start, count, element_bytes })
    }

    /// Offsets lead forward, so nothing that is followed comes back.
    fn follow(&mut self, at: u64) -> Result<u64, Fault> {
        let offset = u32::from_le_bytes(self.array(at, "an offset")?);
        if offset == 0 {
            return Err(self.malformed("an offset that leads to itself"));
        }
        Ok(at.saturating_add(u64::from(offset)))
    }

    fn within(&self, at: u64, bytes: u64, wanted: &str) -> Result<(), Fault> {
        let end = at.saturating_add(bytes);
        let truncated = || Fault::Truncated { format: self.format.to_owned(), wanted: wanted.to_owned() };
        (end <= self.bytes.size()).then_some(()).ok_or_else(truncated)
    }

    fn spend(&mut self) -> Result<(), Fault> {
        if let Some(left) = self.objects_left.checked_sub(1) {
            self.objects_left = left;
            return Ok(());
        }
        Err(match self.objects_max {
            Some(max) => Fault::Budget { limit: "flatbuffer_objects_max".into(), max },
            None => self.malformed("more references to objects than the bytes have room for"),
        })
    }

    fn array<const N: usize>(&mut self, at: u64, wanted: &str) -> Result<[u8; N], Fault> {
        self.within(at, N as u64, wanted)?;
        let mut array = [0; N];
        if let Some(slice) = self.bytes.as_slice() {
            _ = slice.read_at(at, &mut array);
            return Ok(array);
        }
        self.pages.read(self.bytes, at, &mut array).map_err(|fault| fault.in_format(self.format, wanted))?;
        Ok(array)
    }
}

/// The parts of a file that were read last: objects that are near each other are read together.
#[derive(Default)]
struct Pages(Vec<(u64, Vec<u8>)>);

impl Pages {
    const PAGE: u64 = 4096;
    const COUNT: u64 = 64;

    fn read(&mut self, bytes: &dyn ReadAt, at: u64, into: &mut [u8]) -> Result<(), ReadFault> {
        for (byte, at) in into.iter_mut().zip(at..) {
            *byte = self.byte(bytes, at)?;
        }
        Ok(())
    }

    fn byte(&mut self, bytes: &dyn ReadAt, at: u64) -> Result<u8, ReadFault> {
        let page = at.checked_div(Self::PAGE).unwrap_or_default();
        let start = page.saturating_mul(Self::PAGE);
        let slot = usize::try_from(page.checked_rem(Self::COUNT).unwrap_or_default()).unwrap_or_default();
        if self.0.is_empty() {
            self.0 = (0..Self::COUNT).map(|_| (u64::MAX, Vec::new())).collect();
        }
        let Some((held, content)) = self.0.get_mut(slot) else { return Ok(0) };
        if *held != page {
            *held = u64::MAX;
            content.resize(usize::try_from(Self::PAGE).unwrap_or_default(), 0);
            let count = bytes.read_at(start, content).map_err(ReadFault::Failed)?;
            content.truncate(count);
            *held = page;
        }
        let index = usize::try_from(at.saturating_sub(start)).unwrap_or_default();
        let end = start.saturating_add(content.len() as u64);
        content.get(index).copied().ok_or(ReadFault::Truncated { at, end })
    }
}

#[cfg(test)]
mod tests;
