use std::path::PathBuf;

use clap::Args;
use headworks_gate::{Digests, examine};
use headworks_report::{Outcome, Report, TargetError};
use headworks_types::{Examination, Severity, Understanding};

use super::baseline::KnownFindings;
use super::judging::profiles;
use super::output::Output;
use super::remarks;
use super::targets::{Target, Targets};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::settings::{Given, Settings};
use crate::terminal::{self, ProgressBar};

/// Options of `headworks scan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks scan ./model
  headworks scan weights.pt --fail-on critical
  headworks scan ./model --format sarif > model.sarif
  headworks scan hf://owner/name@main --out junit=headworks.xml
  headworks scan ./model --write-baseline known.toml --reason 'reviewed in #412' --expires 2027-01-31
  headworks scan ./model --baseline known.toml")]
pub(crate) struct Options {
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    output: Output,
    /// Allow-list entries of the organisation
    #[arg(long, env = "HEADWORKS_ALLOW", value_name = "FILE")]
    allow: Option<PathBuf>,
    #[command(flatten)]
    known: KnownFindings,
    /// Let remarks in the artifact's own text suppress findings: `# headworks: allow RULE REASON`. For text you
    /// wrote yourself; they are shown as suppressed, and `check` never reads them
    #[arg(long, env = "HEADWORKS_REMARKS_UNSAFE")]
    remarks_unsafe: bool,
    /// Least severity that ends the run with 1
    #[arg(long, env = "HEADWORKS_FAIL_ON", value_name = "SEVERITY", default_value = "medium")]
    fail_on: Severity,
    /// Read only what parsers look at: no digests, and checksums of large stored members are not compared
    #[arg(long)]
    no_digest: bool,
}

pub(crate) fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let targets = options.targets.resolve()?;
    let paths: Vec<PathBuf> = targets.iter().filter_map(Target::path).collect();
    let settings = Settings::resolve(global, Given { allow: options.allow, ..Given::default() }, &paths)?;
    let (profiles, limits) = (profiles(&settings)?, &settings.limits.value);
    let digests = if options.no_digest { Digests::Skipped } else { Digests::Computed };
    let mut known = options.known.read()?;
    let mut report = Report::default();
    let mut exit = if targets.is_empty() { Exit::NothingMatched } else { Exit::Fine };
    for target in &targets {
        match target.acquire(limits) {
            Ok(acquired) => {
                let bar = ProgressBar::new(global.quiet);
                let mut examination = examine(&acquired, &profiles, limits, digests, &|progress| bar.tell(progress));
                bar.clear();
                let mut suppressed = known.suppress(&mut examination);
                if options.remarks_unsafe {
                    suppressed.extend(remarks::suppress(&acquired, &mut examination));
                }
                exit = exit.worse(ended(&examination, options.fail_on));
                let (target, decision, recorded) = (target.typed(), None, None);
                report.outcomes.push(Outcome { target, examination, suppressed, decision, recorded });
            }
            Err(error) => {
                exit = exit.worse(Exit::Failed);
                report.errors.push(TargetError { target: target.typed(), message: error.to_string() });
            }
        }
    }
    known.notes().iter().for_each(|note| terminal::note(&format!("warning: {note}")));
    options.known.write(report.outcomes.iter().map(|outcome| &outcome.examination))?;
    options.output.write(&report, global, settings.color.value)?;
    Ok(exit)
}

/// How the scan of one artifact ended: what was found outranks what was not understood.
fn ended(examination: &Examination, fail_on: Severity) -> Exit {
    let found = examination.findings.iter().any(|finding| finding.severity >= fail_on);
    let whole = examination.coverage.iter().all(|file| file.understanding == Understanding::Whole);
    match (found, whole) {
        (true, _) => Exit::Refused,
        (false, false) => Exit::Held,
        (false, true) => Exit::Fine,
    }
}
