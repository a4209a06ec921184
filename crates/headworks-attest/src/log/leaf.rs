//! What an entry of our own log says: which envelope somebody signed, of which kind, and about what.
//!
//! An entry is small, for entries are at most 65,535 bytes (C2SP tlog-tiles). The envelope lies beside the
//! log under its digest, so whoever has both can check that one is of the other.

use std::collections::BTreeSet;

use headworks_types::Digest;
use serde::{Deserialize, Serialize};

use super::tiles::ENTRY_BYTES_MAX;
use crate::dsse::Envelope;
use crate::json::{self, JsonError};
use crate::statement::{PAYLOAD_TYPE, Statement};

/// Most subjects that an entry names; all of them are in the envelope.
const SUBJECTS_MAX: usize = 512;

/// Longest payload or predicate type in bytes.
const TYPE_BYTES_MAX: usize = 1 << 10;

/// An entry of the log, in its one form as JSON without spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Leaf {
    /// Digest of the envelope's bytes.
    pub envelope: Digest,
    /// Type of the envelope's payload.
    pub payload_type: String,
    /// Type of the statement's predicate; absent when the payload is no statement.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub predicate_type: String,
    /// SHA-256 digests of what the statement is about, in its order; the first ones when there are very many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Digest>,
    /// How many more subjects the envelope has.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub subjects_omitted: u64,
}

/// Why bytes are no entry of our log.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    /// They are not JSON of this form.
    #[error("the entry is malformed: {0}")]
    Malformed(#[from] JsonError),
    /// They are not written in the one form.
    #[error("the entry is not written in its one form")]
    NotCanonical,
    /// A type is longer than an entry may name.
    #[error("a type of {bytes} bytes is longer than the {max} that an entry may name", max = TYPE_BYTES_MAX)]
    Type {
        /// Its length.
        bytes: usize,
    },
}

impl Leaf {
    /// The entry for an envelope.
    ///
    /// # Errors
    /// When its types are too long.
    pub fn of(envelope: &Envelope) -> Result<Self, LeafError> {
        let payload_type = envelope.payload_type().to_owned();
        let statement = statement(envelope);
        let mut subjects = statement.as_ref().map(subjects).unwrap_or_default();
        let omitted = subjects.len().saturating_sub(SUBJECTS_MAX);
        subjects.truncate(SUBJECTS_MAX);
        let predicate_type = statement.map(|statement| statement.predicate_type).unwrap_or_default();
        let longest = payload_type.len().max(predicate_type.len());
        if longest > TYPE_BYTES_MAX {
            return Err(LeafError::Type { bytes: longest });
        }
        let envelope = Digest::of(&envelope.to_json());
        Ok(Self { envelope, payload_type, predicate_type, subjects, subjects_omitted: omitted as u64 })
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// When it is none, or not in the one form.
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        let leaf: Self = json::parse(bytes)?;
        if leaf.to_json() == bytes { Ok(leaf) } else { Err(LeafError::NotCanonical) }
    }

    /// The entry's bytes.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether this is the entry of an envelope.
    pub fn is_of(&self, envelope: &Envelope) -> bool {
        Self::of(envelope).is_ok_and(|leaf| leaf == *self)
    }
}

/// SHA-256 digests of what a statement is about, each once, in its order.
pub fn subjects(statement: &Statement) -> Vec<Digest> {
    let digests = statement.subject.iter().filter_map(|subject| subject.digest.get("sha256")?.parse::<Digest>().ok());
    let mut seen = BTreeSet::new();
    digests.filter(|digest| seen.insert(*digest)).collect()
}

/// The statement in an envelope, whoever may have signed it; none when it is of another kind.
pub fn statement(envelope: &Envelope) -> Option<Statement> {
    envelope.expect_type(PAYLOAD_TYPE).ok()?;
    Statement::from_json(envelope.payload_unverified()).ok()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The largest entry that [`Leaf::of`] can make: digests of 71 characters with quotes and comma, and three fields.
const _: () = assert!(SUBJECTS_MAX * 74 + 2 * 6 * TYPE_BYTES_MAX + 256 < ENTRY_BYTES_MAX);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::{Scheme, SigningKey};
    use crate::statement::ResourceDescriptor;

    fn envelope(subjects: usize) -> Envelope {
        let subject = (0..subjects)
            .map(|number| ResourceDescriptor::sha256(number.to_string(), Digest::of(&number.to_be_bytes()).hex()));
        let statement = Statement::new(subject.collect(), "https://slsa.dev/provenance/v1", json!({}));
        statement.sign(&SigningKey::generate(Scheme::EcdsaP256).unwrap()).unwrap()
    }

    #[test]
    fn an_entry_names_envelope_type_and_subjects_and_is_had_back() {
        let envelope = envelope(2);
        let leaf = Leaf::of(&envelope).unwrap();
        assert_eq!(leaf.envelope, Digest::of(&envelope.to_json()));
        assert_eq!((leaf.predicate_type.as_str(), leaf.subjects.len()), ("https://slsa.dev/provenance/v1", 2));
        assert_eq!(Leaf::parse(&leaf.to_json()).unwrap(), leaf);
        assert!(leaf.is_of(&envelope) && !leaf.is_of(&self::envelope(2)));
    }

    #[test]
    fn an_entry_of_very_many_subjects_fits() {
        let leaf = Leaf::of(&envelope(20_000)).unwrap();
        assert_eq!((leaf.subjects.len(), leaf.subjects_omitted), (SUBJECTS_MAX, 20_000 - SUBJECTS_MAX as u64));
        assert!(leaf.to_json().len() <= ENTRY_BYTES_MAX);
    }

    #[test]
    fn a_payload_that_is_no_statement_is_logged_by_its_type() {
        let key = SigningKey::generate(Scheme::EcdsaP256).unwrap();
        let leaf = Leaf::of(&Envelope::sign("text/plain", b"canal".to_vec(), &key).unwrap()).unwrap();
        assert_eq!((leaf.payload_type.as_str(), leaf.predicate_type.as_str()), ("text/plain", ""));
        let long = Envelope::sign(&"x".repeat(TYPE_BYTES_MAX + 1), Vec::new(), &key).unwrap();
        assert!(matches!(Leaf::of(&long), Err(LeafError::Type { .. })));
    }

    #[test]
    fn another_form_of_the_same_entry_is_refused() {
        let text = String::from_utf8(Leaf::of(&envelope(1)).unwrap().to_json()).unwrap();
        for other in [
            text.replacen(':', ": ", 1),
            text.replacen('{', r#"{"more":1,"#, 1),
            text.replace("sha256:", ""),
            text.replace('}', r#","subjectsOmitted":0}"#),
            String::new(),
        ] {
            assert!(Leaf::parse(other.as_bytes()).is_err(), "{other}");
        }
        assert!(Leaf::parse(text.as_bytes()).is_ok());
    }
}
