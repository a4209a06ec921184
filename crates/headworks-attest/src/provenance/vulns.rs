//! What a scanner of vulnerabilities found (in-toto vulns v0.1 and v0.2).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PredicateError, read};
use crate::statement::Statement;

/// Type of scan results with the list inside `scanner`.
pub const V0_1: &str = "https://in-toto.io/attestation/vulns/v0.1";

/// The same, in its second version.
pub const V0_2: &str = "https://in-toto.io/attestation/vulns/v0.2";

/// What a scanner found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vulns {
    /// By what, and the findings.
    pub scanner: Scanner,
    /// When.
    #[serde(default)]
    pub metadata: Value,
}

/// A scanner and what it found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scanner {
    /// Which one.
    pub uri: String,
    /// Of which version.
    #[serde(default)]
    pub version: Option<String>,
    /// By which database.
    #[serde(default)]
    pub db: Value,
    /// What it found. An empty list means nothing; a missing one is an error.
    pub result: Vec<Vulnerability>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// Its identifier.
    pub id: String,
    /// How bad, by several methods.
    #[serde(default)]
    pub severity: Value,
}

impl Vulns {
    /// Reads what a scanner found.
    ///
    /// # Errors
    /// When it is of another type or has no list of findings.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        read(statement, &[V0_1, V0_2])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::statement;
    use super::*;

    #[test]
    fn no_list_is_not_the_same_as_an_empty_one() {
        let read = |scanner: Value| Vulns::of(&statement(V0_2, json!({ "scanner": scanner })));
        assert_eq!(read(json!({ "uri": "pkg:x", "result": [] })).unwrap().scanner.result, []);
        assert_eq!(read(json!({ "uri": "pkg:x", "result": [{ "id": "CVE-1" }] })).unwrap().scanner.result.len(), 1);
        assert!(read(json!({ "uri": "pkg:x" })).is_err());
        assert!(read(json!({ "uri": "pkg:x", "result": [{}] })).is_err());
    }
}
