//! The graph as it is seen downstream or upstream: in both directions edges lead forward.

use std::ops::Range;

use super::Graph;
use super::adjacency::Adjacency;
use super::bits::Bits;
use super::delta::{Added, Delta};
use super::kinds::Kinds;

/// The edges in one direction.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) base: Adjacency,
    pub(super) delta: Delta,
    /// Where nodes lie that all reach each other over the edges of `base`.
    pub(super) cycles: Vec<Range<u32>>,
    /// Whether places are counted from the end of the order.
    pub(super) is_turned: bool,
}

/// The graph in one direction.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'g> {
    pub(super) graph: &'g Graph,
    pub(super) side: &'g Side,
}

impl Side {
    /// The place on this side of one in the order, and back. Nodes that were added since have their number as place.
    pub(super) fn turned(&self, place: u32) -> u32 {
        let end = self.base.places();
        if self.is_turned && place < end { end - 1 - place } else { place }
    }
}

impl View<'_> {
    /// The place of a node.
    pub(super) fn place(&self, node: u32) -> u32 {
        self.side.turned(self.graph.places[node as usize])
    }

    /// The node at a place.
    pub(super) fn node(&self, place: u32) -> u32 {
        self.graph.numbers[self.side.turned(place) as usize]
    }

    /// An edge as it is added on this side.
    pub(super) fn added(&self, from: u32, to: u32, kind: u8) -> Added {
        Added { from: self.place(from), to: self.place(to), kind, number: to }
    }

    /// Kind of the node at a place.
    pub(super) fn node_kind(&self, place: u32) -> u8 {
        self.graph.node_kinds[self.node(place) as usize]
    }

    /// How many edges a node has, but for those that were added.
    pub(super) fn degree(&self, node: u32) -> usize {
        self.side.base.targets(self.place(node)).len()
    }

    /// Whether an edge of the order leads to a place of the order from one in the set.
    pub(super) fn any_before(&self, place: u32, set: &Bits) -> bool {
        let last = self.side.base.places() - 1;
        self.other_way().targets(last - place).iter().any(|&before| set.contains(last - before))
    }

    /// The edges of the order the other way, over places counted from its other end.
    pub(super) fn other_way(&self) -> &Adjacency {
        if self.side.is_turned { &self.graph.down.base } else { &self.graph.up.base }
    }

    /// Number of places.
    pub(super) fn places(&self) -> u32 {
        self.graph.numbers.len() as u32
    }

    /// Calls `met` with place and kind for each edge from a place, by the number of the node at its end and the kind,
    /// until it answers no.
    pub(super) fn follow(&self, place: u32, kinds: &Kinds, mut met: impl FnMut(u32, u8) -> bool) -> bool {
        let (targets, edge_kinds) = (self.side.base.targets(place), self.side.base.kinds(place));
        let wanted = targets.iter().zip(edge_kinds).filter(|&(_, &kind)| kinds.contains(kind));
        let added = self.side.delta.of(place);
        if added.is_empty() {
            return wanted.into_iter().all(|(&to, &kind)| met(to, kind));
        }
        let mut all: Vec<(u32, u8, u32)> = wanted.map(|(&to, &kind)| (self.node(to), kind, to)).collect();
        let added = added.iter().filter(|added| kinds.contains(added.kind));
        all.extend(added.map(|added| (added.number, added.kind, added.to)));
        all.sort_unstable();
        all.into_iter().all(|(_, kind, to)| met(to, kind))
    }
}
