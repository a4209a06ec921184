use clap::Args;

use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks formats`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<Exit> {
    let formats = headworks_formats::ALL.iter().map(|format| (format.id, format.title));
    let text = if options.json {
        let rows: Vec<_> = formats.map(|(id, title)| serde_json::json!({ "id": id, "title": title })).collect();
        serde_json::to_string_pretty(&rows)? + "\n"
    } else {
        formats.map(|(id, title)| format!("{id:<14} {title}\n")).collect()
    };
    terminal::answer(&text)?;
    Ok(Exit::Fine)
}
