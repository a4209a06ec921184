use clap::Subcommand;
use headworks_store::{Rebuilt, Store};

use crate::arguments::Global;
use crate::commands::store_option::StoreOption;
use crate::exit::Exit;
use crate::terminal;

/// What can be done with the store.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Delete the index and make it again from the log and the content
    Rebuild(StoreOption),
    /// Print the public key of the gate, which verifies its verdicts and its signatures over files
    Key(StoreOption),
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Rebuild(options) => {
            let (folder, options) = options.place(global)?;
            let Rebuilt { entries, records } = Store::rebuild(&folder, options).await?;
            terminal::answer(&format!("{entries} entries of the log, {records} records\n"))?;
        }
        Command::Key(options) => {
            let store = options.open(global).await?;
            terminal::answer(&store.log().gate().to_pem())?;
        }
    }
    Ok(Exit::Fine)
}
