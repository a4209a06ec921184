use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use headworks_policy::{Explained, Explanation};

use super::judging;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::settings::{Given, Settings};
use crate::terminal;

/// What can be done with a policy.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what a tier asks for, and what would satisfy it
    Explain(ExplainOptions),
    /// Run the tests that lie beside the policy
    Test(TestOptions),
}

/// Options of `headworks policy explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks policy explain
  headworks policy explain --tier high-risk
  headworks policy explain HW-SER-02")]
pub(crate) struct ExplainOptions {
    /// Only this control
    #[arg(value_name = "CONTROL")]
    control: Option<String>,
    /// Tier to explain [default: minimal]
    #[arg(long, env = "HEADWORKS_TIER", value_name = "TIER")]
    tier: Option<String>,
    #[command(flatten)]
    source: Source,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Options of `headworks policy test`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  headworks policy test --policy ./policy")]
pub(crate) struct TestOptions {
    #[command(flatten)]
    source: Source,
}

/// Which policy.
#[derive(Debug, Args)]
struct Source {
    /// Policy file or directory (`.rego`, `.json`) in place of the built-in policy; may be repeated
    #[arg(long, env = "HEADWORKS_POLICY", value_name = "PATH")]
    policy: Vec<PathBuf>,
}

pub(crate) fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Explain(options) => explain(global, options),
        Command::Test(options) => test(global, options),
    }
}

fn explain(global: &Global, options: ExplainOptions) -> anyhow::Result<Exit> {
    let given = Given { tier: options.tier, policy: options.source.policy, ..Given::default() };
    let settings = Settings::resolve(global, given, &[])?;
    let mut explanation = judging::policy(&settings.policy.value)?.explain(&settings.tier.value)?;
    if let Some(wanted) = options.control {
        explanation.controls.retain(|explained| explained.control.eq_ignore_ascii_case(&wanted));
    }
    let found = !explanation.controls.is_empty();
    terminal::answer(&match options.json {
        true => serde_json::to_string_pretty(&explanation)? + "\n",
        false => text(&explanation),
    })?;
    Ok(if found { Exit::Fine } else { Exit::NothingMatched })
}

fn text(explanation: &Explanation) -> String {
    let Explanation { tier, title, fail_at, hold_at, .. } = explanation;
    let mut text = format!(
        "tier {tier}: {title}\n\
         A finding of severity {fail_at} or worse fails the controls it speaks against; from {hold_at} on they are not\n\
         established. Bytes that were not understood leave the controls that needed them not established.\n"
    );
    let (asked, not_asked): (Vec<_>, Vec<_>) = explanation.controls.iter().partition(|explained| explained.mandatory);
    for (heading, controls) in [("asks for", asked), ("does not ask for", not_asked)] {
        if !controls.is_empty() {
            let _ = write!(text, "\n{heading}\n{}", controls.into_iter().map(control).collect::<String>());
        }
    }
    text
}

fn control(explained: &Explained) -> String {
    let Explained { control, title, tiers, established_by, solution, effective, .. } = explained;
    let from = effective.as_ref().map(|day| format!(", from {day}")).unwrap_or_default();
    let mut text = format!("  {control}  {title}  (tiers: {}{from})\n    {established_by}\n", tiers.join(", "));
    if !solution.is_empty() {
        let _ = writeln!(text, "    when it does not hold: {solution}");
    }
    text
}

fn test(global: &Global, options: TestOptions) -> anyhow::Result<Exit> {
    let given = Given { policy: options.source.policy, ..Given::default() };
    let settings = Settings::resolve(global, given, &[])?;
    let results = judging::policy(&settings.policy.value)?.test();
    let mut text = String::new();
    for result in &results {
        let word = if result.passed { "pass" } else { "FAIL" };
        if !result.passed || global.verbose {
            let problem = result.problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
            let _ = writeln!(text, "{word}  {}  {}{problem}", result.place, result.name);
        }
    }
    let failed = results.iter().filter(|result| !result.passed).count();
    let _ = writeln!(text, "{} tests of the policy, {failed} failed", results.len());
    terminal::answer(&text)?;
    Ok(match (results.is_empty(), failed) {
        (true, _) => Exit::NothingMatched,
        (false, 0) => Exit::Fine,
        (false, _) => Exit::Refused,
    })
}
