use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::StoreOption;
use super::find::{self, Wanted};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks log prove`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks log prove 9b1c77e0 --out model.tlog-proof
  headworks log prove 17")]
pub(crate) struct Options {
    /// Index of an entry, or start of the digest of an envelope, a record, an artifact or a file; the newest entry counts
    #[arg(value_name = "DIGEST|INDEX")]
    wanted: String,
    /// File for the receipt, in place of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    store: StoreOption,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let wanted = Wanted::parse(&options.wanted)?;
    let store = options.store.open(global).await?;
    let (newest, _) = find::entries(store.log(), Some(&wanted), "", 1).await?;
    let Some(entry) = newest.first() else {
        terminal::note(&format!("no entry of the log matches `{}`\nhint: headworks log show", options.wanted));
        return Ok(Exit::NothingMatched);
    };
    let receipt = store.log().receipt(entry.index)?.to_string();
    match options.out {
        None => terminal::answer(&receipt)?,
        Some(path) => {
            std::fs::write(&path, receipt).with_context(|| format!("cannot write `{}`", path.display()))?;
            terminal::note(&format!("entry {} is proven by `{}`", entry.index, path.display()));
        }
    }
    Ok(Exit::Fine)
}
