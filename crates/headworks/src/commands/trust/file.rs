//! The file of a trust store: read whole, replaced in one step, one change at a time.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use headworks_attest::TrustStore;
use headworks_types::Digest;

use super::Place;
use crate::arguments::Global;
use crate::settings::{Given, Settings};
use crate::terminal;

/// A trust store and the text that it was read from, if there was one.
pub(super) struct TrustFile {
    pub(super) path: PathBuf,
    pub(super) text: Option<String>,
    pub(super) store: TrustStore,
}

impl TrustFile {
    pub(super) fn read(global: &Global, place: &Place) -> anyhow::Result<Self> {
        let given = Given { trust: place.trust.clone(), ..Given::default() };
        let path = Settings::resolve(global, given, &[])?.trust.value;
        let text = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        };
        let store = text.as_deref().map(TrustStore::parse).transpose();
        let store = store.with_context(|| format!("cannot use `{}`", path.display()))?.unwrap_or_default();
        Ok(Self { path, text, store })
    }

    /// Writes the changed store as the next version; the one before stays beside it.
    pub(super) fn write(self) -> anyhow::Result<()> {
        let Self { path, text, store } = self;
        let before = store.version;
        let next = store.succeed(text.as_deref())?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        }
        let staged = path.with_extension("toml.new");
        // A second change at the same time finds the staged file and stops, so that neither is lost.
        let mut file = OpenOptions::new().write(true).create_new(true).open(&staged).with_context(|| {
            format!("cannot write `{0}`\nhint: another change may be under way; if not, remove `{0}`", staged.display())
        })?;
        let written = || -> anyhow::Result<()> {
            anyhow::ensure!(current(&path)? == text, "`{}` was changed meanwhile\nhint: run again", path.display());
            if let Some(text) = &text {
                fs::write(path.with_extension(format!("v{before}.toml")), text)?;
            }
            file.write_all(next.as_bytes())?;
            file.sync_all()?;
            Ok(fs::rename(&staged, &path)?)
        };
        let mut written = written;
        written()
            .inspect_err(|_| drop(fs::remove_file(&staged)))
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        let version = before.saturating_add(1);
        terminal::note(&format!("wrote version {version} of `{}`, {}", path.display(), Digest::of(next.as_bytes())));
        Ok(())
    }
}

fn current(path: &PathBuf) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
