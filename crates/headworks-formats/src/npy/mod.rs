//! npy: one NumPy array (numpy/lib/format.py, versions 1.0 to 3.0).
//!
//! The header is a Python literal, and the bytes after it are the array or, for an array of objects,
//! a pickle (CVE-2019-6446): `numpy.load(allow_pickle=True)` runs it.
//!
//! Not covered: the values of the array.

mod dtype;
mod header;
mod literal;

use headworks_types::{Fault, fact::TensorFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::pickle::{self, Loader};
use crate::reader::Reader;
use header::Header;

/// A NumPy array.
pub(crate) static FORMAT: Format = Format { id: "npy", title: "NumPy array", claims, inspect };

const MAGIC: &[u8] = b"\x93NUMPY";

/// What the one array is called in facts about tensors.
const TENSOR: &str = "array";

fn claims(probe: &Probe<'_>) -> bool {
    probe.head.starts_with(MAGIC)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reader = Reader::new(input.bytes);
    match Header::read(&mut reader, inspection.limits) {
        Ok(header) => {
            inspection.identified(input, FORMAT.id, header.summary());
            state_duplicates(input, &header, inspection);
            if header.dtype.has_objects {
                inspect_objects(input, &header, inspection);
            } else {
                inspect_array(input, &header, inspection);
            }
        }
        Err(fault) => {
            inspection.identified(input, FORMAT.id, "NumPy array whose header is not understood");
            inspection.fact(input.place.at(0..reader.position()), fault);
        }
    }
}

fn state_duplicates(input: &Input<'_>, header: &Header, inspection: &mut Inspection<'_>) {
    for key in &header.duplicates {
        inspection.fact(input.place.at(0..header.end), TensorFact::DuplicateKey { key: key.clone() });
        inspection.fact(input.place.at(0..header.end), malformed(format!("key `{key}` occurs twice")));
    }
}

/// The bytes after the header are the elements, and nothing else.
fn inspect_array(input: &Input<'_>, header: &Header, inspection: &mut Inspection<'_>) {
    let left = input.bytes.size().saturating_sub(header.end);
    let rest = input.place.at(header.end..input.bytes.size());
    let elements = header.elements();
    let Some(expected) = elements.and_then(|elements| elements.checked_mul(header.dtype.bytes)) else {
        inspection.fact(rest.clone(), TensorFact::SizeMismatch { tensor: TENSOR.into(), expected: None, stated: left });
        return inspection.fact(rest, malformed("the size of the array is beyond 64 bits".into()));
    };
    state_table(input, header, expected, inspection);
    if expected > left {
        let fault = Fault::Truncated { format: FORMAT.id.into(), wanted: format!("{expected} bytes of elements") };
        inspection.fact(rest, fault);
    } else if expected < left {
        let end = header.end.saturating_add(expected);
        let unexplained = input.place.at(end..input.bytes.size());
        inspection.fact(unexplained, Fault::Unexplained { format: FORMAT.id.into() });
    }
}

/// The bytes after the header are one pickle, and nothing else.
fn inspect_objects(input: &Input<'_>, header: &Header, inspection: &mut Inspection<'_>) {
    let stream = pickle::read_stream(input, header.end, Loader::Plain, inspection);
    let size = input.bytes.size();
    state_table(input, header, stream.end.saturating_sub(header.end), inspection);
    if stream.complete && stream.end < size {
        inspection.fact(input.place.at(stream.end..size), Fault::Unexplained { format: FORMAT.id.into() });
    }
}

fn state_table(input: &Input<'_>, header: &Header, bytes: u64, inspection: &mut Inspection<'_>) {
    let table = TensorFact::Table {
        tensors: 1,
        parameters: header.elements().unwrap_or(u64::MAX),
        bytes,
        dtypes: header.dtype.scalars.iter().cloned().collect(),
    };
    inspection.fact(input.place.at(0..header.end), table);
}

fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}

#[cfg(test)]
mod tests;
