use std::path::PathBuf;

use clap::Args;
use headworks_store::advisories::Import;

use super::super::store_option::StoreOption;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks advisories import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks advisories import PyPI/all.zip npm/all.zip
  headworks advisories import advisories.zip --ecosystem PyPI --taken-at 2026-01-31T12:00:00Z
  headworks advisories import our-advisories/ --ecosystem 'Hugging Face'

Zips, directories and single files of records in the OSV format. A copy takes the place of the one before, an
ecosystem at a time: whole, or not at all.")]
pub(crate) struct Options {
    /// Zips, directories or single records
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Whose advisories these are [default: the folder of an all.zip, or the only one that the records name]
    #[arg(long, value_name = "NAME")]
    ecosystem: Option<String>,
    /// When the copy was taken from its source [default: not known, so the newest change counts]
    #[arg(long, value_name = "TIME", value_parser = super::taken_at)]
    taken_at: Option<jiff::Timestamp>,
    #[command(flatten)]
    store: StoreOption,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let advisories = options.store.advisories(global).await?;
    let import = Import {
        paths: &options.paths,
        ecosystem: options.ecosystem.as_deref(),
        taken_at_ms: options.taken_at.map(jiff::Timestamp::as_millisecond),
        now_ms: terminal::now().as_millisecond(),
    };
    super::imported(&advisories.import(&import).await.map_err(super::with_hint)?)
}
