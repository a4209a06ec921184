//! Attributes with evidence (in-toto SCAI v0.3).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PredicateError, malformed, read};
use crate::statement::{ResourceDescriptor, Statement};

/// Type of attribute reports.
pub const V0_3: &str = "https://in-toto.io/attestation/scai/v0.3";

/// Attributes that somebody asserts of an artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scai {
    /// What is asserted; at least one.
    pub attributes: Vec<Attribute>,
    /// Who made the artifact.
    #[serde(default)]
    pub producer: Option<ResourceDescriptor>,
}

/// One assertion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// What is asserted.
    pub attribute: String,
    /// Of what, if not of the subject.
    #[serde(default)]
    pub target: Option<ResourceDescriptor>,
    /// Under which conditions.
    #[serde(default)]
    pub conditions: Option<Value>,
    /// What shows it.
    #[serde(default)]
    pub evidence: Option<ResourceDescriptor>,
}

impl Scai {
    /// Reads what is asserted.
    ///
    /// # Errors
    /// When it is of another type or asserts nothing.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let report: Self = read(statement, &[V0_3])?;
        match report.attributes.is_empty() {
            true => Err(malformed(statement, "it asserts nothing")),
            false => Ok(report),
        }
    }

    /// Whether this is asserted of the subject itself and without conditions.
    pub fn asserts(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|one| one.attribute == attribute && one.target.is_none() && one.conditions.is_none())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::statement;
    use super::*;

    #[test]
    fn an_attribute_with_conditions_or_another_target_is_not_asserted_of_the_subject() {
        let read = |list: Value| Scai::of(&statement(V0_3, json!({ "attributes": list })));
        assert!(read(json!([{ "attribute": "REPRODUCIBLE" }])).unwrap().asserts("REPRODUCIBLE"));
        let conditional = json!([{ "attribute": "REPRODUCIBLE", "conditions": { "on": "one host" } }]);
        assert!(!read(conditional).unwrap().asserts("REPRODUCIBLE"));
        let elsewhere = json!([{ "attribute": "REPRODUCIBLE", "target": { "name": "compiler" } }]);
        assert!(!read(elsewhere).unwrap().asserts("REPRODUCIBLE"));
        assert!(read(json!([])).is_err());
    }
}
