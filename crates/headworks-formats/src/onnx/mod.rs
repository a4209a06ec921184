//! ONNX models: graphs, functions, their tensors and the files that hold tensors outside.
//!
//! Sources: `onnx.proto` and the specification of ONNX 1.23 (docs/IR.md, docs/ExternalData.md), and what
//! onnx and onnxruntime do when they load a file: functions of the file stand before operators, external data
//! is looked for beside the model, any key of an external-data entry was once set as an attribute.
//!
//! Read are all messages, graphs nested in attributes and training graphs included: every operator, the sizes
//! of all tensors, where external ones lie, metadata and doc strings. A field of no known number, one that
//! comes twice, a value that is used before it is computed are faults. Then the graph is followed from its
//! inputs to its outputs, see [`flow`].
//!
//! Not covered: the values of tensors, shapes as type annotations state them, and files in ONNX Runtime's
//! own format (`.ort`).

mod body;
mod external;
mod flatten;
mod flow;
mod operators;
mod reading;
mod schema;
mod tensor;

#[cfg(test)]
mod tests;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::protobuf::{Problem, Value, Wire};
pub(crate) use external::kind as path_kind;
use reading::Reading;

/// Open Neural Network Exchange.
pub(crate) static FORMAT: Format = Format { id: "onnx", title: "ONNX model", claims, inspect };

/// Fields of a whole file that are looked through for its graph.
const TOP_FIELDS_MAX: usize = 100_000;

/// A file has no magic. It states its version or operator sets as only a model does, and holds a graph.
fn claims(probe: &Probe<'_>) -> bool {
    let known = |tag: &u8| schema::MODEL.fields.iter().any(|(number, _)| u32::from(tag >> 3) == *number);
    if !probe.head.first().is_some_and(|tag| known(tag) || tag & 0x80 != 0) {
        return false;
    }
    let mut wire = Wire::new(probe.input.bytes);
    let mut message = wire.whole();
    let (mut is_model, mut has_graph) = (false, false);
    for _ in 0..TOP_FIELDS_MAX {
        match wire.next(&mut message) {
            Ok(Some(field)) => match (field.number, field.value) {
                (1, Value::Varint(version)) => is_model = is_model || version < 1 << 16,
                (8, Value::Bytes(range)) => is_model = is_model || is_operator_set(&mut wire, range),
                (7, Value::Bytes(range)) if begins_as_graph(&mut wire, range.clone()) => has_graph = true,
                (1 | 5 | 7 | 8, _) | (2 | 3 | 4 | 6 | 14 | 20 | 25 | 26, Value::Varint(_)) => return false,
                _ => {}
            },
            // An incomplete download ends in its graph.
            Err(fault) if is_model && !has_graph && fault.problem == Problem::Truncated => {
                return is_graph_at(probe, fault.at);
            }
            Ok(None) | Err(_) => break,
        }
    }
    is_model && has_graph
}

/// Whether the field that is cut off is the graph.
fn is_graph_at(probe: &Probe<'_>, at: u64) -> bool {
    usize::try_from(at).ok().and_then(|at| probe.head.get(at)).is_some_and(|&tag| tag == 7 << 3 | 2)
}

fn is_operator_set(wire: &mut Wire<'_>, mut range: std::ops::Range<u64>) -> bool {
    while let Ok(Some(field)) = wire.next(&mut range) {
        if matches!((field.number, field.value), (2, Value::Varint(_))) {
            return true;
        }
    }
    false
}

/// A graph has nodes, a name, inputs, outputs and tensors, and all of them are messages or strings.
fn begins_as_graph(wire: &mut Wire<'_>, mut range: std::ops::Range<u64>) -> bool {
    let first = wire.next(&mut range);
    match first {
        Ok(Some(field)) => {
            matches!((field.number, field.value), (1 | 2 | 5 | 10..=16, Value::Bytes(_)))
        }
        // Cut off, or broken within its first field: for the parser to say.
        Ok(None) | Err(_) => true,
    }
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reading = Reading::new(input, inspection);
    let outcome = reading.read();
    reading.state(outcome);
}
