//! Python environments for the tests and benchmarks that need real libraries.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The interpreter of a virtual environment that has exactly the packages of `requirements`.
///
/// It lies in the target directory and is made again when the requirements change.
pub(crate) fn environment(name: &str, requirements: &Path) -> anyhow::Result<PathBuf> {
    let folder = crate::target().join("python").join(name);
    let python = folder.join("bin/python");
    let wanted = std::fs::read_to_string(requirements).with_context(|| requirements.display().to_string())?;
    let stamp = folder.join("requirements");
    if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    run(Command::new(system_python()?).args(["-m", "venv"]).arg(&folder))?;
    install(&python, requirements)?;
    std::fs::write(stamp, wanted)?;
    Ok(python)
}

/// Adds the packages of `requirements` to the environment of an interpreter.
pub(crate) fn install(python: &Path, requirements: &Path) -> anyhow::Result<()> {
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "-r"];
    run(Command::new(python).args(quiet).arg(requirements))
}

/// Python 3 with the `venv` module; installed with Debian's own client when it is missing.
pub(crate) fn system_python() -> anyhow::Result<PathBuf> {
    let works = |python: &str| {
        Command::new(python).args(["-c", "import venv, ensurepip"]).output().is_ok_and(|output| output.status.success())
    };
    if !works("python3") {
        println!("python3 with venv is missing; installing it");
        run(Command::new("apt-get").args(["update", "-qq"]))?;
        run(Command::new("apt-get").args(["install", "-qq", "-y", "python3", "python3-venv"]))?;
    }
    if works("python3") {
        return Ok("python3".into());
    }
    bail!("python3 with its venv module is needed\nhint: apt-get install python3 python3-venv")
}

/// Runs a command and demands that it succeeds.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if status.success() { Ok(()) } else { bail!("{shown} ended with {status}") }
}
