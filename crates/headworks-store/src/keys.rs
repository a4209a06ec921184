//! The store's own keys: one that signs verdicts, one that signs the log's checkpoints.

use std::fs;
use std::path::Path;

use headworks_attest::{Scheme, SigningKey};

use crate::StoreError;
use crate::durable::Staging;

/// Name of the file with the key that signs verdicts.
const GATE: &str = "gate.pem";

/// Name of the file with the key that signs checkpoints.
const LOG: &str = "log.pem";

/// The keys of a store.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Signs verdicts: ECDSA on P-256, which every verifier of such statements knows.
    pub(crate) gate: SigningKey,
    /// Signs checkpoints: Ed25519, as witnesses demand it.
    pub(crate) log: SigningKey,
}

impl Keys {
    /// Reads the keys in `<root>/keys`, making those that are missing.
    pub(crate) fn open(root: &Path, staging: &Staging) -> Result<Self, StoreError> {
        let folder = root.join("keys");
        let key = |name: &str, scheme| key(&folder.join(name), scheme, staging);
        Ok(Self { gate: key(GATE, Scheme::EcdsaP256)?, log: key(LOG, Scheme::Ed25519)? })
    }
}

fn key(path: &Path, scheme: Scheme, staging: &Staging) -> Result<SigningKey, StoreError> {
    let refused = |source| StoreError::Key { path: path.to_owned(), source };
    if !path.exists() {
        let pem = SigningKey::generate(scheme).and_then(|key| key.to_pem()).map_err(refused)?;
        // Another process may have been first; then its key is the one.
        staging.write_new(path, pem.as_bytes())?;
    }
    let text = fs::read(path).map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
    let key = SigningKey::from_pem(&text, None).map_err(refused)?;
    if key.scheme() == scheme {
        return Ok(key);
    }
    Err(refused(headworks_attest::KeyError::Unsupported { kind: format!("{:?}", key.scheme()) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_only_their_owner_reads_them() {
        let root = tempfile::tempdir().expect("temporary folder");
        let staging = Staging::open(root.path().join("staging")).expect("opens");
        let first = Keys::open(root.path(), &staging).expect("makes keys");
        let again = Keys::open(root.path(), &staging).expect("reads them");
        assert_eq!(first.log.public(), again.log.public());
        assert_eq!(first.gate.public(), again.gate.public());
        #[cfg(unix)]
        for name in [GATE, LOG] {
            use std::os::unix::fs::PermissionsExt as _;
            let path = root.path().join("keys").join(name);
            assert_eq!(fs::metadata(path).expect("is there").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let root = tempfile::tempdir().expect("temporary folder");
        let staging = Staging::open(root.path().join("staging")).expect("opens");
        Keys::open(root.path(), &staging).expect("makes keys");
        let keys = root.path().join("keys");
        fs::copy(keys.join(GATE), keys.join(LOG)).expect("copies");
        assert!(matches!(Keys::open(root.path(), &staging), Err(StoreError::Key { .. })));
    }
}
