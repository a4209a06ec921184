//! What a graph asks its runtime to do, gathered in one pass over its messages.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use headworks_types::{Fault, SubRange, fact::ExternalKind, fact::GraphFact, fact::TensorFact};

use super::FORMAT;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::member_path::escapes_root;
use crate::message::{Step, Walk, What};
use crate::metadata::{shortened, state_metadata};

/// Bytes of a name or an attribute that are read.
const TEXT_BYTES_MAX: u64 = 4096;

/// Name and bytes of a type of element, by its number in `types.proto`.
static TYPES: &[(u64, &str, u64)] = &[
    (1, "float32", 4),
    (2, "float64", 8),
    (3, "int32", 4),
    (4, "uint8", 1),
    (5, "int16", 2),
    (6, "int8", 1),
    (8, "complex64", 8),
    (9, "int64", 8),
    (10, "bool", 1),
    (11, "qint8", 1),
    (12, "quint8", 1),
    (13, "qint32", 4),
    (14, "bfloat16", 2),
    (15, "qint16", 2),
    (16, "quint16", 2),
    (17, "uint16", 2),
    (18, "complex128", 16),
    (19, "float16", 2),
    (22, "uint32", 4),
    (23, "uint64", 8),
    (24, "float8_e5m2", 1),
    (25, "float8_e4m3fn", 1),
];

/// Name and bytes of an element, where all have the same number of them.
pub(crate) fn element(dtype: u64) -> Option<(&'static str, u64)> {
    TYPES.iter().find(|(number, ..)| *number == dtype).map(|(_, name, bytes)| (*name, *bytes))
}

pub(super) struct Graph<'i, 'a> {
    input: &'i Input<'a>,
    walk: Walk<'a>,
    /// How often each operator is asked for, and where first.
    operators: BTreeMap<String, (u64, Range<u64>)>,
    functions: BTreeSet<String>,
    node: Node,
    is_signature: bool,
    attribute: String,
    /// Constants that are open: one may hold others.
    open: Vec<Constant>,
    is_shape: bool,
    constants: Constants,
    nodes: u64,
    documents: u64,
}

#[derive(Default)]
struct Node {
    name: String,
    operator: String,
    bytes: Range<u64>,
}

/// A tensor that lies in the graph.
struct Constant {
    dtype: u64,
    elements: Option<u64>,
    content: Option<Range<u64>>,
}

#[derive(Default)]
struct Constants {
    count: u64,
    elements: u64,
    bytes: u64,
    dtypes: BTreeSet<&'static str>,
}

impl<'i, 'a> Graph<'i, 'a> {
    pub(super) fn new(input: &'i Input<'a>, walk: Walk<'a>) -> Self {
        Self {
            input,
            walk,
            operators: BTreeMap::new(),
            functions: BTreeSet::new(),
            node: Node::default(),
            is_signature: false,
            attribute: String::new(),
            open: Vec::new(),
            is_shape: false,
            constants: Constants::default(),
            nodes: 0,
            documents: 0,
        }
    }

    /// Reads to the end; or the fault, and where.
    pub(super) fn read(&mut self, inspection: &mut Inspection<'_>) -> Result<(), (u64, Fault)> {
        loop {
            let at = self.walk.position();
            match self.walk.next() {
                Ok(None) => return Ok(()),
                Ok(Some(step)) => self.step(step, inspection).map_err(|fault| (at, fault))?,
                Err(fault) => {
                    // A node that is cut off in its attributes has named its operator already.
                    self.close_node(inspection).map_err(|fault| (at, fault))?;
                    return Err((at, fault));
                }
            }
        }
    }

    fn step(&mut self, step: Step, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        match (step.holder, step.number, step.what) {
            (_, _, What::Unknown(range)) => {
                let fault = Fault::Unexplained { format: FORMAT.id.into() };
                inspection.fact(self.input.place.at(range), fault);
            }
            (holder, _, What::Open(name, range)) => self.open(holder, name, range),
            ("NodeDef", _, What::Close) => self.close_node(inspection)?,
            ("TensorProto", _, What::Close) => self.close_constant(inspection),
            ("TensorShapeProto", _, What::Close) => self.is_shape = false,
            ("NodeDef", 1, What::Bytes(range)) => self.node.name = self.name(&range)?,
            ("NodeDef", 2, What::Bytes(range)) => {
                // The last one counts to a parser and every one to whoever reads the file.
                self.close_node(inspection)?;
                self.node.operator = self.name(&range)?;
                self.node.bytes = range;
            }
            ("NodeDef.AttrEntry", 1, What::Bytes(range)) => self.attribute = self.name(&range)?,
            ("AttrValue" | "AttrValue.ListValue", 2, What::Bytes(range)) => self.attribute_text(&range, inspection)?,
            ("OpDef", 1, What::Bytes(range)) if self.is_signature => {
                let name = self.name(&range)?;
                self.functions.insert(name);
                self.is_signature = false;
            }
            ("AssetFileDef", 2, What::Bytes(range)) => self.asset(&range, inspection)?,
            ("SavedUserObject", 3, What::Bytes(range)) => self.document(range, inspection)?,
            ("SavedMetadata.SavedObject", 5, What::Bytes(range)) => self.document(range, inspection)?,
            ("TensorProto", number, what) => self.constant_field(number, &what),
            ("TensorShapeProto.Dim", 1, What::Number(length)) if self.is_shape => self.dimension(length),
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, holder: &str, name: &str, bytes: Range<u64>) {
        match (holder, name) {
            (_, "NodeDef") => self.node = Node { bytes, ..Node::default() },
            ("FunctionDef", "OpDef") => self.is_signature = true,
            (_, "TensorProto") => self.open.push(Constant { dtype: 0, elements: Some(1), content: None }),
            ("TensorProto", "TensorShapeProto") => self.is_shape = true,
            _ => {}
        }
    }

    fn close_node(&mut self, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        let operator = std::mem::take(&mut self.node.operator);
        if operator.is_empty() {
            return Ok(());
        }
        self.nodes = self.nodes.saturating_add(1);
        let max = inspection.limits.facts_max;
        if self.operators.len() as u64 >= max && !self.operators.contains_key(&operator) {
            return Err(Fault::Budget { limit: "facts_max".into(), max });
        }
        let (times, _) = self.operators.entry(operator).or_insert((0, self.node.bytes.clone()));
        *times = times.saturating_add(1);
        Ok(())
    }

    /// Streams of `PrintV2` and addresses of debuggers are attributes that name a place to write to.
    fn attribute_text(&mut self, range: &Range<u64>, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        let text = self.walk.text(range, TEXT_BYTES_MAX)?;
        // A pattern that matches URLs is in every saver, and begins otherwise.
        let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
        if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(());
        }
        let holder = shortened(&format!("{}.{}", self.node.name, self.attribute));
        self.external(range, ExternalKind::Url, holder, &text, inspection);
        Ok(())
    }

    fn asset(&mut self, range: &Range<u64>, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        let name = self.walk.text(range, TEXT_BYTES_MAX)?;
        let kind = if escapes_root(&name) { ExternalKind::EscapingPath } else { ExternalKind::Sibling };
        self.external(range, kind, "asset_file_def".to_owned(), &name, inspection);
        Ok(())
    }

    fn external(
        &self,
        range: &Range<u64>,
        kind: ExternalKind,
        holder: String,
        target: &str,
        inspection: &mut Inspection<'_>,
    ) {
        let (framework, target) = (FORMAT.id.to_owned(), shortened(target));
        let fact = GraphFact::External { framework, kind, holder, target };
        inspection.fact(self.input.place.at(range.clone()), fact);
    }

    /// Metadata of an object: for Keras a JSON document from which it builds a layer.
    fn document(&mut self, range: Range<u64>, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        self.documents = self.documents.saturating_add(1);
        let head = self.walk.text(&range, TEXT_BYTES_MAX)?;
        if head.trim_start().starts_with('{') {
            let bytes = SubRange::new(self.input.bytes, range);
            let place = self.input.place.member(format!("metadata {}.json", self.documents));
            inspection.member(&Input { bytes: &bytes, place });
        } else {
            state_metadata(self.input.place.at(range), "metadata", &head, inspection);
        }
        Ok(())
    }

    fn constant_field(&mut self, number: u32, what: &What) {
        let Some(constant) = self.open.last_mut() else { return };
        match (number, what) {
            (1, What::Number(dtype)) => constant.dtype = *dtype,
            (4, What::Bytes(range)) if !range.is_empty() => constant.content = Some(range.clone()),
            _ => {}
        }
    }

    fn dimension(&mut self, length: u64) {
        if let Some(constant) = self.open.last_mut() {
            constant.elements = constant.elements.and_then(|elements| elements.checked_mul(length));
        }
    }

    fn close_constant(&mut self, inspection: &mut Inspection<'_>) {
        let Some(constant) = self.open.pop() else { return };
        let Some((dtype, bytes)) = element(constant.dtype) else { return };
        self.constants.count = self.constants.count.saturating_add(1);
        self.constants.elements = self.constants.elements.saturating_add(constant.elements.unwrap_or_default());
        self.constants.dtypes.insert(dtype);
        let expected = constant.elements.and_then(|elements| elements.checked_mul(bytes));
        self.constants.bytes = self.constants.bytes.saturating_add(expected.unwrap_or_default());
        let Some(content) = constant.content else { return };
        let stated = content.end.saturating_sub(content.start);
        if expected != Some(stated) {
            let tensor = shortened(&self.node.name);
            inspection.fact(self.input.place.at(content), TensorFact::SizeMismatch { tensor, expected, stated });
        }
    }

    fn name(&mut self, range: &Range<u64>) -> Result<String, Fault> {
        self.walk.text(range, TEXT_BYTES_MAX).map(|name| shortened(&name))
    }

    /// One line that sums the graph up, for people.
    pub(super) fn summary(&self) -> String {
        let counts =
            [(self.nodes, "node"), (self.functions.len() as u64, "function"), (self.constants.count, "constant")];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        counts.map(|(count, what)| format!(", {count} {what}{}", if count == 1 { "" } else { "s" })).collect()
    }

    /// States the operators and the constants.
    pub(super) fn state(&self, inspection: &mut Inspection<'_>) {
        let operators = self.operators.iter().filter(|(name, _)| !self.functions.contains(*name));
        for (name, (times, bytes)) in operators {
            let (framework, domain, name) = (FORMAT.id.to_owned(), String::new(), name.clone());
            let fact = GraphFact::Operator { framework, domain, name };
            inspection.fact_times(self.input.place.at(bytes.clone()), fact, *times);
        }
        if self.constants.count > 0 {
            let table = TensorFact::Table {
                tensors: self.constants.count,
                parameters: self.constants.elements,
                bytes: self.constants.bytes,
                dtypes: self.constants.dtypes.iter().map(|&dtype| dtype.to_owned()).collect(),
            };
            inspection.fact(self.input.place.at(0..self.input.bytes.size()), table);
        }
    }
}
