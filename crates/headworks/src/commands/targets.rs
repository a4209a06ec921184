//! What is to be checked: paths, a list of paths, or bytes from standard input.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use headworks_gate::{AcquireError, Acquired, acquire, acquire_stream};
use headworks_types::Limits;

use super::reference;

/// The part of the command line that names artifacts.
#[derive(Debug, Clone, Args)]
pub(crate) struct Targets {
    /// Files, directories or hub cache snapshots, each an artifact; `hf://owner/name@revision` is one in the
    /// local hub cache, and `-` reads a list of them, one a line
    #[arg(value_name = "PATH", required_unless_present = "stdin_name")]
    paths: Vec<PathBuf>,
    /// Check the bytes of standard input under this name
    #[arg(long, value_name = "NAME")]
    stdin_name: Option<String>,
}

/// One thing to check.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Path(PathBuf),
    /// A URL as it was typed, and the path it stands for.
    Reference(String, PathBuf),
    Stream(String),
}

impl Targets {
    /// The artifacts that were named.
    ///
    /// # Errors
    /// When standard input is asked for twice, or its list cannot be read.
    pub(crate) fn resolve(&self) -> anyhow::Result<Vec<Target>> {
        let lists = self.paths.iter().filter(|path| path.as_os_str() == "-").count();
        if lists + usize::from(self.stdin_name.is_some()) > 1 {
            bail!("standard input can be read once: as a list (`-`) or as bytes (`--stdin-name`)");
        }
        let mut targets: Vec<Target> = self.stdin_name.iter().cloned().map(Target::Stream).collect();
        for path in &self.paths {
            match path.as_os_str() == "-" {
                true => targets.extend(listed()?.into_iter().map(Target::of).collect::<anyhow::Result<Vec<_>>>()?),
                false => targets.push(Target::of(path.clone())?),
            }
        }
        Ok(targets)
    }
}

impl Target {
    fn of(path: PathBuf) -> anyhow::Result<Self> {
        match path.to_str().filter(|typed| typed.starts_with("hf://") || typed.starts_with("file://")) {
            Some(typed) => Ok(Self::Reference(typed.to_owned(), reference::resolve(typed)?)),
            None => Ok(Self::Path(path)),
        }
    }

    /// The target as it was typed.
    pub(crate) fn typed(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Reference(typed, _) => typed.clone(),
            Self::Stream(name) => name.clone(),
        }
    }

    /// The path, unless the bytes come from standard input.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Path(path) | Self::Reference(_, path) => Some(path.clone()),
            Self::Stream(_) => None,
        }
    }

    pub(crate) fn acquire(&self, limits: &Limits) -> Result<Acquired, AcquireError> {
        match self {
            Self::Path(path) | Self::Reference(_, path) => acquire(path, limits),
            Self::Stream(name) => acquire_stream(name, &mut std::io::stdin().lock()),
        }
    }
}

fn listed() -> anyhow::Result<Vec<PathBuf>> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).context("cannot read the list of targets from standard input")?;
    Ok(text.lines().filter(|line| !line.is_empty()).map(PathBuf::from).collect())
}
