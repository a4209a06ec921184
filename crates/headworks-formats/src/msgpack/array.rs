//! Arrays as Flax packs them: shape, name of the type, bytes.

use std::ops::Range;

use headworks_types::Fault;

use super::walk::{malformed, number, unsupported, wanted};
use crate::reader::Reader;
use crate::tensor_table::{Tensor, TensorTable};

/// Extension types of Flax, and the one of MessagePack itself.
pub(super) const ARRAY: u8 = 1;
pub(super) const COMPLEX: u8 = 2;
pub(super) const SCALAR: u8 = 3;
pub(super) const TIME: u8 = 0xff;

/// Dimensions of an array of numpy.
const DIMENSIONS_MAX: u64 = 64;

/// Names of numpy and ml_dtypes, with the bytes of one element.
const TYPES: [(&str, u64); 24] = [
    ("bool", 1),
    ("int4", 1),
    ("uint4", 1),
    ("int8", 1),
    ("int16", 2),
    ("int32", 4),
    ("int64", 8),
    ("uint8", 1),
    ("uint16", 2),
    ("uint32", 4),
    ("uint64", 8),
    ("float16", 2),
    ("float32", 4),
    ("float64", 8),
    ("bfloat16", 2),
    ("complex64", 8),
    ("complex128", 16),
    ("float8_e4m3fn", 1),
    ("float8_e4m3", 1),
    ("float8_e4m3fnuz", 1),
    ("float8_e4m3b11fnuz", 1),
    ("float8_e5m2", 1),
    ("float8_e5m2fnuz", 1),
    ("float8_e8m0fnu", 1),
];

/// One array.
pub(super) struct Array {
    elements: u64,
    dtype: &'static str,
    bytes: Range<u64>,
    /// Bytes that shape and type ask for.
    pub(super) expected: Option<u64>,
    /// Bytes that there are.
    pub(super) stated: u64,
}

impl Array {
    /// Reads the array that ends at `end` and passes over its bytes.
    pub(super) fn read(reader: &mut Reader<'_>, end: u64) -> Result<Self, Fault> {
        let tag = byte(reader)?;
        if tag != 0x93 {
            return Err(malformed("an array is not shape, type and bytes"));
        }
        let elements = shape(reader)?;
        let (dtype, element_bytes) = dtype(reader)?;
        let tag = byte(reader)?;
        let width = tag.checked_sub(0xc4).filter(|&width| width < 3);
        let width = width.ok_or_else(|| malformed("the bytes of an array are none"))?;
        let stated = number(reader, width).map_err(|fault| wanted(&fault, "the length of an array"))?;
        let start = reader.position();
        reader.skip(stated).map_err(|fault| wanted(&fault, "the bytes of an array"))?;
        if reader.position() != end {
            return Err(malformed("an array ends elsewhere than its extension"));
        }
        let expected = elements.and_then(|elements| elements.checked_mul(element_bytes));
        Ok(Self { elements: elements.unwrap_or(u64::MAX), dtype, bytes: start..end, expected, stated })
    }

    pub(super) fn add(self, name: String, entry: u64, table: &mut TensorTable) {
        let tensor = Tensor { name, entry: entry..self.bytes.start, bytes: self.bytes };
        table.add(tensor, self.elements, self.dtype);
    }
}

fn byte(reader: &mut Reader<'_>) -> Result<u8, Fault> {
    reader.u8().map_err(|fault| wanted(&fault, "an array"))
}

/// The number of elements; nothing when the product overflows.
fn shape(reader: &mut Reader<'_>) -> Result<Option<u64>, Fault> {
    let tag = byte(reader)?;
    let dimensions = match tag {
        0x90..=0x9f => u64::from(tag & 0x0f),
        0xdc => number(reader, 1).map_err(|fault| wanted(&fault, "a shape"))?,
        _ => return Err(malformed("the shape of an array is no list")),
    };
    if dimensions > DIMENSIONS_MAX {
        return Err(malformed("an array of more dimensions than numpy has"));
    }
    let mut elements = Some(1u64);
    for _ in 0..dimensions {
        let length = match byte(reader)? {
            tag @ 0x00..=0x7f => u64::from(tag),
            tag @ 0xcc..=0xcf => number(reader, tag.saturating_sub(0xcc)).map_err(|fault| wanted(&fault, "a shape"))?,
            _ => return Err(malformed("a length in a shape is no number")),
        };
        elements = elements.and_then(|elements| elements.checked_mul(length));
    }
    Ok(elements)
}

fn dtype(reader: &mut Reader<'_>) -> Result<(&'static str, u64), Fault> {
    let tag = byte(reader)?;
    let length = match tag {
        0xa0..=0xbf => usize::from(tag & 0x1f),
        _ => return Err(malformed("the type of an array is no name")),
    };
    let name = reader.take(length).map_err(|fault| wanted(&fault, "the type of an array"))?;
    let known = TYPES.iter().find(|(known, _)| known.as_bytes() == name).copied();
    known.ok_or_else(|| unsupported(format!("arrays of type `{}`", String::from_utf8_lossy(name))))
}
