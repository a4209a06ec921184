use std::path::PathBuf;

use clap::Args;

use super::ReadingRun;
use super::chain::{measure, now_ms};
use crate::arguments::Global;
use crate::exit::Exit;

/// Options of `headworks checkpoint verify`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The checkpoint
    checkpoint: PathBuf,
    #[command(flatten)]
    run: ReadingRun,
}

pub(super) async fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let (chain, saved) = (options.run.chain(global).await?, measure(&options.checkpoint)?);
    super::answer(chain.resume(saved.root, &saved.files, "", now_ms()), |event| {
        super::newest(&options.checkpoint, event)
    })
}
