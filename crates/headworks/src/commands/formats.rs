use clap::Args;
use headworks_rules::techniques::{self, Technique};

use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks formats`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  headworks formats\n  headworks formats --techniques")]
pub(crate) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// List what is looked for in them, with the samples that show it
    #[arg(long)]
    techniques: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<Exit> {
    let text = match (options.techniques, options.json) {
        (false, false) => formats(),
        (false, true) => serde_json::to_string_pretty(&formats_as_json())? + "\n",
        (true, false) => techniques::all().iter().map(technique).collect(),
        (true, true) => serde_json::to_string_pretty(techniques::all())? + "\n",
    };
    terminal::answer(&text)?;
    Ok(Exit::Fine)
}

fn formats() -> String {
    let width = headworks_formats::ALL.iter().map(|format| format.id.len()).max().unwrap_or_default();
    headworks_formats::ALL.iter().map(|format| format!("{:<width$}  {}\n", format.id, format.title)).collect()
}

fn formats_as_json() -> Vec<serde_json::Value> {
    let row = |format: &&headworks_formats::Format| serde_json::json!({ "id": format.id, "title": format.title });
    headworks_formats::ALL.iter().map(row).collect()
}

fn technique(technique: &Technique) -> String {
    let mut text = format!("{}: {}\n", technique.area, technique.title);
    text.extend(technique.shown.iter().map(|shown| format!("  {:<30} {}\n", shown.by, shown.sample)));
    text.extend(technique.admitted.iter().map(|sample| format!("  {:<30} {sample}\n", "no finding")));
    text
}
