//! Which trainer a run goes on in: a resume begins a new session, which ends that of the trainer before.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use headworks_attest::keys;

/// The file that holds a trainer's session.
pub(super) struct Session(pub(super) PathBuf);

impl Session {
    /// The session that was begun last.
    pub(super) fn current(&self) -> anyhow::Result<String> {
        let path = &self.0;
        let text = fs::read_to_string(path).with_context(|| {
            format!("cannot read the session `{}`\nhint: `headworks checkpoint resume` begins one", path.display())
        })?;
        Ok(text.trim().to_owned())
    }

    /// A new one.
    pub(super) fn begin(&self) -> anyhow::Result<String> {
        let session = keys::random_id()?;
        self.keep(&session)?;
        Ok(session)
    }

    /// Goes on in another one.
    pub(super) fn keep(&self, session: &str) -> anyhow::Result<()> {
        let path = &self.0;
        fs::write(path, format!("{session}\n"))
            .with_context(|| format!("cannot write the session `{}`", path.display()))
    }
}
