//! Test results (in-toto test-result v0.1).

use serde::{Deserialize, Serialize};

use super::{PredicateError, contradiction, read};
use crate::encoding::null_is_default;
use crate::statement::{ResourceDescriptor, Statement};

/// Type of test results.
pub const V0_1: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// How tests ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// All in all.
    pub result: Outcome,
    /// With what they ran.
    pub configuration: Vec<ResourceDescriptor>,
    /// Where the run is.
    #[serde(default)]
    pub url: Option<String>,
    /// Those that passed.
    #[serde(default, deserialize_with = "null_is_default")]
    pub passed_tests: Vec<String>,
    /// Those that warned.
    #[serde(default, deserialize_with = "null_is_default")]
    pub warned_tests: Vec<String>,
    /// Those that failed.
    #[serde(default, deserialize_with = "null_is_default")]
    pub failed_tests: Vec<String>,
}

/// How tests ended, all in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// All passed.
    Passed,
    /// None failed, some warned.
    Warned,
    /// Some failed.
    Failed,
}

impl TestResult {
    /// Reads how tests ended.
    ///
    /// # Errors
    /// When it is of another type, or its lists are at odds with its result.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let tests: Self = read(statement, &[V0_1])?;
        let failed = !tests.failed_tests.is_empty() && tests.result != Outcome::Failed;
        let warned = !tests.warned_tests.is_empty() && tests.result == Outcome::Passed;
        match failed || warned {
            true => Err(contradiction(statement, "its result is better than its list of tests")),
            false => Ok(tests),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::statement;
    use super::*;

    fn read(predicate: Value) -> Result<TestResult, PredicateError> {
        TestResult::of(&statement(V0_1, predicate))
    }

    #[test]
    fn a_result_is_not_better_than_its_tests() {
        assert!(read(json!({ "result": "PASSED", "configuration": [], "passedTests": ["a"] })).is_ok());
        assert!(read(json!({ "result": "FAILED", "configuration": [], "failedTests": ["a"] })).is_ok());
        for result in ["PASSED", "WARNED"] {
            assert!(read(json!({ "result": result, "configuration": [], "failedTests": ["a"] })).is_err(), "{result}");
        }
        assert!(read(json!({ "result": "PASSED", "configuration": [], "warnedTests": ["a"] })).is_err());
    }

    #[test]
    fn a_result_that_is_missing_or_unknown_is_an_error() {
        assert!(read(json!({ "configuration": [], "passedTests": ["a"] })).is_err());
        assert!(read(json!({ "result": "passed", "configuration": [] })).is_err());
        assert!(read(json!({ "result": "PASSED" })).is_err());
    }
}
