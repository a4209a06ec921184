//! Everything that must hold, in one command: `cargo xtask test`.
//!
//! The Rust tests need nothing. After them come the comparisons with the outside world: the pickle machine
//! beside CPython's own unpickler, files that the real libraries wrote, the reference of model signing, and the
//! recorder beside strace.

use std::process::Command;

use crate::{cargo, debian, node, python, real_files, recorder, root, target};

pub(crate) fn run() -> anyhow::Result<()> {
    python::run(cargo().args(["test", "--workspace", "--locked"]))?;
    differential()?;
    real_files::pickles()?;
    real_files::run(&real_files::LIGHT.map(str::to_owned))?;
    recorder::run()?;
    // Last, because it builds the program with more features.
    model_signing()
}

/// CPython's unpickler and the pickle machine must see the same imports and calls.
fn differential() -> anyhow::Result<()> {
    let events = ["build", "--locked", "--package", "headworks-formats", "--example", "pickle_events"];
    python::run(cargo().args(events))?;
    let compare = root().join("tests/pickle_differential/compare.py");
    let events = target().join("debug/examples/pickle_events");
    python::run(Command::new(python::system_python()?).arg(compare).arg("--events").arg(events))
}

/// The reference implementation of OpenSSF Model Signing and headworks must accept each other's signatures.
fn model_signing() -> anyhow::Result<()> {
    // The tests of what these features add are in the tests of the workspace only with them.
    let program = ["--locked", "--package", "headworks", "--features", "pkcs11,keyless"];
    let parts = ["--package", "headworks-gate", "--lib", "--bins", "--", "signing::", "commands::keyless::"];
    python::run(cargo().arg("test").args(program).args(parts))?;
    python::run(cargo().arg("build").args(program))?;
    debian::program("softhsm2-util", "softhsm2")?;
    let folder = root().join("tests/model_signing");
    let python = python::environment("model_signing", &folder.join("requirements.txt"))?;
    let node = node::find(&python, &folder.join("requirements-node.txt"))?;
    let modules = node.modules("model_signing", &folder)?;
    let case = |script: &str| {
        let mut command = Command::new(&python);
        command.arg(folder.join(script)).arg("--headworks").arg(target().join("debug/headworks"));
        command.arg("--work").arg(target().join("model_signing").join(script));
        command
    };
    python::run(&mut case("interop.py"))?;
    python::run(case("keyless.py").arg("--node").arg(&node.node).arg("--modules").arg(modules))
}
