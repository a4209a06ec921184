use clap::Args;
use headworks_store::{Node, StoredGraph};

use super::StoreOption;
use super::describe::label;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Which graph, and how the answer is written.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) store: StoreOption,
}

/// What somebody named: exactly one thing, or how the run ends instead.
pub(super) enum Start {
    One(Node),
    Ended(Exit),
}

impl Asked {
    pub(super) async fn graph(&self, global: &Global) -> anyhow::Result<StoredGraph> {
        Ok(self.store.open(global).await?.graph().await?)
    }
}

/// Finds the one thing that is meant; says so when it is none or one of several.
pub(super) async fn find(graph: &StoredGraph, wanted: &str) -> anyhow::Result<Start> {
    let mut found = graph.find(wanted).await?;
    if found.len() == 1 {
        return Ok(Start::One(found.remove(0)));
    }
    let wanted: String = wanted.escape_debug().collect();
    if found.is_empty() {
        terminal::note(&format!(
            "nothing in the log is called `{wanted}`\nhint: `headworks graph export` lists all that is known"
        ));
        return Ok(Start::Ended(Exit::NothingMatched));
    }
    let lines: String =
        found.iter().map(|node| format!("  {}\n    {}\n", label(node), node.key.escape_debug())).collect();
    terminal::note(&format!("`{wanted}` may be any of these:\n{lines}hint: name one by its whole key"));
    Ok(Start::Ended(Exit::Failed))
}
