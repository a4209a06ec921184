use std::path::PathBuf;

use clap::Args;

use crate::arguments::Global;
use crate::commands::sign::PrivateKey;
use crate::commands::store_option::StoreOption;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks evaluation register`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The plan (TOML): its name and the thresholds, and the dataset and harness when they are fixed
    plan: PathBuf,
    #[command(flatten)]
    key: PrivateKey,
    #[command(flatten)]
    store: StoreOption,
}

pub(super) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let plan = super::plan(&options.plan)?;
    let envelope = plan.registration().sign(&options.key.read()?)?;
    let store = options.store.open(global).await?;
    let logged = store.log().append(&[envelope]).await?;
    let index = logged.first().map(|entry| entry.index.to_string()).unwrap_or_default();
    let name = plan.document.name.escape_debug();
    terminal::answer(&format!("Registered `{name}` ({}) as entry {index} of the log\n", plan.digest))?;
    Ok(Exit::Fine)
}
