//! One value from its first to its last byte, without recursion.

use headworks_types::Fault;
use headworks_types::fact::TensorFact;

use super::{FORMAT, array};
use crate::metadata::shortened;
use crate::reader::{ReadFault, Reader};
use crate::tensor_table::TensorTable;

/// Bytes of a key that are kept for the names of tensors.
const KEY_BYTES_MAX: u64 = 256;
/// Bytes of a tensor's name that are kept: the last ones, for deep maps share the first.
const NAME_BYTES_MAX: usize = 256;

/// Walks one value and collects the arrays in it.
pub(super) struct Walk<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) table: TensorTable,
    pub(super) tensors_max: u64,
    pub(super) arrays_seen: u64,
    pub(super) values: u64,
    pub(super) mismatches: Vec<(u64, TensorFact)>,
    depth_max: u64,
    frames: Vec<Frame>,
}

/// An open map or array.
struct Frame {
    /// Values still to come, keys included.
    left: u64,
    is_map: bool,
    key: String,
}

impl<'a> Walk<'a> {
    pub(super) fn new(reader: Reader<'a>, depth_max: u64) -> Self {
        let (table, mismatches, frames) = (TensorTable::default(), Vec::new(), Vec::new());
        Self { reader, table, tensors_max: u64::MAX, arrays_seen: 0, values: 0, mismatches, depth_max, frames }
    }

    /// Reads the value that begins here.
    pub(super) fn value(&mut self) -> Result<(), Fault> {
        loop {
            self.one()?;
            while self.frames.last().is_some_and(|frame| frame.left == 0) {
                self.frames.pop();
            }
            let Some(frame) = self.frames.last_mut() else { return Ok(()) };
            frame.left = frame.left.saturating_sub(1);
        }
    }

    /// Whether the value that comes is a key: maps count down from an even number.
    fn is_key(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.is_map && frame.left % 2 == 1)
    }

    fn one(&mut self) -> Result<(), Fault> {
        self.values = self.values.saturating_add(1);
        let tag = self.reader.u8().map_err(|fault| wanted(&fault, "a value"))?;
        match tag {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Ok(()),
            0x80..=0x8f => self.open(u64::from(tag & 0x0f), true),
            0x90..=0x9f => self.open(u64::from(tag & 0x0f), false),
            0xa0..=0xbf => self.text(u64::from(tag & 0x1f)),
            0xc1 => Err(malformed("a byte that begins no value")),
            0xc4..=0xc6 => {
                let length = self.number(tag, 0xc4)?;
                self.skip(length)
            }
            0xc7..=0xc9 => {
                let length = self.number(tag, 0xc7)?;
                self.extension(length)
            }
            0xca | 0xce | 0xd2 => self.skip(4),
            0xcb | 0xcf | 0xd3 => self.skip(8),
            0xcc | 0xd0 => self.skip(1),
            0xcd | 0xd1 => self.skip(2),
            0xd4..=0xd8 => self.extension(1u64.wrapping_shl(u32::from(tag).saturating_sub(0xd4))),
            0xd9..=0xdb => {
                let length = self.number(tag, 0xd9)?;
                self.text(length)
            }
            // There is no array or map with a length of one byte.
            0xdc | 0xdd => {
                let length = self.number(tag, 0xdb)?;
                self.open(length, false)
            }
            0xde | 0xdf => {
                let length = self.number(tag, 0xdd)?;
                self.open(length, true)
            }
        }
    }

    /// A length of one, two or four bytes, by how far `tag` is from the first of its kind.
    fn number(&mut self, tag: u8, first: u8) -> Result<u64, Fault> {
        number(&mut self.reader, tag.saturating_sub(first)).map_err(|fault| wanted(&fault, "a length"))
    }

    fn open(&mut self, count: u64, is_map: bool) -> Result<(), Fault> {
        if self.is_key() {
            return Err(unsupported("a key that is no text".into()));
        }
        if self.frames.len() as u64 >= self.depth_max {
            return Err(Fault::Budget { limit: "document_depth_max".into(), max: self.depth_max });
        }
        let left = if is_map { count.saturating_mul(2) } else { count };
        self.frames.push(Frame { left, is_map, key: String::new() });
        Ok(())
    }

    fn text(&mut self, length: u64) -> Result<(), Fault> {
        if !self.is_key() {
            return self.skip(length);
        }
        let kept = length.min(KEY_BYTES_MAX);
        let key = self.reader.take(usize::try_from(kept).unwrap_or_default()).map(String::from_utf8_lossy);
        let key = key.map(std::borrow::Cow::into_owned).map_err(|fault| wanted(&fault, "a key"))?;
        if let Some(frame) = self.frames.last_mut() {
            frame.key = key;
        }
        self.skip(length.saturating_sub(kept))
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        self.reader.skip(bytes).map_err(|fault| wanted(&fault, "the bytes of a value"))
    }

    fn extension(&mut self, length: u64) -> Result<(), Fault> {
        let start = self.reader.position();
        let kind = self.reader.u8().map_err(|fault| wanted(&fault, "the type of an extension"))?;
        let end = self.reader.position().saturating_add(length);
        if self.reader.left() < length && !matches!(kind, array::ARRAY | array::SCALAR) {
            return Err(Fault::Truncated { format: FORMAT.id.into(), wanted: "the bytes of a value".into() });
        }
        match kind {
            array::ARRAY | array::SCALAR => self.array(start, end),
            array::COMPLEX | array::TIME => self.skip(length),
            other => Err(unsupported(format!("extension type {other}"))),
        }
    }

    fn array(&mut self, start: u64, end: u64) -> Result<(), Fault> {
        if self.arrays_seen >= self.tensors_max {
            return Err(Fault::Budget { limit: "tensors_max".into(), max: self.tensors_max });
        }
        self.arrays_seen = self.arrays_seen.saturating_add(1);
        let array = array::Array::read(&mut self.reader, end)?;
        let name = self.path();
        if array.expected != Some(array.stated) {
            let (tensor, expected, stated) = (shortened(&name), array.expected, array.stated);
            self.mismatches.push((start, TensorFact::SizeMismatch { tensor, expected, stated }));
        }
        array.add(name, start, &mut self.table);
        Ok(())
    }

    fn path(&self) -> String {
        let keys: Vec<&str> = self.frames.iter().filter(|frame| frame.is_map).map(|frame| frame.key.as_str()).collect();
        let path = keys.join("/");
        let cut = path.len().saturating_sub(NAME_BYTES_MAX);
        let start = (cut..path.len()).find(|&at| path.is_char_boundary(at)).unwrap_or(path.len());
        path.get(start..).unwrap_or_default().to_owned()
    }
}

/// A number of one, two or four bytes, big-endian.
pub(super) fn number(reader: &mut Reader<'_>, width: u8) -> Result<u64, ReadFault> {
    match width {
        0 => reader.u8().map(u64::from),
        1 => reader.array().map(u16::from_be_bytes).map(u64::from),
        2 => reader.array().map(u32::from_be_bytes).map(u64::from),
        _ => reader.array().map(u64::from_be_bytes),
    }
}

pub(super) fn wanted(fault: &ReadFault, what: &str) -> Fault {
    fault.in_format(FORMAT.id, what)
}

pub(super) fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}

pub(super) fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}
