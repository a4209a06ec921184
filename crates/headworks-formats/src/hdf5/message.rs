//! The messages that say what is stored: datatypes, dataspaces, layouts, attributes.

use super::file::{Block, Broken, File};
use super::header::{self, Message};

/// What the elements are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Datatype {
    pub(super) name: &'static str,
    /// Bytes of one element.
    pub(super) bytes: u64,
    pub(super) text: Text,
}

/// Whether elements are text, and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    No,
    /// In the element itself.
    Inline,
    /// In a global heap, which the element names.
    InHeap,
}

impl Datatype {
    pub(super) fn read(block: &mut Block<'_>) -> Result<Self, Broken> {
        let class = block.u8()?;
        let bits = block.uint(3)?;
        let bytes = u64::from(block.u32()?);
        let (name, text) = match class & 0x0f {
            0 => (integer(bits & 8 != 0, bytes), Text::No),
            1 => (float(block, bytes)?, Text::No),
            2 => ("time", Text::No),
            3 => ("string", Text::Inline),
            4 => ("bitfield", Text::No),
            5 => ("opaque", Text::Inline),
            6 => ("compound", Text::No),
            7 => ("reference", Text::No),
            8 => ("enum", Text::No),
            9 if bits & 0x0f == 1 => ("text", Text::InHeap),
            9 => ("sequence", Text::No),
            10 => ("array", Text::No),
            11 => ("complex", Text::No),
            other => return Err(block.unsupported(&format!("class {other}"))),
        };
        Ok(Self { name, bytes, text })
    }
}

fn integer(is_signed: bool, bytes: u64) -> &'static str {
    match (is_signed, bytes) {
        (true, 1) => "int8",
        (true, 2) => "int16",
        (true, 4) => "int32",
        (true, 8) => "int64",
        (false, 1) => "uint8",
        (false, 2) => "uint16",
        (false, 4) => "uint32",
        (false, 8) => "uint64",
        _ => "integer",
    }
}

/// Two bytes are half precision or bfloat16, which the width of the exponent tells apart.
fn float(block: &mut Block<'_>, bytes: u64) -> Result<&'static str, Broken> {
    block.skip(5)?;
    let exponent_bits = block.u8()?;
    Ok(match (bytes, exponent_bits) {
        (1, _) => "float8",
        (2, 8) => "bfloat16",
        (2, _) => "float16",
        (4, _) => "float32",
        (8, _) => "float64",
        _ => "float",
    })
}

/// Number of elements; `None` when the product overflows.
pub(super) fn dataspace(block: &mut Block<'_>) -> Result<Option<u64>, Broken> {
    let version = block.u8()?;
    let dimensions = block.u8()?;
    let _flags = block.u8()?;
    let is_null = match version {
        1 => {
            block.skip(5)?;
            false
        }
        2 => block.u8()? == 2,
        other => return Err(block.unsupported(&format!("version {other}"))),
    };
    let mut elements = Some(u64::from(!is_null));
    for _ in 0..dimensions {
        let length = block.length()?;
        elements = elements.and_then(|elements| elements.checked_mul(length));
    }
    Ok(elements)
}

/// Where the elements of a dataset lie.
#[derive(Debug)]
pub(super) enum Layout {
    /// In the object header.
    Compact { bytes: u64 },
    /// In one piece; without an address nothing has been written yet.
    Contiguous { address: Option<u64>, bytes: Option<u64> },
    /// In pieces, which a B-tree finds; `dimensions` counts the element's size as one.
    Chunked { address: Option<u64>, dimensions: u8 },
    /// In pieces that a newer index finds; `bytes` is set when there is but one piece.
    Indexed { address: Option<u64>, bytes: Option<u64> },
    /// In other datasets, which a global heap lists.
    Virtual { heap: Option<u64>, index: u32 },
}

impl Layout {
    pub(super) fn read(block: &mut Block<'_>) -> Result<Self, Broken> {
        match block.u8()? {
            1 | 2 => Self::early(block),
            version @ (3..=5) => Self::late(version, block),
            version => Err(block.unsupported(&format!("version {version}"))),
        }
    }

    fn early(block: &mut Block<'_>) -> Result<Self, Broken> {
        let dimensions = block.u8()?;
        let class = block.u8()?;
        block.skip(5)?;
        let address = if class == 0 { None } else { block.address()? };
        block.skip(u64::from(dimensions).saturating_mul(4))?;
        match class {
            0 => Ok(Self::Compact { bytes: u64::from(block.u32()?) }),
            1 => Ok(Self::Contiguous { address, bytes: None }),
            2 => Ok(Self::Chunked { address, dimensions }),
            other => Err(block.unsupported(&format!("class {other}"))),
        }
    }

    fn late(version: u8, block: &mut Block<'_>) -> Result<Self, Broken> {
        match block.u8()? {
            0 => Ok(Self::Compact { bytes: u64::from(block.u16()?) }),
            1 => Ok(Self::Contiguous { address: block.address()?, bytes: Some(block.length()?) }),
            2 if version == 3 => {
                let dimensions = block.u8()?;
                Ok(Self::Chunked { address: block.address()?, dimensions })
            }
            2 => Self::indexed(block),
            3 => Ok(Self::Virtual { heap: block.address()?, index: block.u32()? }),
            other => Err(block.unsupported(&format!("class {other}"))),
        }
    }

    fn indexed(block: &mut Block<'_>) -> Result<Self, Broken> {
        let flags = block.u8()?;
        let dimensions = block.u8()?;
        let width = block.u8()?;
        block.skip(u64::from(dimensions).saturating_mul(u64::from(width)))?;
        let mut bytes = None;
        match block.u8()? {
            1 if flags & 2 != 0 => {
                bytes = Some(block.length()?);
                block.skip(4)?;
            }
            1 | 2 => {}
            3 => block.skip(1)?,
            4 => block.skip(5)?,
            5 => block.skip(6)?,
            other => return Err(block.unsupported(&format!("chunk index {other}"))),
        }
        Ok(Self::Indexed { address: block.address()?, bytes })
    }
}

/// An attribute, its value as stored.
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) datatype: Datatype,
    pub(super) value: Vec<u8>,
    /// Offset of the value in the input.
    pub(super) at: u64,
}

impl Attribute {
    pub(super) fn read(file: &mut File<'_>, message: &Message) -> Result<Self, Broken> {
        let mut block = message.block(file, "an attribute");
        let version = block.u8()?;
        let flags = block.u8()?;
        let (name_bytes, type_bytes, space_bytes) = (block.u16()?, block.u16()?, block.u16()?);
        match version {
            1 | 2 => {}
            3 => block.skip(1)?,
            other => return Err(block.unsupported(&format!("version {other}"))),
        }
        let padded = |bytes: u16| {
            let bytes = u64::from(bytes);
            if version == 1 { bytes.checked_next_multiple_of(8).unwrap_or(bytes) } else { bytes }
        };
        let name = block.take(padded(name_bytes))?;
        let name = String::from_utf8_lossy(name.split(|&byte| byte == 0).next().unwrap_or_default()).into_owned();
        let type_at = block.offset();
        let body = block.take(padded(type_bytes))?;
        let is_shared = version > 1 && flags & 1 != 0;
        let datatype = datatype(file, Message { kind: header::DATATYPE, is_shared, at: type_at, body })?;
        block.skip(padded(space_bytes))?;
        let (at, left) = (block.offset(), block.left());
        Ok(Self { name, datatype, value: block.take(left)?, at })
    }
}

/// The datatype that a message holds or leads to.
pub(super) fn datatype(file: &mut File<'_>, message: Message) -> Result<Datatype, Broken> {
    let message = header::resolved(file, message)?;
    Datatype::read(&mut message.block(file, "a datatype"))
}
