//! The engine of the graph: what is affected by what, for tens of millions of edges in memory.
//!
//! An edge leads the way that harm travels: from what is depended on to what depends on it. Nodes are kept in an
//! order in which edges lead forward, as far as cycles let them. So all that lies downstream is found in one pass over
//! the edges in the order they lie in memory, which is many times as fast as following them. What is added later
//! lies beside that order until there is enough of it to make the order anew; every answer takes it into account.

mod adjacency;
mod bits;
mod delta;
mod kinds;
mod order;
mod path;
mod reach;
#[cfg(test)]
mod tests;
mod view;

pub use kinds::Kinds;
pub use path::Step;
pub use reach::{Direction, Hit, Query, Reached};

use adjacency::{Adjacency, Collected};
use delta::{Added, Delta};
use order::Order;
use view::{Side, View};

/// Added edges that lie beside the order at least, before it is made anew.
const DELTA_EDGES_MIN: usize = 4096;

/// The part of all edges that may lie beside the order: one in so many.
const DELTA_PART: usize = 64;

/// That `to` is affected by `from`, and in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// What harm comes from.
    pub from: u32,
    /// What it reaches.
    pub to: u32,
    /// In which way; the meaning is the caller's.
    pub kind: u8,
}

/// Why the graph could not be made or asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// There is no such node.
    #[error("there is no node {node}: the graph has {nodes}")]
    UnknownNode {
        /// Its number.
        node: u32,
        /// How many there are.
        nodes: usize,
    },
    /// There are more nodes or edges than numbers for them.
    #[error("the graph would have more than {max} nodes or edges")]
    TooLarge {
        /// How many there can be of each.
        max: u32,
    },
}

/// A graph whose edges are still coming in.
#[derive(Debug)]
pub struct Builder {
    node_kinds: Vec<u8>,
    collected: Collected,
}

/// A directed graph whose nodes are numbered from 0, and have a kind each.
#[derive(Debug, Default)]
pub struct Graph {
    /// Kind of each node, by its number.
    node_kinds: Vec<u8>,
    /// The number of the node at each place of the order.
    numbers: Vec<u32>,
    /// The place of each node, by its number.
    places: Vec<u32>,
    down: Side,
    up: Side,
}

impl Builder {
    /// A graph of nodes of these kinds and no edges yet.
    ///
    /// # Errors
    /// When there are too many.
    pub fn new(node_kinds: Vec<u8>) -> Result<Self, GraphError> {
        number(node_kinds.len())?;
        let collected = Collected::new(node_kinds.len());
        Ok(Self { node_kinds, collected })
    }

    /// Takes in an edge.
    ///
    /// # Errors
    /// When a node is unknown or there are too many edges.
    pub fn edge(&mut self, edge: Edge) -> Result<(), GraphError> {
        known(edge, self.node_kinds.len())?;
        if edge.from == edge.to { Ok(()) } else { self.collected.push(edge) }
    }

    /// The graph.
    pub fn finish(self) -> Graph {
        let numbers = (0..self.node_kinds.len() as u32).collect();
        let mut graph = Graph { node_kinds: self.node_kinds, ..Graph::default() };
        graph.arrange(self.collected.into_adjacency(), numbers);
        graph
    }
}

impl Graph {
    /// Makes the graph of a stream of edges; repeated ones count once, and those from a node to itself not at all.
    ///
    /// # Errors
    /// When an edge names a node that has no kind, or there are too many.
    pub fn build(node_kinds: Vec<u8>, edges: impl IntoIterator<Item = Edge>) -> Result<Self, GraphError> {
        let mut builder = Builder::new(node_kinds)?;
        edges.into_iter().try_for_each(|edge| builder.edge(edge))?;
        Ok(builder.finish())
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.node_kinds.len()
    }

    /// Number of edges; one that was added again counts twice until it is folded in.
    pub fn edges(&self) -> usize {
        self.down.base.edges() + self.down.delta.edges()
    }

    /// Number of edges that lie beside the order.
    pub fn unfolded(&self) -> usize {
        self.down.delta.edges()
    }

    /// Kind of a node, if there is one.
    pub fn kind(&self, node: u32) -> Option<u8> {
        self.node_kinds.get(node as usize).copied()
    }

    /// Adds a node and says its number.
    ///
    /// # Errors
    /// When there are too many.
    pub fn add_node(&mut self, kind: u8) -> Result<u32, GraphError> {
        let node = number(self.node_kinds.len() + 1)? - 1;
        self.node_kinds.push(kind);
        self.numbers.push(node);
        self.places.push(node);
        Ok(node)
    }

    /// Adds edges between nodes that are known, in any order.
    ///
    /// # Errors
    /// When a node is unknown or there are too many edges; then none is added.
    pub fn add(&mut self, edges: &[Edge]) -> Result<(), GraphError> {
        for &edge in edges {
            known(edge, self.nodes())?;
        }
        number(self.edges() + edges.len())?;
        let edges = edges.iter().filter(|edge| edge.from != edge.to);
        let (down, up) = (self.view(Direction::Down), self.view(Direction::Up));
        let both = |edge: &Edge| (down.added(edge.from, edge.to, edge.kind), up.added(edge.to, edge.from, edge.kind));
        let (along, against): (Vec<Added>, Vec<Added>) = edges.map(both).unzip();
        self.down.delta.add(along);
        self.up.delta.add(against);
        if self.unfolded() > DELTA_EDGES_MIN.max(self.down.base.edges() / DELTA_PART) {
            self.fold();
        }
        Ok(())
    }

    /// Makes the order anew over all edges, those added included.
    pub fn fold(&mut self) {
        // One direction is enough to make both, and there may not be room for more.
        self.up = Side::default();
        let down = std::mem::take(&mut self.down);
        let adjacency = down.base.with(&down.delta, self.nodes());
        drop(down);
        let numbers = std::mem::take(&mut self.numbers);
        self.arrange(adjacency, numbers);
    }

    /// Orders the nodes of `adjacency`, whose places stand for the nodes in `numbers`.
    fn arrange(&mut self, adjacency: Adjacency, numbers: Vec<u32>) {
        self.places = Vec::new();
        let Order { old, cycles } = Order::of(&adjacency);
        let base = adjacency.ordered(&old, &numbers);
        drop(adjacency);
        self.numbers = old.iter().map(|&old| numbers[old as usize]).collect();
        drop((old, numbers));
        self.places = order::inverse(&self.numbers);
        let up = base.turned_round(&self.places);
        let end = self.numbers.len() as u32;
        let turned = cycles.iter().rev().map(|cycle| end - cycle.end..end - cycle.start).collect();
        self.down = Side { base, delta: Delta::default(), cycles, is_turned: false };
        self.up = Side { base: up, delta: Delta::default(), cycles: turned, is_turned: true };
    }

    fn view(&self, direction: Direction) -> View<'_> {
        let side = if direction == Direction::Down { &self.down } else { &self.up };
        View { graph: self, side }
    }
}

fn known(edge: Edge, nodes: usize) -> Result<(), GraphError> {
    let unknown = [edge.from, edge.to].into_iter().find(|&node| node as usize >= nodes);
    unknown.map_or(Ok(()), |node| Err(GraphError::UnknownNode { node, nodes }))
}

/// A count as a number of 32 bits; the largest is left free.
fn number(count: usize) -> Result<u32, GraphError> {
    let max = u32::MAX - 1;
    u32::try_from(count).ok().filter(|&count| count <= max).ok_or(GraphError::TooLarge { max })
}
