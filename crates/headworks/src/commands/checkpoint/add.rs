use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_attest::training::{Chain, Saved};
use headworks_types::Digest;

use super::SigningRun;
use super::chain::{measure, now_ms};
use crate::arguments::Global;
use crate::exit::Exit;

/// Options of `headworks checkpoint add`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The checkpoint: weights, optimizer, scheduler, random state, data cursor
    checkpoint: PathBuf,
    #[command(flatten)]
    run: SigningRun,
    /// Training step
    #[arg(long, value_name = "N")]
    step: u64,
    /// Tokens or samples seen so far
    #[arg(long, value_name = "N")]
    tokens: Option<u64>,
    /// File with the position in the data
    #[arg(long, value_name = "FILE")]
    data_cursor: Option<PathBuf>,
    /// File with the run's configuration, which must stay the same
    #[arg(long, value_name = "FILE")]
    configuration: Option<PathBuf>,
}

pub(super) async fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let (key, session) = (options.run.key()?, options.run.session());
    let mut run = options.run.open(global, &key).await?;
    let digest = |path: &Option<PathBuf>| path.as_deref().map(file_digest).transpose();
    let (configuration, data_cursor) = (digest(&options.configuration)?, digest(&options.data_cursor)?);
    if run.chain.is_none() {
        run.record(&Chain::start(&run.name, &session.begin()?, configuration, now_ms())).await?;
    }
    let (step, tokens_seen) = (options.step, options.tokens);
    let saved = Saved { step, tokens_seen, data_cursor, configuration, ..measure(&options.checkpoint)? };
    let event = run.chain()?.save(saved, &session.current()?, now_ms());
    super::record(&mut run, event, |event| {
        format!("Recorded step {} of `{}` as event {}\n", event.step, event.run_id, event.seq)
    })
    .await
}

fn file_digest(path: &Path) -> anyhow::Result<Digest> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Digest::of(&bytes))
}
