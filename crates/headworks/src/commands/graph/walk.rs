use std::collections::{BTreeMap, HashMap};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use headworks_store::graph::{Direction, Hit, Kinds, Query};
use headworks_store::relations::NodeKind;
use headworks_store::{Node, StoredGraph};
use serde_json::{Value, json};

use super::describe::{document, edge_kind, label};
use super::start::{Asked, Start, find};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks graph impact` and `headworks graph path`.
#[derive(Debug, Args)]
#[command(after_help = "\
A thing is named by a digest or its start, a package URL, a name, a key, or a publisher.

Examples:
  headworks graph impact pkg:pypi/torch@2.1.0          what depends on it
  headworks graph impact acme --admitted               what was admitted and would stop if `acme` were revoked
  headworks graph path 9b1c77e0 --only dataset         the data that it rests on")]
pub(crate) struct Options {
    /// The thing
    #[arg(value_name = "THING")]
    thing: String,
    /// Only things of this kind; may be given more than once
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    only: Vec<NodeKind>,
    /// Only artifacts whose newest verdict by some tier is an admission
    #[arg(long, conflicts_with = "only")]
    admitted: bool,
    /// Most things to list, the nearest first
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    asked: Asked,
}

fn kinds() -> impl clap::builder::TypedValueParser<Value = NodeKind> {
    let words = PossibleValuesParser::new(NodeKind::ALL.map(|(_, word)| word));
    words.try_map(|word| NodeKind::parse(&word).ok_or("no such kind"))
}

/// All that was found.
struct Found {
    /// The thing, and what it stands for.
    sources: Vec<Node>,
    direction: Direction,
    by_kind: BTreeMap<&'static str, u64>,
    count: usize,
    hits: Vec<Hit>,
    nodes: HashMap<u32, Node>,
    /// Tiers by which artifacts are admitted, when that was asked.
    admitted: Option<HashMap<String, Vec<String>>>,
}

pub(super) async fn run(global: &Global, options: Options, direction: Direction) -> anyhow::Result<Exit> {
    let graph = options.asked.graph(global).await?;
    let start = match find(&graph, &options.thing).await? {
        Start::One(start) => start,
        Start::Ended(exit) => return Ok(exit),
    };
    let found = walk(&graph, &start, &options, direction).await?;
    let text = if options.asked.json { format!("{:#}\n", found.document()) } else { found.text() };
    terminal::answer(&text)?;
    if let left @ 1.. = found.count - found.hits.len() {
        terminal::note(&format!("{left} more are farther away\nhint: list more with --limit"));
    }
    Ok(Exit::Fine)
}

async fn walk(graph: &StoredGraph, start: &Node, options: &Options, direction: Direction) -> anyhow::Result<Found> {
    // Downstream a name stands for all that goes by it; upstream it is found anyway.
    let sources = if direction == Direction::Down { graph.stands_for(start.number)? } else { vec![start.number] };
    let admitted = if options.admitted { Some(graph.admitted().await?) } else { None };
    let only: &[NodeKind] = if options.admitted { &[NodeKind::Artifact] } else { &options.only };
    let target_kinds = if only.is_empty() { Kinds::ALL } else { only.iter().map(|&kind| kind as u8).collect() };
    // Which artifacts are admitted is no kind of node, so their paths are all found and chosen from.
    let paths_max = if options.admitted { usize::MAX } else { options.limit };
    let query = Query { sources: sources.clone(), direction, target_kinds, paths_max, ..Query::default() };
    let reached = graph.engine().reach(&query)?;
    let (mut hits, mut count) = (reached.first.clone(), usize::try_from(reached.count)?);
    let mut by_kind = BTreeMap::new();
    if let Some(admitted) = &admitted {
        let nodes = graph.nodes(&hits.iter().map(Hit::node).collect::<Vec<_>>()).await?;
        let keep: HashMap<u32, bool> =
            nodes.iter().map(|node| (node.number, admitted.contains_key(&node.key))).collect();
        hits.retain(|hit| keep.get(&hit.node()) == Some(&true));
        count = hits.len();
        hits.truncate(options.limit);
        by_kind.insert(NodeKind::Artifact.word(), count as u64);
    } else {
        for kind in reached.nodes().into_iter().filter_map(|node| graph.engine().kind(node)) {
            let word = NodeKind::ALL.get(usize::from(kind)).map_or("?", |(_, word)| word);
            *by_kind.entry(word).or_default() += 1;
        }
    }
    let on_paths = hits.iter().flat_map(|hit| std::iter::once(hit.source).chain(hit.path.iter().map(|step| step.node)));
    let mut wanted: Vec<u32> = on_paths.collect();
    wanted.sort_unstable();
    wanted.dedup();
    let nodes = graph.nodes(&wanted).await?.into_iter().map(|node| (node.number, node)).collect();
    let sources = graph.nodes(&sources).await?;
    Ok(Found { sources, direction, by_kind, count, hits, nodes, admitted })
}

impl Found {
    /// Tiers by which a thing is admitted, when that was asked and it is an artifact that is.
    fn tiers(&self, node: &Node) -> Option<&Vec<String>> {
        self.admitted.as_ref()?.get(&node.key)
    }

    fn text(&self) -> String {
        let starts: String = self.sources.iter().rev().map(|node| self.line(node)).collect();
        let counts: Vec<String> = self
            .by_kind
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(kind, count)| format!("{count} × {kind}"))
            .collect();
        let (does, what) = match (self.direction, &self.admitted) {
            (Direction::Down, None) => ("affects", "that is known"),
            (Direction::Down, Some(_)) => ("affects", "else that is admitted"),
            (Direction::Up, None) => ("rests on", "that is known"),
            (Direction::Up, Some(_)) => ("rests on", "that is admitted"),
        };
        if self.count == 0 {
            return format!("{starts}{does} nothing {what}\n");
        }
        let mut text = format!("{starts}{does} {}\n", counts.join(", "));
        for kind in self.by_kind.keys() {
            let of_kind = self.hits.iter().filter_map(|hit| Some((hit, self.nodes.get(&hit.node())?)));
            let lines = of_kind.filter(|(_, node)| node.kind.word() == *kind);
            lines.for_each(|(hit, node)| text.push_str(&format!("\n{}  {}\n", self.line(node), self.path(hit))));
        }
        text
    }

    fn line(&self, node: &Node) -> String {
        let tiers = self.tiers(node).map(|tiers| format!(", admitted as {}", tiers.join(", "))).unwrap_or_default();
        format!("{}{tiers}\n", label(node))
    }

    fn path(&self, hit: &Hit) -> String {
        let name = |number: u32| self.nodes.get(&number).map(label).unwrap_or_default();
        let mut text = name(hit.source);
        for step in &hit.path {
            let kind = edge_kind(step.kind).map_or("?", |kind| kind.word());
            let arrow = if self.direction == Direction::Down { format!("-{kind}->") } else { format!("<-{kind}-") };
            text.push_str(&format!(" {arrow} {}", name(step.node)));
        }
        text
    }

    fn document(&self) -> Value {
        let hit = |hit: &Hit| {
            let node = self.nodes.get(&hit.node());
            let mut document = json!({ "thing": node.map(document), "path": self.steps(hit) });
            if let Some(tiers) = node.and_then(|node| self.tiers(node)) {
                document["admitted_as"] = json!(tiers);
            }
            document
        };
        let source = |node: &Node| {
            let mut document = document(node);
            if let Some(tiers) = self.tiers(node) {
                document["admitted_as"] = json!(tiers);
            }
            document
        };
        json!({
            "start": self.sources.iter().rev().map(source).collect::<Vec<_>>(),
            "direction": if self.direction == Direction::Down { "impact" } else { "path" },
            "count": self.count,
            "by_kind": self.by_kind,
            "hits": self.hits.iter().map(hit).collect::<Vec<_>>(),
        })
    }

    /// The edges of a path as they are stored, from what affects to what is affected.
    fn steps(&self, hit: &Hit) -> Vec<Value> {
        let key = |number: u32| self.nodes.get(&number).map(|node| node.key.as_str());
        let mut before = hit.source;
        let step = |step: &headworks_store::graph::Step| {
            let (from, to) = if self.direction == Direction::Down { (before, step.node) } else { (step.node, before) };
            before = step.node;
            json!({ "from": key(from), "edge": edge_kind(step.kind).map(|kind| kind.word()), "to": key(to) })
        };
        hit.path.iter().map(step).collect()
    }
}
