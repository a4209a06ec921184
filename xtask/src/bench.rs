//! Measurements; none of them judges, each prints what was measured beside what it is compared with.

use std::process::Command;

use crate::{cargo, python, root, target};

pub(crate) fn run(peers: bool) -> anyhow::Result<()> {
    python::run(cargo().args([
        "run",
        "--release",
        "--locked",
        "--package",
        "headworks-formats",
        "--example",
        "pickle_cost",
    ]))?;
    if !peers {
        return Ok(());
    }
    python::run(cargo().args(["build", "--release", "--locked", "--package", "headworks"]))?;
    let folder = root().join("bench/peers");
    let python = python::environment("peers", &folder.join("requirements.txt"))?;
    let mut command = Command::new(python);
    command.arg(folder.join("bench.py")).arg("--headworks").arg(target().join("release/headworks"));
    command.arg("--work").arg(target().join("peers"));
    // `cargo xtask test` leaves them here.
    command.arg("--clean").arg(target().join("real_files"));
    python::run(&mut command)
}
