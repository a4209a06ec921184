//! The engine of the graph beside the plainest search there is, on small graphs of every shape.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::{Direction, Edge, Graph, GraphError, Kinds, Query, Step};

/// What is true of a graph, computed as simply as it can be.
#[derive(Debug, Clone)]
struct Plain {
    node_kinds: Vec<u8>,
    edges: Vec<Edge>,
}

impl Plain {
    /// Neighbours by number, each with the least kind that leads there.
    fn next(&self, node: u32, direction: Direction, kinds: &Kinds) -> BTreeMap<u32, u8> {
        let mut next = BTreeMap::new();
        for edge in self.edges.iter().filter(|edge| kinds.contains(edge.kind)) {
            let (from, to) = if direction == Direction::Down { (edge.from, edge.to) } else { (edge.to, edge.from) };
            if from == node && to != node {
                let kind = next.entry(to).or_insert(edge.kind);
                *kind = edge.kind.min(*kind);
            }
        }
        next
    }

    /// Hits in the order that breadth finds them, with the path to each.
    fn reach(&self, query: &Query) -> Vec<(u32, Vec<Step>)> {
        let sources: BTreeSet<u32> = query.sources.iter().copied().collect();
        let mut seen = sources.clone();
        let mut queue: VecDeque<(u32, u32, Vec<Step>)> =
            sources.iter().map(|&source| (source, source, Vec::new())).collect();
        let mut hits = Vec::new();
        while let Some((node, source, path)) = queue.pop_front() {
            if !path.is_empty() && query.target_kinds.contains(self.node_kinds[node as usize]) {
                hits.push((source, path.clone()));
            }
            for (next, kind) in self.next(node, query.direction, &query.edge_kinds) {
                if seen.insert(next) {
                    let mut path = path.clone();
                    path.push(Step { node: next, kind });
                    queue.push_back((next, source, path));
                }
            }
        }
        hits
    }
}

/// A graph with edges that come later, and a question about it.
#[derive(Debug, Clone)]
struct Case {
    plain: Plain,
    /// Nodes that are there from the start.
    first_nodes: usize,
    /// Edges that are there from the start.
    first_edges: usize,
    fold_at_the_end: bool,
    query: Query,
    /// Nodes that are found in breadth, before passes find the rest.
    breadth: usize,
    /// Places after which passes look about.
    block: u32,
}

impl Case {
    fn graph(&self) -> Graph {
        let (first, later) = self.plain.edges.split_at(self.first_edges);
        let known = |edge: &&Edge| edge.from.max(edge.to) < self.first_nodes as u32;
        let base: Vec<Edge> = first.iter().filter(known).copied().collect();
        let mut graph = Graph::build(self.plain.node_kinds[..self.first_nodes].to_vec(), base).expect("builds");
        for (number, &kind) in (self.first_nodes as u32..).zip(&self.plain.node_kinds[self.first_nodes..]) {
            assert_eq!(graph.add_node(kind), Ok(number));
        }
        let rest: Vec<Edge> = first.iter().filter(|edge| !known(edge)).chain(later).copied().collect();
        for edges in rest.chunks(3) {
            graph.add(edges).expect("adds");
        }
        if self.fold_at_the_end {
            graph.fold();
            assert_eq!(graph.unfolded(), 0);
        }
        graph
    }
}

prop_compose! {
    fn case(nodes: std::ops::Range<usize>, edges: usize)(nodes in nodes)(
        node_kinds in prop::collection::vec(0u8..3, nodes),
        edges in prop::collection::vec((0..nodes as u32, 0..nodes as u32, 0u8..3), 0..edges),
        first_nodes in 0..=nodes,
        first_edges in any::<prop::sample::Index>(),
        fold_at_the_end in any::<bool>(),
        sources in prop::collection::vec(0..nodes as u32, 0..4),
        is_up in any::<bool>(),
        edge_kinds in prop_oneof![Just(Kinds::ALL), prop::collection::vec(0u8..3, 0..3).prop_map(Kinds::from_iter)],
        target_kinds in prop_oneof![Just(Kinds::ALL), prop::collection::vec(0u8..3, 0..3).prop_map(Kinds::from_iter)],
        paths_max in prop_oneof![Just(0usize), 0usize..30],
        breadth in prop_oneof![0usize..8, 0usize..100],
        block in prop_oneof![1u32..5, Just(64)],
    ) -> Case {
        let edges: Vec<Edge> = edges.into_iter().map(|(from, to, kind)| Edge { from, to, kind }).collect();
        let first_edges = first_edges.index(edges.len() + 1);
        let direction = if is_up { Direction::Up } else { Direction::Down };
        let query = Query { sources, direction, edge_kinds, target_kinds, paths_max };
        Case { plain: Plain { node_kinds, edges }, first_nodes, first_edges, fold_at_the_end, query, breadth, block }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn what_is_reached_is_what_a_plain_search_reaches_by_the_same_paths(case in prop_oneof![8 => case(1..24, 60), 1 => case(150..300, 1000)]) {
        let (graph, wanted) = (case.graph(), case.plain.reach(&case.query));
        let reached = graph.reach_after(&case.query, case.breadth, case.block).expect("all are known");
        let mut nodes: Vec<u32> = wanted.iter().map(|(_, path)| path[path.len() - 1].node).collect();
        nodes.sort_unstable();
        prop_assert_eq!(reached.count, nodes.len() as u64);
        prop_assert_eq!(reached.nodes(), nodes.clone());
        for node in 0..graph.nodes() as u32 {
            prop_assert_eq!(reached.contains(node), nodes.binary_search(&node).is_ok());
        }
        let first: Vec<(u32, Vec<Step>)> = reached.first.iter().map(|hit| (hit.source, hit.path.clone())).collect();
        prop_assert_eq!(first, &wanted[..wanted.len().min(case.query.paths_max)]);
    }

    #[test]
    fn the_path_between_two_is_the_least_of_the_shortest(case in prop_oneof![8 => case(1..24, 60), 1 => case(150..300, 1000)], from: prop::sample::Index, to: prop::sample::Index) {
        let graph = case.graph();
        let (from, to) = (from.index(graph.nodes()) as u32, to.index(graph.nodes()) as u32);
        let query = Query { sources: vec![from], edge_kinds: case.query.edge_kinds, ..Query::default() };
        let hits = case.plain.reach(&query);
        let hit = hits.iter().find(|(_, path)| path[path.len() - 1].node == to).map(|(_, path)| path.clone());
        let wanted = if from == to { Some(Vec::new()) } else { hit };
        prop_assert_eq!(graph.path(from, to, &query.edge_kinds), Ok(wanted));
    }
}

fn edge(from: u32, to: u32) -> Edge {
    Edge { from, to, kind: 0 }
}

fn reached(graph: &Graph, source: u32) -> Vec<u32> {
    graph.reach(&Query { sources: vec![source], ..Query::default() }).expect("is known").nodes()
}

#[test]
fn an_empty_graph_answers() {
    for graph in [Graph::default(), Graph::build(Vec::new(), []).expect("builds")] {
        assert_eq!((graph.nodes(), graph.edges()), (0, 0));
        assert_eq!(graph.reach(&Query::default()).expect("nothing is unknown").count, 0);
    }
}

#[test]
fn an_unknown_node_is_named_and_a_known_one_is_taken() {
    let unknown = GraphError::UnknownNode { node: 2, nodes: 2 };
    assert_eq!(Graph::build(vec![0; 2], [edge(0, 2)]).map(drop), Err(unknown));
    let mut graph = Graph::build(vec![0; 2], [edge(0, 1)]).expect("builds");
    assert_eq!(graph.add(&[edge(1, 0), edge(2, 1)]), Err(unknown));
    assert_eq!(graph.edges(), 1);
    assert_eq!(graph.path(2, 0, &Kinds::ALL), Err(unknown));
    assert_eq!(graph.reach(&Query { sources: vec![1, 2], ..Query::default() }).map(drop).unwrap_err(), unknown);
    assert_eq!(graph.add(&[edge(1, 0)]), Ok(()));
    assert_eq!(graph.edges(), 2);
}

#[test]
fn repeated_edges_count_once_and_those_to_oneself_not_at_all() {
    let graph = Graph::build(vec![0; 2], [edge(0, 1), edge(0, 1), edge(1, 1), edge(0, 0)]).expect("builds");
    assert_eq!(graph.edges(), 1);
    assert_eq!(reached(&graph, 0), [1]);
    assert_eq!(reached(&graph, 1), [0; 0]);
}

/// Longer than what is followed in breadth, so that passes must find the rest.
const LONG: u32 = 50_000;

#[test]
fn a_chain_is_followed_to_its_end_in_whatever_order_it_grows() {
    let whole: Vec<u32> = (1..LONG).collect();
    let along: Vec<Edge> = (1..LONG).map(|node| edge(node - 1, node)).collect();
    let graph = Graph::build(vec![0; LONG as usize], along.iter().copied()).expect("builds");
    assert_eq!(reached(&graph, 0), whole);
    // Beside the order, and each edge against it: the last node is the first of the order.
    let mut graph = Graph::build(vec![0; LONG as usize], []).expect("builds");
    graph.add(&along[..4000]).expect("adds");
    assert_eq!(graph.unfolded(), 4000);
    assert_eq!(reached(&graph, 0), &whole[..4000]);
    graph.add(&along[4000..]).expect("adds");
    assert_eq!(graph.unfolded(), 0, "so many are folded in");
    assert_eq!(reached(&graph, 0), whole);
}

#[test]
fn a_large_cycle_is_reached_whole_and_cut_where_a_kind_is_left_out() {
    let around = (0..LONG).map(|node| Edge { from: node, to: (node + 1) % LONG, kind: u8::from(node == LONG / 2) });
    let graph = Graph::build(vec![0; LONG as usize], around).expect("builds");
    let query = Query { sources: vec![LONG / 2 + 1], ..Query::default() };
    assert_eq!(graph.reach(&query).expect("is known").count, u64::from(LONG) - 1);
    let cut = Query { edge_kinds: Kinds::from_iter([0]), ..query };
    assert_eq!(graph.reach(&cut).expect("is known").count, u64::from(LONG) - 1);
    let near = Query { sources: vec![LONG / 2 - 5], ..cut };
    assert_eq!(graph.reach(&near).expect("is known").nodes(), (LONG / 2 - 4..=LONG / 2).collect::<Vec<_>>());
}
