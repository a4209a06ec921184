//! Statements about artifacts: verify them, print them, sign them.

mod chain;
mod link;
mod show;
mod sign;
#[cfg(feature = "keyless")]
mod sign_sigstore;
mod subject;
mod verify;

use clap::{Subcommand, ValueEnum};

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
