//! Parameters: arrays one after the other, then their names.

use headworks_types::Fault;

use super::FORMAT;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};
use crate::tensor_table::{Tensor, TensorTable};

/// `kMXAPINDArrayListMagic`, then eight bytes that are reserved.
const MAGIC: [u8; 16] = [0x12, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Arrays with a storage type, and those whose shapes are NumPy's.
const ARRAY_MAGICS: [u32; 2] = [0xf993_fac9, 0xf993_faca];

/// Bytes of a name; real ones have a few dozen.
const NAME_BYTES_MAX: u64 = 4096;

/// Name and bytes of a type of element, by its number.
static TYPES: [(&str, u64); 8] = [
    ("float32", 4),
    ("float64", 8),
    ("float16", 2),
    ("uint8", 1),
    ("int32", 4),
    ("int8", 1),
    ("int64", 8),
    ("bool", 1),
];

pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(&MAGIC)
}

pub(super) fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reader = Reader::new(input.bytes);
    let mut table = TensorTable::default();
    let outcome = read(&mut reader, &mut table, inspection);
    inspection.identified(input, FORMAT.id, format!("parameters, {}", table.summary()));
    let end = reader.position();
    match outcome {
        Ok(arrays) => {
            table.state(input, 0..arrays, inspection);
            if end < input.bytes.size() {
                let rest = input.place.at(end..input.bytes.size());
                inspection.fact(rest, Fault::Unexplained { format: FORMAT.id.into() });
            }
        }
        Err(fault) => inspection.fact(input.place.at(end..end), fault),
    }
}

/// Reads arrays and names; where the arrays end.
fn read(reader: &mut Reader<'_>, table: &mut TensorTable, inspection: &Inspection<'_>) -> Result<u64, Fault> {
    reader.skip(MAGIC.len() as u64).map_err(|fault| wanted(&fault))?;
    let count = reader.u64_le().map_err(|fault| wanted(&fault))?;
    for index in 0..count {
        if let Some(fault) = table.full(inspection.limits) {
            return Err(fault);
        }
        array(reader, index, table, inspection.limits.tensor_dimensions_max)?;
    }
    let end = reader.position();
    let names = reader.u64_le().map_err(|fault| wanted(&fault))?;
    if names != 0 && names != count {
        return Err(malformed(format!("{names} names for {count} arrays")));
    }
    for _ in 0..names {
        let length = reader.u64_le().map_err(|fault| wanted(&fault))?;
        if length > NAME_BYTES_MAX {
            return Err(malformed(format!("a name of {length} bytes")));
        }
        reader.skip(length).map_err(|fault| wanted(&fault))?;
    }
    Ok(end)
}

fn array(reader: &mut Reader<'_>, index: u64, table: &mut TensorTable, dimensions_max: u64) -> Result<(), Fault> {
    let start = reader.position();
    let magic = reader.u32_le().map_err(|fault| wanted(&fault))?;
    let storage = reader.u32_le().map_err(|fault| wanted(&fault))?;
    if !ARRAY_MAGICS.contains(&magic) || storage != 0 {
        return Err(unsupported(format!("an array of kind {magic:#x} in storage {storage}")));
    }
    let dimensions = u64::from(reader.u32_le().map_err(|fault| wanted(&fault))?);
    if dimensions == 0 || dimensions > dimensions_max {
        return Err(unsupported(format!("an array of {dimensions} dimensions")));
    }
    let mut elements = Some(1u64);
    for _ in 0..dimensions {
        let length = reader.u64_le().map_err(|fault| wanted(&fault))?;
        elements = elements.and_then(|product| product.checked_mul(length));
    }
    // The device that the array was on.
    reader.skip(8).map_err(|fault| wanted(&fault))?;
    let of = reader.u32_le().map_err(|fault| wanted(&fault))?;
    let known = usize::try_from(of).ok().and_then(|of| TYPES.get(of));
    let (name, bytes) = known.ok_or_else(|| unsupported(format!("element type {of}")))?;
    let entry = start..reader.position();
    let bytes = elements.and_then(|elements| elements.checked_mul(*bytes)).unwrap_or(u64::MAX);
    reader.skip(bytes).map_err(|fault| wanted(&fault))?;
    let tensor = Tensor { name: format!("array {index}"), bytes: entry.end..reader.position(), entry };
    table.add(tensor, elements.unwrap_or(u64::MAX), name);
    Ok(())
}

fn wanted(fault: &ReadFault) -> Fault {
    fault.in_format(FORMAT.id, "an array")
}

fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}

fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}
