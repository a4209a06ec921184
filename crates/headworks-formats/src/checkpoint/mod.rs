//! TensorFlow's checkpoints of the second version: an index of tensors, and shards of their bytes.
//!
//! Source: `util/tensor_bundle/tensor_bundle.cc`, `lib/io/format.cc` and `tensor_bundle.proto` of TensorFlow 2.21.
//! The index is a table of LevelDB whose values are messages; it is read whole, with its checksums. A shard is
//! bytes without a header, which the loader picks by its name and cuts by the index beside it; the index states what
//! it cuts, and shapes are held against these sizes.
//!
//! Not covered: blocks that are compressed, which TensorFlow does not write.

mod entries;
mod table;

use std::ops::Range;

use headworks_types::{Fault, fact::ExternalKind, fact::GraphFact, fact::TensorFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use entries::Entries;
use table::Table;

/// The index of a checkpoint.
pub(crate) static FORMAT: Format =
    Format { id: "tensorflow-checkpoint", title: "TensorFlow checkpoint", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    probe.tail.ends_with(&table::MAGIC)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut entries = Entries::default();
    let outcome = Table::new(input).each_entry(&mut |key, value| entries.add(key, value, inspection.limits));
    inspection.identified(input, FORMAT.id, entries.summary());
    entries.state(input, inspection);
    state_shards(input, &entries, inspection);
    if let Err(fault) = outcome {
        inspection.fact(input.place.at(0..input.bytes.size()), fault);
    }
}

/// The shards lie beside the index and are named after it.
fn state_shards(input: &Input<'_>, entries: &Entries, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let Some(stem) = input.place.base_name().strip_suffix(".index") else { return };
    for (shard, extents) in entries.extents() {
        let (framework, holder) = ("tensorflow".to_owned(), "index".to_owned());
        let target = format!("{stem}.data-{shard:05}-of-{:05}", entries.shards);
        let (kind, place) = (ExternalKind::Sibling, whole.clone());
        inspection.fact(place, GraphFact::External { framework, kind, holder, target: target.clone() });
        for Range { start, end } in extents {
            let (framework, target) = ("tensorflow".to_owned(), target.clone());
            inspection.fact(whole.clone(), GraphFact::SiblingData { framework, target, start, end });
        }
    }
}

fn malformed(problem: impl Into<String>) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}

/// Fact about two tensors of the index.
fn overlap(tensor: &str, with: &str) -> TensorFact {
    TensorFact::Overlap { tensor: tensor.to_owned(), with: with.to_owned() }
}
