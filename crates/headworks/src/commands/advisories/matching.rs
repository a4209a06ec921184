use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_advisories::epss::{Epss, SCORES_BYTES_MAX};
use headworks_advisories::kev::{CATALOGUE_BYTES_MAX, Kev};
use headworks_advisories::vex::{DOCUMENT_BYTES_MAX, Package, Vex};
use headworks_advisories::{Assessment, Ecosystem, Purl, matches};
use headworks_store::advisories::Snapshot;
use serde_json::{Value, json};

use super::super::store_option::StoreOption;
use super::judged::{self, Beside, Judged};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks advisories match`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks advisories match PyPI torch 2.0.0
  headworks advisories match pkg:npm/%40angular/core@1.0.0 --vex ours.openvex.json
  headworks advisories match Debian:12 curl 7.88.1-10 --kev known_exploited_vulnerabilities.json

Ends with 1 when the version is affected, with 0 when no advisory of a fresh copy affects it, and with 4 when that
cannot be said: an advisory leaves it open, the copy is stale, or there is none of the ecosystem.")]
pub(crate) struct Options {
    /// Ecosystem, name and version; or a package URL with a version
    #[arg(required = true, num_args = 1..=3, value_names = ["ECOSYSTEM|PURL", "NAME", "VERSION"])]
    package: Vec<String>,
    /// Hours after which a copy is stale
    #[arg(long, value_name = "HOURS", default_value_t = super::MAX_AGE_HOURS)]
    max_age: u64,
    /// OpenVEX document: what somebody says of advisories in products; shown, and never applied to malicious packages
    #[arg(long, value_name = "FILE")]
    vex: Vec<PathBuf>,
    /// Catalogue of known exploited vulnerabilities, the JSON of CISA
    #[arg(long, value_name = "FILE")]
    kev: Option<PathBuf>,
    /// Scores of how likely vulnerabilities are exploited, the CSV of FIRST
    #[arg(long, value_name = "FILE")]
    epss: Option<PathBuf>,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOption,
}

/// The package that is asked about.
struct Asked {
    ecosystem: Ecosystem,
    name: String,
    version: String,
    qualifiers: String,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let asked = Asked::parse(&options.package)?;
    let beside = beside(&options)?;
    let advisories = options.store.advisories(global).await?;
    let snapshots = advisories.snapshots().await?;
    let snapshot = snapshots.iter().find(|snapshot| snapshot.ecosystem == asked.ecosystem.name());
    let claims = advisories.claims(&asked.ecosystem, &asked.name).await?;
    let mut judged = Vec::new();
    for found in matches::find(claims.read()?, &asked.ecosystem, &asked.version) {
        judged.push(Judged::of(found, &advisories, &asked.package(), &beside).await?);
    }
    let questions = judged::open_questions(&judged, asked.ecosystem.name(), snapshot, options.max_age);
    let exit = judged::exit(&judged, &questions);
    if options.json {
        let is_stale = snapshot.is_some_and(|snapshot| super::is_stale(snapshot, options.max_age));
        terminal::answer(&format!("{:#}\n", as_json(&asked, &judged, &questions, snapshot, exit, is_stale)))?;
    } else {
        terminal::answer(&as_text(global, &asked, &judged, &questions, snapshot, exit))?;
    }
    if snapshot.is_none() {
        terminal::note("hint: `headworks advisories import` copies advisories into the store");
    }
    Ok(exit)
}

impl Asked {
    fn parse(words: &[String]) -> anyhow::Result<Self> {
        match words {
            [purl] if purl.starts_with("pkg:") => Self::of_purl(purl),
            [ecosystem, name, version] => Ok(Self {
                ecosystem: Ecosystem::parse(ecosystem),
                name: name.clone(),
                version: version.clone(),
                qualifiers: String::new(),
            }),
            _ => anyhow::bail!(
                "a package is an ecosystem, a name and a version\nhint: write `PyPI torch 2.0.0`, or `pkg:pypi/torch@2.0.0`"
            ),
        }
    }

    fn of_purl(text: &str) -> anyhow::Result<Self> {
        let about = || format!("`{}` is no package URL that can be matched", text.escape_debug());
        let purl = Purl::parse(text).with_context(about)?;
        let (ecosystem, name) = purl.package().with_context(about)?;
        let version = purl.version().context("no version\nhint: add it as in `@1.2.3`").with_context(about)?;
        Ok(Self { ecosystem, name, version: version.to_owned(), qualifiers: purl.qualifiers().to_owned() })
    }

    fn package(&self) -> Package<'_> {
        let Self { ecosystem, name, version, qualifiers } = self;
        Package { ecosystem, name, version, qualifiers }
    }
}

fn beside(options: &Options) -> anyhow::Result<Beside> {
    let read =
        |path: &Path, limit: usize| bytes(path, limit).with_context(|| format!("cannot read `{}`", path.display()));
    let mut beside = Beside::default();
    for path in &options.vex {
        let about = || format!("`{}`", path.display());
        beside.vex.push(Vex::parse(&read(path, DOCUMENT_BYTES_MAX)?).with_context(about)?);
    }
    if let Some(path) = &options.kev {
        let about = || format!("`{}`", path.display());
        beside.kev = Some(Kev::parse(&read(path, CATALOGUE_BYTES_MAX)?).with_context(about)?);
    }
    if let Some(path) = &options.epss {
        let about = || format!("`{}`", path.display());
        beside.epss = Some(Epss::parse(&read(path, SCORES_BYTES_MAX)?).with_context(about)?);
    }
    Ok(beside)
}

/// Reads a file up to one byte more than is allowed, so that the parser sees when it is too long.
fn bytes(path: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn verdict(exit: Exit) -> &'static str {
    match exit {
        Exit::Refused => "affected",
        Exit::Fine => "not affected",
        _ => "undetermined",
    }
}

fn as_text(
    global: &Global,
    asked: &Asked,
    judged: &[Judged<'_>],
    questions: &[String],
    snapshot: Option<&Snapshot>,
    exit: Exit,
) -> String {
    let (name, version) = (asked.name.escape_debug(), asked.version.escape_debug());
    let ecosystem = asked.ecosystem.to_string();
    let mut text = format!("{}  {} {name} {version}\n", verdict(exit), ecosystem.escape_debug());
    let is_shown = |word: &str| global.verbose || !matches!(word, "not affected" | "withdrawn");
    judged.iter().filter(|judged| is_shown(judged.word())).for_each(|judged| text += &one(judged));
    for question in questions {
        text += &format!("  open: {question}\n");
    }
    if let Some(snapshot) = snapshot {
        let Snapshot { ecosystem, advisories, digest, .. } = snapshot;
        let ecosystem = ecosystem.escape_debug();
        text +=
            &format!("by {advisories} advisories of {ecosystem}, {}, {}\n", digest.abbreviated(), super::age(snapshot));
    }
    text
}

fn one(judged: &Judged<'_>) -> String {
    let mut text = format!("  {:<12}  {}", judged.word(), judged.found.id.escape_debug());
    for alias in &judged.aliases {
        text += &format!("  {}", alias.escape_debug());
    }
    text += "\n";
    let mut detail = |line: String| text += &format!("                {line}\n");
    if let Assessment::Undetermined(reason) = &judged.found.assessment {
        detail(reason.to_string().escape_debug().to_string());
    }
    if !judged.summary.is_empty() || !judged.severity.is_empty() {
        detail(format!("{} {}", judged.severity, judged.summary).trim().escape_debug().to_string());
    }
    if let Some(exploited) = judged.exploited {
        detail(format!("known to be exploited since {}", exploited.date_added.escape_debug()));
    }
    if let Some(score) = judged.score {
        detail(format!("exploited within 30 days with probability {} (EPSS)", score.probability.escape_debug()));
    }
    if let Some((author, statement)) = judged.statement {
        let (word, grounds) = (statement.status.word(), statement.grounds.escape_debug());
        detail(format!("VEX says {word}: {grounds}; by {}, {}", author.escape_debug(), statement.said_at));
    }
    text
}

fn as_json(
    asked: &Asked,
    judged: &[Judged<'_>],
    questions: &[String],
    snapshot: Option<&Snapshot>,
    exit: Exit,
    is_stale: bool,
) -> Value {
    let advisories = judged.iter().map(|judged| {
        let reason = match &judged.found.assessment {
            Assessment::Undetermined(reason) => Some(reason.to_string()),
            _ => None,
        };
        let statement = judged.statement.map(|(author, statement)| {
            json!({
                "status": statement.status.word(),
                "grounds": statement.grounds,
                "author": author,
                "said_at": statement.said_at.to_string(),
            })
        });
        let score =
            judged.score.map(|score| json!({ "probability": score.probability, "percentile": score.percentile }));
        json!({
            "id": judged.found.id,
            "aliases": judged.aliases,
            "status": judged.word(),
            "is_malicious": judged.found.is_malicious,
            "reason": reason,
            "summary": judged.summary,
            "severity": judged.severity,
            "exploited_since": judged.exploited.map(|exploited| &exploited.date_added),
            "epss": score,
            "vex": statement,
        })
    });
    json!({
        "package": {
            "ecosystem": asked.ecosystem.to_string(),
            "name": asked.name,
            "version": asked.version,
        },
        "verdict": verdict(exit),
        "advisories": advisories.collect::<Vec<_>>(),
        "open": questions,
        "snapshot": snapshot.map(|snapshot| super::status::as_json(snapshot, is_stale, &[])),
    })
}
