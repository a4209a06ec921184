//! Rules of the repository that no compiler knows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::root;

/// The crates by layer; an edge may only lead to a lower one.
const LAYERS: &[(&str, u8)] = &[
    ("headworks-types", 0),
    ("headworks-formats", 1),
    ("headworks-attest", 1),
    ("headworks-advisories", 1),
    ("headworks-rules", 2),
    ("headworks-policy", 2),
    ("headworks-report", 2),
    ("headworks-store", 3),
    ("headworks-sources", 3),
    ("headworks-sandbox", 3),
    ("headworks-data", 3),
    ("headworks-tensors", 3),
    ("headworks-gate", 4),
    ("headworks-server", 5),
    ("headworks", 6),
];

pub(crate) fn run() -> anyhow::Result<()> {
    let mut problems = Vec::new();
    crate_edges(&mut problems)?;
    formats(&mut problems)?;
    rules(&mut problems)?;
    sources(&mut problems)?;
    for problem in &problems {
        println!("tidy: {problem}");
    }
    if !problems.is_empty() {
        bail!("{} things are untidy", problems.len());
    }
    println!(
        "tidy: {} formats, {} rules, all edges lead down",
        headworks_formats::ALL.len(),
        headworks_rules::ALL.len()
    );
    Ok(())
}

/// Crates of one layer do not know each other, and none knows a higher one.
fn crate_edges(problems: &mut Vec<String>) -> anyhow::Result<()> {
    for folder in children(&root().join("crates"))? {
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml"))?.parse().context("Cargo.toml")?;
        let name = folder.file_name().context("a crate has a name")?.to_string_lossy().into_owned();
        let Some(layer) = layer(&name) else {
            problems.push(format!("crate `{name}` has no layer in xtask/src/tidy.rs and design.md"));
            continue;
        };
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table).into_iter().flatten();
        for (dependency, _) in dependencies.filter(|(dependency, _)| dependency.starts_with("headworks")) {
            if self::layer(dependency).is_none_or(|lower| lower >= layer) {
                problems.push(format!("crate `{name}` must not use `{dependency}`: edges lead to lower layers only"));
            }
        }
    }
    Ok(())
}

fn layer(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

/// Every format is listed once and has good, truncated and hostile fixtures.
fn formats(problems: &mut Vec<String>) -> anyhow::Result<()> {
    let folder = root().join("crates/headworks-formats");
    let declared = count_in_sources(&folder.join("src"), "static FORMAT: Format =")?;
    unique("format", headworks_formats::ALL.iter().map(|format| format.id), declared, problems);
    for format in headworks_formats::ALL {
        let names: Vec<String> = children(&folder.join("fixtures").join(format.id))
            .unwrap_or_default()
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        for kind in ["good-", "truncated-", "hostile-"] {
            if !names.iter().any(|name| name.starts_with(kind)) {
                problems.push(format!("format `{}` has no `{kind}` fixture", format.id));
            }
        }
    }
    Ok(())
}

/// Every rule is listed once, and its page and controls are complete.
fn rules(problems: &mut Vec<String>) -> anyhow::Result<()> {
    let declared = count_in_sources(&root().join("crates/headworks-rules/src"), "rule! {\n")?;
    unique("rule", headworks_rules::ALL.iter().map(|rule| rule.id), declared, problems);
    for rule in headworks_rules::ALL {
        for part in ["**Why it matters.**", "**Example.**", "**What it misses.**"] {
            if !rule.page.contains(part) {
                problems.push(format!("the page of rule `{}` lacks {part}", rule.id));
            }
        }
        for control in rule.controls.iter().filter(|id| headworks_policy::controls::find(id).is_none()) {
            problems.push(format!("rule `{}` names control `{control}`, which is not in the catalogue", rule.id));
        }
        if rule.controls.is_empty() {
            problems.push(format!("rule `{}` speaks against no control", rule.id));
        }
    }
    Ok(())
}

fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>, declared: usize, problems: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            problems.push(format!("{what} `{id}` is listed twice"));
        }
        if !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            problems.push(format!("{what} id `{id}` is not kebab-case"));
        }
    }
    if seen.len() != declared {
        problems.push(format!("{declared} {what}s are declared and {} are listed in ALL", seen.len()));
    }
}

/// Words that promise later work, and names of places that mean nothing to a reader.
fn sources(problems: &mut Vec<String>) -> anyhow::Result<()> {
    let words = [["TO", "DO:"].concat(), ["FIX", "ME"].concat()];
    for path in sources_below(&root())? {
        let text = fs::read_to_string(&path).unwrap_or_default();
        if words.iter().any(|word| text.contains(word)) {
            problems.push(format!("`{}` leaves work for later; do it or describe it in an issue", path.display()));
        }
    }
    Ok(())
}

fn count_in_sources(folder: &Path, needle: &str) -> anyhow::Result<usize> {
    let texts = sources_below(folder)?.into_iter().map(fs::read_to_string);
    texts.map(|text| Ok(text?.matches(needle).count())).sum()
}

fn sources_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in children(&folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') && name != "fixtures" {
                folders.push(path);
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn children(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
