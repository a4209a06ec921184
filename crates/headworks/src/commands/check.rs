use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_gate::{Checked, Gate};
use headworks_report::{Outcome, Recorded, Report, TargetError};
use headworks_store::Store;

use super::judging::{Judging, advised, gate};
use super::output::Output;
use super::show;
use super::targets::{Target, Targets};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::settings::{Given, Settings};
use crate::terminal::{self, ProgressBar};

/// Options of `headworks check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks check ./model                              a directory is one artifact
  headworks check *.safetensors --format json
  headworks check ./model --out sarif=model.sarif --tier standard
  curl -s https://models.example/m.pkl | headworks check --stdin-name m.pkl
  git ls-files '*.pt' | headworks check -")]
pub(crate) struct Options {
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    output: Output,
    /// A file of signatures or statements about the artifact, besides its own `model.sig`; may be repeated
    #[arg(long, value_name = "FILE")]
    attestation: Vec<PathBuf>,
    /// What its publisher calls the artifact, a purl or a name; the trust store says who may sign it by this
    #[arg(long, value_name = "NAME")]
    artifact_name: Option<String>,
    /// Directory of the store
    #[arg(long, env = "HEADWORKS_STORE", value_name = "DIR", conflicts_with = "no_store")]
    store: Option<PathBuf>,
    /// Decide without reading or writing a record
    #[arg(long)]
    no_store: bool,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let targets = options.targets.resolve()?;
    let paths: Vec<PathBuf> = targets.iter().filter_map(Target::path).collect();
    let given = Given { store: options.store, ..options.judging.given() };
    let settings = Settings::resolve(global, given, &paths)?;
    let advised = advised(&settings).await?;
    let gate = Gate { advised, artifact_name: options.artifact_name, ..gate(&settings)? };
    anyhow::ensure!(
        options.attestation.is_empty() || gate.trust.is_some(),
        "without a trust store no signature counts\nhint: name one with --trust, or as `trust = \"…\"` in headworks.toml"
    );
    let attached = options.attestation.iter().map(|path| attachment(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let store = match options.no_store {
        true => None,
        false => Some(Store::open_with(&settings.store.value, settings.log_options()?).await?),
    };
    let mut report = Report::default();
    let mut exit = if targets.is_empty() { Exit::NothingMatched } else { Exit::Fine };
    for target in &targets {
        match check(target, &gate, &attached, store.as_ref(), global.quiet).await? {
            Ok(checked) => {
                exit = exit.worse(checked.admission().into());
                report.outcomes.push(outcome(target, checked, store.as_ref())?);
            }
            Err(error) => {
                exit = exit.worse(Exit::Failed);
                report.errors.push(error);
            }
        }
    }
    options.output.write(&report, global, settings.color.value)?;
    note_idle_waivers(&gate, &report);
    Ok(exit)
}

/// Says which waivers did nothing: an expired one is an exception that somebody still counts on.
fn note_idle_waivers(gate: &Gate, report: &Report) {
    let verdicts: Vec<_> = report
        .outcomes
        .iter()
        .filter_map(|outcome| Some((&outcome.examination.artifact.digest, outcome.verdict()?)))
        .collect();
    for note in gate.waivers.notes(&verdicts, terminal::now().as_millisecond()) {
        terminal::note(&format!("warning: {note}"));
    }
}

fn attachment(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the attestation `{}`", path.display()))?;
    Ok((path.display().to_string(), bytes))
}

/// The outer error ends the run: the policy or the store fails for every target alike.
async fn check(
    target: &Target,
    gate: &Gate,
    attached: &[(String, Vec<u8>)],
    store: Option<&Store>,
    quiet: bool,
) -> anyhow::Result<Result<Checked, TargetError>> {
    let mut acquired = match target.acquire(&gate.limits) {
        Ok(acquired) => acquired,
        Err(error) => return Ok(Err(TargetError { target: target.typed(), message: error.to_string() })),
    };
    attached.iter().for_each(|(source, bytes)| acquired.attach(source.clone(), bytes.clone()));
    let bar = ProgressBar::new(quiet);
    let checked = gate.check(&acquired, store, terminal::now().as_millisecond(), &|progress| bar.tell(progress)).await;
    bar.clear();
    Ok(Ok(checked?))
}

fn outcome(target: &Target, checked: Checked, store: Option<&Store>) -> anyhow::Result<Outcome> {
    let reused = checked.reused;
    let recorded = match (checked.entry, store) {
        (Some(entry), Some(store)) => {
            let logged = Some(show::logged(store, &entry)?);
            Some(Recorded { seq: entry.seq, digest: entry.digest, reused, logged })
        }
        _ => None,
    };
    Ok(Outcome::of_record(&target.typed(), checked.record, recorded))
}
