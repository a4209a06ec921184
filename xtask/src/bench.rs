//! Measurements; none of them judges, each prints what was measured beside what it is compared with.

use std::process::Command;

use clap::ValueEnum;

use crate::{cargo, node, python, root, target};

/// What can be measured. All but `pickle`, `advisories` and `graph` install what they need from the Python package index.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Measure {
    /// CPU per opcode of pickles of growing length
    Pickle,
    /// Hostile and honest files: what headworks and its peers flag, and their CPU
    Peers,
    /// Large artifacts and many files: CPU, time and memory of headworks and its peers
    Speed,
    /// A script that opens 20,000 files, alone and under `headworks run`
    Recorder,
    /// The labelled files that the peers' own source distributions carry
    Labelled,
    /// Bills of materials of one repository by headworks and by other generators
    Bom,
    /// Signing and verifying models beside the reference implementation of OpenSSF Model Signing
    Signing,
    /// A copy of 214,000 advisories: import, look-ups, a million packages
    Advisories,
    /// What questions to the graph cost at 10 million nodes and 50 million edges, and beside SQLite
    Graph,
}

pub(crate) fn run(measure: Measure) -> anyhow::Result<()> {
    match measure {
        Measure::Pickle => example("headworks-formats", "pickle_cost"),
        // `cargo xtask test` leaves honest files there.
        Measure::Peers => python::run(beside_peers("bench.py")?.arg("--clean").arg(target().join("real_files"))),
        Measure::Speed => python::run(&mut beside_peers("speed.py")?),
        Measure::Recorder => recorder(),
        Measure::Labelled => python::run(&mut beside_peers("labelled.py")?),
        Measure::Bom => bom(),
        Measure::Signing => signing(),
        Measure::Advisories => advisories(),
        Measure::Graph => example("headworks-store", "graph_scale"),
    }
}

/// A measurement that is an example of a crate.
fn example(package: &str, name: &str) -> anyhow::Result<()> {
    python::run(cargo().args(["run", "--release", "--locked", "--package", package, "--example", name]))
}

fn recorder() -> anyhow::Result<()> {
    python::run(cargo().args(["build", "--release", "--locked", "--package", "headworks"]))?;
    let requirements = root().join("tests/real_files/requirements-2026.txt");
    let mut command = Command::new(python::environment("2026", &requirements)?);
    command.arg(root().join("bench/recorder/bench.py")).arg("--headworks").arg(target().join("release/headworks"));
    python::run(command.arg("--work").arg(target().join("bench")))
}

/// A script of `bench/peers` over the release build.
fn beside_peers(script: &str) -> anyhow::Result<Command> {
    python::run(cargo().args(["build", "--release", "--locked", "--package", "headworks"]))?;
    let folder = root().join("bench/peers");
    let mut command = Command::new(python::environment("peers", &folder.join("requirements.txt"))?);
    command.arg(folder.join(script)).arg("--headworks").arg(target().join("release/headworks"));
    command.arg("--work").arg(target().join("peers"));
    Ok(command)
}

/// Bills of materials beside those of other generators, which come from two package indexes.
fn bom() -> anyhow::Result<()> {
    python::run(cargo().args(["build", "--release", "--locked", "--package", "headworks"]))?;
    let folder = root().join("bench/bom");
    let python = python::environment("bench_bom", &folder.join("requirements.txt"))?;
    let node = node::find(&python, &root().join("tests/model_signing/requirements-node.txt"))?;
    let modules = node.modules("bench_bom", &folder)?.join("node_modules");
    let mut command = Command::new(python);
    command.arg(folder.join("compare.py")).arg("--headworks").arg(target().join("release/headworks"));
    python::run(command.arg("--modules").arg(modules).arg("--work").arg(target().join("bench/bom")))
}

/// The example makes its own data and prints what each step took.
fn advisories() -> anyhow::Result<()> {
    let example = ["run", "--release", "--locked", "--package", "headworks-store", "--example", "advisories_cost"];
    python::run(cargo().args(example).arg("--").arg(target().join("bench/advisories")))
}

/// Signing beside the reference, and beside a bare pass of the hash over the same bytes.
fn signing() -> anyhow::Result<()> {
    python::run(cargo().args(["build", "--release", "--locked", "--package", "headworks"]))?;
    let pass = ["build", "--release", "--locked", "--package", "headworks-types", "--example", "sha256_pass"];
    python::run(cargo().args(pass))?;
    let requirements = root().join("tests/model_signing/requirements.txt");
    let mut command = Command::new(python::environment("model_signing", &requirements)?);
    command.arg(root().join("bench/signing/bench.py")).arg("--headworks").arg(target().join("release/headworks"));
    command.arg("--pass").arg(target().join("release/examples/sha256_pass"));
    python::run(command.arg("--work").arg(target().join("signing")))
}
