use std::path::PathBuf;

use clap::Args;
use headworks_attest::keys;

use super::SigningRun;
use super::chain::{measure, now_ms};
use crate::arguments::Global;
use crate::commands::witness_option::WitnessOption;
use crate::exit::Exit;

/// Options of `headworks checkpoint resume`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The checkpoint
    checkpoint: PathBuf,
    #[command(flatten)]
    run: SigningRun,
    #[command(flatten)]
    witness: WitnessOption,
}

pub(super) async fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let key = options.run.key()?;
    let mut run = options.run.open(global, &key).await?;
    if let Some(fault) = options.witness.contradicts(run.log())? {
        return super::contradicted(&fault);
    }
    let saved = measure(&options.checkpoint)?;
    let session = keys::random_id()?;
    let event = run.chain()?.resume(saved.root, &saved.files, &session, now_ms());
    if event.is_ok() {
        options.run.session().keep(&session)?;
    }
    super::record(&mut run, event, |event| super::newest(&options.checkpoint, event)).await
}
