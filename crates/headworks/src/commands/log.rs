//! The evidence log on the command line; one file for each subcommand.

mod export;
mod find;
mod prove;
mod show;
mod verify;
mod witness;

use std::path::Path;

use anyhow::Context as _;
use clap::Subcommand;
use headworks_attest::log::VerifierKey;

use crate::arguments::Global;
use crate::commands::store_option::StoreOption;
use crate::exit::Exit;

/// What can be done with the evidence log.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the entries, newest first
    Show(show::Options),
    /// Write a receipt: a proof that one entry is in the log
    Prove(prove::Options),
    /// Check the whole log, or a receipt without the log
    Verify(verify::Options),
    /// Cosign the log as another party that remembers it
    Witness(witness::Options),
    /// Copy the log with its envelopes, for others to read and verify
    Export(export::Options),
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Show(options) => show::run(global, options).await,
        Command::Prove(options) => prove::run(global, options).await,
        Command::Verify(options) => verify::run(global, options).await,
        Command::Witness(options) => witness::run(global, options).await,
        Command::Export(options) => export::run(global, options).await,
    }
}

/// The file beside the tiles that names the log's key, for those who have no better source of it.
fn published_key(log: &Path) -> anyhow::Result<VerifierKey> {
    let path = log.join("vkey");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read `{}`\nhint: name the log's key with --log-key", path.display()))?;
    text.trim().parse().with_context(|| format!("`{}`", path.display()))
}
