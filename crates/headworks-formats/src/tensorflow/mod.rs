//! TensorFlow's graphs: saved models, meta graphs, frozen graphs, and the metadata of Keras beside them.
//!
//! Source: the `.proto` files, `saved_model/loader.cc` and `saved_model/load.py` of TensorFlow 2.21, and Keras 2's
//! `saving/legacy/saved_model`. All messages that can be reached are walked by their schema, functions and
//! collections included, and every distinct operator is stated. Calls of functions that the file defines are none.
//! Metadata that Keras rebuilds layers from is inspected as the JSON it is.
//!
//! Not covered: the payloads of `Any`, what paths the graph computes at run time, and strings in constants. Graphs in
//! the text form of protocol buffers are read by the format of that.

mod graph;
mod schema;

use std::ops::Range;

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::git_lfs;
use crate::inspection::Inspection;
use crate::message::{Schema, Step, Walk, What, begins_as};
use graph::Graph;
pub(crate) use graph::element;
pub(crate) use schema::{BUNDLE_ENTRY_PROTO, BUNDLE_HEADER_PROTO};

/// TensorFlow graphs and saved models.
pub(crate) static FORMAT: Format = Format { id: "tensorflow", title: "TensorFlow graph", claims, inspect };

/// What a file is, and how people call it.
struct Role {
    schema: &'static Schema,
    title: &'static str,
}

static SAVED_MODEL: Role = Role { schema: &schema::SAVED_MODEL, title: "SavedModel" };
static META_GRAPH: Role = Role { schema: &schema::META_GRAPH_DEF, title: "MetaGraphDef" };
static GRAPH: Role = Role { schema: &schema::GRAPH_DEF, title: "GraphDef" };
static KERAS_METADATA: Role = Role { schema: &schema::SAVED_METADATA, title: "Keras metadata of a SavedModel" };
static FINGERPRINT: Role = Role { schema: &schema::FINGERPRINT_DEF, title: "fingerprint of a SavedModel" };

/// Names that the loader of a saved model opens whatever their bytes are.
static NAMES: &[(&str, &Role)] =
    &[("saved_model.pb", &SAVED_MODEL), ("keras_metadata.pb", &KERAS_METADATA), ("fingerprint.pb", &FINGERPRINT)];

fn claims(probe: &Probe<'_>) -> bool {
    role(probe).is_some()
}

/// By name where the loader goes by it, and by the first messages elsewhere.
fn role(probe: &Probe<'_>) -> Option<&'static Role> {
    if let Some((_, role)) = NAMES.iter().find(|(name, _)| *name == probe.name()) {
        return (!(git_lfs::FORMAT.claims)(probe)).then_some(role);
    }
    let mut is_first = false;
    let is_saved_model = begins_as(probe, &schema::SAVED_MODEL, |step| {
        is_first |= step.holder == "SavedModel" && matches!(step.what, What::Number(1));
        is_first && (is_operator_list(step) || is_node(step))
    });
    if is_saved_model {
        return Some(&SAVED_MODEL);
    }
    if begins_as(probe, &schema::META_GRAPH_DEF, |step| is_operator_list(step) || is_node(step)) {
        return Some(&META_GRAPH);
    }
    begins_as(probe, &schema::GRAPH_DEF, is_node).then_some(&GRAPH)
}

fn is_operator_list(step: &Step) -> bool {
    step.holder == "OpDef" && matches!(step.what, What::Open("OpDef.ArgDef", _))
}

/// An attribute of a node has a message that a plain list of names and values lacks.
fn is_node(step: &Step) -> bool {
    step.holder == "NodeDef.AttrEntry" && matches!(step.what, What::Open(..))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let role = match crate::format::Ends::read(input) {
        Ok(ends) => role(&ends.probe(input)).unwrap_or(&GRAPH),
        Err(error) => return inspection.read_failed(input.place.at(0..input.bytes.size()), FORMAT.id, &error),
    };
    let walk = Walk::over(input.bytes, 0..input.bytes.size(), role.schema, FORMAT.id, inspection.limits);
    let mut graph = Graph::new(input, walk);
    let outcome = graph.read(inspection);
    inspection.identified(input, FORMAT.id, format!("{}{}", role.title, graph.summary()));
    graph.state(inspection);
    if let Err((at, fault)) = outcome {
        inspection.fact(input.place.at(at.min(input.bytes.size())..input.bytes.size()), fault);
    }
}

/// States the operators of one node that another format carries in `range`.
pub(crate) fn state_node(input: &Input<'_>, range: Range<u64>, inspection: &mut Inspection<'_>) {
    let walk = Walk::over(input.bytes, range.clone(), &schema::NODE_DEF, FORMAT.id, inspection.limits);
    let mut graph = Graph::new(input, walk);
    let outcome: Result<(), (u64, Fault)> = graph.read(inspection);
    graph.state(inspection);
    if let Err((_, fault)) = outcome {
        inspection.fact(input.place.at(range), fault);
    }
}

#[cfg(test)]
mod tests;
