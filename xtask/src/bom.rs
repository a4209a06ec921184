//! Our bills of materials before the official validators, and those of other tools before ours.

use std::process::Command;

use crate::{python, root, target, test};

/// Writes documents about many inputs and lets the validators of CycloneDX and SPDX judge them.
pub(crate) fn run() -> anyhow::Result<()> {
    test::program()?;
    let folder = root().join("tests/bom");
    let mut command = Command::new(python::environment("bom", &folder.join("requirements.txt"))?);
    command.arg(folder.join("validate.py")).arg("--headworks").arg(target().join("debug/headworks"));
    command.arg("--fixtures").arg(root().join("crates/headworks-formats/fixtures"));
    // The ontology and the schema are too large for the repository; they lie beside it where people have them.
    command.arg("--spdx").arg(root().join("../shared/data/spdx"));
    python::run(command.arg("--work").arg(target().join("bom")))
}
