//! What a model of XGBoost holds, whichever way it is written.

use std::collections::BTreeMap;

use headworks_types::Fault;
use headworks_types::fact::GraphFact;

use super::FORMAT;
use crate::document::Collection;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::{shortened, state_metadata};

/// Lists of a tree with one element for each node.
const PER_NODE: &[&str] =
    &["default_left", "left_children", "parents", "right_children", "split_conditions", "split_indices"];

/// Trees that are named as broken; of a broken file, a few say all.
const BROKEN_NAMED_MAX: usize = 8;

pub(super) struct Model<'i> {
    input: &'i Input<'i>,
    /// The keys on the way to the current value; an array has none.
    path: Vec<Option<String>>,
    version: Vec<i64>,
    /// Objectives and boosters, by kind and name.
    names: BTreeMap<(&'static str, String), u64>,
    stated_trees: Option<u64>,
    trees: u64,
    nodes: u64,
    tree: Tree,
    attributes: Vec<(String, String)>,
    broken: Vec<(u64, u64, String)>,
}

/// The tree that is being read.
#[derive(Default)]
struct Tree {
    start: u64,
    stated_nodes: Option<u64>,
    lengths: BTreeMap<&'static str, u64>,
    child_max: i64,
    child_min: i64,
}

impl<'i> Model<'i> {
    pub(super) fn new(input: &'i Input<'i>) -> Self {
        Self {
            input,
            path: Vec::new(),
            version: Vec::new(),
            names: BTreeMap::new(),
            stated_trees: None,
            trees: 0,
            nodes: 0,
            tree: Tree::default(),
            attributes: Vec::new(),
            broken: Vec::new(),
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.path.len()
    }

    pub(super) fn summary(&self, kind: &str) -> String {
        let version: Vec<_> = self.version.iter().map(ToString::to_string).collect();
        format!("{} model in {kind}, {} trees, {} nodes", version.join("."), self.trees, self.nodes)
    }

    pub(super) fn open(&mut self, collection: Collection, at: u64) {
        if collection == Collection::Object && self.is_tree() {
            self.tree = Tree { start: at, ..Tree::default() };
        }
        if let Some(name) = self.list_of_tree().filter(|_| collection == Collection::Array) {
            self.tree.lengths.insert(name, 0);
        }
        self.path.push(None);
    }

    pub(super) fn key(&mut self, key: &str) {
        if let Some(last) = self.path.last_mut() {
            *last = Some(shortened(key));
        }
    }

    pub(super) fn close(&mut self, at: u64) {
        self.path.pop();
        if self.is_tree() {
            self.end_tree(at);
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        let keys: Vec<_> = self.path.iter().map(|key| key.as_deref().unwrap_or("[]")).collect();
        match keys.as_slice() {
            ["learner", "objective", "name"] => self.name("objective", text),
            ["learner", "gradient_booster", "name"] | ["learner", "gradient_booster", "gbtree", "name"] => {
                self.name("booster", text);
            }
            ["learner", "attributes", key] => self.attributes.push(((*key).to_owned(), text.to_owned())),
            // A configuration without its model states the number too.
            [.., "model", "gbtree_model_param", "num_trees"] => self.stated_trees = text.parse().ok(),
            [.., "trees", "[]", "tree_param", "num_nodes"] => self.tree.stated_nodes = text.parse().ok(),
            _ => {}
        }
        self.numbers(1);
    }

    pub(super) fn number(&mut self, number: Option<i64>) {
        if let [Some(key), None] = self.path.as_slice()
            && key == "version"
            && self.version.len() < 3
        {
            self.version.extend(number);
        }
        let child = self.list_of_elements().filter(|name| matches!(*name, "left_children" | "right_children"));
        if let Some(number) = number.filter(|_| child.is_some()) {
            self.tree.child_max = self.tree.child_max.max(number);
            self.tree.child_min = self.tree.child_min.min(number);
        }
        self.numbers(1);
    }

    /// Whether the numbers of the array that is open matter one by one.
    pub(super) fn reads_numbers(&self) -> bool {
        self.list_of_elements().is_some_and(|name| matches!(name, "left_children" | "right_children"))
    }

    /// `count` elements of the array that is open.
    pub(super) fn numbers(&mut self, count: u64) {
        if let Some(length) = self.list_of_elements().and_then(|name| self.tree.lengths.get_mut(name)) {
            *length = length.saturating_add(count);
        }
    }

    pub(super) fn state(self, is_whole: bool, inspection: &mut Inspection<'_>) {
        let whole = self.input.place.at(0..self.input.bytes.size());
        for ((domain, name), times) in self.names {
            let (framework, domain) = (FORMAT.id.to_owned(), domain.to_owned());
            inspection.fact_times(whole.clone(), GraphFact::Operator { framework, domain, name }, times);
        }
        for (key, value) in &self.attributes {
            state_metadata(whole.clone(), key, value, inspection);
        }
        for (start, end, problem) in self.broken {
            inspection.fact(self.input.place.at(start..end), malformed(problem));
        }
        if let Some(stated) = self.stated_trees.filter(|&stated| is_whole && stated != self.trees) {
            inspection.fact(whole, malformed(format!("{stated} trees are stated and there are {}", self.trees)));
        }
    }

    fn name(&mut self, kind: &'static str, name: &str) {
        let times = self.names.entry((kind, shortened(name))).or_default();
        *times = times.saturating_add(1);
    }

    /// Whether the current value is an element of a list of trees.
    fn is_tree(&self) -> bool {
        matches!(self.path.as_slice(), [.., Some(key), None] if key == "trees")
    }

    /// The list of the open tree that the current key names.
    fn list_of_tree(&self) -> Option<&'static str> {
        match self.path.as_slice() {
            [.., Some(trees), None, Some(key)] if trees == "trees" => PER_NODE.iter().copied().find(|name| name == key),
            _ => None,
        }
    }

    /// The list of the open tree that is open.
    fn list_of_elements(&self) -> Option<&'static str> {
        match self.path.as_slice() {
            [.., Some(trees), None, Some(key), None] if trees == "trees" => {
                PER_NODE.iter().copied().find(|name| name == key)
            }
            _ => None,
        }
    }

    fn end_tree(&mut self, end: u64) {
        let number = self.trees;
        self.trees = self.trees.saturating_add(1);
        let tree = std::mem::take(&mut self.tree);
        self.nodes = self.nodes.saturating_add(tree.stated_nodes.unwrap_or_default());
        if let Some(problem) = tree.problem().filter(|_| self.broken.len() < BROKEN_NAMED_MAX) {
            self.broken.push((tree.start, end, format!("tree {number}: {problem}")));
        }
    }
}

impl Tree {
    /// What a reader that trusts the tree would stumble over.
    fn problem(&self) -> Option<String> {
        let Some(nodes) = self.stated_nodes else { return Some("no number of nodes".into()) };
        if let Some((name, length)) = self.lengths.iter().find(|(_, length)| **length != nodes) {
            return Some(format!("{nodes} nodes and {length} `{name}`"));
        }
        let largest = i64::try_from(nodes).unwrap_or(i64::MAX);
        let is_outside = self.child_max >= largest.max(1) || self.child_min < -1;
        is_outside.then(|| format!("a child outside of its {nodes} nodes"))
    }
}

fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}
