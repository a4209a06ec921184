//! Evaluations: thresholds that are registered first, and results that are held against them.

mod register;
mod result;

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap::Subcommand;
use headworks_attest::evaluation::Plan;

use crate::arguments::Global;
use crate::exit::Exit;

/// What can be done about evaluations.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  headworks evaluation register plan.toml --private-key lab.pem
  headworks evaluation result ./model --plan plan.toml --results metrics.json --dataset ./set --harness ./harness \\
    --private-key lab.pem --output eval.sigstore.json
  headworks check ./model --attestation eval.sigstore.json

A plan says what has to be shown, before anything is measured:
  name = 'acceptance of bert, November'
  [[threshold]]
  metric = 'accuracy'
  at_least = 0.9")]
pub(crate) enum Command {
    /// Sign and log a plan: its thresholds count for results that are logged later
    Register(register::Options),
    /// Hold results against a plan, and sign and log how the model did
    Result(Box<result::Options>),
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Register(options) => register::run(global, options).await,
        Command::Result(options) => result::run(global, *options).await,
    }
}

fn plan(path: &Path) -> anyhow::Result<Plan> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the plan `{}`", path.display()))?;
    Plan::parse(&text).with_context(|| format!("cannot use the plan `{}`", path.display()))
}
