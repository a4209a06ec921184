use clap::Args;
use headworks_attest::trust::Moment;

use super::Place;
use super::file::TrustFile;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks trust review`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  headworks trust review --stale-after-days 30")]
pub(crate) struct Options {
    /// After how many days without a review nothing is established by this store any more
    #[arg(long, value_name = "DAYS")]
    stale_after_days: Option<u32>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let mut file = TrustFile::read(global, &options.place)?;
    let now = Moment::from_ms(terminal::now().as_millisecond());
    file.store.reviewed = Some(now);
    file.store.stale_after_days = options.stale_after_days.or(file.store.stale_after_days);
    file.write()?;
    terminal::answer(&format!("revocations reviewed: {now}\n"))?;
    Ok(Exit::Fine)
}
