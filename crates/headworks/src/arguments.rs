//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::terminal::Color;

/// The zero-trust gate of the AI supply chain
///
/// Every model, dataset and configuration file is identified by its bytes, inspected without being
/// loaded, and decided by policy. Nothing that is checked is ever run.
#[derive(Debug, Parser)]
#[command(name = "headworks", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes, the same for every command and format:
  0  admitted, or nothing found
  1  refused, or findings at or above the limit
  2  could not finish: usage, I/O, a defect
  3  nothing matched
  4  held; for `scan`, nothing found but something not wholly understood
The worst of several artifacts decides, in the order 1, 2, 4, 3.";

/// Flags that every command takes. Precedence: flag, `HEADWORKS_*`, headworks.toml, user file, default.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Settings file, in place of the headworks.toml that is looked for
    #[arg(long, global = true, env = "HEADWORKS_CONFIG", value_name = "FILE", help_heading = "Global")]
    pub(crate) config: Option<PathBuf>,
    /// Say only the answer
    #[arg(short, long, global = true, env = "HEADWORKS_QUIET", conflicts_with = "verbose", help_heading = "Global")]
    pub(crate) quiet: bool,
    /// Say more: every file, every finding, all evidence
    #[arg(short, long, global = true, env = "HEADWORKS_VERBOSE", help_heading = "Global")]
    pub(crate) verbose: bool,
    /// When to colour [default: auto; NO_COLOR is respected]
    #[arg(long, global = true, env = "HEADWORKS_COLOR", value_enum, value_name = "WHEN", help_heading = "Global")]
    pub(crate) color: Option<Color>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Decide whether artifacts may enter, and record why
    Check(commands::check::Options),
    /// Inspect artifacts and list findings, without policy or record
    Scan(commands::scan::Options),
    /// Print the record of an artifact that was checked
    Show(commands::show::Options),
    /// Sign a model: every file of it, by OpenSSF Model Signing
    #[command(subcommand)]
    Sign(commands::sign::Command),
    /// Verify the signature of a model against the files that are there
    #[command(subcommand)]
    Verify(commands::verify::Command),
    /// Verify, print or sign statements about artifacts
    #[command(subcommand)]
    Attest(commands::attest::Command),
    /// Say who may sign what, and who no longer
    #[command(subcommand)]
    Trust(commands::trust::Command),
    /// Print the page of a rule or a control
    Explain(commands::explain::Options),
    /// List the rules
    Rules(commands::rules::Options),
    /// List the formats that are read
    Formats(commands::formats::Options),
    /// Let a callable pass that no allow-list profile names, with a reason
    Allow(commands::allow::Options),
    /// Run a command and state what it read, wrote, started and reached
    Run(commands::run::Options),
    /// Record checkpoints of a training run, and guard which one is resumed
    #[command(subcommand)]
    Checkpoint(commands::checkpoint::Command),
    /// Register what an evaluation has to show, and sign how a model did
    #[command(subcommand)]
    Evaluation(commands::evaluation::Command),
    /// What an artifact consists of and where it comes from: CycloneDX, SPDX, minimum elements
    Bom(Box<commands::bom::Options>),
    /// Explain or test the policy
    #[command(subcommand)]
    Policy(commands::policy::Command),
    /// Show, prove, verify, witness or export the evidence log
    #[command(subcommand)]
    Log(commands::log::Command),
    /// Import advisories, and ask which versions they affect
    #[command(subcommand)]
    Advisories(commands::advisories::Command),
    /// Ask what is affected by what, and why
    #[command(subcommand)]
    Graph(commands::graph::Command),
    /// Maintain the store
    #[command(subcommand)]
    Store(commands::store::Command),
    /// Show the settings in force and where each comes from
    Config(commands::config::Options),
    /// Print completions for a shell
    Completions(commands::completions::Options),
}
