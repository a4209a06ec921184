//! The file of weights beside an ML program (`weights/weight.bin` of an `.mlpackage`).
//!
//! Source: the blob storage of MIL in coremltools (`StorageFormat.hpp`, `StorageWriter.cpp`), version 2. A
//! header of 64 bytes states how many blobs there are; each has metadata of 64 bytes and then its data, both
//! at multiples of 64. Every byte belongs to one of them or is a zero that aligns.
//!
//! Not covered: the values in the blobs.

use headworks_types::{Fault, fact::TensorFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};
use crate::tensor_table::{DataSection, Tensor, TensorTable};

/// Weights of Core ML.
pub(crate) static FORMAT: Format = Format { id: "coreml-weights", title: "Core ML weights", claims, inspect };

/// Bytes of the header and of each blob's metadata, and what both and the data are aligned to.
const BLOCK: u64 = 64;

/// What metadata begins with.
const SENTINEL: u32 = 0xdead_beef;

/// Bits of an element, by the number of its type.
fn element(kind: u32) -> Option<(&'static str, u64)> {
    Some(match kind {
        1 => ("float16", 16),
        2 => ("float32", 32),
        3 => ("uint8", 8),
        4 => ("int8", 8),
        5 => ("bfloat16", 16),
        6 => ("int16", 16),
        7 => ("uint16", 16),
        8 => ("int4", 4),
        9 => ("uint1", 1),
        10 => ("uint2", 2),
        11 => ("uint4", 4),
        12 => ("uint3", 3),
        13 => ("uint6", 6),
        14 => ("int32", 32),
        15 => ("uint32", 32),
        16 => ("float8e4m3fn", 8),
        17 => ("float8e5m2", 8),
        _ => return None,
    })
}

fn claims(probe: &Probe<'_>) -> bool {
    let word = |at: usize| probe.head.get(at..).and_then(<[u8]>::first_chunk).map(|&bytes| u32::from_le_bytes(bytes));
    let is_header = word(4) == Some(2) && probe.head.get(8..64).is_some_and(|rest| rest.iter().all(|&byte| byte == 0));
    is_header && (word(0) == Some(0) || word(64) == Some(SENTINEL))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut table = TensorTable::default();
    let outcome = read(input, inspection, &mut table);
    inspection.identified(input, FORMAT.id, format!("Core ML weights, {}", table.summary()));
    match outcome {
        Ok(()) => {
            let size = input.bytes.size();
            table.state(input, 0..BLOCK, inspection);
            let section = DataSection { format: FORMAT.id, bytes: BLOCK..size, alignment: BLOCK };
            table.state_layout(input, &section, inspection);
        }
        Err((at, fault)) => inspection.fact(input.place.at(at..at), fault),
    }
}

/// Reads the metadata of every blob; a blob claims its metadata with its data.
fn read(input: &Input<'_>, inspection: &mut Inspection<'_>, table: &mut TensorTable) -> Result<(), (u64, Fault)> {
    let mut reader = Reader::new(input.bytes);
    let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "the metadata of a blob");
    let count = reader.u32_le().map_err(|fault| (0, wanted(fault)))?;
    let mut at = BLOCK;
    for index in 0..count {
        reader.seek(at);
        let fail = |fault: ReadFault| (at, wanted(fault));
        let words: [u8; 32] = reader.array().map_err(fail)?;
        let [sentinel, kind, size, start, padding] = fields(&words);
        let end = start.checked_add(size).filter(|_| sentinel == u64::from(SENTINEL));
        let known = u32::try_from(kind).ok().and_then(element);
        let (Some(end), Some((dtype, bits))) = (end, known) else {
            return Err((at, malformed(format!("blob {index} has no metadata that is known"))));
        };
        let rest: [u8; 32] = reader.array().map_err(fail)?;
        if start != at.saturating_add(BLOCK) || padding >= 8 || rest.iter().any(|&byte| byte != 0) {
            return Err((at, malformed(format!("the data of blob {index} does not follow its metadata"))));
        }
        if let Some(fault) = table.full(inspection.limits) {
            return Err((at, fault));
        }
        let tensor = Tensor { name: format!("blob {index}"), bytes: at..end, entry: at..start };
        let elements = size.saturating_mul(8).saturating_sub(padding).checked_div(bits).unwrap_or_default();
        table.add(tensor, elements, dtype);
        if end > input.bytes.size() {
            let place = input.place.at(at..start);
            inspection.fact(place, TensorFact::OutOfBounds { tensor: format!("blob {index}") });
            let wanted = "the data of a blob".to_owned();
            return Err((at, Fault::Truncated { format: FORMAT.id.into(), wanted }));
        }
        at = end.checked_next_multiple_of(BLOCK).unwrap_or(end);
    }
    Ok(())
}

/// Sentinel and type of four bytes each; size, offset and bits of padding of eight.
fn fields(words: &[u8; 32]) -> [u64; 5] {
    let short = |at: usize| words.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |&bytes| u32::from_le_bytes(bytes));
    let long = |at: usize| words.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |&bytes| u64::from_le_bytes(bytes));
    [short(0).into(), short(4).into(), long(8), long(16), long(24)]
}

fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}
