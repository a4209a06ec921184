//! Programs that the tests need and Debian has.

use std::process::Command;

use anyhow::bail;

use crate::python;

/// Sees to it that a program is there, with Debian's own client when it is missing.
pub(crate) fn program(name: &str, package: &str) -> anyhow::Result<()> {
    let works = || Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    if !works() {
        println!("{name} is missing; installing it");
        python::run(Command::new("apt-get").args(["update", "-qq"]))?;
        python::run(Command::new("apt-get").args(["install", "-qq", "-y", package]))?;
    }
    if works() {
        return Ok(());
    }
    bail!("{name} is needed for the tests\nhint: apt-get install {package}")
}
