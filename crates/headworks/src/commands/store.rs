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
    Rebuild(StoreOptions),
    /// Print the public key of the gate, which verifies its verdicts and its signatures over files
    Key(StoreOptions),
}

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct StoreOptions {
    /// Directory of the store
    #[arg(long, env = "HEADWORKS_STORE", value_name = "DIR")]
    store: Option<PathBuf>,
}

impl StoreOptions {
    fn folder(self, global: &Global) -> anyhow::Result<PathBuf> {
        Ok(Settings::resolve(global, Given { store: self.store, ..Given::default() }, &[])?.store.value)
    }
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Rebuild(options) => {
            let Rebuilt { entries, records } = Store::rebuild(&options.folder(global)?, Options::default()).await?;
            terminal::answer(&format!("{entries} entries of the log, {records} records\n"))?;
        }
        Command::Key(options) => {
            let store = Store::open(&options.folder(global)?).await?;
            terminal::answer(&store.log().gate().to_pem())?;
        }
    }
    Ok(Exit::Fine)
}
