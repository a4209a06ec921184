//! Trusted roots: whose certificates, logs and timestamps count.

use sigstore_trust_root::{SigstoreInstance, TrustedRoot as Inner};
use sigstore_verify::Verifier;

use super::{KeylessError, Part, failed, refused};
use crate::json;

/// The certificate authorities, logs and timestamp authorities that count.
#[derive(Debug, Clone)]
pub struct TrustedRoot {
    pub(super) root: Inner,
    /// Whether a log of signatures and one of certificates have to vouch; not GitHub's, which runs none.
    pub(super) has_logs: bool,
}

impl TrustedRoot {
    /// The public Sigstore instance, as of the release of this program.
    ///
    /// # Errors
    /// When the embedded document is broken.
    pub fn production() -> Result<Self, KeylessError> {
        Self::embedded(SigstoreInstance::PublicGood, true)
    }

    /// The public instance for trials, as of the release of this program.
    ///
    /// # Errors
    /// When the embedded document is broken.
    pub fn staging() -> Result<Self, KeylessError> {
        Self::embedded(SigstoreInstance::Staging, true)
    }

    /// GitHub's own instance, which attests builds of private repositories and keeps no public log.
    ///
    /// # Errors
    /// When the embedded document is broken.
    pub fn github() -> Result<Self, KeylessError> {
        Self::embedded(SigstoreInstance::GitHub, false)
    }

    /// Reads a `trusted_root.json`. Both logs have to vouch for what is verified against it.
    ///
    /// # Errors
    /// When it is malformed, or a key or certificate in it cannot be used.
    pub fn from_json(bytes: &[u8]) -> Result<Self, KeylessError> {
        json::value(bytes)?;
        let text = std::str::from_utf8(bytes).map_err(|_| refused(Part::Root, "it is not UTF-8"))?;
        let root = Inner::from_json(text).map_err(|error| refused(Part::Root, &error))?;
        let root = Self { root, has_logs: true };
        root.verifier()?;
        Ok(root)
    }

    /// The root with its keys and certificates read.
    pub(super) fn verifier(&self) -> Result<Verifier, KeylessError> {
        Verifier::new(&self.root).map_err(|error| failed(&error))
    }

    fn embedded(instance: SigstoreInstance, has_logs: bool) -> Result<Self, KeylessError> {
        let root = instance.embedded_trusted_root().map_err(|error| refused(Part::Root, &error))?;
        Ok(Self { root, has_logs })
    }
}
