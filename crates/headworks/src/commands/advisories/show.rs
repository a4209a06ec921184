use clap::Args;
use headworks_advisories::claim::{self, Event, Range};
use headworks_store::advisories::Found;
use serde_json::{Value, json};

use super::super::store_option::StoreOption;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks advisories show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks advisories show GHSA-h75v-3vvj-5mfj
  headworks advisories show CVE-2024-34064

Prints the record as it was imported. Of malicious packages only the names and versions are kept.")]
pub(crate) struct Options {
    /// Id of an advisory, or another name of it
    id: String,
    #[command(flatten)]
    store: StoreOption,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let advisories = options.store.advisories(global).await?;
    let found = advisories.find(&options.id).await?;
    if found.is_empty() {
        terminal::note(&format!("no advisory that was imported is called `{}`", options.id.escape_debug()));
        return Ok(Exit::NothingMatched);
    }
    let documents = found.iter().map(document).collect::<anyhow::Result<Vec<_>>>()?;
    let mut text = String::new();
    for (index, document) in documents.iter().enumerate() {
        // The same record comes with each ecosystem that it is about.
        if !documents.iter().take(index).any(|before| before == document) {
            text += &format!("{document:#}\n");
        }
    }
    terminal::answer(&text)?;
    Ok(Exit::Fine)
}

fn document(found: &Found) -> anyhow::Result<Value> {
    if let Some(json) = &found.json {
        return Ok(serde_json::from_slice(json)?);
    }
    let mut affected = Vec::new();
    for (name, packed) in &found.packages {
        for claim in claim::unpack(packed)?.into_iter().filter(|claim| claim.id == found.id) {
            affected.push(json!({
                "package": { "ecosystem": found.ecosystem, "name": name },
                "versions": claim.versions,
                "ranges": claim.ranges.iter().map(range).collect::<Vec<_>>(),
            }));
        }
    }
    Ok(json!({ "id": found.id, "affected": affected }))
}

fn range(range: &Range<'_>) -> Value {
    let (kind, bounds) = match range {
        Range::Ecosystem(bounds) => ("ECOSYSTEM", bounds.as_slice()),
        Range::Semantic(bounds) => ("SEMVER", bounds.as_slice()),
        Range::Commits => ("GIT", [].as_slice()),
        Range::Broken(why) => return json!({ "broken": why }),
    };
    let events = bounds.iter().map(|(event, version)| {
        let word = match event {
            Event::Introduced => "introduced",
            Event::Fixed => "fixed",
            Event::LastAffected => "last_affected",
            Event::Limit => "limit",
        };
        json!({ word: version })
    });
    json!({ "type": kind, "events": events.collect::<Vec<_>>() })
}
