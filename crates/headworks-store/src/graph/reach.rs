//! All that is reached from one or many nodes, with shortest paths for the first of it.

use std::ops::Range;

use super::bits::Bits;
use super::delta::Added;
use super::kinds::Kinds;
use super::path::Step;
use super::view::View;
use super::{Graph, GraphError};

/// Nodes that are found by following edges before the rest is found by a pass over all: about as many as cost the same.
const BREADTH_FIRST_MAX: usize = 20_000;

/// Places after which a pass decides whether to go on by following edges or by looking back over them.
const BLOCK: u32 = 4096;

/// Which way edges are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// To what is affected.
    #[default]
    Down,
    /// To what affects.
    Up,
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Where it begins; these are no hits themselves.
    pub sources: Vec<u32>,
    /// Which way.
    pub direction: Direction,
    /// The edges that are followed.
    pub edge_kinds: Kinds,
    /// The nodes that are hits; others are passed through.
    pub target_kinds: Kinds,
    /// Hits that come with a path: the nearest ones.
    pub paths_max: usize,
}

/// What was reached.
#[derive(Debug)]
pub struct Reached<'g> {
    view: View<'g>,
    /// The sources too.
    places: Bits,
    sources: Vec<u32>,
    target_kinds: Kinds,
    /// How many hits there are.
    pub count: u64,
    /// The nearest hits, in the order of their paths.
    pub first: Vec<Hit>,
}

/// A node that was reached and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The source that the path begins at.
    pub source: u32,
    /// The shortest path from there, the node itself at its end; of several that by the least numbers, from the source on.
    pub path: Vec<Step>,
}

/// What following edges in breadth found: a queue with the place, the predecessor in the queue, and the edge's kind.
struct Breadth {
    queue: Vec<(u32, u32, u8)>,
    /// How many at its start were followed.
    followed: usize,
    first: Vec<Hit>,
}

impl Hit {
    /// The node.
    pub fn node(&self) -> u32 {
        self.path.last().map_or(self.source, |step| step.node)
    }
}

impl Reached<'_> {
    /// The hits by their numbers.
    pub fn nodes(&self) -> Vec<u32> {
        let mut nodes: Vec<u32> = self.hits().map(|place| self.view.node(place)).collect();
        nodes.sort_unstable();
        nodes
    }

    /// Whether a node is a hit.
    pub fn contains(&self, node: u32) -> bool {
        let is_known = (node as usize) < self.view.graph.nodes();
        is_known && self.is_hit(self.view.place(node))
    }

    fn is_hit(&self, place: u32) -> bool {
        self.places.contains(place)
            && self.sources.binary_search(&place).is_err()
            && (self.target_kinds == Kinds::ALL || self.target_kinds.contains(self.view.node_kind(place)))
    }

    fn hits(&self) -> impl Iterator<Item = u32> {
        self.places.iter().filter(|&place| self.is_hit(place))
    }
}

impl Graph {
    /// All that is reached.
    ///
    /// # Errors
    /// When a source is unknown.
    pub fn reach(&self, query: &Query) -> Result<Reached<'_>, GraphError> {
        self.reach_after(query, BREADTH_FIRST_MAX, BLOCK)
    }

    /// The same, with passes after `breadth` nodes, which look about after `block` places.
    pub(super) fn reach_after(&self, query: &Query, breadth: usize, block: u32) -> Result<Reached<'_>, GraphError> {
        let nodes = self.nodes();
        if let Some(&node) = query.sources.iter().find(|&&node| node as usize >= nodes) {
            return Err(GraphError::UnknownNode { node, nodes });
        }
        let view = self.view(query.direction);
        let mut places = Bits::new(nodes);
        let Breadth { queue, followed, first } = view.breadth(query, breadth, &mut places);
        let mut passes = Passes {
            view,
            kinds: query.edge_kinds,
            found: places,
            followed: Bits::new(nodes),
            block,
            next_look: 0,
            looks_back: false,
        };
        queue[..followed].iter().for_each(|&(place, _, _)| passes.followed.add(place));
        passes.close(queue[followed..].iter().map(|&(place, _, _)| place).collect(), breadth);
        let places = passes.found;
        let mut sources: Vec<u32> = query.sources.iter().map(|&node| view.place(node)).collect();
        sources.sort_unstable();
        sources.dedup();
        let target_kinds = query.target_kinds;
        let mut reached = Reached { view, places, sources, target_kinds, count: 0, first };
        reached.count = match target_kinds {
            Kinds::ALL => reached.places.count() - reached.sources.len() as u64,
            _ => reached.hits().count() as u64,
        };
        Ok(reached)
    }
}

impl View<'_> {
    /// Follows edges in breadth until enough is found.
    ///
    /// A place is found first over the path whose numbers are the least, for places are followed in the order of
    /// their own such paths and edges in the order of numbers.
    fn breadth(&self, query: &Query, max: usize, found: &mut Bits) -> Breadth {
        let mut sources = query.sources.clone();
        sources.sort_unstable();
        sources.dedup();
        let mut queue: Vec<(u32, u32, u8)> = sources.iter().map(|&node| (self.place(node), u32::MAX, 0)).collect();
        for &(place, _, _) in &queue {
            found.insert(place);
        }
        let enough = queue.len() + max;
        let (mut followed, mut hits) = (0, Vec::new());
        while let Some(&(place, _, _)) = queue.get(followed) {
            let whole = self.follow(place, &query.edge_kinds, |to, kind| {
                if found.insert(to) {
                    let is_hit = query.target_kinds == Kinds::ALL || query.target_kinds.contains(self.node_kind(to));
                    if is_hit && hits.len() < query.paths_max {
                        hits.push(queue.len());
                    }
                    queue.push((to, followed as u32, kind));
                }
                queue.len() < enough || hits.len() < query.paths_max
            });
            // A place whose edges were not all followed is left to the passes.
            if !whole {
                break;
            }
            followed += 1;
        }
        let first = hits.into_iter().map(|at| self.hit(&queue, at)).collect();
        Breadth { queue, followed, first }
    }

    fn hit(&self, queue: &[(u32, u32, u8)], mut at: usize) -> Hit {
        let mut path = Vec::new();
        loop {
            let (place, before, kind) = queue[at];
            let node = self.node(place);
            if before == u32::MAX {
                path.reverse();
                return Hit { source: node, path };
            }
            path.push(Step { node, kind });
            at = before as usize;
        }
    }
}

/// The search for all that is reached, when following edges one by one would take too long.
struct Passes<'g> {
    view: View<'g>,
    kinds: Kinds,
    found: Bits,
    /// The found places whose edges were followed; none is followed twice.
    followed: Bits,
    block: u32,
    /// Where a pass decides next.
    next_look: u32,
    /// Whether the pass looks back from each place for one that was found, in place of following the edges of those.
    ///
    /// Where most are found the first look finds one, and that is a fraction of all edges.
    looks_back: bool,
}

impl Passes<'_> {
    /// Adds all that is reached from `pending`, the found places whose edges were not followed.
    ///
    /// A pass finds all that edges forward lead to. What an edge led back to is followed next, as long as that takes
    /// no more than `little` edges, and else by another pass.
    fn close(&mut self, mut pending: Vec<u32>, mut little: usize) {
        while let Some(&start) = pending.iter().min() {
            pending = self.pass(start);
            // Later passes find little, wherever they are.
            self.block = u32::MAX;
            let mut edges = 0;
            while edges <= little {
                let Some(place) = pending.pop() else { return };
                if !self.followed.insert(place) {
                    continue;
                }
                self.view.follow(place, &self.kinds, |to, _| {
                    edges += 1;
                    if self.found.insert(to) {
                        pending.push(to);
                    }
                    true
                });
            }
            little *= 2;
        }
    }

    /// Follows the edges of all found places from `start` on, in their order; the places behind that were found so.
    fn pass(&mut self, start: u32) -> Vec<u32> {
        let mut behind = Vec::new();
        let (side, end) = (self.view.side, self.view.places());
        // With edges left out, what lies on a cycle need not all be reached.
        let cycles = if self.kinds == Kinds::ALL { side.cycles.as_slice() } else { &[] };
        let cycles = &cycles[cycles.partition_point(|cycle| cycle.end <= start)..];
        let start = cycles.first().map_or(start, |cycle| start.min(cycle.start));
        let mut added = side.delta.from(start);
        let mut at = start;
        self.looks_back = false;
        self.next_look = start.saturating_add(self.block);
        for cycle in cycles {
            self.sweep(at..cycle.start, &mut added, &mut behind);
            let looks_back = self.looks_back;
            if self.found.first_in(cycle.clone()).is_some()
                || looks_back && cycle.clone().any(|place| self.view.any_before(place, &self.found))
            {
                self.found.fill(cycle.clone());
            }
            self.sweep(cycle.clone(), &mut added, &mut behind);
            at = cycle.end;
        }
        self.sweep(at..end, &mut added, &mut behind);
        behind
    }

    fn sweep(&mut self, range: Range<u32>, added: &mut &[Added], behind: &mut Vec<u32>) {
        if self.looks_back {
            return self.look_back(range, added, behind);
        }
        let Self { view, kinds, found, followed, block, next_look, .. } = self;
        let base = &view.side.base;
        let mut at = range.start;
        while let Some(place) = found.first_beyond(followed, at..range.end) {
            if *kinds == Kinds::ALL {
                // Where all were found their edges are one run, and most of a large answer is found whole.
                let is_run = place + 64 <= range.end && found.is_whole_word(place) && followed.is_empty_word(place);
                at = place + if is_run { 64 } else { 1 };
                // Edges of the order lead back on cycles alone, and those were found whole.
                base.targets_of(place..at).iter().for_each(|&to| found.add(to));
            } else {
                let wanted = base.targets(place).iter().zip(base.kinds(place));
                let wanted = wanted.filter(|&(_, &kind)| kinds.contains(kind));
                wanted.for_each(|(&to, _)| reach(place, to, found, behind));
                at = place + 1;
            }
            followed.fill(place..at);
            while let Some((first, rest)) = added.split_first().filter(|(first, _)| first.from < at) {
                if first.from >= place && kinds.contains(first.kind) {
                    reach(place, first.to, found, behind);
                }
                *added = rest;
            }
            if at >= *next_look {
                let dense = found.count_in(at - *block..at) >= u64::from(*block / 2);
                if dense && *kinds == Kinds::ALL {
                    self.looks_back = true;
                    return self.look_back(at..range.end, added, behind);
                }
                *next_look = at.saturating_add(*block);
            }
        }
    }

    /// The same by looking back: a place is found when one was found from which an edge leads to it.
    fn look_back(&mut self, range: Range<u32>, added: &mut &[Added], behind: &mut Vec<u32>) {
        let (before, end) = (self.view.other_way(), self.view.side.base.places());
        let Self { found, followed, .. } = self;
        for place in range {
            // What was added after the order was made has no edges in it.
            if !found.contains(place) {
                let sources = if place < end { before.targets(end - 1 - place) } else { &[] };
                if !sources.iter().any(|&source| found.contains(end - 1 - source)) {
                    continue;
                }
                found.add(place);
            }
            followed.add(place);
            while let Some((first, rest)) = added.split_first().filter(|(first, _)| first.from <= place) {
                if first.from == place {
                    reach(place, first.to, found, behind);
                }
                *added = rest;
            }
        }
    }
}

fn reach(from: u32, to: u32, found: &mut Bits, behind: &mut Vec<u32>) {
    if found.insert(to) && to < from {
        behind.push(to);
    }
}
