//! The operators of a symbol.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use headworks_types::{Fault, fact::GraphFact};
use memchr::memmem;

use super::FORMAT;
use crate::document::{self, Collection, Scalar, Sink};
use crate::format::{Input, Probe};
use crate::inspection::Inspection;
use crate::json;
use crate::metadata::shortened;

/// What stands in the place of an operator for an input or a parameter.
const VARIABLE: &str = "null";

/// Lists of nodes and of their arguments are in every symbol, and together in nothing else.
pub(super) fn begins(probe: &Probe<'_>) -> bool {
    let holds = |word: &str| [probe.head, probe.tail].iter().any(|end| memmem::find(end, word.as_bytes()).is_some());
    probe.head.trim_ascii_start().starts_with(b"{")
        && holds("\"nodes\"")
        && holds("\"arg_nodes\"")
        && holds("\"heads\"")
}

pub(super) fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut nodes = Nodes { depth_max: inspection.limits.document_depth_max, ..Nodes::default() };
    let is_whole = json::each_value(&text, &mut nodes);
    let count = nodes.operators.values().fold(0u64, |sum, times| sum.saturating_add(*times));
    inspection.identified(input, FORMAT.id, format!("symbol of {count} operators"));
    for (name, times) in nodes.operators {
        let fact = GraphFact::Operator { framework: FORMAT.id.into(), domain: String::new(), name };
        inspection.fact_times(whole.clone(), fact, times);
    }
    if !is_whole {
        let problem = "a symbol that is no JSON".to_owned();
        inspection.fact(whole, Fault::Malformed { format: FORMAT.id.into(), problem });
    }
}

/// Hears the document and keeps `nodes[].op`.
#[derive(Default)]
struct Nodes {
    operators: BTreeMap<String, u64>,
    /// Key of the outermost object, then that of the innermost one.
    outer: String,
    inner: String,
    depth: u64,
    depth_max: u64,
}

impl<'t> Sink<'t> for Nodes {
    fn open(&mut self, _: Collection, _: usize) -> bool {
        self.depth = self.depth.saturating_add(1);
        self.depth <= self.depth_max
    }

    fn key(&mut self, key: Cow<'t, str>, _: &[u8], _: Range<usize>) {
        match self.depth {
            1 => self.outer = key.into_owned(),
            3 => self.inner = key.into_owned(),
            _ => {}
        }
    }

    fn scalar(&mut self, scalar: Scalar<'t>, _: Range<usize>) {
        let operator = scalar.text().filter(|name| *name != VARIABLE);
        if let Some(name) = operator.filter(|_| self.depth == 3 && self.outer == "nodes" && self.inner == "op") {
            let times = self.operators.entry(shortened(name)).or_default();
            *times = times.saturating_add(1);
        }
    }

    fn close(&mut self, _: usize) {
        self.depth = self.depth.saturating_sub(1);
    }
}
