//! `headworks bom`: bills of materials for AI.

mod diff;
mod elements;
mod merge;
mod sign;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use headworks_gate::Gate;
use headworks_report::bom::{
    self, Bom, Cluster, Document, Element, ElementState, Format, Overlay, Surroundings, Version,
};
use headworks_types::Record;

use super::judging::{Judging, advised, gate};
use super::targets::{Target, Targets};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::settings::{Given, Settings};
use crate::terminal::{self, ProgressBar};

/// Options of `headworks bom`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks bom ./model > model.cdx.json
  headworks bom ./model --format spdx --out model.spdx.json --overlay bom.toml
  headworks bom hf://owner/name --format elements       which minimum elements are known, and from where
  headworks bom sign model.cdx.json --private-key key.pem --out signed.cdx.json
  headworks bom verify signed.cdx.json --public-key key.pub --artifact ./model
  headworks bom diff old.cdx.json new.cdx.json")]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    written: Written,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what one document says differently from another
    Diff(diff::Options),
    /// Write several documents as one, about a system that contains what each is about
    Merge(merge::Options),
    /// List the minimum elements that a document fills
    Elements(elements::Options),
    /// Sign a document within itself (CycloneDX) or beside it (SPDX)
    Sign(sign::Options),
    /// Verify a document's signature, its relations, and the artifact that it describes
    Verify(verify::Options),
}

/// The document that is written, and what about.
#[derive(Debug, Args)]
struct Written {
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    judging: Judging,
    /// What to write
    #[arg(long, value_enum, default_value_t = Form::Cyclonedx)]
    format: Form,
    /// File to write instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What people declare because nothing shows it, as TOML
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// Who makes the document
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// A file of signatures or statements about the artifact, besides its own `model.sig`; may be repeated
    #[arg(long, value_name = "FILE")]
    attestation: Vec<PathBuf>,
    /// What its publisher calls the artifact: a purl with the full revision, or a name
    #[arg(long, value_name = "NAME")]
    artifact_name: Option<String>,
    /// Directory of the store, for the advisories that were imported into it
    #[arg(long, env = "HEADWORKS_STORE", value_name = "DIR")]
    store: Option<PathBuf>,
    /// When the document is made, in seconds since the Unix epoch [default: now]
    #[arg(long, env = "SOURCE_DATE_EPOCH", value_name = "SECONDS")]
    timestamp: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// CycloneDX 1.7, JSON
    Cyclonedx,
    /// CycloneDX 1.6, JSON
    #[value(name = "cyclonedx-1.6")]
    Cyclonedx16,
    /// SPDX 3.0.1 with the AI and dataset profiles, JSON-LD
    Spdx,
    /// The 50 minimum elements of the G7 and what is known of each
    Elements,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    match options.command {
        Some(Command::Diff(options)) => diff::run(&options),
        Some(Command::Merge(options)) => merge::run(&options),
        Some(Command::Elements(options)) => elements::run(&options),
        Some(Command::Sign(options)) => sign::run(&options),
        Some(Command::Verify(options)) => verify::run(&options),
        None => write(global, &options.written).await,
    }
}

async fn write(global: &Global, options: &Written) -> anyhow::Result<Exit> {
    let targets = options.targets.resolve()?;
    let [target] = targets.as_slice() else {
        anyhow::bail!("one artifact has one bill of materials\nhint: name one path; a folder is one artifact");
    };
    let paths: Vec<PathBuf> = target.path().into_iter().collect();
    let given = Given { store: options.store.clone(), ..options.judging.given() };
    let settings = Settings::resolve(global, given, &paths)?;
    let advised = advised(&settings).await?;
    let gate = Gate { advised, artifact_name: options.artifact_name.clone(), ..gate(&settings)? };
    let surroundings = surroundings(options)?;
    let record = examined(target, &gate, &options.attestation, global.quiet).await?;
    let bom = Bom::of_record(&record, &surroundings);
    surroundings.overlay.is_about(&bom).with_context(|| overlay_name(options))?;
    let text = match options.format {
        Form::Cyclonedx => bom::write(&bom, Format::CycloneDx(Version::V1_7)),
        Form::Cyclonedx16 => bom::write(&bom, Format::CycloneDx(Version::V1_6)),
        Form::Spdx => bom::write(&bom, Format::Spdx3),
        Form::Elements => table(&bom::elements(&bom, ("CycloneDX", "1.7"), false)),
    };
    deliver(options.out.as_deref(), &text)?;
    advise(&bom, options);
    Ok(Exit::Fine)
}

fn surroundings(options: &Written) -> anyhow::Result<Surroundings> {
    let overlay = match &options.overlay {
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            Overlay::parse(&text).with_context(|| overlay_name(options))?
        }
        None => Overlay::default(),
    };
    let created_ms = match options.timestamp {
        Some(seconds) => seconds.checked_mul(1000).context("the timestamp is too large")?,
        None => terminal::now().as_millisecond(),
    };
    Ok(Surroundings { overlay, author: options.author.clone(), created_ms })
}

fn overlay_name(options: &Written) -> String {
    options.overlay.as_deref().map(|path| format!("`{}`", path.display())).unwrap_or_default()
}

/// The record of an artifact; what it is worth is for `check` to say.
async fn examined(target: &Target, gate: &Gate, attestations: &[PathBuf], quiet: bool) -> anyhow::Result<Record> {
    let mut acquired = target.acquire(&gate.limits)?;
    for path in attestations {
        let bytes = read(path)?;
        acquired.attach(path.display().to_string(), bytes);
    }
    let bar = ProgressBar::new(quiet);
    let checked = gate.check(&acquired, None, terminal::now().as_millisecond(), &|progress| bar.tell(progress)).await;
    bar.clear();
    Ok(checked?.record)
}

/// Writes a document to a file, or to standard output.
fn deliver(out: Option<&Path>, text: &str) -> anyhow::Result<()> {
    match out {
        Some(path) => fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display())),
        None => Ok(terminal::answer(text)?),
    }
}

/// Reads a document, and says what of it was not understood.
fn document(path: &Path) -> anyhow::Result<Document> {
    let document = bom::read(&read(path)?).with_context(|| {
        format!("`{}` cannot be read\nhint: CycloneDX 1.2 to 1.7 and SPDX 2.2 to 3.0 are read, as JSON", path.display())
    })?;
    for problem in &document.problems {
        terminal::note(&format!("warning: `{}`: {problem}", path.display()));
    }
    Ok(document)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// What the reader may want to do about gaps.
fn advise(bom: &Bom, options: &Written) {
    if options.format == Form::Elements {
        return;
    }
    if !bom.incomplete.is_empty() {
        let (count, first) = (bom.incomplete.len(), &bom.incomplete[0]);
        terminal::note(&format!(
            "incomplete: {count} files were not wholly understood, as `{first}`; the document says so"
        ));
    }
    let unmet = bom::unmet_profiles(bom);
    if options.format == Form::Spdx && !unmet.is_empty() {
        terminal::note(&format!("the document claims no AI or dataset profile, for it lacks: {}", unmet.join(", ")));
        terminal::note("hint: declare what is missing in an --overlay");
    }
}

fn table(elements: &[Element]) -> String {
    let mut text = String::new();
    let mut cluster: Option<Cluster> = None;
    for element in elements {
        if cluster != Some(element.cluster) {
            let gap = if cluster.is_some() { "\n" } else { "" };
            text.push_str(&format!("{gap}{}\n", element.cluster.title()));
            cluster = Some(element.cluster);
        }
        // What lacks it is not what is known of it.
        let values = match (&element.state, element.values.join("; ")) {
            (ElementState::Absent, lacking) if !lacking.is_empty() => format!("(of {lacking})"),
            (_, values) => values,
        };
        text.push_str(&format!("  {:8} {:13} {:36} {values}\n", element.id, element.state.word(), element.title));
    }
    let known = elements.iter().filter(|element| element.state != ElementState::Absent).count();
    text.push_str(&format!("\n{known} of {} elements are known\n", elements.len()));
    text
}
