use std::path::PathBuf;

use clap::{Args, Subcommand};
use headworks_store::{Options, Rebuilt, Store};

use crate::arguments::Global;
use crate::exit::Exit;
use crate::settings::{Given, Settings};
use crate::terminal;

/// What can be done with the store.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Delete the index and make it again from the log and the content
    Rebuild(RebuildOptions),
}

/// Options of `headworks store rebuild`.
#[derive(Debug, Args)]
pub(crate) struct RebuildOptions {
    /// Directory of the store
    #[arg(long, env = "HEADWORKS_STORE", value_name = "DIR")]
    store: Option<PathBuf>,
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let Command::Rebuild(RebuildOptions { store }) = command;
    let folder = Settings::resolve(global, Given { store, ..Given::default() }, &[])?.store.value;
    let Rebuilt { entries, records } = Store::rebuild(&folder, Options::default()).await?;
    terminal::answer(&format!("{entries} entries of the log, {records} records\n"))?;
    Ok(Exit::Fine)
}
