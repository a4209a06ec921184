//! The graph on the command line; one file for each subcommand.

mod describe;
mod diff;
mod export;
mod start;
mod walk;
mod why;

use clap::Subcommand;
use headworks_store::graph::Direction;

use crate::arguments::Global;
use crate::commands::store_option::StoreOption;
use crate::exit::Exit;

/// What can be asked of the graph.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List all that is affected by something, with the path to each
    Impact(walk::Options),
    /// List all that something rests on, with the path to each
    Path(walk::Options),
    /// Show the shortest path from one thing to another that it affects, with the evidence of each step
    Why(why::Options),
    /// List what became known since an entry of the log, or a time
    Diff(diff::Options),
    /// Write the whole graph
    Export(export::Options),
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Impact(options) => walk::run(global, options, Direction::Down).await,
        Command::Path(options) => walk::run(global, options, Direction::Up).await,
        Command::Why(options) => why::run(global, options).await,
        Command::Diff(options) => diff::run(global, options).await,
        Command::Export(options) => export::run(global, options).await,
    }
}
