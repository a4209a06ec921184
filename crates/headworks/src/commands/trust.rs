//! The trust store: who may sign what, and who no longer.

mod add;
mod file;
mod list;
mod pin;
mod review;
mod revoke;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::arguments::Global;
use crate::exit::Exit;

/// What can be done with a trust store.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
The store is a TOML file beside the store of records, or the one that `trust = \"…\"` in headworks.toml names. Each change
makes a new version that names the digest of the one before. Keep it under version control and review changes as a diff.")]
pub(crate) enum Command {
    /// Let a publisher sign, by a key, a certificate or a keyless identity
    #[command(subcommand)]
    Add(add::Command),
    /// Remember who signs artifacts of a name
    Pin(pin::Options),
    /// List who may sign what
    List(list::Options),
    /// Say that a key, a certificate or an identity no longer counts
    Revoke(revoke::Options),
    /// State that all revocations are listed as of now
    Review(review::Options),
    /// Print the store as it is kept
    Export(list::ExportOptions),
}

/// Which trust store.
#[derive(Debug, Args)]
struct Place {
    /// The trust store [default: the one of the settings]
    #[arg(long, env = "HEADWORKS_TRUST", value_name = "FILE")]
    trust: Option<PathBuf>,
}

pub(crate) fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Add(command) => add::run(global, command),
        Command::Pin(options) => pin::run(global, &options),
        Command::List(options) => list::run(global, &options),
        Command::Revoke(options) => revoke::run(global, options),
        Command::Review(options) => review::run(global, &options),
        Command::Export(options) => list::export(global, &options),
    }
}
