//! The store that a command works on.

use std::path::PathBuf;

use clap::Args;
use headworks_store::{Advisories, Options, Store};

use crate::arguments::Global;
use crate::settings::{Given, Settings};

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct StoreOption {
    /// Directory of the store
    #[arg(long, env = "HEADWORKS_STORE", value_name = "DIR")]
    store: Option<PathBuf>,
}

impl StoreOption {
    /// Its directory, and what the settings say of its log.
    pub(crate) fn place(&self, global: &Global) -> anyhow::Result<(PathBuf, Options)> {
        let settings = Settings::resolve(global, Given { store: self.store.clone(), ..Given::default() }, &[])?;
        let options = settings.log_options()?;
        Ok((settings.store.value, options))
    }

    /// Opens it.
    pub(crate) async fn open(&self, global: &Global) -> anyhow::Result<Store> {
        let (folder, options) = self.place(global)?;
        Ok(Store::open_with(&folder, options).await?)
    }

    /// Opens the advisories in it, which need none of the rest.
    pub(crate) async fn advisories(&self, global: &Global) -> anyhow::Result<Advisories> {
        Ok(Advisories::open(&self.place(global)?.0).await?)
    }
}
