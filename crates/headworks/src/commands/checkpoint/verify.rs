use std::path::PathBuf;

use clap::Args;

use super::ReadingRun;
use super::chain::{measure, now_ms};
use crate::arguments::Global;
use crate::commands::witness_option::WitnessOption;
use crate::exit::Exit;

/// Options of `headworks checkpoint verify`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The checkpoint
    checkpoint: PathBuf,
    #[command(flatten)]
    run: ReadingRun,
    #[command(flatten)]
    witness: WitnessOption,
}

pub(super) async fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let store = options.run.store(global).await?;
    if let Some(fault) = options.witness.contradicts(store.log())? {
        return super::contradicted(&fault);
    }
    let (chain, saved) = (options.run.chain(&store).await?, measure(&options.checkpoint)?);
    super::answer(chain.resume(saved.root, &saved.files, "", now_ms()), |event| {
        super::newest(&options.checkpoint, event)
    })
}
