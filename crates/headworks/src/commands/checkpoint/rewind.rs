use clap::Args;
use headworks_attest::keys;

use super::SigningRun;
use super::chain::now_ms;
use crate::arguments::Global;
use crate::exit::Exit;

/// Options of `headworks checkpoint rewind`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    run: SigningRun,
    /// Event of the checkpoint to go back to, as `list` numbers them
    #[arg(long, value_name = "EVENT")]
    to: u64,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) async fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let key = options.run.key()?;
    let mut run = options.run.open(global, &key).await?;
    let event = run.chain()?.rewind(options.to, &options.reason, &keys::random_id()?, now_ms());
    super::record(&mut run, event, |event| {
        format!("`{}` goes on from step {} when it is resumed\n", event.run_id, event.step)
    })
    .await
}
