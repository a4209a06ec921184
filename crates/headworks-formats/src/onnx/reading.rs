//! One pass over the messages of a model, in the order of the bytes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use headworks_types::Fault;
use headworks_types::fact::{GraphFact, TensorFact};

use super::body::{Bodies, Body, Constant, NONE, Name, Node};
use super::external::Places;
use super::tensor::{Draft, malformed};
use super::{FORMAT, flow, operators, schema};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::message::{Step, Walk, What};
use crate::metadata::{shortened, state_metadata};
use crate::protobuf::Once;

/// Bytes of a name; real ones have a few dozen, and some hundred after many modules.
const NAME_BYTES_MAX: u64 = 1 << 16;

/// Domains whose operators runtimes bring: a function of such a domain hides none.
const RESERVED: [&str; 3] = ["ai.onnx", "com.microsoft", "com.ms"];

/// A model as far as it is read.
pub(super) struct Reading<'r, 'l> {
    input: &'r Input<'r>,
    inspection: &'r mut Inspection<'l>,
    walk: Walk<'r>,
    stack: Vec<Open>,
    model: Model,
}

/// What is known of the model as a whole.
#[derive(Default)]
struct Model {
    version: u64,
    producer: String,
    sets: BTreeSet<String>,
    bodies: Bodies,
    /// By domain, name and overload, with where each is seen first and how often.
    operators: BTreeMap<[String; 3], (Range<u64>, u64)>,
    places: Places,
    tensors: u64,
    elements: u64,
    bytes: u64,
    dtypes: BTreeSet<&'static str>,
}

/// A message that is not at its end.
struct Open {
    draft: Message,
    once: Once,
    range: Range<u64>,
    /// Number of the field that holds it.
    number: u32,
}

/// What a message says so far.
enum Message {
    Model,
    Graph(Body, HashSet<Name>),
    Function {
        /// Domain, name and overload.
        key: [String; 3],
        body: Body,
    },
    Node {
        draft: Node,
        /// Domain, operator and overload.
        key: [String; 3],
    },
    Attribute {
        name: String,
        integer: Option<i64>,
        numbers: u64,
        graphs: Vec<usize>,
        constant: Constant,
    },
    Tensor(Box<Draft>),
    Sparse {
        first: Option<(String, Constant)>,
    },
    Entry {
        key: String,
        value: String,
    },
    Value(Name),
    OperatorSet {
        domain: String,
        version: u64,
    },
    /// A message of which nothing but its fields is looked at.
    Other,
}

impl<'r, 'l> Reading<'r, 'l> {
    pub(super) fn new(input: &'r Input<'r>, inspection: &'r mut Inspection<'l>) -> Self {
        let whole = 0..input.bytes.size();
        let walk = Walk::over(input.bytes, whole.clone(), &schema::MODEL, FORMAT.id, inspection.limits);
        let model = Open { draft: Message::Model, once: Once::default(), range: whole, number: 0 };
        Self { input, inspection, walk, stack: vec![model], model: Model::default() }
    }

    /// Reads to the end of the file, or to the first fault.
    pub(super) fn read(&mut self) -> Result<(), Fault> {
        while let Some(step) = self.walk.next()? {
            self.step(step)?;
        }
        Ok(())
    }

    /// States what was read, and follows the graph if all of it was.
    pub(super) fn state(self, outcome: Result<(), Fault>) {
        let Self { input, inspection, walk, mut model, .. } = self;
        inspection.identified(input, FORMAT.id, model.summary());
        model.state_operators(input, inspection);
        std::mem::take(&mut model.places).state(input, inspection);
        if let Err(fault) = outcome {
            let at = walk.position().min(input.bytes.size());
            return inspection.fact(input.place.at(at..at), fault);
        }
        model.state_table(input, inspection);
        flow::state(&model.bodies, input, inspection);
    }

    fn step(&mut self, step: Step) -> Result<(), Fault> {
        match step.what {
            What::Unknown(bytes) => {
                let unexplained = Fault::Unexplained { format: FORMAT.id.into() };
                self.inspection.fact(self.input.place.at(bytes), unexplained);
                return Ok(());
            }
            What::Close => return self.close(),
            _ => {}
        }
        let once = self.stack.last_mut().is_none_or(|open| open.once.is_first(step.number));
        if !once && !schema::repeated(step.holder).contains(&step.number) {
            return Err(malformed(format!("a {} has field {} twice", step.holder, step.number)));
        }
        match step.what {
            What::Open(name, range) => {
                let draft = Message::new(name);
                self.stack.push(Open { draft, once: Once::default(), range, number: step.number });
                Ok(())
            }
            What::Number(value) => {
                self.number(step.number, value);
                Ok(())
            }
            What::Bytes(range) => self.bytes(step.number, range),
            What::Close | What::Unknown(_) => Ok(()),
        }
    }

    /// A field that holds one number.
    fn number(&mut self, number: u32, value: u64) {
        let Some(open) = self.stack.last_mut() else { return };
        match (&mut open.draft, number) {
            (Message::Model, 1) => self.model.version = value,
            (Message::OperatorSet { version, .. }, 2) => *version = value,
            (Message::Attribute { integer, .. }, 3) => *integer = Some(value.cast_signed()),
            (Message::Attribute { integer, numbers, .. }, 7 | 8) => {
                *numbers = numbers.saturating_add(1);
                *integer = (number == 8).then_some(value.cast_signed());
            }
            (Message::Tensor(draft), 1) => draft.dimensions.push(value),
            (Message::Tensor(draft), 2) => draft.data_type = value,
            (Message::Tensor(draft), 14) => draft.is_external = value != 0,
            (Message::Tensor(draft), 4 | 5 | 7 | 10 | 11) => {
                draft.typed = draft.typed.saturating_add(1);
                draft.integer = Some(value.cast_signed());
            }
            _ => {}
        }
    }

    /// A field that holds a string, bytes or packed numbers.
    fn bytes(&mut self, number: u32, range: Range<u64>) -> Result<(), Fault> {
        match self.stack.last().map(|open| &open.draft) {
            Some(Message::Tensor(_)) => self.tensor_bytes(number, range),
            Some(Message::Attribute { .. }) => self.attribute_bytes(number, range),
            Some(Message::Entry { .. }) => self.entry_bytes(number, &range),
            Some(Message::Model) => self.model_bytes(number, range),
            Some(Message::Graph(..)) if number == 10 => self.prose("graph.doc_string", range),
            Some(Message::Node { .. }) => self.node_bytes(number, range),
            Some(Message::Function { .. }) => self.function_bytes(number, range),
            Some(Message::Value(_)) if number == 1 => {
                let name = self.name(&range)?;
                if let Some(Open { draft: Message::Value(value), .. }) = self.stack.last_mut() {
                    *value = name;
                }
                Ok(())
            }
            Some(Message::Value(_)) if number == 3 => self.prose("value.doc_string", range),
            Some(Message::OperatorSet { .. }) if number == 1 => {
                let text = self.text(&range)?;
                if let Some(Open { draft: Message::OperatorSet { domain, .. }, .. }) = self.stack.last_mut() {
                    *domain = text;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn model_bytes(&mut self, number: u32, range: Range<u64>) -> Result<(), Fault> {
        match number {
            2 => self.model.producer = self.text(&range)?,
            6 => self.prose("doc_string", range)?,
            _ => {}
        }
        Ok(())
    }

    fn node_bytes(&mut self, number: u32, range: Range<u64>) -> Result<(), Fault> {
        match number {
            1..=3 => {
                let name = self.name(&range)?;
                let Some(Open { draft: Message::Node { draft, .. }, .. }) = self.stack.last_mut() else {
                    return Ok(());
                };
                match number {
                    1 => draft.inputs.push(name),
                    2 => draft.outputs.push(name),
                    _ => draft.name = name,
                }
            }
            4 | 7 | 8 => {
                let text = self.text(&range)?;
                if let Some(Open { draft: Message::Node { key: [domain, name, overload], .. }, .. }) =
                    self.stack.last_mut()
                {
                    *match number {
                        7 => domain,
                        4 => name,
                        _ => overload,
                    } = text;
                }
            }
            6 => self.prose("node.doc_string", range)?,
            _ => {}
        }
        Ok(())
    }

    fn function_bytes(&mut self, number: u32, range: Range<u64>) -> Result<(), Fault> {
        match number {
            4 | 5 => {
                let value = self.name(&range)?;
                if let Some(Open { draft: Message::Function { body, .. }, .. }) = self.stack.last_mut() {
                    (if number == 4 { &mut body.inputs } else { &mut body.outputs }).push(value);
                }
            }
            1 | 10 | 13 => {
                let text = self.text(&range)?;
                if let Some(Open { draft: Message::Function { key: [domain, name, overload], .. }, .. }) =
                    self.stack.last_mut()
                {
                    *match number {
                        10 => domain,
                        1 => name,
                        _ => overload,
                    } = text;
                }
            }
            8 => self.prose("function.doc_string", range)?,
            _ => {}
        }
        Ok(())
    }

    fn attribute_bytes(&mut self, number: u32, range: Range<u64>) -> Result<(), Fault> {
        let length = range.end.saturating_sub(range.start);
        let text = if number == 1 { self.text(&range)? } else { String::new() };
        let count = match number {
            7 => length / 4,
            8 => self.count(&range)?,
            13 => return self.prose("attribute.doc_string", range),
            _ => 0,
        };
        let Some(Open { draft: Message::Attribute { name, numbers, .. }, .. }) = self.stack.last_mut() else {
            return Ok(());
        };
        if number == 1 {
            *name = text;
        }
        *numbers = numbers.saturating_add(count);
        Ok(())
    }

    fn entry_bytes(&mut self, number: u32, range: &Range<u64>) -> Result<(), Fault> {
        let max = self.inspection.limits.text_bytes_max;
        let text = self.walk.wire.text(range, max).map_err(|fault| fault.in_format(FORMAT.id, "an entry"))?;
        if let Some(Open { draft: Message::Entry { key, value }, .. }) = self.stack.last_mut() {
            *(if number == 1 { key } else { value }) = text;
        }
        Ok(())
    }

    fn tensor_bytes(&mut self, number: u32, range: Range<u64>) -> Result<(), Fault> {
        let length = range.end.saturating_sub(range.start);
        let mut dimensions = Vec::new();
        let mut integer = None;
        let mut text = String::new();
        let count = match number {
            1 => {
                dimensions = self.packed(&range, self.inspection.limits.tensor_dimensions_max)?;
                0
            }
            4 | 10 => whole(length, if number == 4 { 4 } else { 8 })?,
            5 | 7 | 11 => {
                let count = self.count(&range)?;
                if count == 1 {
                    integer = self.packed(&range, 1)?.first().map(|value| value.cast_signed());
                }
                count
            }
            6 => 1,
            8 => {
                text = self.text(&range)?;
                0
            }
            9 if length == 8 => {
                let bytes = self.walk.wire.bytes(&range, 8).map_err(|fault| fault.in_format(FORMAT.id, "a number"))?;
                integer = bytes.first_chunk().map(|&bytes| i64::from_le_bytes(bytes));
                0
            }
            12 => return self.prose("tensor.doc_string", range),
            _ => 0,
        };
        let Some(Open { draft: Message::Tensor(draft), .. }) = self.stack.last_mut() else { return Ok(()) };
        match number {
            1 => draft.dimensions.extend(dimensions),
            8 => draft.name = text,
            9 => draft.raw = Some(range),
            _ => {}
        }
        draft.typed = draft.typed.saturating_add(count);
        draft.integer = integer.or(draft.integer);
        Ok(())
    }

    /// The innermost message ends: what it says goes to the one that holds it.
    fn close(&mut self) -> Result<(), Fault> {
        let Some(Open { draft, range, number, .. }) = self.stack.pop() else { return Ok(()) };
        match draft {
            Message::Graph(body, _) => self.close_graph(body, number),
            Message::Function { key, body } => {
                let key = self.key(key);
                let index = self.add(body);
                if self.model.bodies.functions.insert(key, index).is_some() {
                    return Err(malformed("two functions have one name".to_owned()));
                }
            }
            Message::Node { draft, key } => self.close_node(draft, key, range),
            Message::Attribute { name, integer, numbers, graphs, constant } => {
                let Some(Open { draft: Message::Node { draft, .. }, .. }) = self.stack.last_mut() else {
                    return Ok(());
                };
                draft.graphs.extend(graphs);
                match name.as_str() {
                    "value" | "sparse_value" => draft.constant = constant,
                    "value_int" => draft.constant.single = integer,
                    "value_ints" if numbers == 1 => draft.constant.single = integer,
                    "value_floats" => draft.constant.is_weight = numbers >= 4,
                    _ => {}
                }
            }
            Message::Tensor(draft) => self.close_tensor(*draft, range, number)?,
            Message::Sparse { first } => self.close_sparse(first),
            Message::Entry { key, value } => self.close_entry(key, value, range, number),
            Message::Value(name) => match self.stack.last_mut().map(|open| &mut open.draft) {
                Some(Message::Graph(body, _)) if number == 11 => body.inputs.push(name),
                Some(Message::Graph(body, _)) if number == 12 => body.outputs.push(name),
                _ => {}
            },
            Message::OperatorSet { domain, version } => {
                let domain = if domain.is_empty() { "ai.onnx" } else { &domain };
                self.model.sets.insert(format!("{} {version}", shortened(domain)));
            }
            Message::Model | Message::Other => {}
        }
        Ok(())
    }

    fn close_graph(&mut self, body: Body, number: u32) {
        let index = self.add(body);
        match self.stack.last_mut().map(|open| &mut open.draft) {
            Some(Message::Model) if number == 7 => self.model.bodies.main = Some(index),
            Some(Message::Attribute { graphs, .. }) => graphs.push(index),
            // Graphs for training are read, and followed by nobody who infers.
            _ => {}
        }
    }

    fn close_node(&mut self, mut node: Node, key: [String; 3], range: Range<u64>) {
        let key = normalised(key);
        let [_, operator, _] = &key;
        node.class = operators::class(operator);
        let stated = self.model.operators.entry(key.clone()).or_insert((range, 0));
        stated.1 = stated.1.saturating_add(1);
        (node.domain, node.operator, node.overload) = self.key(key);
        let holder = self.stack.last_mut().map(|open| &mut open.draft);
        if let Some(Message::Graph(body, _) | Message::Function { body, .. }) = holder {
            body.nodes.push(node);
        }
    }

    fn close_entry(&mut self, key: String, value: String, range: Range<u64>, number: u32) {
        match self.stack.last_mut().map(|open| &mut open.draft) {
            Some(Message::Tensor(draft)) if number == 13 => draft.entries.add(key, value),
            Some(_) => state_metadata(self.input.place.at(range), &key, &value, self.inspection),
            None => {}
        }
    }

    /// A sparse tensor is named by its values; without indices it is none.
    fn close_sparse(&mut self, first: Option<(String, Constant)>) {
        let Some((name, constant)) = first else { return };
        let name = self.model.bodies.names.number(name);
        match self.stack.last_mut().map(|open| &mut open.draft) {
            Some(Message::Graph(body, _)) => body.constants.push((name, constant)),
            Some(Message::Attribute { constant: of, .. }) => *of = constant,
            _ => {}
        }
    }

    fn close_tensor(&mut self, draft: Draft, range: Range<u64>, number: u32) -> Result<(), Fault> {
        let max = self.inspection.limits.tensors_max;
        if self.model.tensors >= max {
            return Err(Fault::Budget { limit: "tensors_max".into(), max });
        }
        let sized = draft.sized()?;
        let place = self.input.place.at(range.clone());
        if let Some(fault) = draft.contradiction() {
            self.inspection.fact(place.clone(), fault);
        }
        for key in &draft.entries.unknown {
            let (holder, key) = (shortened(&draft.name), shortened(key));
            self.inspection.fact(place.clone(), GraphFact::UnknownExternalKey { holder, key });
        }
        if draft.is_external || draft.entries.location.is_some() {
            self.external(&draft, sized.bytes, range)?;
        }
        if !draft.is_external
            && let Some(mismatch) = draft.mismatch(&sized)
        {
            self.inspection.fact(place.clone(), mismatch);
        }
        self.model.tensors = self.model.tensors.saturating_add(1);
        self.model.elements = self.model.elements.saturating_add(sized.elements);
        self.model.bytes = self.model.bytes.saturating_add(sized.bytes);
        self.model.dtypes.insert(sized.dtype);
        let constant = draft.constant(&sized);
        let name = self.model.bodies.names.number(draft.name.clone());
        match self.stack.last_mut().map(|open| &mut open.draft) {
            Some(Message::Graph(body, names)) if number == 5 => {
                body.constants.push((name, constant));
                if !names.insert(name) {
                    self.inspection.fact(place, TensorFact::DuplicateKey { key: shortened(&draft.name) });
                }
            }
            Some(Message::Attribute { constant: of, .. }) => *of = constant,
            Some(Message::Sparse { first }) if number == 1 => *first = Some((draft.name, constant)),
            _ => {}
        }
        Ok(())
    }

    /// Where the data of an external tensor lies.
    fn external(&mut self, draft: &Draft, wanted: u64, range: Range<u64>) -> Result<(), Fault> {
        let named = |problem: &str| malformed(format!("the external tensor `{}` {problem}", shortened(&draft.name)));
        if draft.entries.repeated.is_some() {
            return Err(named("states one thing twice"));
        }
        let target = draft.entries.location.clone().filter(|target| !target.is_empty());
        let target = target.ok_or_else(|| named("has no location"))?;
        let number = |text: &Option<String>, otherwise: u64| match text {
            Some(text) => text.parse().map_err(|_| named("has an offset or a length that is no number")),
            None => Ok(otherwise),
        };
        let start: u64 = number(&draft.entries.offset, 0)?;
        let length: u64 = number(&draft.entries.length, wanted)?;
        let end = start.checked_add(length).ok_or_else(|| named("ends beyond all files"))?;
        if length != wanted {
            let tensor = shortened(&draft.name);
            let mismatch = TensorFact::SizeMismatch { tensor, expected: Some(wanted), stated: length };
            self.inspection.fact(self.input.place.at(range.clone()), mismatch);
        }
        self.model.places.add(target, &draft.name, range, start..end);
        Ok(())
    }

    fn key(&mut self, key: [String; 3]) -> (Name, Name, Name) {
        let [domain, name, overload] = normalised(key).map(|part| self.model.bodies.names.number(part));
        (domain, name, overload)
    }

    fn add(&mut self, body: Body) -> usize {
        self.model.bodies.bodies.push(body);
        self.model.bodies.bodies.len().saturating_sub(1)
    }

    fn text(&mut self, range: &Range<u64>) -> Result<String, Fault> {
        self.walk.wire.text(range, NAME_BYTES_MAX).map_err(|fault| fault.in_format(FORMAT.id, "a name"))
    }

    fn name(&mut self, range: &Range<u64>) -> Result<Name, Fault> {
        let text = self.text(range)?;
        Ok(if text.is_empty() { NONE } else { self.model.bodies.names.number(text) })
    }

    fn count(&mut self, range: &Range<u64>) -> Result<u64, Fault> {
        self.walk.wire.count_varints(range).map_err(|fault| fault.in_format(FORMAT.id, "packed numbers"))
    }

    fn packed(&mut self, range: &Range<u64>, max: u64) -> Result<Vec<u64>, Fault> {
        let numbers = self.walk.wire.varints(&crate::protobuf::Value::Bytes(range.clone()), max);
        numbers.map_err(|fault| fault.in_format(FORMAT.id, "packed numbers"))
    }

    /// Text for people: stated where a rule must judge it.
    fn prose(&mut self, key: &str, range: Range<u64>) -> Result<(), Fault> {
        let max = self.inspection.limits.text_bytes_max;
        let text = self.walk.wire.text(&range, max).map_err(|fault| fault.in_format(FORMAT.id, key))?;
        state_metadata(self.input.place.at(range), key, &text, self.inspection);
        Ok(())
    }
}

impl Message {
    fn new(name: &str) -> Self {
        match name {
            "GraphProto" => Self::Graph(Body::default(), HashSet::new()),
            "FunctionProto" => Self::Function { key: Default::default(), body: Body::default() },
            "NodeProto" => Self::Node { draft: Node::default(), key: Default::default() },
            "AttributeProto" => Self::Attribute {
                name: String::new(),
                integer: None,
                numbers: 0,
                graphs: Vec::new(),
                constant: Constant::default(),
            },
            "TensorProto" => Self::Tensor(Box::default()),
            "SparseTensorProto" => Self::Sparse { first: None },
            "StringStringEntryProto" => Self::Entry { key: String::new(), value: String::new() },
            "ValueInfoProto" => Self::Value(NONE),
            "OperatorSetIdProto" => Self::OperatorSet { domain: String::new(), version: 0 },
            _ => Self::Other,
        }
    }
}

impl Model {
    fn summary(&self) -> String {
        let sets = Vec::from_iter(self.sets.iter().take(8).map(String::as_str)).join(", ");
        let producer =
            if self.producer.is_empty() { String::new() } else { format!(", by {}", shortened(&self.producer)) };
        let nodes: u64 = self.operators.values().map(|(_, times)| *times).fold(0, u64::saturating_add);
        format!("ONNX, version {}, operators of {sets}{producer}, {nodes} nodes", self.version)
    }

    /// States every operator that is not a function of the file itself; what that does is stated by its nodes.
    fn state_operators(&mut self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        for (key, (range, times)) in std::mem::take(&mut self.operators) {
            let [domain, name, _] = &key;
            let is_reserved = domain.is_empty() || RESERVED.iter().any(|reserved| domain.starts_with(reserved));
            let [of, named, overload] = key.each_ref().map(|part| self.bodies.names.number(part.clone()));
            if !is_reserved && self.bodies.functions.contains_key(&(of, named, overload)) {
                continue;
            }
            let (domain, name) = (shortened(domain), shortened(name));
            let operator = GraphFact::Operator { framework: FORMAT.id.into(), domain, name };
            inspection.fact_times(input.place.at(range), operator, times);
        }
    }

    fn state_table(&self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        let table = TensorFact::Table {
            tensors: self.tensors,
            parameters: self.elements,
            bytes: self.bytes,
            dtypes: self.dtypes.iter().map(|&dtype| dtype.to_owned()).collect(),
        };
        inspection.fact(input.place.at(0..input.bytes.size()), table);
    }
}

/// The framework's own domain has a long name and an empty one.
fn normalised([domain, name, overload]: [String; 3]) -> [String; 3] {
    [if domain == "ai.onnx" { String::new() } else { domain }, name, overload]
}

/// How many numbers of `each` bytes there are in `length`.
fn whole(length: u64, each: u64) -> Result<u64, Fault> {
    match length.checked_rem(each) {
        Some(0) => Ok(length.checked_div(each).unwrap_or_default()),
        _ => Err(malformed(format!("packed numbers of {each} bytes in {length}"))),
    }
}
