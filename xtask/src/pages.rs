//! The pages of formats and techniques, from the code and the data that they describe.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use headworks_formats::Format;
use headworks_rules::techniques::{self, Technique};

use crate::root;

/// `formats.md`: every format, with its page.
pub(crate) fn formats() -> String {
    let mut text = String::from(
        "# Formats\n\nWhat headworks reads. Everything else is held, because it is not understood. What is looked for \
         in them is listed under [techniques](techniques.md).\n\n| id | format |\n|---|---|\n",
    );
    let row = |format: &&Format| format!("| [`{0}`](formats/{0}.md) | {1} |\n", format.id, format.title);
    text.extend(headworks_formats::ALL.iter().map(row));
    text
}

/// `techniques.md`: every technique, with the samples that show it.
pub(crate) fn techniques() -> String {
    let mut text = String::from(
        "# Techniques\n\nWhat is looked for, each with samples that a test scans. *Held* stands for files that are said \
         not to be understood.\n",
    );
    let mut area = "";
    for technique in techniques::all() {
        if technique.area != area {
            area = &technique.area;
            text.push_str(&format!("\n## {area}\n\n"));
        }
        text.push_str(&row(technique));
    }
    text
}

fn row(technique: &Technique) -> String {
    let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for shown in &technique.shown {
        by.entry(&shown.by).or_default().push(&shown.sample);
    }
    let linked = |by: &str| match by {
        techniques::HELD => "*held*".to_owned(),
        rule => format!("[{rule}](rules/{rule}.md)"),
    };
    let mut text = format!("- **{}**\n", technique.title);
    text.extend(by.iter().map(|(by, samples)| format!("  - {}: {}\n", linked(by), listed(samples))));
    if !technique.admitted.is_empty() {
        let admitted: Vec<&str> = technique.admitted.iter().map(String::as_str).collect();
        text.push_str(&format!("  - no finding: {}\n", listed(&admitted)));
    }
    text
}

fn listed(samples: &[&str]) -> String {
    samples.iter().map(|sample| format!("`{}`", sample.trim_end_matches(".b64"))).collect::<Vec<_>>().join(", ")
}

/// `formats/<id>.md` for every format: the documentation of its module, and its samples.
pub(crate) fn of_formats() -> anyhow::Result<Vec<(String, String)>> {
    let sources = sources(&root().join("crates/headworks-formats/src"))?;
    let page = |format: &&Format| Ok((format!("formats/{}.md", format.id), page(format, &sources)?));
    headworks_formats::ALL.iter().map(page).collect()
}

fn page(format: &Format, sources: &[(PathBuf, String)]) -> anyhow::Result<String> {
    let line = format!("id: \"{}\"", format.id);
    let (path, source) = sources
        .iter()
        .find(|(_, source)| source.contains("static FORMAT: Format") && source.contains(&line))
        .with_context(|| format!("no file of headworks-formats defines `{}`", format.id))?;
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let documentation: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let documentation = documentation.join("\n").replace("[`", "`").replace("`]", "`");
    ensure!(
        documentation.to_lowercase().contains("not covered"),
        "{}: the documentation does not say what is not covered",
        path.display()
    );
    let mut text = format!("# {} (`{}`)\n\n{documentation}\n\n## Samples\n\n", format.title, format.id);
    for sample in samples(format.id)? {
        text.push_str(&format!("- `{sample}`\n"));
    }
    Ok(text)
}

/// Names of the fixtures of a format.
fn samples(id: &str) -> anyhow::Result<Vec<String>> {
    let folder = root().join("crates/headworks-formats/fixtures").join(id);
    let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Vec<String> = names.collect::<anyhow::Result<_>>()?;
    let samples = names.iter().filter(|name| !name.ends_with(".facts"));
    let mut samples: Vec<String> = samples.map(|name| name.trim_end_matches(".b64").to_owned()).collect();
    samples.sort();
    Ok(samples)
}

/// Path and text of every Rust file below a folder.
fn sources(folder: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)?;
            found.push((path, text));
        }
    }
    Ok(found)
}
