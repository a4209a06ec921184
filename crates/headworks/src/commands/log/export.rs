use std::path::PathBuf;

use clap::Args;

use super::StoreOption;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks log export`.
#[derive(Debug, Args)]
#[command(after_help = "\
The copy has the layout of C2SP tlog-tiles, envelopes under `envelopes/` by the digest of their bytes, and the public
keys; any static file server can serve it.

Example:
  headworks log export ./public-log")]
pub(crate) struct Options {
    /// Directory for the copy
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    store: StoreOption,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let store = options.store.open(global).await?;
    let entries = store.log().export(&options.folder)?;
    terminal::answer(&format!("{entries} entries copied to `{}`\n", options.folder.display()))?;
    Ok(Exit::Fine)
}
