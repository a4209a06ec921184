//! Parameters as `save_combine` writes them: tensors one after the other, to the end of the file.

use headworks_types::{Fault, SubRange};

use super::{FORMAT, schema};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::message::{Walk, What};
use crate::reader::{ReadFault, Reader};
use crate::tensor_table::{Tensor, TensorTable};

/// Bytes of a tensor's description: a type and a few dimensions.
const DESCRIPTION_BYTES_MAX: u32 = 1024;

/// Name and bytes of a type of element, by its number in `framework.proto`.
static TYPES: &[(u64, &str, u64)] = &[
    (0, "bool", 1),
    (1, "int16", 2),
    (2, "int32", 4),
    (3, "int64", 8),
    (4, "float16", 2),
    (5, "float32", 4),
    (6, "float64", 8),
    (19, "size_t", 8),
    (20, "uint8", 1),
    (21, "int8", 1),
    (22, "bfloat16", 2),
    (23, "complex64", 8),
    (24, "complex128", 16),
    (32, "float8_e4m3fn", 1),
    (33, "float8_e5m2", 1),
];

/// Versions that are zero, no levels of detail, and a short description that begins with a type.
pub(super) fn begins(head: &[u8]) -> bool {
    let number = |at: usize| head.get(at..)?.first_chunk().map(|&bytes| u32::from_le_bytes(bytes));
    let zeros = head.get(..16).is_some_and(|zeros| zeros.iter().all(|&byte| byte == 0));
    zeros && number(16).is_some_and(|bytes| (2..DESCRIPTION_BYTES_MAX).contains(&bytes)) && head.get(20) == Some(&8)
}

pub(super) fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reader = Reader::new(input.bytes);
    let mut table = TensorTable::default();
    let mut outcome = Ok(());
    let mut index = 0u64;
    while reader.left() > 0 && outcome.is_ok() {
        outcome = match table.full(inspection.limits) {
            Some(fault) => Err(fault),
            None => tensor(input, &mut reader, index, &mut table, inspection),
        };
        index = index.saturating_add(1);
    }
    inspection.identified(input, FORMAT.id, format!("parameters, {}", table.summary()));
    let end = reader.position();
    table.state(input, 0..end, inspection);
    if let Err(fault) = outcome {
        inspection.fact(input.place.at(end..input.bytes.size()), fault);
    }
}

fn tensor(
    input: &Input<'_>,
    reader: &mut Reader<'_>,
    index: u64,
    table: &mut TensorTable,
    inspection: &Inspection<'_>,
) -> Result<(), Fault> {
    let start = reader.position();
    version(reader)?;
    let levels = reader.u64_le().map_err(|fault| wanted(&fault))?;
    if levels != 0 {
        return Err(unsupported(format!("a parameter with {levels} levels of detail")));
    }
    version(reader)?;
    let length = reader.u32_le().map_err(|fault| wanted(&fault))?;
    if length > DESCRIPTION_BYTES_MAX {
        let problem = format!("a description of {length} bytes");
        return Err(Fault::Malformed { format: FORMAT.id.into(), problem });
    }
    let at = reader.position();
    let description = SubRange::new(input.bytes, at..at.saturating_add(length.into()));
    reader.skip(length.into()).map_err(|fault| wanted(&fault))?;
    let mut walk = Walk::over(&description, 0..length.into(), &schema::TENSOR_DESC, FORMAT.id, inspection.limits);
    let (mut dtype, mut elements) = (0, Some(1u64));
    while let Some(step) = walk.next()? {
        match (step.number, step.what) {
            (1, What::Number(of)) => dtype = of,
            (2, What::Number(length)) => elements = elements.and_then(|product| product.checked_mul(length)),
            (2, What::Bytes(range)) => {
                let each = |length| elements = elements.and_then(|product: u64| product.checked_mul(length));
                let packed = crate::protobuf::Value::Bytes(range);
                walk.wire.each_varint(&packed, each).map_err(|fault| fault.in_format(FORMAT.id, "dimensions"))?;
            }
            (_, What::Unknown(_)) => return Err(unsupported("a field of a parameter's description".to_owned())),
            _ => {}
        }
    }
    let of = TYPES.iter().find(|(number, ..)| *number == dtype);
    let (_, name, bytes) = of.ok_or_else(|| unsupported(format!("element type {dtype}")))?;
    let entry = start..reader.position();
    let bytes = elements.and_then(|elements| elements.checked_mul(*bytes)).unwrap_or(u64::MAX);
    reader.skip(bytes).map_err(|fault| wanted(&fault))?;
    let tensor = Tensor { name: format!("parameter {index}"), bytes: entry.end..reader.position(), entry };
    table.add(tensor, elements.unwrap_or(u64::MAX), name);
    Ok(())
}

fn version(reader: &mut Reader<'_>) -> Result<(), Fault> {
    match reader.u32_le().map_err(|fault| wanted(&fault))? {
        0 => Ok(()),
        version => Err(unsupported(format!("version {version} of a parameter"))),
    }
}

fn wanted(fault: &ReadFault) -> Fault {
    fault.in_format(FORMAT.id, "a parameter")
}

fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}
