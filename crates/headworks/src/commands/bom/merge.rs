use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use headworks_report::bom::{self, Bom, Format, Version};

use super::{deliver, document};
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks bom merge`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The documents
    #[arg(required = true, value_name = "FILE")]
    documents: Vec<PathBuf>,
    /// Name of the system that they are parts of
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Write SPDX 3.0.1 instead of CycloneDX 1.7
    #[arg(long)]
    spdx: bool,
    /// File to write instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// When the document is made, in seconds since the Unix epoch [default: now]
    #[arg(long, env = "SOURCE_DATE_EPOCH", value_name = "SECONDS")]
    timestamp: Option<i64>,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Exit> {
    let mut boms: Vec<Bom> = Vec::new();
    for path in &options.documents {
        boms.push(document(path)?.bom);
    }
    let created_ms = match options.timestamp {
        Some(seconds) => seconds.checked_mul(1000).context("the timestamp is too large")?,
        None => terminal::now().as_millisecond(),
    };
    let mut merged = bom::merge(&boms, &options.name, created_ms).context("there is nothing to merge")?;
    env!("CARGO_PKG_VERSION").clone_into(&mut merged.tool_version);
    let format = if options.spdx { Format::Spdx3 } else { Format::CycloneDx(Version::V1_7) };
    deliver(options.out.as_deref(), &bom::write(&merged, format))?;
    Ok(Exit::Fine)
}
