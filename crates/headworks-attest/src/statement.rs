//! in-toto statements (Statement v1, and v0.1 which older attestations still have).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dsse::{Envelope, EnvelopeError};
use crate::encoding::null_is_default;
use crate::json::{self, JsonError};
use crate::keys::{PublicKey, SigningKey};

/// Media type of a statement in a DSSE envelope.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// `_type` of Statement v1.
pub const STATEMENT_V1: &str = "https://in-toto.io/Statement/v1";

/// `_type` of Statement v0.1.
pub const STATEMENT_V0_1: &str = "https://in-toto.io/Statement/v0.1";

/// What somebody says about artifacts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// [`STATEMENT_V1`] or [`STATEMENT_V0_1`].
    #[serde(rename = "_type")]
    pub type_: String,
    /// What it is about; at least one.
    pub subject: Vec<ResourceDescriptor>,
    /// What kind of thing is said.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What is said.
    #[serde(default)]
    pub predicate: Value,
}

/// An artifact by name and digests (in-toto ResourceDescriptor v1).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceDescriptor {
    /// Its name, unique within the statement.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where it is.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub uri: String,
    /// Digests in hexadecimal by algorithm.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
    /// Its media type.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub media_type: String,
    /// More about it.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, Value>,
}

/// Why a statement says nothing.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// The envelope around it does not hold.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It is no statement.
    #[error("it is no in-toto statement: {0}")]
    Malformed(#[from] JsonError),
    /// It is of a version that is not known.
    #[error("it is of the unknown type `{0}`")]
    UnknownType(String),
    /// It is about nothing: no subject, or one without digest.
    #[error("subject {0} of it has no digest")]
    NoSubject(usize),
}

impl Statement {
    /// A statement of version 1.
    pub fn new(subject: Vec<ResourceDescriptor>, predicate_type: &str, predicate: Value) -> Self {
        Self { type_: STATEMENT_V1.to_owned(), subject, predicate_type: predicate_type.to_owned(), predicate }
    }

    /// Reads a statement that somebody may have signed or not.
    ///
    /// # Errors
    /// When it is malformed, of an unknown version or about nothing.
    pub fn from_json(bytes: &[u8]) -> Result<Self, StatementError> {
        let statement: Self = json::parse(bytes)?;
        if ![STATEMENT_V1, STATEMENT_V0_1].contains(&statement.type_.as_str()) {
            return Err(StatementError::UnknownType(statement.type_));
        }
        let nameless = statement.subject.iter().position(|subject| subject.digest.is_empty());
        match nameless {
            Some(index) => Err(StatementError::NoSubject(index)),
            None if statement.subject.is_empty() => Err(StatementError::NoSubject(0)),
            None => Ok(statement),
        }
    }

    /// The statement in an envelope, if the key signed it.
    ///
    /// # Errors
    /// When the signature or the statement does not hold.
    pub fn verify(envelope: &Envelope, key: &PublicKey) -> Result<Self, StatementError> {
        Self::from_json(envelope.verify(PAYLOAD_TYPE, key)?)
    }

    /// The statement in a signed envelope.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(&self, key: &SigningKey) -> Result<Envelope, EnvelopeError> {
        Envelope::sign(PAYLOAD_TYPE, self.to_json(), key)
    }

    /// The statement as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether it is about something with this SHA-256.
    pub fn is_about(&self, sha256_hex: &str) -> bool {
        self.subject.iter().any(|subject| subject.digest.get("sha256").is_some_and(|digest| digest == sha256_hex))
    }
}

impl ResourceDescriptor {
    /// A thing by name and SHA-256.
    pub fn sha256(name: impl Into<String>, hex: impl Into<String>) -> Self {
        Self { name: name.into(), digest: BTreeMap::from([("sha256".to_owned(), hex.into())]), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::Scheme;

    fn statement() -> Statement {
        let subject = vec![ResourceDescriptor::sha256("model", "ab".repeat(32))];
        Statement::new(subject, "https://slsa.dev/provenance/v1", json!({ "buildDefinition": {} }))
    }

    #[test]
    fn a_signed_statement_is_had_back() {
        let key = SigningKey::generate(Scheme::EcdsaP256).unwrap();
        let envelope = statement().sign(&key).unwrap();
        assert_eq!(Statement::verify(&envelope, &key.public().unwrap()).unwrap(), statement());
        assert!(statement().is_about(&"ab".repeat(32)) && !statement().is_about(&"ac".repeat(32)));
    }

    #[test]
    fn a_statement_about_nothing_is_refused() {
        let without = |edit: fn(&mut Statement)| {
            let mut statement = statement();
            edit(&mut statement);
            Statement::from_json(&statement.to_json())
        };
        assert!(matches!(without(|s| s.subject.clear()), Err(StatementError::NoSubject(0))));
        assert!(matches!(without(|s| s.subject[0].digest.clear()), Err(StatementError::NoSubject(0))));
        assert!(matches!(without(|s| s.type_ = "x".into()), Err(StatementError::UnknownType(_))));
        assert!(without(|_| ()).is_ok());
    }
}
