//! Edges in one direction, those of each place side by side.

use std::ops::Range;

use super::delta::Delta;
use super::{Edge, GraphError, number};

/// Edges that are held together while they come in.
const CHUNK_EDGES: usize = 1 << 20;

/// For each place the places that its edges lead to, and their kinds.
#[derive(Debug, Default)]
pub(super) struct Adjacency {
    /// Where the edges of each place begin, and at last where all end.
    starts: Vec<u32>,
    targets: Vec<u32>,
    kinds: Vec<u8>,
}

/// Edges as they came in, in pieces so that none is ever copied to grow.
#[derive(Debug)]
pub(super) struct Collected {
    chunks: Vec<Chunk>,
    /// How many edges each node has.
    degrees: Vec<u32>,
    edges: usize,
}

#[derive(Debug)]
struct Chunk {
    ends: Vec<(u32, u32)>,
    kinds: Vec<u8>,
}

impl Collected {
    pub(super) fn new(nodes: usize) -> Self {
        Self { chunks: Vec::new(), degrees: zeros(nodes), edges: 0 }
    }

    pub(super) fn push(&mut self, edge: Edge) -> Result<(), GraphError> {
        if self.edges.is_multiple_of(CHUNK_EDGES) {
            // The first chunk grows with what comes; small graphs are many.
            let capacity = if self.edges == 0 { 0 } else { CHUNK_EDGES };
            self.chunks.push(Chunk { ends: Vec::with_capacity(capacity), kinds: Vec::with_capacity(capacity) });
        }
        self.edges += 1;
        number(self.edges)?;
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.ends.push((edge.from, edge.to));
            chunk.kinds.push(edge.kind);
        }
        self.degrees[edge.from as usize] += 1;
        Ok(())
    }

    /// The edges by their source, in the order they came in; each chunk is freed when it is done.
    pub(super) fn into_adjacency(self) -> Adjacency {
        let mut filling = Filling::new(self.degrees);
        for Chunk { ends, kinds } in self.chunks {
            for ((from, to), kind) in ends.into_iter().zip(kinds) {
                filling.put(from, to, kind);
            }
        }
        filling.done()
    }
}

/// An adjacency whose edges are put in one by one, when it is known how many each place has.
struct Filling {
    /// Where the next edge of each place goes.
    next: Vec<u32>,
    targets: Vec<u32>,
    kinds: Vec<u8>,
}

impl Filling {
    fn new(mut degrees: Vec<u32>) -> Self {
        let mut edges = 0;
        for degree in &mut degrees {
            edges += std::mem::replace(degree, edges);
        }
        Self { next: degrees, targets: vec![0; edges as usize], kinds: vec![0; edges as usize] }
    }

    fn put(&mut self, from: u32, to: u32, kind: u8) {
        let at = &mut self.next[from as usize];
        self.targets[*at as usize] = to;
        self.kinds[*at as usize] = kind;
        *at += 1;
    }

    /// Where the next edge would go is where the edges of the next place begin.
    fn done(self) -> Adjacency {
        let mut starts = self.next;
        starts.insert(0, 0);
        Adjacency { starts, targets: self.targets, kinds: self.kinds }
    }
}

impl Adjacency {
    /// Number of places that it knows; those that were added since have no edges here.
    pub(super) fn places(&self) -> u32 {
        (self.starts.len().max(1) - 1) as u32
    }

    pub(super) fn edges(&self) -> usize {
        self.targets.len()
    }

    fn range(&self, place: u32) -> Range<usize> {
        match self.starts.get(place as usize..place as usize + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => 0..0,
        }
    }

    /// Where the edges of a place lead, by the number of the node there.
    pub(super) fn targets(&self, place: u32) -> &[u32] {
        &self.targets[self.range(place)]
    }

    /// The same for all places of a range.
    pub(super) fn targets_of(&self, places: Range<u32>) -> &[u32] {
        let start = |place: u32| self.starts.get(place.min(self.places()) as usize).map_or(0, |&start| start as usize);
        &self.targets[start(places.start)..start(places.end)]
    }

    /// The kinds of the edges of a place.
    pub(super) fn kinds(&self, place: u32) -> &[u8] {
        &self.kinds[self.range(place)]
    }

    fn of(&self, place: u32) -> impl Iterator<Item = (u32, u8)> {
        self.targets(place).iter().copied().zip(self.kinds(place).iter().copied())
    }

    /// The same with what was added, over `places` places.
    pub(super) fn with(&self, delta: &Delta, places: usize) -> Self {
        let edges = self.edges() + delta.edges();
        let (mut starts, mut targets, mut kinds) =
            (Vec::with_capacity(places + 1), Vec::with_capacity(edges), Vec::with_capacity(edges));
        starts.push(0);
        for place in 0..places as u32 {
            targets.extend_from_slice(self.targets(place));
            kinds.extend_from_slice(self.kinds(place));
            for added in delta.of(place) {
                targets.push(added.to);
                kinds.push(added.kind);
            }
            starts.push(targets.len() as u32);
        }
        Self { starts, targets, kinds }
    }

    /// The same with the places in the order `old`; edges of a place by the number of their end, each once.
    pub(super) fn ordered(&self, old: &[u32], numbers: &[u32]) -> Self {
        let new = super::order::inverse(old);
        let mut starts = Vec::with_capacity(old.len() + 1);
        let (mut targets, mut kinds) = (Vec::with_capacity(self.edges()), Vec::with_capacity(self.edges()));
        starts.push(0);
        let mut sorted: Vec<(u32, u8, u32)> = Vec::new();
        for &place in old {
            sorted.clear();
            sorted.extend(self.of(place).map(|(to, kind)| (numbers[to as usize], kind, new[to as usize])));
            sorted.sort_unstable();
            sorted.dedup();
            targets.extend(sorted.iter().map(|&(_, _, to)| to));
            kinds.extend(sorted.iter().map(|&(_, kind, _)| kind));
            starts.push(targets.len() as u32);
        }
        Self { starts, targets, kinds }
    }

    /// The edges the other way, over places counted from the other end, so that they too lead forward.
    ///
    /// Sources are met by their numbers (`places` has them by number), so edges come out in the order of those.
    pub(super) fn turned_round(&self, places: &[u32]) -> Self {
        let last = self.places().max(1) - 1;
        let mut degrees = zeros(self.places() as usize);
        for &target in &self.targets {
            degrees[(last - target) as usize] += 1;
        }
        let mut filling = Filling::new(degrees);
        for &place in places {
            for (to, kind) in self.of(place) {
                filling.put(last - to, last - place, kind);
            }
        }
        filling.done()
    }
}

/// A zero for each place, and room for one number more.
fn zeros(places: usize) -> Vec<u32> {
    let mut zeros = Vec::with_capacity(places + 1);
    zeros.resize(places, 0);
    zeros
}
