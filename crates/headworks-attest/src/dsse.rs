//! DSSE v1.0 envelopes: a payload, its type, and signatures over both.
//!
//! What is signed is the pre-authentication encoding, which binds the type: a payload of one type cannot
//! be passed off as another.

use serde::{Deserialize, Serialize};

use crate::encoding::{base64_bytes, null_is_default};
use crate::json::{self, JsonError};
use crate::keys::{KeyError, PublicKey, SigningKey};

/// Most signatures that one envelope may carry.
const SIGNATURES_MAX: usize = 16;

/// A payload with its type and the signatures over both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The payload; not to be used before a signature over it was verified.
    #[serde(with = "base64_bytes")]
    payload: Vec<u8>,
    payload_type: String,
    signatures: Vec<Signature>,
}

/// A signature and a hint of whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Signature over the pre-authentication encoding.
    #[serde(with = "base64_bytes")]
    pub sig: Vec<u8>,
    /// A hint; nothing is decided by it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub keyid: String,
}

/// Why an envelope says nothing.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// It is no envelope.
    #[error("it is no DSSE envelope: {0}")]
    Malformed(#[from] JsonError),
    /// It has no signature, or more than are looked at.
    #[error("it carries {count} signatures; from 1 to {max} are looked at")]
    Signatures {
        /// How many it has.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// No signature on it is one by the key.
    #[error("no signature on it is one by the key")]
    BadSignature,
    /// Its payload is of another type.
    #[error("its payload is of type `{found}`, not `{wanted}`")]
    PayloadType {
        /// What it says.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// It could not be signed.
    #[error("it could not be signed: {0}")]
    Key(#[from] KeyError),
}

impl Envelope {
    /// Reads an envelope.
    ///
    /// # Errors
    /// When it is malformed or has no signatures.
    pub fn from_json(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        json::parse::<Self>(bytes)?.bounded()
    }

    /// Wraps a payload and signs it.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(payload_type: &str, payload: Vec<u8>, key: &SigningKey) -> Result<Self, EnvelopeError> {
        let sig = key.sign(&pae(payload_type, &payload))?;
        Ok(Self::with_signature(payload_type, payload, sig))
    }

    /// Wraps a payload with a signature that was made elsewhere over [`pae`].
    pub fn with_signature(payload_type: &str, payload: Vec<u8>, sig: Vec<u8>) -> Self {
        let signatures = vec![Signature { sig, keyid: String::new() }];
        Self { payload, payload_type: payload_type.to_owned(), signatures }
    }

    /// The payload, if it is of this type and the key signed it.
    ///
    /// # Errors
    /// When it is of another type or no signature is by the key.
    pub fn verify(&self, payload_type: &str, key: &PublicKey) -> Result<&[u8], EnvelopeError> {
        self.expect_type(payload_type)?;
        let signed = pae(&self.payload_type, &self.payload);
        let by_key = self.signatures.iter().any(|signature| key.verify(&signed, &signature.sig).is_ok());
        if by_key { Ok(&self.payload) } else { Err(EnvelopeError::BadSignature) }
    }

    /// The payload's type, as the envelope says.
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// The payload, whoever may have written it.
    pub fn payload_unverified(&self) -> &[u8] {
        &self.payload
    }

    /// The signatures, whoever may have made them.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The envelope as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Refuses an envelope that says it is of another type.
    ///
    /// # Errors
    /// When it is of another type.
    pub fn expect_type(&self, wanted: &str) -> Result<(), EnvelopeError> {
        if self.payload_type == wanted {
            return Ok(());
        }
        Err(EnvelopeError::PayloadType { found: self.payload_type.clone(), wanted: wanted.to_owned() })
    }

    /// Itself, if it carries as many signatures as are looked at.
    pub(crate) fn bounded(self) -> Result<Self, EnvelopeError> {
        match self.signatures.len() {
            1..=SIGNATURES_MAX => Ok(self),
            count => Err(EnvelopeError::Signatures { count, max: SIGNATURES_MAX }),
        }
    }
}

/// The pre-authentication encoding: what a signature of an envelope is over (DSSE v1.0, protocol.md).
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Scheme;

    fn signed() -> (Envelope, PublicKey) {
        let key = SigningKey::generate(Scheme::EcdsaP256).unwrap();
        (Envelope::sign("text/plain", b"canal".to_vec(), &key).unwrap(), key.public().unwrap())
    }

    #[test]
    fn the_encoding_is_the_one_of_the_specification() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn a_signed_payload_is_had_back_through_json() {
        let (envelope, key) = signed();
        let again = Envelope::from_json(&envelope.to_json()).unwrap();
        assert_eq!(again.verify("text/plain", &key).unwrap(), b"canal");
    }

    #[test]
    fn another_payload_type_or_key_is_refused() {
        let (mut envelope, key) = signed();
        let other = SigningKey::generate(Scheme::EcdsaP256).unwrap().public().unwrap();
        assert!(matches!(envelope.verify("text/plain", &other), Err(EnvelopeError::BadSignature)));
        assert!(matches!(envelope.verify("text/html", &key), Err(EnvelopeError::PayloadType { .. })));
        envelope.payload_type = "text/html".into();
        assert!(matches!(envelope.verify("text/html", &key), Err(EnvelopeError::BadSignature)));
    }

    #[test]
    fn an_envelope_without_signatures_is_refused() {
        let (mut envelope, key) = signed();
        envelope.signatures.clear();
        assert!(matches!(Envelope::from_json(&envelope.to_json()), Err(EnvelopeError::Signatures { count: 0, .. })));
        assert!(envelope.verify("text/plain", &key).is_err());
    }

    #[test]
    fn loose_base64_and_equal_keys_are_refused() {
        let (envelope, _) = signed();
        let text = String::from_utf8(envelope.to_json()).unwrap();
        assert!(Envelope::from_json(text.replace("Y2FuYWw=", "Y2FuYWw").as_bytes()).is_err());
        assert!(Envelope::from_json(text.replacen('{', r#"{"payloadType":"text/plain","#, 1).as_bytes()).is_err());
    }
}
