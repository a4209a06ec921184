use clap::Args;
use headworks_store::graph::{Kinds, Step};
use headworks_store::{Node, Stated, StoredGraph};
use headworks_types::Basis;
use serde_json::{Value, json};

use super::describe::{document, edge_kind, label, stated};
use super::start::{Asked, Start, find};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks graph why`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks graph why pkg:pypi/torch@2.1.0 9b1c77e0
  headworks graph why acme 9b1c77e0 --json              then: headworks log prove ENTRY")]
pub(crate) struct Options {
    /// What affects
    #[arg(value_name = "THING")]
    from: String,
    /// What is affected
    #[arg(value_name = "AFFECTED")]
    to: String,
    #[command(flatten)]
    asked: Asked,
}

/// A step of the path with what it rests on.
struct Reason {
    from: Node,
    edge: &'static str,
    to: Node,
    stated: Stated,
}

pub(super) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let graph = options.asked.graph(global).await?;
    let (from, to) = match (find(&graph, &options.from).await?, find(&graph, &options.to).await?) {
        (Start::One(from), Start::One(to)) => (from, to),
        (Start::Ended(one), Start::Ended(other)) => return Ok(one.worse(other)),
        (Start::Ended(exit), _) | (_, Start::Ended(exit)) => return Ok(exit),
    };
    let Some((start, path)) = shortest(&graph, &from, &to)? else {
        terminal::note(&format!(
            "{} does not affect {}, as far as the log says\nhint: ask the other way round, or `headworks graph impact`",
            label(&from),
            label(&to)
        ));
        return Ok(Exit::NothingMatched);
    };
    let reasons = reasons(&graph, start, &path).await?;
    let text =
        if options.asked.json { format!("{:#}\n", as_json(&from, &to, &reasons)) } else { as_text(&to, &reasons) };
    terminal::answer(&text)?;
    Ok(Exit::Fine)
}

/// The shortest of the paths from a thing and from what it stands for; with equal ones, that from the least number.
fn shortest(graph: &StoredGraph, from: &Node, to: &Node) -> anyhow::Result<Option<(u32, Vec<Step>)>> {
    let mut best: Option<(u32, Vec<Step>)> = None;
    let mut sources = graph.stands_for(from.number)?;
    sources.sort_unstable();
    for source in sources {
        let path = graph.engine().path(source, to.number, &Kinds::ALL)?;
        if let Some(path) = path.filter(|path| best.as_ref().is_none_or(|(_, best)| path.len() < best.len())) {
            best = Some((source, path));
        }
    }
    Ok(best)
}

async fn reasons(graph: &StoredGraph, start: u32, path: &[Step]) -> anyhow::Result<Vec<Reason>> {
    let numbers: Vec<u32> = std::iter::once(start).chain(path.iter().map(|step| step.node)).collect();
    let nodes = graph.nodes(&numbers).await?;
    let mut reasons = Vec::new();
    for (step, ends) in path.iter().zip(nodes.windows(2)) {
        let (Some(kind), [from, to]) = (edge_kind(step.kind), ends) else { continue };
        // The index may have moved on since the graph was loaded, but nothing is ever taken out of it.
        let Some(stated) = graph.stated(from.number, kind, to.number).await? else { continue };
        reasons.push(Reason { from: from.clone(), edge: kind.word(), to: to.clone(), stated });
    }
    Ok(reasons)
}

fn as_text(to: &Node, reasons: &[Reason]) -> String {
    if reasons.is_empty() {
        return format!("{} is the same thing\n", label(to));
    }
    let line = |Reason { from, edge, to, stated }: &Reason| {
        let confidence = match stated.confidence {
            Basis::Verified => "verified",
            Basis::Observed => "observed",
            Basis::Stated => "stated",
        };
        format!("{} -{edge}-> {}\n  {confidence}, entry {} of the log\n", label(from), label(to), stated.evidence)
    };
    reasons.iter().map(line).collect()
}

fn as_json(from: &Node, to: &Node, reasons: &[Reason]) -> Value {
    let step = |reason: &Reason| {
        json!({
            "from": document(&reason.from),
            "edge": reason.edge,
            "to": document(&reason.to),
            "stated": stated(&reason.stated),
        })
    };
    json!({ "from": document(from), "to": document(to), "path": reasons.iter().map(step).collect::<Vec<_>>() })
}
