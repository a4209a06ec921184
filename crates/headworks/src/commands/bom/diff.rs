use std::path::PathBuf;

use clap::Args;
use headworks_report::bom;

use super::document;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks bom diff`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The earlier document
    before: PathBuf,
    /// The later document
    after: PathBuf,
}

/// Ends like `diff`: 1 when the documents differ.
pub(super) fn run(options: &Options) -> anyhow::Result<Exit> {
    let (before, after) = (document(&options.before)?, document(&options.after)?);
    let found = bom::difference(&before.bom, &after.bom);
    let mut text = String::new();
    let mut list =
        |sign: &str, lines: &[String]| lines.iter().for_each(|line| text.push_str(&format!("{sign} {line}\n")));
    list("-", &found.removed);
    list("+", &found.added);
    let changed = found.changed.iter().map(|(name, field, old, new)| format!("{name}: {field} `{old}` -> `{new}`"));
    list("~", &changed.collect::<Vec<_>>());
    list("- relation:", &found.relations_removed);
    list("+ relation:", &found.relations_added);
    terminal::answer(&text)?;
    Ok(if found.is_empty() { Exit::Fine } else { Exit::Refused })
}
