//! MessagePack: checkpoints of Flax and JAX, and other files of one value.
//!
//! Source: the MessagePack specification, and flax/serialization.py of Flax 0.12, whose extension types
//! are 1 for an array (shape, type, bytes), 2 for a complex number and 3 for a scalar of numpy. The whole
//! value is walked, the bytes of arrays are skipped. Large arrays are cut into chunks by the writer;
//! each is counted as a tensor of its own. The format builds nothing but data, so it runs no code.
//!
//! Not covered: the numbers themselves, keys that occur twice but for those of arrays, and files of several values one after the other.

mod array;
mod walk;

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::Reader;
use crate::tensor_table::TensorTable;
use walk::Walk;

/// MessagePack: `.msgpack` of Flax.
pub(crate) static FORMAT: Format = Format { id: "msgpack", title: "MessagePack value", claims, inspect };

/// Levels that a probe follows.
const PROBE_DEPTH_MAX: u64 = 64;

/// There is no magic, so a map must have begun with a key in letters and hold an array of Flax or end
/// with the file. Flax takes any file it is told to, and these have the name.
fn claims(probe: &Probe<'_>) -> bool {
    let is_named = probe.name().ends_with(".msgpack");
    if !is_map(probe.head) {
        return is_named && !probe.head.starts_with(b"version https://git-lfs");
    }
    let head = probe.head.to_vec();
    let mut walk = Walk::new(Reader::new(&head), PROBE_DEPTH_MAX);
    let outcome = walk.value();
    let is_whole = probe.is_whole() && outcome.is_ok() && walk.reader.left() == 0;
    is_named || is_whole || walk.arrays_seen > 0
}

/// Whether the bytes begin with a map that is not empty and whose first key is a word.
fn is_map(head: &[u8]) -> bool {
    let rest = match head {
        [0x81..=0x8f, rest @ ..] | [0xde, _, _, rest @ ..] | [0xdf, _, _, _, _, rest @ ..] => rest,
        _ => return false,
    };
    let (length, text) = match rest {
        [head @ 0xa1..=0xbf, text @ ..] => (usize::from(head & 0x1f), text),
        [0xd9, length, text @ ..] => (usize::from(*length), text),
        _ => return false,
    };
    let word = text.get(..length).unwrap_or_default();
    !word.is_empty() && word.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut walk = Walk::new(Reader::new(input.bytes), inspection.limits.document_depth_max);
    walk.tensors_max = inspection.limits.tensors_max;
    let outcome = walk.value();
    let end = walk.reader.position();
    let Walk { table, mismatches, values, .. } = walk;
    inspection.identified(input, FORMAT.id, format!("{values} values, {}", table.summary()));
    for (at, fact) in mismatches {
        inspection.fact(input.place.at(at..at), fact);
    }
    let rest = input.place.at(end..input.bytes.size());
    match outcome {
        Ok(()) => {
            state_table(input, &table, end, inspection);
            if end < input.bytes.size() {
                inspection.fact(rest, Fault::Unexplained { format: FORMAT.id.into() });
            }
        }
        Err(fault) => inspection.fact(rest, fault),
    }
}

/// A value without arrays is no checkpoint and has no table.
fn state_table(input: &Input<'_>, table: &TensorTable, end: u64, inspection: &mut Inspection<'_>) {
    if !table.is_empty() {
        table.state(input, 0..end, inspection);
    }
}
