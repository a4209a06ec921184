//! Advisories on the command line; one file for each subcommand.

mod import;
mod judged;
mod matching;
mod show;
mod status;
mod sync;

use anyhow::Context as _;
use clap::Subcommand;
use headworks_store::AdvisoriesError;
use headworks_store::advisories::Snapshot;

use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// What can be done with advisories.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Copy advisories in the OSV format into the store
    Import(import::Options),
    /// Copy every ecosystem of a mirror into the store
    Sync(sync::Options),
    /// Say what is known of each ecosystem, and how old that is
    Status(status::Options),
    /// Print an advisory
    Show(show::Options),
    /// Ask whether a version of a package is affected
    Match(matching::Options),
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Import(options) => import::run(global, options).await,
        Command::Sync(options) => sync::run(global, options).await,
        Command::Status(options) => status::run(global, options).await,
        Command::Show(options) => show::run(global, options).await,
        Command::Match(options) => matching::run(global, options).await,
    }
}

/// Hours after which a copy is stale unless somebody says otherwise: a week.
pub(super) const MAX_AGE_HOURS: u64 = 168;

const HOUR_MS: u64 = 3_600_000;

/// Whether a copy is older than that, or of unknown age.
fn is_stale(snapshot: &Snapshot, max_age_hours: u64) -> bool {
    let limit = max_age_hours.saturating_mul(HOUR_MS);
    snapshot.age_ms(terminal::now().as_millisecond()).is_none_or(|age| age > limit)
}

/// How old a copy is, in words.
fn age(snapshot: &Snapshot) -> String {
    let from = if snapshot.taken_at_ms.is_some() { "taken" } else { "newest change" };
    match (snapshot.complete_until_ms(), snapshot.age_ms(terminal::now().as_millisecond())) {
        (Some(until), Some(age)) => format!("{from} {}, {} hours ago", time(until), age / HOUR_MS),
        (Some(until), None) => format!("{from} {}, which is in the future", time(until)),
        (None, _) => "of unknown age".to_owned(),
    }
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| format!("{ms} ms"), |time| format!("{time:.0}"))
}

/// When a copy was taken, as it is typed.
fn taken_at(text: &str) -> Result<jiff::Timestamp, String> {
    let taken: jiff::Timestamp = text.parse().map_err(|error| format!("{error}; write 2026-01-31T12:00:00Z"))?;
    if taken > terminal::now() { Err("it is in the future".to_owned()) } else { Ok(taken) }
}

/// Adds what to do next.
fn with_hint(error: AdvisoriesError) -> anyhow::Error {
    let hint = match &error {
        AdvisoriesError::WhichEcosystem { .. } => "say whose advisories these are with --ecosystem",
        AdvisoriesError::Nothing { .. } => {
            "what was known before stays; `headworks advisories status` lists the names of ecosystems that are known"
        }
        AdvisoriesError::NoRecord { .. } => "records are JSON files in the OSV format; what was known before stays",
        AdvisoriesError::Archive { .. } => "fetch the archive again; what was known before stays",
        _ => return error.into(),
    };
    anyhow::anyhow!("{error}\nhint: {hint}")
}

/// Tells of copies that were read.
fn imported(snapshots: &[Snapshot]) -> anyhow::Result<Exit> {
    let line = |snapshot: &Snapshot| {
        let Snapshot { ecosystem, advisories, malicious, packages, .. } = snapshot;
        let ecosystem = ecosystem.escape_debug();
        format!(
            "{ecosystem}: {advisories} advisories about {packages} packages, {malicious} of malicious ones; {}\n",
            age(snapshot)
        )
    };
    terminal::answer(&snapshots.iter().map(line).collect::<String>()).context("cannot print")?;
    for snapshot in snapshots.iter().filter(|snapshot| snapshot.problems > 0) {
        let (name, unreadable) = (snapshot.ecosystem.escape_debug(), snapshot.unreadable);
        let problems = snapshot.problems;
        terminal::note(&format!(
            "{name}: {problems} problems, {unreadable} advisories could not be read\nhint: `headworks advisories status --problems` lists them"
        ));
    }
    Ok(Exit::Fine)
}
