use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_rules::{LocalAllow, LocalEntry};
use headworks_types::Digest;

use crate::arguments::Global;
use crate::exit::Exit;
use crate::settings::{Given, Settings};
use crate::terminal;

/// Options of `headworks allow`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks allow acme.layers.Gate --reason 'our own layer, reviewed in #412' --file headworks-allow.toml
  headworks allow acme.layers.Gate --reason 'one export' --artifact sha256:1f0c…9a44
  headworks allow --list

The file is plain TOML in a stable order: keep it under version control and review a change as a diff. Name it
once as `allow = \"headworks-allow.toml\"` in headworks.toml.")]
pub(crate) struct Options {
    /// The callable, as the finding names it: `module.name`
    #[arg(required_unless_present = "list", requires = "reason")]
    callable: Option<String>,
    /// Why it may be used
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who answers for it
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Only in the artifact with this digest
    #[arg(long, value_name = "DIGEST")]
    artifact: Option<Digest>,
    /// List what the file allows
    #[arg(long, conflicts_with_all = ["callable", "reason", "owner", "artifact"])]
    list: bool,
    /// The file of the organisation's entries
    #[arg(long, env = "HEADWORKS_ALLOW", value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(crate) fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let given = Given { allow: options.file.clone(), ..Given::default() };
    let settings = Settings::resolve(global, given, &[])?;
    let path = settings.allow.value.context(
        "no file of allow-list entries is named\nhint: name one with --file, or as `allow = \"…\"` in headworks.toml",
    )?;
    let mut list = read(&path)?;
    let Some(entry) = entry(options) else { return listed(&list) };
    let replaced = list.entries().any(|known| known.callable == entry.callable && known.artifact == entry.artifact);
    let shown = diff(&entry, replaced);
    list.add(entry)?;
    write(&path, &list)?;
    terminal::answer(&shown)?;
    terminal::note(&format!("wrote `{}`; checks use it from now on, and it is part of their records", path.display()));
    Ok(Exit::Fine)
}

fn entry(options: Options) -> Option<LocalEntry> {
    let Options { callable, reason, owner, artifact, .. } = options;
    let added = terminal::now().strftime("%Y-%m-%d").to_string();
    Some(LocalEntry { callable: callable?, reason: reason?, owner, artifact, added })
}

fn listed(list: &LocalAllow) -> anyhow::Result<Exit> {
    terminal::answer(&list.to_string())?;
    Ok(if list.entries().next().is_some() { Exit::Fine } else { Exit::NothingMatched })
}

/// The entry as a reviewer will see it.
fn diff(entry: &LocalEntry, replaced: bool) -> String {
    let sign = if replaced { '~' } else { '+' };
    entry.to_string().lines().map(|line| format!("{sign} {line}\n")).collect()
}

fn read(path: &Path) -> anyhow::Result<LocalAllow> {
    match fs::read_to_string(path) {
        Ok(text) => LocalAllow::parse(&text).with_context(|| format!("`{}`", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(LocalAllow::default()),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// Replaces the file in one step, so that a check that runs meanwhile reads either list whole.
fn write(path: &Path, list: &LocalAllow) -> anyhow::Result<()> {
    let staged = path.with_extension("toml.new");
    fs::write(&staged, list.to_string()).with_context(|| format!("cannot write `{}`", staged.display()))?;
    fs::rename(&staged, path).with_context(|| format!("cannot write `{}`", path.display()))
}
