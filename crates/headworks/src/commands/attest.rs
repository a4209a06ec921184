//! Statements about artifacts: verify them, print them, sign them.

mod chain;
mod link;
mod show;
mod sign;
#[cfg(feature = "keyless")]
mod sign_sigstore;
mod subject;
mod verify;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::Global;
use crate::exit::Exit;

/// What can be done with attestations.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify that somebody said something about an artifact
    Verify(Box<verify::Options>),
    /// Print what a file of attestations says, without verifying it
    Show(show::Options),
    /// Say something about artifacts, signed with a key
    Sign(sign::Options),
    /// Say what a step took and made: a hand-over between stores, a deployment
    Link(link::Options),
    /// Verify that an artifact came through steps that each took what the one before made
    Chain(chain::Options),
    /// Say something about artifacts, signed as somebody whom an issuer vouches for
    #[cfg(feature = "keyless")]
    SignSigstore(sign_sigstore::Options),
}

/// Whoever the trust store lets say it.
#[derive(Debug, Args)]
struct ByTrustStore {
    /// Anyone whom the trust store lets say this of the artifact
    #[arg(long, requires = "name")]
    by_trust_store: bool,
    /// The name of the artifact, which the trust store goes by
    #[arg(long, value_name = "PURL", requires = "by_trust_store")]
    name: Option<String>,
    /// The trust store [default: the one of the settings]
    #[arg(long, env = "HEADWORKS_TRUST", value_name = "FILE")]
    trust: Option<PathBuf>,
}

/// Form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One document with a schema
    Json,
}

pub(crate) fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Verify(options) => verify::run(global, *options),
        Command::Show(options) => show::run(&options),
        Command::Sign(options) => sign::run(&options),
        Command::Link(options) => link::run(&options),
        Command::Chain(options) => chain::run(global, &options),
        #[cfg(feature = "keyless")]
        Command::SignSigstore(options) => sign_sigstore::run(&options),
    }
}
