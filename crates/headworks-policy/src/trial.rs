//! The tests that lie beside a policy: rules `test_…` in files `…_test.rego`, as OPA runs them.

use regorus::{Engine, Value};

use crate::{PolicyError, source};

/// How one test of the policy came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// Name of the rule.
    pub name: String,
    /// Whether it is true.
    pub passed: bool,
    /// File and line, `file:line`.
    pub place: String,
    /// What went wrong when it could not be evaluated.
    pub problem: Option<String>,
}

/// A test that was found in the policy.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    name: String,
    place: String,
    path: String,
}

/// The tests of a file whose package is `package` (with its leading `data.`).
pub(crate) fn tests_of(file: &str, text: &str, package: &str) -> Vec<Test> {
    let tests = source::tests(text).into_iter();
    let test = |(name, line)| Test { path: format!("{package}.{name}"), place: format!("{file}:{line}"), name };
    tests.map(test).collect()
}

impl Test {
    /// A test passes only if it is true; undefined is the usual way of a Rego test to fail.
    pub(crate) fn run(&self, engine: &mut Engine) -> TestResult {
        let result = engine.eval_rule(self.path.clone()).map_err(PolicyError::of_engine);
        let passed = matches!(result, Ok(Value::Bool(true)));
        let problem = result.err().map(|error| error.to_string());
        TestResult { name: self.name.clone(), passed, place: self.place.clone(), problem }
    }
}
