use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use headworks_attest::keyless::Subject;
use headworks_gate::signing::keyless::ToSign;
use headworks_types::Digest;

use super::sign::{Said, write};
use crate::commands::keyless::KeylessOptions;
use crate::exit::Exit;

/// Options of `headworks attest sign-sigstore`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  headworks attest sign-sigstore --type https://in-toto.io/attestation/test-result/v0.1 --predicate result.json \\
    --subject model.safetensors --use-ambient-credentials --output result.sigstore.json")]
pub(crate) struct Options {
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    keyless: KeylessOptions,
    /// Write it there instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Exit> {
    let keyless = options.keyless.read()?;
    let statement = options.said.statement()?;
    let sha256 = statement.subject.first().and_then(|subject| subject.digest.get("sha256"));
    let digest: Digest = format!("sha256:{}", sha256.context("there is no subject")?).parse()?;
    let to_sign = ToSign { statement: &statement.to_json(), subject: Subject::Sha256(digest) };
    write(options.output.as_deref(), keyless.sign(to_sign)?)
}
