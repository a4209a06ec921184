//! Everything that must hold, in one command: `cargo xtask test`.
//!
//! The Rust tests need nothing. After them come the comparisons with the outside world: the pickle machine
//! beside CPython's own unpickler, files that the real libraries wrote, the reference of model signing, the
//! recorder beside strace, and bills of materials before their official validators.

use std::process::Command;

use crate::{bom, cargo, debian, node, python, real_files, recorder, root, target};

/// What the program is tested with. One build serves all steps: with the features a dependency of a dependency asks
/// for more of `syn`, and nearly everything is built again for that.
const FEATURES: [&str; 2] = ["--features", "headworks/pkcs11,headworks/keyless"];

pub(crate) fn run() -> anyhow::Result<()> {
    python::run(cargo().args(["test", "--workspace", "--locked"]).args(FEATURES))?;
    differential()?;
    real_files::pickles()?;
    real_files::run(&real_files::LIGHT.map(str::to_owned))?;
    recorder::run()?;
    bom::run()?;
    model_signing()
}

/// Builds the program as the tests of the workspace have it.
pub(crate) fn program() -> anyhow::Result<()> {
    python::run(cargo().args(["build", "--locked", "--package", "headworks"]).args(FEATURES))
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
    program()?;
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
