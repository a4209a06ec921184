use std::path::PathBuf;

use clap::Args;
use headworks_report::bom;

use super::{document, table};
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks bom elements`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The document
    document: PathBuf,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Exit> {
    let document = document(&options.document)?;
    let format = (document.format.as_str(), document.version.as_str());
    terminal::answer(&table(&bom::elements(&document.bom, format, document.is_signed)))?;
    Ok(Exit::Fine)
}
