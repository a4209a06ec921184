//! The binary of versions before 3.1: structures as they lie in memory, written one behind the other.
//!
//! Source: `SaveModel` and `LoadModel` over a stream in `learner.cc`, `gbtree_model.cc`, `tree_model.cc` and
//! `gblinear_model.h` of XGBoost 0.90 and 1.7. Nothing in the reader looks whether a child, a group or a length is
//! one that there is, so that is done here; words that are reserved must be zero.
//!
//! Not covered: the buffers of predictions that versions before 0.47 could write behind the trees, vectors of leaves,
//! files of machines with the other order of bytes.

use std::ops::Range;

use headworks_types::Fault;
use headworks_types::fact::GraphFact;

use super::FORMAT;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::{shortened, state_metadata};
use crate::reader::{ReadFault, Reader};
use crate::secrets;

/// What newer versions put before the structures.
pub(super) const MAGIC: &[u8; 4] = b"binf";

/// Words of the parameters of each part, of which the last so many are reserved.
const LEARNER: Words = Words { count: 34, reserved: 25 };
const FOREST: Words = Words { count: 40, reserved: 32 };
const TREE: Words = Words { count: 37, reserved: 31 };
const LINEAR: Words = Words { count: 34, reserved: 32 };

/// Bytes of a node, and of what was known about it when it was grown.
const NODE_BYTES: u64 = 20;
const STATISTICS_BYTES: u64 = 16;

/// Stands for no node.
const NO_NODE: u32 = u32::MAX;

/// The bit of a parent that says which of its children a node is.
const IS_LEFT: u32 = 1 << 31;

struct Words {
    count: u64,
    reserved: u64,
}

/// Reads a whole model, and states what it runs.
pub(super) fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut model = Model { input, inspection, reader: Reader::new(input.bytes), trees: 0, nodes: 0, version: None };
    let outcome = model.read();
    let Model { inspection, reader, trees, nodes, version, .. } = model;
    let version = match version {
        Some((0, _)) => "model of a version before 1.0".to_owned(),
        Some((major, minor)) => format!("{major}.{minor} model"),
        None => "model".to_owned(),
    };
    inspection.identified(
        input,
        FORMAT.id,
        format!("XGBoost {version} in the old binary, {trees} trees, {nodes} nodes"),
    );
    let rest = input.place.at(reader.position()..input.bytes.size());
    match outcome {
        Err(fault) => inspection.fact(rest, fault),
        Ok(()) if reader.left() > 0 => inspection.fact(rest, Fault::Unexplained { format: FORMAT.id.into() }),
        Ok(()) => {}
    }
}

struct Model<'r, 'a, 'l> {
    input: &'r Input<'a>,
    inspection: &'r mut Inspection<'l>,
    reader: Reader<'a>,
    trees: u64,
    nodes: u64,
    version: Option<(u32, u32)>,
}

/// What the first parameters say about the parts behind them.
struct Learner {
    features: u32,
    groups: u32,
    has_attributes: bool,
    has_metrics: bool,
}

impl Model<'_, '_, '_> {
    fn read(&mut self) -> Result<(), Fault> {
        let mut head = [0; MAGIC.len()];
        if self.input.bytes.read_at(0, &mut head) == Ok(head.len()) && head == *MAGIC {
            self.reader.seek(MAGIC.len() as u64);
        }
        let learner = self.learner()?;
        let objective = self.name("objective")?;
        let booster = self.name("booster")?;
        match booster.as_str() {
            "gblinear" => self.linear(&learner)?,
            "dart" => {
                self.forest(&learner)?;
                self.weights_of_trees()?;
            }
            _ => self.forest(&learner)?,
        }
        if learner.has_attributes {
            self.attributes()?;
        }
        self.old_end(&objective, learner.has_metrics)
    }

    fn learner(&mut self) -> Result<Learner, Fault> {
        let words = self.words(&LEARNER, "the parameters of the model")?;
        let word = |index: usize| words.get(index).copied().unwrap_or_default();
        self.version = Some((word(5), word(6)));
        Ok(Learner {
            features: word(1),
            groups: word(2).max(word(7)).max(1),
            has_attributes: word(3) != 0,
            has_metrics: word(4) != 0,
        })
    }

    /// The parameters of a part, without what is reserved.
    fn words(&mut self, of: &Words, what: &str) -> Result<Vec<u32>, Fault> {
        let mut words = Vec::new();
        for index in 0..of.count {
            let at = self.reader.position();
            let word = self.reader.u32_le().map_err(|fault| fault.in_format(FORMAT.id, what))?;
            match index < of.count.saturating_sub(of.reserved) {
                true => words.push(word),
                false if word == 0 => {}
                false => {
                    let place = self.input.place.at(at..self.reader.position());
                    self.inspection.fact(place, Fault::Unexplained { format: FORMAT.id.into() });
                }
            }
        }
        Ok(words)
    }

    /// A name that the reader looks up among its own.
    fn name(&mut self, kind: &str) -> Result<String, Fault> {
        let start = self.reader.position();
        let name = self.text().map_err(|fault| fault.in_format(FORMAT.id, kind))?;
        let (framework, domain) = (FORMAT.id.to_owned(), kind.to_owned());
        let fact = GraphFact::Operator { framework, domain, name: shortened(&name) };
        self.inspection.fact(self.input.place.at(start..self.reader.position()), fact);
        Ok(name)
    }

    fn forest(&mut self, learner: &Learner) -> Result<(), Fault> {
        let words = self.words(&FOREST, "the parameters of the trees")?;
        let trees = words.first().copied().unwrap_or_default();
        self.refuse_vectors(words.get(7).copied().unwrap_or_default())?;
        for _ in 0..trees {
            self.tree()?;
            self.trees = self.trees.saturating_add(1);
        }
        for tree in 0..trees {
            let group = self.reader.u32_le().map_err(|fault| fault.in_format(FORMAT.id, "the group of a tree"))?;
            if group >= learner.groups {
                return Err(malformed(format!("tree {tree} adds to group {group} of {}", learner.groups)));
            }
        }
        Ok(())
    }

    fn tree(&mut self) -> Result<(), Fault> {
        let words = self.words(&TREE, "the parameters of a tree")?;
        let word = |index: usize| words.get(index).copied().unwrap_or_default();
        let (nodes, deleted) = (word(1), word(2));
        self.refuse_vectors(word(5))?;
        let max = self.inspection.limits.object_stack_max;
        if u64::from(nodes) > max {
            return Err(Fault::Budget { limit: "object_stack_max".into(), max });
        }
        let start = self.reader.position();
        let bytes = u64::from(nodes).saturating_mul(NODE_BYTES);
        let statistics = u64::from(nodes).saturating_mul(STATISTICS_BYTES);
        let skipped = self.reader.skip(bytes).and_then(|()| self.reader.skip(statistics));
        skipped.map_err(|fault| fault.in_format(FORMAT.id, "the nodes of a tree"))?;
        self.nodes = self.nodes.saturating_add(u64::from(nodes));
        let found = check(&mut Reader::over(self.input.bytes, start, start.saturating_add(bytes)));
        let found = found.map_err(|fault| fault.in_format(FORMAT.id, "the nodes of a tree"))?;
        let number = self.trees;
        match found {
            Ok(found) if found == deleted && nodes > 0 => Ok(()),
            Ok(found) => Err(malformed(format!("tree {number} has {nodes} nodes, {found} of {deleted} deleted"))),
            Err(node) => Err(malformed(format!("tree {number}: node {node} is no child of its parent"))),
        }
    }

    /// From 2.0 on one value is a vector of one, and longer ones are never written here.
    fn refuse_vectors(&self, size: u32) -> Result<(), Fault> {
        let is_scalar = size == 0 || (size == 1 && self.version.is_some_and(|(major, _)| major >= 2));
        match is_scalar {
            true => Ok(()),
            false => Err(unsupported("vectors of leaves")),
        }
    }

    fn weights_of_trees(&mut self) -> Result<(), Fault> {
        if self.trees == 0 {
            return Ok(());
        }
        let weights = self.floats("the weights of trees")?;
        match weights == self.trees {
            true => Ok(()),
            false => Err(malformed(format!("{weights} weights of {} trees", self.trees))),
        }
    }

    fn linear(&mut self, learner: &Learner) -> Result<(), Fault> {
        self.words(&LINEAR, "the parameters of a linear model")?;
        let weights = self.floats("the weights")?;
        let expected = u64::from(learner.features).saturating_add(1).saturating_mul(learner.groups.into());
        match weights == expected {
            true => Ok(()),
            false => Err(malformed(format!("{weights} weights where {expected} are used"))),
        }
    }

    /// Passes over a list of numbers; how many there are.
    fn floats(&mut self, what: &str) -> Result<u64, Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, what);
        let count = self.reader.u64_le().map_err(wanted)?;
        self.reader.skip(count.saturating_mul(4)).map_err(wanted)?;
        Ok(count)
    }

    fn attributes(&mut self) -> Result<(), Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "an attribute");
        for _ in 0..self.reader.u64_le().map_err(wanted)? {
            let key = self.text().map_err(wanted)?;
            self.value(&key).map_err(wanted)?;
        }
        Ok(())
    }

    /// Before 1.0, a parameter of one objective and the names of metrics followed the attributes.
    fn old_end(&mut self, objective: &str, has_metrics: bool) -> Result<(), Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "the end of an old model");
        if self.version.is_none_or(|(major, _)| major > 0) {
            return Ok(());
        }
        if objective == "count:poisson" {
            self.value("max_delta_step").map_err(wanted)?;
        }
        if has_metrics {
            for _ in 0..self.reader.u64_le().map_err(wanted)? {
                self.value("metric").map_err(wanted)?;
            }
        }
        Ok(())
    }

    /// Reads a text that people wrote, and states what in it is worth it.
    fn value(&mut self, key: &str) -> Result<(), ReadFault> {
        let value = self.text()?;
        let end = self.reader.position();
        let start = end.saturating_sub(value.len() as u64);
        state_metadata(self.input.place.at(Range { start, end }), key, &value, self.inspection);
        secrets::scan(&value, self.input, start, self.inspection);
        Ok(())
    }

    fn text(&mut self) -> Result<String, ReadFault> {
        let length = self.reader.u64_le()?;
        self.reader.text(length, self.inspection.limits.text_bytes_max)
    }
}

/// The number of deleted nodes, or the first one whose parent does not have it as a child.
///
/// A tree in which every child names its parent, and the root none, has no way back up.
fn check(nodes: &mut Reader<'_>) -> Result<Result<u32, u32>, ReadFault> {
    let start = nodes.position();
    let (mut parents, mut deleted) = (Vec::new(), 0u32);
    while nodes.left() > 0 {
        let [parent, _, _, split, _] = node(nodes)?;
        deleted = deleted.saturating_add(u32::from(split == NO_NODE && !parents.is_empty()));
        parents.push(parent);
    }
    if parents.first() != Some(&NO_NODE) {
        return Ok(Err(0));
    }
    nodes.seek(start);
    for index in 0u32.. {
        if nodes.left() == 0 {
            break;
        }
        let [_, left, right, _, _] = node(nodes)?;
        // A leaf has no left child, and its right one is not looked at.
        let children = if left == NO_NODE { [None, None] } else { [Some(left), Some(right)] };
        for child in children.into_iter().flatten() {
            let parent = usize::try_from(child).ok().and_then(|child| parents.get(child));
            if parent.is_none_or(|parent| *parent == NO_NODE || parent & !IS_LEFT != index) {
                return Ok(Err(child));
            }
        }
    }
    Ok(Ok(deleted))
}

/// Parent, children, feature and number of the next node.
fn node(reader: &mut Reader<'_>) -> Result<[u32; 5], ReadFault> {
    Ok([reader.u32_le()?, reader.u32_le()?, reader.u32_le()?, reader.u32_le()?, reader.u32_le()?])
}

fn unsupported(feature: &str) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature: feature.into() }
}

fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}
