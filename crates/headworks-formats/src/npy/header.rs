//! The header of an npy file: magic, version, length, and a dictionary as a Python literal.

use headworks_types::{Fault, Limits};

use super::dtype::Dtype;
use super::literal::{self, Literal};
use super::{FORMAT, MAGIC, malformed};
use crate::reader::Reader;

/// What the header says.
pub(super) struct Header {
    version: [u8; 2],
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<u64>,
    fortran_order: bool,
    /// Keys that occur more than once.
    pub(super) duplicates: Vec<String>,
    /// Offset of the first byte after the header.
    pub(super) end: u64,
}

/// Bytes of a dictionary. NumPy itself refuses more than 10,000 unless it is told otherwise; tables
/// with thousands of columns need more.
const DICTIONARY_BYTES_MAX: u32 = 256 * 1024;

impl Header {
    /// Reads the header.
    ///
    /// # Errors
    /// The fault that keeps the array from being understood.
    pub(super) fn read(reader: &mut Reader<'_>, limits: &Limits) -> Result<Self, Fault> {
        let (version, text) = read_text(reader)?;
        let end = reader.position();
        let depth = limits.document_depth_max;
        let literal = literal::parse(&text, depth).map_err(|problem| malformed(format!("the header {problem}")))?;
        let Literal::Dict(entries) = literal else {
            return Err(malformed("the header is no dictionary".into()));
        };
        let mut fields = Fields::default();
        for (key, value) in entries {
            fields.take(key, value)?;
        }
        fields.into_header(version, end, limits)
    }

    /// Number of elements; none when it is beyond 64 bits.
    pub(super) fn elements(&self) -> Option<u64> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        self.shape.iter().try_fold(1_u64, |product, &length| product.checked_mul(length))
    }

    /// The array in NumPy's terms.
    pub(super) fn summary(&self) -> String {
        let [major, minor] = self.version;
        let lengths: Vec<String> = self.shape.iter().map(u64::to_string).collect();
        let comma = if lengths.len() == 1 { "," } else { "" };
        let order = if self.fortran_order { ", Fortran order" } else { "" };
        let (dtype, lengths) = (self.dtype.describe(), lengths.join(", "));
        format!("NumPy array {major}.{minor}, {dtype}, shape ({lengths}{comma}){order}")
    }
}

fn read_text(reader: &mut Reader<'_>) -> Result<([u8; 2], String), Fault> {
    let fault = |fault: crate::reader::ReadFault| fault.in_format(FORMAT.id, "the header");
    reader.skip(MAGIC.len() as u64).map_err(fault)?;
    let version = reader.array::<2>().map_err(fault)?;
    let length = match version {
        [1, 0] => u32::from(reader.u16_le().map_err(fault)?),
        [2 | 3, 0] => reader.u32_le().map_err(fault)?,
        [major, minor] => {
            let feature = format!("version {major}.{minor}");
            return Err(Fault::Unsupported { format: FORMAT.id.into(), feature });
        }
    };
    if length > DICTIONARY_BYTES_MAX {
        let feature = format!("a header of {length} bytes");
        return Err(Fault::Unsupported { format: FORMAT.id.into(), feature });
    }
    let bytes = reader.take(usize::try_from(length).unwrap_or(usize::MAX)).map_err(fault)?;
    // Before version 3.0 the text is Latin-1, in which every byte is the character of its number.
    let text = match version {
        [3, _] => String::from_utf8(bytes.to_vec()).map_err(|_| malformed("the header is not UTF-8".into()))?,
        _ => bytes.iter().copied().map(char::from).collect(),
    };
    Ok((version, text))
}

#[derive(Default)]
struct Fields {
    descr: Option<Literal>,
    shape: Option<Literal>,
    fortran_order: Option<Literal>,
    duplicates: Vec<String>,
}

impl Fields {
    /// Python keeps the last value of a key, and so do we, but it is told.
    fn take(&mut self, key: String, value: Literal) -> Result<(), Fault> {
        let field = match key.as_str() {
            "descr" => &mut self.descr,
            "shape" => &mut self.shape,
            "fortran_order" => &mut self.fortran_order,
            _ => return Err(malformed(format!("the header has a key `{key:.80}`, which NumPy does not write"))),
        };
        if field.replace(value).is_some() {
            self.duplicates.push(key);
        }
        Ok(())
    }

    fn into_header(self, version: [u8; 2], end: u64, limits: &Limits) -> Result<Header, Fault> {
        let missing = |key: &str| malformed(format!("the header has no `{key}`"));
        let descr = self.descr.ok_or_else(|| missing("descr"))?;
        let dtype = Dtype::of(&descr).map_err(|feature| Fault::Unsupported { format: FORMAT.id.into(), feature })?;
        let shape = shape(&self.shape.ok_or_else(|| missing("shape"))?, limits)?;
        let Some(Literal::Bool(fortran_order)) = self.fortran_order else {
            return Err(malformed("`fortran_order` is no truth value".into()));
        };
        Ok(Header { version, dtype, shape, fortran_order, duplicates: self.duplicates, end })
    }
}

fn shape(literal: &Literal, limits: &Limits) -> Result<Vec<u64>, Fault> {
    let Literal::Tuple(lengths) = literal else {
        return Err(malformed("`shape` is no tuple".into()));
    };
    let max = limits.tensor_dimensions_max;
    if lengths.len() as u64 > max {
        return Err(Fault::Budget { limit: "tensor_dimensions_max".into(), max });
    }
    let numbers = lengths.iter().map(|length| length.integer());
    numbers.collect::<Option<_>>().ok_or_else(|| malformed("`shape` holds something that is no length".into()))
}
