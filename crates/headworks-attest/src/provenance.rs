//! What statements say: the predicates that decisions rest on.
//!
//! Each predicate has a reader for what decisions need. Unknown fields are left alone, as in-toto has it, but a
//! field that could deny is never optional in a way that its absence allows: a result that is missing, unknown
//! or at odds with its own list is an error. What was asked for must be what was signed, to the last character
//! of its type; a statement of another kind is no answer.

mod bom;
mod builders;
mod documents;
mod link;
mod materials;
mod publish;
mod scai;
mod slsa;
mod test_result;
mod vsa;
mod vulns;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use bom::Bom;
pub use builders::{BuilderRule, Entitled, level};
pub use documents::{Document, DocumentsError, documents};
pub use link::{Link, differences, not_taken};
pub use materials::Material;
pub use publish::{NpmPublish, PypiPublish, Release};
pub use scai::{Attribute, Scai};
pub use slsa::{Provenance, Source};
pub use test_result::{Outcome, TestResult};
pub use vsa::{Track, VerificationResult, Verifier, Vsa, VsaPolicy};
pub use vulns::{Scanner, Vulnerability, Vulns};

use crate::statement::Statement;

/// The types of predicates, for those who write statements or ask for them.
pub mod types {
    pub use super::link::V0_3 as LINK;
    pub use super::publish::{NPM as NPM_PUBLISH, PYPI as PYPI_PUBLISH, RELEASE};
    pub use super::scai::V0_3 as SCAI;
    pub use super::slsa::{V0_2 as SLSA_PROVENANCE_V0_2, V1 as SLSA_PROVENANCE};
    pub use super::test_result::V0_1 as TEST_RESULT;
    pub use super::vsa::V1 as VERIFICATION_SUMMARY;
    pub use super::vulns::{V0_1 as VULNS_V0_1, V0_2 as VULNS};
}

/// What a statement says, by the kind of its predicate.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "fields")]
pub enum Predicate {
    /// How something was built.
    Provenance(Box<Provenance>),
    /// What a verifier found.
    VerificationSummary(Vsa),
    /// That npm published a package.
    NpmPublish(NpmPublish),
    /// That PyPI published a file.
    PypiPublish(PypiPublish),
    /// That GitHub made a release.
    Release(Release),
    /// How tests ended.
    TestResult(TestResult),
    /// What a step took and made.
    Link(Link),
    /// Attributes with evidence.
    Attributes(Scai),
    /// What a scanner found.
    Vulnerabilities(Vulns),
    /// A bill of materials.
    Bom(Bom),
    /// One that is not read; only its type is known.
    Unread {
        /// Its type.
        predicate_type: String,
    },
}

/// Why a predicate says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PredicateError {
    /// It is of another type than was asked for.
    #[error("it is of type `{found}`, not `{wanted}`")]
    Type {
        /// What it is.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// A field is missing or of another kind than the type says.
    #[error("as `{predicate_type}` it is malformed: {problem}")]
    Malformed {
        /// Its type.
        predicate_type: String,
        /// What is wrong.
        problem: String,
    },
    /// Two fields say different things.
    #[error("as `{predicate_type}` it contradicts itself: {problem}")]
    Contradiction {
        /// Its type.
        predicate_type: String,
        /// What contradicts what.
        problem: &'static str,
    },
}

impl Predicate {
    /// Reads what a statement says.
    ///
    /// # Errors
    /// When the type is known and the predicate is not what the type says.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        match statement.predicate_type.as_str() {
            slsa::V1 | slsa::V0_2 => Provenance::of(statement).map(Box::new).map(Self::Provenance),
            vsa::V1 => Vsa::of(statement).map(Self::VerificationSummary),
            publish::NPM => NpmPublish::of(statement).map(Self::NpmPublish),
            publish::PYPI => PypiPublish::of(statement).map(Self::PypiPublish),
            publish::RELEASE => Release::of(statement).map(Self::Release),
            test_result::V0_1 => TestResult::of(statement).map(Self::TestResult),
            link::V0_3 => Link::of(statement).map(Self::Link),
            scai::V0_3 => Scai::of(statement).map(Self::Attributes),
            vulns::V0_1 | vulns::V0_2 => Vulns::of(statement).map(Self::Vulnerabilities),
            other if bom::is_bom(other) => Bom::of(statement).map(Self::Bom),
            other => Ok(Self::Unread { predicate_type: other.to_owned() }),
        }
    }

    /// Reads what a statement says, if it is of the type that was asked for.
    ///
    /// # Errors
    /// When it is of another type, or not what the type says.
    pub fn expect(statement: &Statement, wanted: &str) -> Result<Self, PredicateError> {
        if statement.predicate_type == wanted {
            return Self::of(statement);
        }
        Err(PredicateError::Type { found: statement.predicate_type.clone(), wanted: wanted.to_owned() })
    }
}

/// The predicate of a statement that has one of these types.
fn read<T: DeserializeOwned>(statement: &Statement, types: &[&str]) -> Result<T, PredicateError> {
    let predicate_type = statement.predicate_type.clone();
    if !types.contains(&predicate_type.as_str()) {
        return Err(PredicateError::Type { found: predicate_type, wanted: types.join("` or `") });
    }
    serde_json::from_value(statement.predicate.clone())
        .map_err(|error| PredicateError::Malformed { predicate_type, problem: error.to_string() })
}

fn malformed(statement: &Statement, problem: &str) -> PredicateError {
    PredicateError::Malformed { predicate_type: statement.predicate_type.clone(), problem: problem.to_owned() }
}

fn contradiction(statement: &Statement, problem: &'static str) -> PredicateError {
    PredicateError::Contradiction { predicate_type: statement.predicate_type.clone(), problem }
}

/// The string at a path of an object.
fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::statement::ResourceDescriptor;

    /// A statement about one artifact.
    pub(super) fn statement(predicate_type: &str, predicate: Value) -> Statement {
        Statement::new(vec![ResourceDescriptor::sha256("model", "ab".repeat(32))], predicate_type, predicate)
    }

    #[test]
    fn another_kind_of_statement_is_no_answer() {
        let passed = statement(test_result::V0_1, json!({ "result": "PASSED", "configuration": [] }));
        assert!(Predicate::expect(&passed, test_result::V0_1).is_ok());
        for wanted in [slsa::V1, vsa::V1, "https://in-toto.io/attestation/test-result/v0.1/", ""] {
            assert!(matches!(Predicate::expect(&passed, wanted), Err(PredicateError::Type { .. })), "{wanted}");
        }
        assert!(matches!(Provenance::of(&passed), Err(PredicateError::Type { .. })));
        assert!(matches!(Vsa::of(&passed), Err(PredicateError::Type { .. })));
    }

    #[test]
    fn an_unread_predicate_is_named_and_nothing_more() {
        let other = statement("https://example.invalid/v1", json!({ "verificationResult": "PASSED" }));
        let unread = Predicate::Unread { predicate_type: "https://example.invalid/v1".into() };
        assert_eq!(Predicate::of(&other), Ok(unread));
    }
}
