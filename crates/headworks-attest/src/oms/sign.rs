//! Making signatures that the reference implementation verifies.

use super::manifest::Manifest;
use super::signature::hint;
use crate::bundle::{Bundle, Material};
use crate::certificate::Certificate;
use crate::dsse::{Envelope, pae};
use crate::keys::{KeyError, PublicKey, Scheme, SigningKey};
use crate::statement::PAYLOAD_TYPE;

/// Who signs, as the bundle will say.
#[derive(Debug, Clone)]
pub enum Signer {
    /// A key that verifiers have.
    Key(PublicKey),
    /// A certificate, its own first, then those that lead to the root.
    Chain(Vec<Certificate>),
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key cannot sign models.
    #[error("model signatures are made with ECDSA on P-256, P-384 or P-521; this key is of another kind")]
    KeyKind,
    /// The first certificate is of another key.
    #[error("the signing certificate is not one of the private key")]
    OtherCertificate,
    /// The key does not work.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What the token returned is no signature by the key.
    #[error("what was made is no signature by the stated key")]
    BadSignature,
}

/// Signs a manifest with a key at hand.
///
/// # Errors
/// When the key is not for model signatures or not that of the certificate.
pub fn sign(manifest: &Manifest, signer: &Signer, key: &SigningKey) -> Result<Bundle, SignError> {
    if *signer.key().ok_or(SignError::OtherCertificate)? != key.public()? {
        return Err(SignError::OtherCertificate);
    }
    let sig = key.sign(&pae(PAYLOAD_TYPE, &payload(manifest)))?;
    signer.bundle(manifest, sig)
}

/// The bytes that [`pae`] is taken of.
pub fn payload(manifest: &Manifest) -> Vec<u8> {
    manifest.to_json()
}

impl Signer {
    /// Wraps a signature over [`payload`] that was made elsewhere, after checking it.
    ///
    /// # Errors
    /// When it is no signature by the stated key.
    pub fn bundle(&self, manifest: &Manifest, sig: Vec<u8>) -> Result<Bundle, SignError> {
        let (payload, key) = (payload(manifest), self.key().ok_or(SignError::OtherCertificate)?);
        if !matches!(key.scheme(), Scheme::EcdsaP256 | Scheme::EcdsaP384 | Scheme::EcdsaP521) {
            return Err(SignError::KeyKind);
        }
        key.verify(&pae(PAYLOAD_TYPE, &payload), &sig).map_err(|_| SignError::BadSignature)?;
        Ok(Bundle::new(self.material(), Envelope::with_signature(PAYLOAD_TYPE, payload, sig)))
    }

    fn key(&self) -> Option<&PublicKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::Chain(chain) => chain.first().map(Certificate::key),
        }
    }

    fn material(&self) -> Material {
        match self {
            Self::Key(key) => Material::KeyHint(hint(key)),
            Self::Chain(chain) => Material::Chain(chain.iter().map(|each| each.to_der().to_owned()).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::Digest;

    use super::super::manifest::{Resource, Serialization};
    use super::super::signature::{OmsError, Signature};
    use super::*;

    fn manifest() -> Manifest {
        let resource = Resource { path: "weights.bin".into(), range: None, digest: Digest::of(b"w").hex() };
        Manifest::new("model", Serialization::files(Vec::new()), vec![resource]).unwrap()
    }

    fn signed() -> (Vec<u8>, PublicKey) {
        let key = SigningKey::generate(Scheme::EcdsaP521).unwrap();
        let public = key.public().unwrap();
        (sign(&manifest(), &Signer::Key(public.clone()), &key).unwrap().to_json(), public)
    }

    #[test]
    fn what_is_signed_verifies_and_is_had_back() {
        let (bundle, key) = signed();
        assert_eq!(Signature::read(&bundle, false).unwrap().verify_key(&key).unwrap(), manifest());
    }

    #[test]
    fn another_key_is_refused_even_when_the_hint_is_its_own() {
        let (bundle, key) = signed();
        let other = SigningKey::generate(Scheme::EcdsaP521).unwrap().public().unwrap();
        let signature = Signature::read(&bundle, false).unwrap();
        assert!(matches!(signature.verify_key(&other), Err(OmsError::OtherKey { .. })));
        let forged = String::from_utf8(bundle).unwrap().replace(&hint(&key), &hint(&other));
        let signature = Signature::read(forged.as_bytes(), true).unwrap();
        assert!(matches!(signature.verify_key(&other), Err(OmsError::BadSignature(_))));
    }

    #[test]
    fn a_second_signature_is_refused() {
        let mut bundle: serde_json::Value = serde_json::from_slice(&signed().0).unwrap();
        let first = bundle["dsseEnvelope"]["signatures"][0].clone();
        bundle["dsseEnvelope"]["signatures"].as_array_mut().unwrap().push(first);
        assert!(matches!(Signature::read(bundle.to_string().as_bytes(), true), Err(OmsError::Signatures(2))));
    }

    #[test]
    fn a_key_that_is_not_for_models_is_refused() {
        let key = SigningKey::generate(Scheme::Ed25519).unwrap();
        let signer = Signer::Key(key.public().unwrap());
        assert!(matches!(sign(&manifest(), &signer, &key), Err(SignError::KeyKind)));
        let other = SigningKey::generate(Scheme::EcdsaP256).unwrap();
        assert!(matches!(sign(&manifest(), &signer, &other), Err(SignError::OtherCertificate)));
    }
}
