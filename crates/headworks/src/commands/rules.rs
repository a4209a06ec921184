use clap::Args;
use headworks_rules::Rule;

use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks rules`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<Exit> {
    let mut rules: Vec<&Rule> = headworks_rules::ALL.to_vec();
    rules.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.id.cmp(b.id)));
    let text = if options.json {
        serde_json::to_string_pretty(&rules.iter().map(|rule| json(rule)).collect::<Vec<_>>())? + "\n"
    } else {
        rules.iter().map(|rule| format!("{:<9} {:<36} {}\n", rule.severity, rule.id, rule.title)).collect()
    };
    terminal::answer(&text)?;
    Ok(Exit::Fine)
}

fn json(rule: &Rule) -> serde_json::Value {
    serde_json::json!({
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "controls": rule.controls,
        "references": rule.references,
    })
}
