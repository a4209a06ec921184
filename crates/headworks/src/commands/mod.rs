//! One file per subcommand: its options and what it does with them.

pub(crate) mod advisories;
pub(crate) mod allow;
pub(crate) mod attest;
mod baseline;
pub(crate) mod bom;
pub(crate) mod check;
pub(crate) mod checkpoint;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod evaluation;
pub(crate) mod explain;
pub(crate) mod formats;
pub(crate) mod graph;
mod judging;
#[cfg(feature = "keyless")]
mod keyless;
pub(crate) mod log;
mod measured;
mod model_paths;
mod output;
pub(crate) mod policy;
mod reference;
mod remarks;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod scan;
pub(crate) mod show;
pub(crate) mod sign;
pub(crate) mod store;
mod store_option;
mod targets;
pub(crate) mod trust;
mod trusted_root;
pub(crate) mod verify;
mod witness_option;

use headworks_report::{Catalogue, RuleText};

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;

/// Runs the subcommand that was asked for.
pub(crate) async fn run(Arguments { global, command }: Arguments) -> anyhow::Result<Exit> {
    match command {
        Command::Check(options) => check::run(&global, options).await,
        Command::Scan(options) => scan::run(&global, options),
        Command::Show(options) => show::run(&global, options).await,
        Command::Sign(command) => sign::run(command),
        Command::Verify(command) => verify::run(command),
        Command::Attest(command) => attest::run(&global, command),
        Command::Trust(command) => trust::run(&global, command),
        Command::Explain(options) => explain::run(&options),
        Command::Rules(options) => rules::run(&options),
        Command::Formats(options) => formats::run(&options),
        Command::Allow(options) => allow::run(&global, options),
        Command::Policy(command) => policy::run(&global, command),
        Command::Run(options) => run::run(&global, &options),
        Command::Checkpoint(command) => checkpoint::run(&global, command).await,
        Command::Bom(options) => bom::run(&global, *options).await,
        Command::Evaluation(command) => evaluation::run(&global, command).await,
        Command::Log(command) => log::run(&global, command).await,
        Command::Advisories(command) => advisories::run(&global, command).await,
        Command::Graph(command) => graph::run(&global, command).await,
        Command::Store(command) => store::run(&global, command).await,
        Command::Config(options) => config::run(&global, &options),
        Command::Completions(options) => completions::run(&options),
    }
}

/// The rules' own words, for the documents that quote them.
fn catalogue() -> Catalogue {
    let rules = headworks_rules::ALL.iter().map(|rule| RuleText {
        id: rule.id.to_owned(),
        title: rule.title.to_owned(),
        page: rule.published(),
        severity: rule.severity,
        confidence: rule.confidence,
        references: rule.references.iter().map(|&id| id.to_owned()).collect(),
    });
    Catalogue::new(rules.collect())
}
