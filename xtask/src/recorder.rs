//! `headworks run` beside strace: both must see a real training script read and write the same files.

use std::process::Command;

use anyhow::bail;

use crate::{cargo, python, root, target};

/// Runs the training script twice and compares what was seen.
pub(crate) fn run() -> anyhow::Result<()> {
    strace()?;
    python::run(cargo().args(["build", "--locked", "--package", "headworks"]))?;
    // The script trains with the libraries that also write the real files of that year.
    let python = python::environment("2026", &root().join("tests/real_files/requirements-2026.txt"))?;
    let compare = root().join("tests/run_recorder/compare.py");
    let mut command = Command::new(python);
    command.arg(compare).arg("--headworks").arg(target().join("debug/headworks"));
    python::run(command.arg("--work").arg(target().join("run_recorder")))
}

/// The independent observer; installed with Debian's own client when it is missing.
fn strace() -> anyhow::Result<()> {
    let works = || Command::new("strace").arg("--version").output().is_ok_and(|output| output.status.success());
    if !works() {
        println!("strace is missing; installing it");
        python::run(Command::new("apt-get").args(["update", "-qq"]))?;
        python::run(Command::new("apt-get").args(["install", "-qq", "-y", "strace"]))?;
    }
    if works() {
        return Ok(());
    }
    bail!("strace is needed to check the recorder\nhint: apt-get install strace")
}
