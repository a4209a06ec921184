//! The shortest path between two nodes, searched from both ends.

use std::collections::{HashMap, HashSet};

use super::kinds::Kinds;
use super::reach::Direction;
use super::view::View;
use super::{Graph, GraphError};

/// A node of a path and the kind of the edge that leads to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// The node.
    pub node: u32,
    /// The edge's kind.
    pub kind: u8,
}

/// What was found from one end.
struct Front<'g> {
    view: View<'g>,
    /// How far each node is from the end.
    depths: HashMap<u32, u32>,
    /// The nodes that are `depth` away.
    edge: Vec<u32>,
    depth: u32,
}

impl Graph {
    /// The shortest path downstream over edges of these kinds, without its start; of several that by the least numbers.
    ///
    /// # Errors
    /// When a node is unknown.
    pub fn path(&self, from: u32, to: u32, kinds: &Kinds) -> Result<Option<Vec<Step>>, GraphError> {
        let nodes = self.nodes();
        if let Some(node) = [from, to].into_iter().find(|&node| node as usize >= nodes) {
            return Err(GraphError::UnknownNode { node, nodes });
        }
        let (mut down, mut up) =
            (Front::new(self.view(Direction::Down), from), Front::new(self.view(Direction::Up), to));
        let mut met = from == to;
        while !met {
            let (near, far) = if down.cost() <= up.cost() { (&mut down, &up) } else { (&mut up, &down) };
            if near.edge.is_empty() {
                return Ok(None);
            }
            near.advance(kinds);
            met = near.edge.iter().any(|node| far.depths.contains_key(node));
        }
        Ok(Some(walk(from, &between(&down, &up, kinds), &down, &up, kinds)))
    }
}

impl<'g> Front<'g> {
    fn new(view: View<'g>, end: u32) -> Self {
        Self { view, depths: HashMap::from([(end, 0)]), edge: vec![end], depth: 0 }
    }

    /// How many edges the next step follows.
    fn cost(&self) -> usize {
        self.edge.iter().map(|&node| self.view.degree(node)).sum()
    }

    fn advance(&mut self, kinds: &Kinds) {
        self.depth += 1;
        for node in std::mem::take(&mut self.edge) {
            self.view.follow(self.view.place(node), kinds, |to, _| {
                let to = self.view.node(to);
                if let std::collections::hash_map::Entry::Vacant(unknown) = self.depths.entry(to) {
                    unknown.insert(self.depth);
                    self.edge.push(to);
                }
                true
            });
        }
    }
}

/// For each depth from the start, down to where the searches met, the nodes that lie on a shortest path.
fn between(down: &Front<'_>, up: &Front<'_>, kinds: &Kinds) -> Vec<HashSet<u32>> {
    let met = down.depths.iter().filter(|&(node, &depth)| depth == down.depth && up.depths.contains_key(node));
    let mut levels: Vec<HashSet<u32>> = vec![met.map(|(&node, _)| node).collect()];
    for depth in (0..down.depth).rev() {
        let mut level = HashSet::new();
        for &node in levels.last().into_iter().flatten() {
            up.view.follow(up.view.place(node), kinds, |before, _| {
                let before = up.view.node(before);
                if down.depths.get(&before) == Some(&depth) {
                    level.insert(before);
                }
                true
            });
        }
        levels.push(level);
    }
    levels.reverse();
    levels
}

/// Goes from the start to the end by the least number at each step.
fn walk(from: u32, levels: &[HashSet<u32>], down: &Front<'_>, up: &Front<'_>, kinds: &Kinds) -> Vec<Step> {
    let length = down.depth + up.depth;
    let (mut at, mut path) = (from, Vec::new());
    for depth in 1..=length {
        let is_on = |node: u32| match levels.get(depth as usize) {
            Some(level) => level.contains(&node),
            None => up.depths.get(&node) == Some(&(length - depth)),
        };
        down.view.follow(down.view.place(at), kinds, |to, kind| {
            let node = down.view.node(to);
            let found = is_on(node);
            if found {
                path.push(Step { node, kind });
                at = node;
            }
            !found
        });
    }
    path
}
