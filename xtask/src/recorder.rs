//! `headworks run` beside strace: both must see a real training script read and write the same files.

use std::process::Command;

use crate::{debian, python, root, target, test};

/// Runs the training script twice and compares what was seen.
pub(crate) fn run() -> anyhow::Result<()> {
    debian::program("strace", "strace")?;
    test::program()?;
    // The script trains with the libraries that also write the real files of that year.
    let python = python::environment("2026", &root().join("tests/real_files/requirements-2026.txt"))?;
    let compare = root().join("tests/run_recorder/compare.py");
    let mut command = Command::new(python);
    command.arg(compare).arg("--headworks").arg(target().join("debug/headworks"));
    python::run(command.arg("--work").arg(target().join("run_recorder")))
}
