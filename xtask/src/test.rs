//! Everything that must hold, in one command: `cargo xtask test`.
//!
//! The Rust tests need nothing. After them come the two comparisons with the outside world: the pickle
//! machine beside CPython's own unpickler, and files that the real libraries wrote.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{cargo, python, root, target};

pub(crate) fn run() -> anyhow::Result<()> {
    python::run(cargo().args(["test", "--workspace", "--locked"]))?;
    differential()?;
    real_files()
}

/// CPython's unpickler and the pickle machine must see the same imports and calls.
fn differential() -> anyhow::Result<()> {
    let events = ["build", "--locked", "--package", "headworks-formats", "--example", "pickle_events"];
    python::run(cargo().args(events))?;
    let compare = root().join("tests/pickle_differential/compare.py");
    let events = target().join("debug/examples/pickle_events");
    python::run(Command::new(python::system_python()?).arg(compare).arg("--events").arg(events))
}

/// Files that real libraries wrote, of old versions and new: no finding, nothing not understood.
fn real_files() -> anyhow::Result<()> {
    let folder = root().join("tests/real_files");
    python::run(cargo().args(["build", "--locked", "--package", "headworks"]))?;
    let mut files = Vec::new();
    // The libraries of each year; the oldest are the last ones that today's Python still runs.
    for year in ["2023", "2024", "2026"] {
        let python = python::environment(year, &folder.join(format!("requirements-{year}.txt")))?;
        let out = target().join("real_files").join(year);
        python::run(Command::new(python).arg(folder.join("make.py")).arg("--out").arg(&out))?;
        files.extend(files_below(&out)?);
    }
    let report = scan(&files)?;
    let alarms: Vec<String> = report.iter().flat_map(alarms).collect();
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

/// What is said against one file that deserves nothing to be said against it.
fn alarms(result: &Value) -> Vec<String> {
    let target = result["target"].as_str().unwrap_or("?");
    let findings = result["findings"].as_array().into_iter().flatten();
    let findings = findings.map(|finding| format!("{target}: {} {}", finding["rule"], finding["message"]));
    let faults = result["not_understood"].as_array().into_iter().flatten();
    findings.chain(faults.map(|fault| format!("{target}: not understood: {}", fault["reason"]))).collect()
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
