use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use headworks_attest::{Envelope, jsf, json};

use super::{deliver, document, read};
use crate::commands::sign::PrivateKey;
use crate::exit::Exit;

/// What an SPDX document is called in an envelope.
pub(super) const SPDX: &str = "application/spdx+json";

/// Options of `headworks bom sign`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The document
    document: PathBuf,
    #[command(flatten)]
    key: PrivateKey,
    /// File to write: the signed document, or for SPDX the envelope that holds it [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Exit> {
    let bytes = read(&options.document)?;
    let known = document(&options.document)?;
    let key = options.key.read()?;
    let text = if known.format == "CycloneDX" {
        let signed =
            jsf::sign(&json::value(&bytes)?, &key).with_context(|| format!("`{}`", options.document.display()))?;
        let mut text = serde_json::to_string_pretty(&signed)?;
        text.push('\n');
        text
    } else {
        String::from_utf8(Envelope::sign(SPDX, bytes, &key)?.to_json())?
    };
    deliver(options.out.as_deref(), &text)?;
    Ok(Exit::Fine)
}
