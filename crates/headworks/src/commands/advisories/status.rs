use clap::Args;
use headworks_store::advisories::{Problem, Snapshot};
use serde_json::{Value, json};

use super::super::store_option::StoreOption;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks advisories status`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks advisories status
  headworks advisories status --max-age 24
  headworks advisories status --problems

Ends with 4 when a copy is stale, of unknown age, or there is none.")]
pub(crate) struct Options {
    /// Hours after which a copy is stale
    #[arg(long, value_name = "HOURS", default_value_t = super::MAX_AGE_HOURS)]
    max_age: u64,
    /// List what was wrong with records
    #[arg(long)]
    problems: bool,
    /// Print one JSON document for each ecosystem
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOption,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let advisories = options.store.advisories(global).await?;
    let snapshots = advisories.snapshots().await?;
    if snapshots.is_empty() {
        terminal::note("no advisories are known\nhint: `headworks advisories import PyPI/all.zip` copies some");
        return Ok(Exit::Held);
    }
    let mut text = String::new();
    for snapshot in &snapshots {
        let problems = if options.problems { advisories.problems(&snapshot.ecosystem).await? } else { Vec::new() };
        let is_stale = super::is_stale(snapshot, options.max_age);
        if options.json {
            text += &format!("{}\n", as_json(snapshot, is_stale, &problems));
        } else {
            text += &as_text(snapshot, is_stale, &problems);
        }
    }
    terminal::answer(&text)?;
    let is_stale = snapshots.iter().any(|snapshot| super::is_stale(snapshot, options.max_age));
    Ok(if is_stale { Exit::Held } else { Exit::Fine })
}

fn as_text(snapshot: &Snapshot, is_stale: bool, problems: &[Problem]) -> String {
    let Snapshot { ecosystem, advisories, malicious, withdrawn, unreadable, packages, .. } = snapshot;
    let stale = if is_stale { ", stale" } else { "" };
    let mut text = format!(
        "{}: {advisories} advisories about {packages} packages, {malicious} of malicious ones, {withdrawn} withdrawn\n  {}{stale}\n  from `{}`, {}, imported {}\n",
        ecosystem.escape_debug(),
        super::age(snapshot),
        snapshot.source.escape_debug(),
        snapshot.digest.abbreviated(),
        super::time(snapshot.imported_at_ms),
    );
    if snapshot.problems > 0 {
        text += &format!("  {} problems, {unreadable} advisories could not be read", snapshot.problems);
        text += &format!(", {} of them name no package\n", snapshot.unplaced);
    }
    for Problem { entry, reason } in problems {
        text += &format!("    {}: {}\n", entry.escape_debug(), reason.escape_debug());
    }
    text
}

/// What there is to know of a copy, for programs.
pub(super) fn as_json(snapshot: &Snapshot, is_stale: bool, problems: &[Problem]) -> Value {
    let age_hours = snapshot.age_ms(terminal::now().as_millisecond()).map(|age| age / super::HOUR_MS);
    let mut value = json!({
        "ecosystem": snapshot.ecosystem,
        "source": snapshot.source,
        "digest": snapshot.digest,
        "imported_at": super::time(snapshot.imported_at_ms),
        "taken_at": snapshot.taken_at_ms.map(super::time),
        "newest_change": snapshot.newest_ms.map(super::time),
        "age_hours": age_hours,
        "is_stale": is_stale,
        "advisories": snapshot.advisories,
        "malicious": snapshot.malicious,
        "withdrawn": snapshot.withdrawn,
        "unreadable": snapshot.unreadable,
        "unreadable_without_package": snapshot.unplaced,
        "packages": snapshot.packages,
    });
    if !problems.is_empty() {
        let problems = problems.iter().map(|problem| json!({ "entry": problem.entry, "reason": problem.reason }));
        value["problems"] = problems.collect();
    }
    value
}
