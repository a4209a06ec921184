//! Trusted roots by name: whose certificates and logs count.

use std::fs;

use anyhow::Context as _;
use headworks_attest::keyless::TrustedRoot;
use headworks_types::Digest;

/// A root and what it was read from.
pub(crate) struct Named {
    pub(crate) root: TrustedRoot,
    /// Digest of the file, or of the name of one that comes with this version.
    pub(crate) digest: Digest,
}

/// `production`, `staging`, `github`, or a file in the form of `trusted_root.json`.
///
/// # Errors
/// When the file cannot be read or is no root.
pub(crate) fn read(name: &str) -> anyhow::Result<Named> {
    let embedded = |root| Named { root, digest: Digest::of(name.as_bytes()) };
    Ok(match name {
        "production" => embedded(TrustedRoot::production()?),
        "staging" => embedded(TrustedRoot::staging()?),
        "github" => embedded(TrustedRoot::github()?),
        path => {
            let bytes = fs::read(path).with_context(|| format!("cannot read the trusted root `{path}`"))?;
            let root = TrustedRoot::from_json(&bytes);
            let root = root.with_context(|| format!("cannot use the trusted root `{path}`"))?;
            Named { root, digest: Digest::of(&bytes) }
        }
    })
}
