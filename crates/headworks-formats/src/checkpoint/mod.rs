//! TensorFlow's checkpoints of the second version: an index of tensors, and shards of their bytes.
//!
//! Source: `util/tensor_bundle/tensor_bundle.cc`, `lib/io/format.cc` and `tensor_bundle.proto` of TensorFlow 2.21.
//! The index is a table of LevelDB whose values are messages; it is read whole, with its checksums. A shard is
//! bytes without a header, which the loader picks by its name and cuts by the index beside it; whether both agree
//! is not seen from one file, so shapes are held against the sizes that the index itself states.
//!
//! Not covered: blocks that are compressed, which TensorFlow does not write.

mod entries;
mod table;

use std::collections::BTreeSet;

use headworks_types::{Fault, fact::ExternalKind, fact::GraphFact, fact::TensorFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use entries::Entries;
use table::Table;

/// An index or a shard of a checkpoint.
pub(crate) static FORMAT: Format =
    Format { id: "tensorflow-checkpoint", title: "TensorFlow checkpoint", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    probe.tail.ends_with(&table::MAGIC) || is_shard(probe.name())
}

/// Names that end in `.data-00000-of-00001`; the loader opens no other.
fn is_shard(name: &str) -> bool {
    let numbers = name.rsplit_once(".data-").and_then(|(_, numbers)| numbers.split_once("-of-"));
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(shard, count)| is_number(shard) && is_number(count))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let name = input.place.base_name();
    if is_shard(name) {
        return inspection.identified(input, FORMAT.id, "shard of tensors, cut by the index beside it");
    }
    let mut entries = Entries::default();
    let outcome = Table::new(input).each_entry(&mut |key, value| entries.add(key, value, inspection.limits));
    inspection.identified(input, FORMAT.id, entries.summary());
    entries.state(input, inspection);
    state_shards(input, entries.shards(), inspection);
    if let Err(fault) = outcome {
        inspection.fact(input.place.at(0..input.bytes.size()), fault);
    }
}

/// The shards lie beside the index and are named after it.
fn state_shards(input: &Input<'_>, (used, count): (&BTreeSet<u64>, u64), inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let Some(stem) = input.place.base_name().strip_suffix(".index") else { return };
    for shard in used {
        let target = format!("{stem}.data-{shard:05}-of-{count:05}");
        let (framework, holder) = ("tensorflow".to_owned(), "index".to_owned());
        let fact = GraphFact::External { framework, kind: ExternalKind::Sibling, holder, target };
        inspection.fact(whole.clone(), fact);
    }
}

fn malformed(problem: impl Into<String>) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}

/// Fact about two tensors of the index.
fn overlap(tensor: &str, with: &str) -> TensorFact {
    TensorFact::Overlap { tensor: tensor.to_owned(), with: with.to_owned() }
}
