//! The paths that signing and verifying share: the model, its signature, what is left out.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::Args;
use headworks_attest::oms::check_name;
use headworks_gate::signing::ModelFiles;

#[derive(Debug, Args)]
pub(crate) struct ModelPaths {
    /// The model: a file or a directory
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// The signature
    #[arg(long, value_name = "FILE", default_value = "model.sig")]
    pub(crate) signature: PathBuf,
    /// A path of the model to leave out, with all below it
    #[arg(long, alias = "ignore_paths", value_name = "PATH")]
    pub(crate) ignore_paths: Vec<PathBuf>,
}

impl ModelPaths {
    /// The paths to leave out, as the model's manifest names them.
    ///
    /// # Errors
    /// When one does not lie in the model, or a pattern is given.
    pub(crate) fn ignored(&self, files: &ModelFiles) -> anyhow::Result<Vec<String>> {
        self.ignore_paths.iter().map(|path| relative(files, path)).collect()
    }

    /// Where the signature lies within the model, if it does.
    pub(crate) fn signature_within(&self, files: &ModelFiles) -> Option<String> {
        files.relative(&self.signature)
    }

    /// A heading for errors.
    pub(crate) fn named(&self, what: &str) -> String {
        format!("{what} `{}`", self.model.display())
    }
}

/// A path as typed (absolute, from the working directory, or from the model) as the manifest names it.
fn relative(files: &ModelFiles, path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    ensure!(
        !path.to_string_lossy().contains(['*', '?', '[']),
        "`{shown}` is a pattern; paths to leave out are exact\nhint: name a directory to leave out all below it"
    );
    let within = path.symlink_metadata().ok().and_then(|_| files.relative(path)).filter(|path| !path.is_empty());
    let name = within.or_else(|| path.is_relative().then(|| path.to_string_lossy().into_owned()));
    let name = name.map(|name| name.trim_start_matches("./").trim_end_matches('/').to_owned());
    match name.filter(|name| check_name(name).is_ok()) {
        Some(name) => Ok(name),
        None => anyhow::bail!(
            "`{shown}` is no path in the model\nhint: --ignore-paths takes a path below `{}`",
            files.root().display()
        ),
    }
}
