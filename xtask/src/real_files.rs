//! Files that the real libraries wrote: nothing may be said against an honest one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{python, root, target, test};

/// A script that writes files, and the list of packages it needs.
const GROUPS: [(&str, &str); 13] = [
    ("adapters", "adapters"),
    ("classic", "classic"),
    ("graphs", "graphs"),
    ("jax_checkpoints", "jax_checkpoints"),
    ("keras_models", "keras"),
    ("oci_layouts", "oci_layouts"),
    ("onnx_graphs", "onnx_graphs"),
    ("packages", "packages"),
    ("paddle_programs", "paddle_programs"),
    ("repository", "repository"),
    ("sentencepiece_tokenizers", "sentencepiece_tokenizers"),
    ("torchscript", "torch"),
    ("xgboost_binaries", "xgboost_binaries"),
];

/// The groups whose packages are small enough for every run of the tests.
pub(crate) const LIGHT: [&str; 4] = ["oci_layouts", "onnx_graphs", "packages", "repository"];

/// Scans what the scripts of these groups write; of all when none is named.
///
/// Every file or folder in a script's output is an artifact. One whose name has `code-` in it carries code
/// and must not pass; one in `held-` is not understood yet and must be held; so with all in a folder
/// `changed`. Against any other nothing may be said that would hold or refuse it.
pub(crate) fn run(groups: &[String]) -> anyhow::Result<()> {
    test::program()?;
    let chosen = |name: &str| groups.is_empty() || groups.iter().any(|group| group == name);
    if let Some(unknown) = groups.iter().find(|group| !GROUPS.iter().any(|(name, _)| name == group)) {
        bail!("there is no group `{unknown}`\nhint: {}", GROUPS.map(|(name, _)| name).join(", "));
    }
    for (name, packages) in GROUPS.into_iter().filter(|(name, _)| chosen(name)) {
        let artifacts = written(name, packages)?;
        let report: BTreeMap<String, Vec<String>> =
            scan(&artifacts)?.iter().map(|result| said(result, counted(result))).collect();
        let wrong: Vec<String> = artifacts.iter().filter_map(|artifact| judged_wrongly(artifact, &report)).collect();
        if !wrong.is_empty() || artifacts.is_empty() {
            bail!("{name}: {} of {} artifacts are judged wrongly:\n{}", wrong.len(), artifacts.len(), wrong.join("\n"));
        }
        println!("real files of {name}: {} artifacts, each judged as it must be", artifacts.len());
    }
    Ok(())
}

/// The artifacts that a script wrote.
fn written(name: &str, packages: &str) -> anyhow::Result<Vec<PathBuf>> {
    let out = target().join("real_files").join(name);
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    let python = python::environment(packages, &scripts().join(format!("requirements-{packages}.txt")))?;
    python::run(Command::new(python).arg(scripts().join(format!("{name}.py"))).arg(&out))?;
    let mut artifacts = Vec::new();
    for entry in entries(&out)? {
        match entry.file_name().and_then(|name| name.to_str()) {
            Some("good" | "changed") => artifacts.extend(entries(&entry)?),
            _ => artifacts.push(entry),
        }
    }
    Ok(artifacts)
}

const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

/// Severities that count: of a changed artifact any, of an honest one those that hold or refuse.
fn counted(result: &Value) -> &'static [&'static str] {
    let is_changed = result["target"].as_str().is_some_and(must_not_pass);
    if is_changed { &SEVERITIES } else { &SEVERITIES[..3] }
}

fn must_not_pass(artifact: &str) -> bool {
    ["code-", "held-", "/changed/"].iter().any(|mark| artifact.contains(mark))
}

/// What is wrong with what was said of an artifact.
fn judged_wrongly(artifact: &Path, report: &BTreeMap<String, Vec<String>>) -> Option<String> {
    let shown = artifact.display().to_string();
    let Some(said) = report.get(&shown) else { return Some(format!("{shown}: was not scanned")) };
    match (must_not_pass(&shown), said.is_empty()) {
        (true, true) => Some(format!("{shown}: passed")),
        (false, false) => Some(format!("{shown}: {}", said.join("; "))),
        _ => None,
    }
}

fn scripts() -> PathBuf {
    root().join("tests/real_files")
}

/// Files that real libraries wrote, of old versions and new: no finding, nothing not understood.
pub(crate) fn pickles() -> anyhow::Result<()> {
    let folder = scripts();
    test::program()?;
    let mut files = Vec::new();
    // The libraries of each year; the oldest are the last ones that today's Python still runs.
    for year in ["2023", "2024", "2026"] {
        let python = python::environment(year, &folder.join(format!("requirements-{year}.txt")))?;
        let out = target().join("real_files").join(year);
        python::run(Command::new(python).arg(folder.join("make.py")).arg("--out").arg(&out))?;
        files.extend(files_below(&out)?);
    }
    let report = scan(&files)?;
    let said = report.iter().map(|result| said(result, &SEVERITIES)).filter(|(_, said)| !said.is_empty());
    let alarms: Vec<String> = said.map(|(target, said)| format!("{target}: {}", said.join("; "))).collect();
    if !alarms.is_empty() {
        bail!("{} alarms on files of real libraries:\n{}", alarms.len(), alarms.join("\n"));
    }
    if report.len() != files.len() || files.len() < 50 {
        bail!("{} of {} real files were scanned; at least 50 are needed", report.len(), files.len());
    }
    println!("real files: {} scanned, 0 findings, all understood to the last byte", files.len());
    Ok(())
}

/// The results of one scan over all `files`, each an artifact of its own.
fn scan(files: &[PathBuf]) -> anyhow::Result<Vec<Value>> {
    let mut command = Command::new(target().join("debug/headworks"));
    command.args(["scan", "--format", "jsonl"]).args(files).stdout(Stdio::piped());
    let output = command.output().context("cannot start headworks")?;
    let lines = String::from_utf8(output.stdout)?;
    lines.lines().map(|line| serde_json::from_str(line).context("a line of the report")).collect()
}

/// An artifact, and what is said against it: findings of these severities, and what is not understood.
fn said(result: &Value, severities: &[&str]) -> (String, Vec<String>) {
    let counts = |finding: &&Value| severities.iter().any(|severity| finding["severity"] == *severity);
    let findings = result["findings"].as_array().into_iter().flatten().filter(counts);
    let findings = findings.map(|finding| format!("{} {}", finding["rule"], finding["message"]));
    let faults = result["not_understood"].as_array().into_iter().flatten();
    let faults = faults.map(|fault| format!("not understood: {}", fault["reason"]));
    (result["target"].as_str().unwrap_or("?").to_owned(), findings.chain(faults).collect())
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut entries = read.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}
