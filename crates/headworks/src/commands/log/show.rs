use clap::Args;
use headworks_store::log::LogEntry;
use serde_json::json;

use super::StoreOption;
use super::find::{self, Wanted, type_of};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks log show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks log show
  headworks log show 9b1c77e0                        of an envelope, an artifact or a file
  headworks log show --type verification_summary --limit 5 --json")]
pub(crate) struct Options {
    /// Index of an entry, or start of the digest of an envelope, an artifact or a file
    #[arg(value_name = "DIGEST|INDEX")]
    wanted: Option<String>,
    /// Only entries whose predicate or payload type contains this
    #[arg(long = "type", value_name = "TEXT")]
    kind: Option<String>,
    /// Most entries to list
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u64,
    /// Print one JSON document for each entry
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOption,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let wanted = options.wanted.as_deref().map(Wanted::parse).transpose()?;
    let store = options.store.open(global).await?;
    let kind = options.kind.unwrap_or_default();
    let (entries, count) = find::entries(store.log(), wanted.as_ref(), &kind, options.limit).await?;
    let line = if options.json { as_json } else { as_text };
    terminal::answer(&entries.iter().map(line).collect::<String>())?;
    if let left @ 1.. = count.saturating_sub(entries.len() as u64) {
        terminal::note(&format!("{left} older entries match too\nhint: list more with --limit"));
    }
    Ok(if entries.is_empty() { Exit::NothingMatched } else { Exit::Fine })
}

fn as_text(entry: &LogEntry) -> String {
    let leaf = &entry.leaf;
    let more = leaf.subjects_omitted.saturating_add(leaf.subjects.len().saturating_sub(1) as u64);
    let about = match leaf.subjects.first() {
        Some(first) if more > 0 => format!("{} and {more} more", first.abbreviated()),
        Some(first) => first.abbreviated(),
        None => "-".to_owned(),
    };
    let kind: String = type_of(entry).escape_debug().collect();
    format!("{:>8}  {}  {kind}  about {about}\n", entry.index, leaf.envelope.abbreviated())
}

fn as_json(entry: &LogEntry) -> String {
    format!("{}\n", json!({ "index": entry.index, "entry": entry.leaf }))
}
