//! Networks of version 1: sections between markers, and in them nodes, relations and roots.

use std::collections::HashSet;

use headworks_types::Fault;
use headworks_types::fact::TensorFact;

use super::FORMAT;
use super::nodes::{self, Matrices};
use super::stream::{Problem, Stream};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::operators::Operators;

/// The newest model version whose nodes are known.
const VERSION_MAX: u64 = 27;

/// Model version from which on each node states its precision.
const PRECISION_SINCE: u64 = 7;

/// What nodes compute in; empty for the loader's choice.
const PRECISIONS: [&str; 4] = ["float", "double", "half", ""];

/// Lists of roots in the order of the file, each by what its markers have in common.
const ROOTS: [&str; 8] = [
    "FeatureNodes",
    "LabelNodes",
    "CriterionNodes",
    "CriteriaNodes",
    "NodesReqMultiSeqHandling",
    "EvalNodes",
    "OutputNodes",
    "PairNodes",
];

/// Reads a network and states its operations.
pub(super) fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    let mut network = Network {
        stream: Stream::new(input.bytes),
        version: 0,
        section: "the version",
        nodes_max: inspection.limits.tensors_max,
        names: HashSet::new(),
        operators: Operators::default(),
        matrices: Matrices::default(),
    };
    let outcome = network.read();
    let Network { stream, version, section, names, operators, matrices, .. } = network;
    inspection.identified(input, FORMAT.id, format!("model of version 1.{version}, {} nodes", names.len()));
    operators.state(FORMAT.id, input, inspection);
    let end = stream.reader.position().min(size);
    match outcome {
        Ok(()) => {
            let Matrices { count: tensors, elements: parameters, bytes } = matrices;
            let summary = TensorFact::Table { tensors, parameters, bytes, dtypes: Vec::new() };
            inspection.fact(input.place.at(0..size), summary);
            if end < size {
                inspection.fact(input.place.at(end..size), Fault::Unexplained { format: FORMAT.id.into() });
            }
        }
        Err(problem) => inspection.fact(input.place.at(end..size), problem.in_section(section)),
    }
}

struct Network<'a> {
    stream: Stream<'a>,
    version: u64,
    /// What is being read.
    section: &'static str,
    nodes_max: u64,
    names: HashSet<String>,
    operators: Operators,
    matrices: Matrices,
}

impl Network<'_> {
    fn read(&mut self) -> Result<(), Problem> {
        self.stream.expect("BCN")?;
        self.stream.expect("BVersion")?;
        self.version = self.stream.u64()?;
        if self.version > VERSION_MAX {
            return Err(Problem::unsupported(format!("model version {}", self.version)));
        }
        self.stream.expect("EVersion")?;
        let count = self.stream.u64()?;
        self.section = "the list of nodes";
        self.stream.expect("BNodeList")?;
        (0..count).try_for_each(|_| self.node())?;
        self.stream.expect("ENodeList")?;
        self.section = "the relations";
        self.stream.expect("BRelation")?;
        (0..count).try_for_each(|_| self.relation())?;
        self.stream.expect("ERelation")?;
        self.section = "the roots";
        self.stream.expect("BRootNodes")?;
        ROOTS.iter().try_for_each(|list| self.roots(list))?;
        self.stream.expect("ERootNodes")?;
        self.stream.expect("ECN")
    }

    fn node(&mut self) -> Result<(), Problem> {
        let precision = if self.version >= PRECISION_SINCE { self.stream.text()? } else { String::new() };
        if !PRECISIONS.contains(&precision.as_str()) {
            return Err(Problem::malformed(format!("a precision `{}`", shortened(&precision))));
        }
        let at = self.stream.reader.position();
        let kind = self.stream.text()?;
        self.operators.add("", kind.clone(), at..self.stream.reader.position());
        let name = self.stream.text()?;
        if self.names.len() as u64 >= self.nodes_max {
            return Err(Problem::Fault(Fault::Budget { limit: "tensors_max".into(), max: self.nodes_max }));
        }
        if let Some(name) = self.names.replace(name) {
            return Err(Problem::malformed(format!("two nodes are called `{}`", shortened(&name))));
        }
        nodes::read(&mut self.stream, &kind, self.version, &mut self.matrices)
    }

    /// A node with the nodes that it takes its inputs from.
    fn relation(&mut self) -> Result<(), Problem> {
        let name = self.stream.text()?;
        let inputs = self.stream.names()?;
        self.refuse_unknown(inputs.iter().chain([&name]))
    }

    /// A list of roots, if it is there.
    fn roots(&mut self, list: &str) -> Result<(), Problem> {
        if !self.stream.passes(&format!("B{list}")) {
            return Ok(());
        }
        let names = self.stream.names()?;
        self.stream.expect(&format!("E{list}"))?;
        self.refuse_unknown(names.iter())
    }

    /// A loader looks every name up among the nodes.
    fn refuse_unknown<'n>(&self, mut names: impl Iterator<Item = &'n String>) -> Result<(), Problem> {
        match names.find(|name| !self.names.contains(*name)) {
            Some(name) => Err(Problem::malformed(format!("no node is called `{}`", shortened(name)))),
            None => Ok(()),
        }
    }
}
