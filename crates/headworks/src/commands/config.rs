use std::path::PathBuf;

use clap::Args;

use crate::arguments::Global;
use crate::exit::Exit;
use crate::settings::{Given, Setting, Settings};
use crate::terminal;

/// Options of `headworks config`.
#[derive(Debug, Args)]
#[command(after_help = "\
Settings come from, first wins: flag, HEADWORKS_* variable, headworks.toml in this directory or above it (up to
the repository's root), headworks/headworks.toml in the user's configuration directory, default.")]
pub(crate) struct Options {
    /// Show where each value comes from
    #[arg(long)]
    origin: bool,
}

pub(crate) fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let settings = Settings::resolve(global, Given::default(), &[])?;
    let mut text = String::new();
    let path = |path: &PathBuf| path.display().to_string();
    let rows = [
        row("tier", &settings.tier, Clone::clone),
        row("policy", &settings.policy, |files| match files.as_slice() {
            [] => "built in".to_owned(),
            files => files.iter().map(path).collect::<Vec<_>>().join(", "),
        }),
        row("store", &settings.store, path),
        row("waivers", &settings.waivers, |file| file.as_ref().map_or_else(|| "none".to_owned(), path)),
        row("allow", &settings.allow, |file| file.as_ref().map_or_else(|| "none".to_owned(), path)),
        row("trust", &settings.trust, path),
        row("root", &settings.trusted_root, |roots| roots.join(", ")),
        row("log", &settings.log, |log| log.origin.clone().unwrap_or_else(|| "named by its key".to_owned())),
        row("color", &settings.color, |color| format!("{color:?}").to_lowercase()),
        row("limits", &settings.limits, |limits| serde_json::to_string(limits).unwrap_or_default()),
    ];
    for file in &settings.files {
        text.push_str(&format!("{:<8} {}\n", "file", path(file)));
    }
    for (name, value, origin) in rows {
        let origin = if options.origin { format!("  ({origin})") } else { String::new() };
        text.push_str(&format!("{name:<8} {value}{origin}\n"));
    }
    terminal::answer(&text)?;
    Ok(Exit::Fine)
}

fn row<T>(name: &'static str, setting: &Setting<T>, show: impl Fn(&T) -> String) -> (&'static str, String, String) {
    (name, show(&setting.value), setting.origin.clone())
}
