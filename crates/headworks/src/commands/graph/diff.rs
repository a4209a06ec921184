use std::collections::HashMap;

use anyhow::Context as _;
use clap::Args;
use headworks_store::{Node, StoredEdge, StoredGraph};
use serde_json::{Value, json};

use super::describe::{document, label, stated};
use super::start::Asked;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks graph diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
The log only grows, so nothing is ever taken away: what is listed is what entries said first.

Examples:
  headworks graph diff --since 120
  headworks graph diff --since 2026-11-01
  headworks graph diff --since 2026-11-01T12:00:00Z --json")]
pub(crate) struct Options {
    /// Index of an entry of the log, or a time: the entries from the first verdict on that was decided then or later
    #[arg(long, value_name = "INDEX|TIME")]
    since: String,
    #[command(flatten)]
    asked: Asked,
}

pub(super) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let graph = options.asked.graph(global).await?;
    let Some(index) = index(&graph, &options.since).await? else {
        terminal::note(&format!("no verdict was decided at `{}` or later", options.since.escape_debug()));
        return Ok(Exit::NothingMatched);
    };
    let (nodes, edges) = graph.since(index).await?;
    let ends: Vec<u32> = edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
    let ends: HashMap<u32, Node> = graph.nodes(&ends).await?.into_iter().map(|node| (node.number, node)).collect();
    let render = if options.asked.json { as_json } else { as_text };
    terminal::answer(&render(index, &nodes, &edges, &ends))?;
    Ok(Exit::Fine)
}

async fn index(graph: &StoredGraph, since: &str) -> anyhow::Result<Option<u64>> {
    if let Ok(index) = since.parse() {
        return Ok(Some(index));
    }
    let day = || format!("{since}T00:00:00Z").parse::<jiff::Timestamp>();
    let time = since.parse::<jiff::Timestamp>().or_else(|_| day());
    let time = time.with_context(|| {
        format!("`{since}` is no index and no time\nhint: write a time as 2026-11-01 or 2026-11-01T12:00:00Z")
    })?;
    Ok(graph.first_since(time.as_millisecond()).await?)
}

fn as_text(index: u64, nodes: &[Node], edges: &[StoredEdge], ends: &HashMap<u32, Node>) -> String {
    let mut text = format!("since entry {index}: {} things and {} edges are new\n", nodes.len(), edges.len());
    for node in nodes {
        text.push_str(&format!("+ {}  entry {}\n", label(node), node.evidence));
    }
    for edge in edges {
        if let (Some(from), Some(to)) = (ends.get(&edge.from), ends.get(&edge.to)) {
            let (kind, entry) = (edge.kind.word(), edge.stated.evidence);
            text.push_str(&format!("+ {} -{kind}-> {}  entry {entry}\n", label(from), label(to)));
        }
    }
    text
}

fn as_json(index: u64, nodes: &[Node], edges: &[StoredEdge], ends: &HashMap<u32, Node>) -> String {
    let edge = |edge: &StoredEdge| {
        let key = |number: u32| ends.get(&number).map(|node| node.key.as_str());
        json!({ "from": key(edge.from), "edge": edge.kind.word(), "to": key(edge.to), "stated": stated(&edge.stated) })
    };
    let (nodes, edges): (Vec<Value>, Vec<Value>) =
        (nodes.iter().map(document).collect(), edges.iter().map(edge).collect());
    format!("{:#}\n", json!({ "since": index, "things": nodes, "edges": edges }))
}
