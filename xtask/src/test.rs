//! Everything that must hold, in one command: `cargo xtask test`.
//!
//! The Rust tests need nothing. After them come the two comparisons with the outside world: the pickle
//! machine beside CPython's own unpickler, and files that the real libraries wrote.

use std::process::Command;

use crate::{cargo, python, real_files, root, target};

pub(crate) fn run() -> anyhow::Result<()> {
    python::run(cargo().args(["test", "--workspace", "--locked"]))?;
    differential()?;
    real_files::pickles()?;
    real_files::run(&real_files::LIGHT.map(str::to_owned))
}

/// CPython's unpickler and the pickle machine must see the same imports and calls.
fn differential() -> anyhow::Result<()> {
    let events = ["build", "--locked", "--package", "headworks-formats", "--example", "pickle_events"];
    python::run(cargo().args(events))?;
    let compare = root().join("tests/pickle_differential/compare.py");
    let events = target().join("debug/examples/pickle_events");
    python::run(Command::new(python::system_python()?).arg(compare).arg("--events").arg(events))
}
