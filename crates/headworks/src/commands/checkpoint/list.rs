use clap::Args;
use headworks_attest::training::{Event, EventKind};

use super::ReadingRun;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks checkpoint list`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    run: ReadingRun,
}

pub(super) async fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let chain = options.run.chain(&options.run.store(global).await?).await?;
    terminal::answer(&chain.events().iter().map(row).collect::<String>())?;
    Ok(Exit::Fine)
}

fn row(event: &Event) -> String {
    let kind = match event.kind {
        EventKind::Start => "start",
        EventKind::Save => "save",
        EventKind::Resume => "resume",
        EventKind::Rewind => "rewind",
    };
    let root = event.root.map(|root| root.abbreviated()).unwrap_or_default();
    let reason: String = event.reason.iter().flat_map(|reason| reason.escape_debug()).collect();
    format!("{:>6}  {kind:<6}  step {:>9}  {root}  {reason}\n", event.seq, event.step)
}
