//! Evaluations: thresholds that are registered before a result is known, and results that are held against them.
//!
//! Who chooses the threshold after the result can always pass. So the plan is a file whose digest is signed and
//! logged first; a result names the plan, and the order of the log shows which came first.

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::json::{self, JsonError};
use crate::provenance::{Attribute, Outcome, Scai, TestResult, types};
use crate::statement::{ResourceDescriptor, Statement};

/// What is asserted of a plan that is registered.
pub const REGISTERED: &str = "EVALUATION_PLAN_REGISTERED";

/// Under which name a result names its plan.
pub const PLAN: &str = "plan";

/// Largest plan that is read, in bytes.
const BYTES_MAX: usize = 1 << 20;

/// What an evaluation has to show, decided beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Digest of its text.
    pub digest: Digest,
    /// What it says.
    pub document: PlanDocument,
}

/// The text of a plan, as TOML.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanDocument {
    /// What it is called.
    pub name: String,
    /// The evaluation set that it is about, when that is fixed.
    pub dataset: Option<Digest>,
    /// What measures, when that is fixed.
    pub harness: Option<Digest>,
    /// The bounds, at least one.
    #[serde(rename = "threshold")]
    pub thresholds: Vec<Threshold>,
}

/// The bounds of one metric.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Name of the metric in the results.
    pub metric: String,
    /// It passes from this value on.
    pub at_least: Option<f64>,
    /// It passes up to this value.
    pub at_most: Option<f64>,
}

/// What was measured, and with what.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Values by metric.
    pub metrics: BTreeMap<String, f64>,
    /// Digest of the text that they were read from.
    pub digest: Digest,
    /// The evaluation set.
    pub dataset: Digest,
    /// What measured.
    pub harness: Digest,
}

/// Why a plan or its results are not used.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The plan is larger than is read.
    #[error("the plan has {bytes} bytes, more than the {max} that are read")]
    Size {
        /// Its size in bytes.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The plan is no TOML, or has a wrong, missing or unknown key.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// The plan has no threshold.
    #[error("the plan has no `[[threshold]]`")]
    NoThreshold,
    /// A metric has thresholds twice.
    #[error("the metric `{0}` has two thresholds; give it `at_least` and `at_most` in one")]
    Twice(String),
    /// A threshold has no bounds, no finite ones, or ones that nothing is between.
    #[error("the threshold of `{0}` needs `at_least` or `at_most`, finite, and not the first above the second")]
    Bounds(String),
    /// The results are no JSON with one meaning.
    #[error("the results are no JSON: {0}")]
    Json(#[from] JsonError),
    /// The results are no object of numbers.
    #[error("the results have to be one object; `{0}` is no number")]
    NoNumber(String),
    /// Another dataset or harness than planned was used.
    #[error("the plan fixes the {what} {planned}, and this is {given}")]
    Other {
        /// Which.
        what: &'static str,
        /// As planned.
        planned: Digest,
        /// As given.
        given: Digest,
    },
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// When anything in it is wrong.
    pub fn parse(text: &str) -> Result<Self, EvaluationError> {
        if text.len() > BYTES_MAX {
            return Err(EvaluationError::Size { bytes: text.len(), max: BYTES_MAX });
        }
        let document: PlanDocument = toml::from_str(text)?;
        if document.thresholds.is_empty() {
            return Err(EvaluationError::NoThreshold);
        }
        let mut seen = BTreeSet::new();
        for threshold in &document.thresholds {
            if !threshold.has_bounds() {
                return Err(EvaluationError::Bounds(threshold.metric.clone()));
            }
            if !seen.insert(&threshold.metric) {
                return Err(EvaluationError::Twice(threshold.metric.clone()));
            }
        }
        Ok(Self { digest: Digest::of(text.as_bytes()), document })
    }

    /// The statement that the plan is registered.
    pub fn registration(&self) -> Statement {
        let subject = ResourceDescriptor::sha256(&self.document.name, self.digest.hex());
        let predicate = json!({ "attributes": [{ "attribute": REGISTERED }] });
        Statement::new(vec![subject], types::SCAI, predicate)
    }

    /// The statement of how `subject` did. A metric that was not measured failed.
    ///
    /// # Errors
    /// When another dataset or harness was used than planned.
    pub fn result(&self, subject: Vec<ResourceDescriptor>, measured: &Measured) -> Result<Statement, EvaluationError> {
        fixed("dataset", self.document.dataset, measured.dataset)?;
        fixed("harness", self.document.harness, measured.harness)?;
        let passes = |threshold: &&Threshold| {
            measured.metrics.get(&threshold.metric).is_some_and(|&value| threshold.admits(value))
        };
        let (passed, failed): (Vec<_>, Vec<_>) = self.document.thresholds.iter().partition(passes);
        let tests = |thresholds: Vec<&Threshold>| {
            thresholds.into_iter().map(|threshold| threshold.describe(&measured.metrics)).collect()
        };
        let input = |name: &str, digest: Digest| ResourceDescriptor::sha256(name, digest.hex());
        let result = TestResult {
            result: if failed.is_empty() { Outcome::Passed } else { Outcome::Failed },
            configuration: vec![
                input(PLAN, self.digest),
                input("dataset", measured.dataset),
                input("harness", measured.harness),
                input("results", measured.digest),
            ],
            url: None,
            passed_tests: tests(passed),
            warned_tests: Vec::new(),
            failed_tests: tests(failed),
        };
        let predicate = serde_json::to_value(result).unwrap_or_default();
        Ok(Statement::new(subject, types::TEST_RESULT, predicate))
    }
}

/// Whether a statement registers the plan with this digest.
pub fn registers(statement: &Statement, plan: &Digest) -> bool {
    let registered = |report: Scai| report.attributes.iter().any(Attribute::is_registration);
    statement.is_about(&plan.hex()) && Scai::of(statement).is_ok_and(registered)
}

/// Metrics as a harness writes them: one JSON object of numbers.
///
/// # Errors
/// When it is something else.
pub fn metrics(text: &[u8]) -> Result<BTreeMap<String, f64>, EvaluationError> {
    let Value::Object(fields) = json::value(text)? else { return Err(EvaluationError::NoNumber("it".to_owned())) };
    let number = |(name, value): (String, Value)| match value.as_f64() {
        Some(number) => Ok((name, number)),
        None => Err(EvaluationError::NoNumber(name)),
    };
    fields.into_iter().map(number).collect()
}

impl Attribute {
    fn is_registration(&self) -> bool {
        self.attribute == REGISTERED && self.target.is_none() && self.conditions.is_none()
    }
}

impl Threshold {
    fn has_bounds(&self) -> bool {
        let finite = |bound: Option<f64>| bound.is_none_or(f64::is_finite);
        let (low, high) = (self.at_least.unwrap_or(f64::MIN), self.at_most.unwrap_or(f64::MAX));
        (self.at_least.is_some() || self.at_most.is_some())
            && finite(self.at_least)
            && finite(self.at_most)
            && low <= high
    }

    fn admits(&self, value: f64) -> bool {
        value.is_finite()
            && self.at_least.is_none_or(|bound| value >= bound)
            && self.at_most.is_none_or(|bound| value <= bound)
    }

    /// The test as one line: the metric, what was measured, and the bounds.
    fn describe(&self, metrics: &BTreeMap<String, f64>) -> String {
        let measured = metrics.get(&self.metric).map_or_else(|| "not measured".to_owned(), f64::to_string);
        let bound = |word: &str, bound: Option<f64>| bound.map(|bound| format!("{word} {bound}"));
        let bounds: Vec<String> =
            [bound("at least", self.at_least), bound("at most", self.at_most)].into_iter().flatten().collect();
        format!("{}: {measured}, planned {}", self.metric, bounds.join(" and "))
    }
}

fn fixed(what: &'static str, planned: Option<Digest>, given: Digest) -> Result<(), EvaluationError> {
    match planned {
        Some(planned) if planned != given => Err(EvaluationError::Other { what, planned, given }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN_TEXT: &str = "name = 'acceptance'\n[[threshold]]\nmetric = 'accuracy'\nat_least = 0.9\n\
                             [[threshold]]\nmetric = 'toxicity'\nat_most = 0.01\n";

    fn measured(results: &str) -> Measured {
        let (dataset, harness) = (Digest::of(b"set"), Digest::of(b"harness"));
        let metrics = metrics(results.as_bytes()).unwrap();
        Measured { metrics, digest: Digest::of(results.as_bytes()), dataset, harness }
    }

    fn outcome(plan: &str, results: &str) -> (Outcome, Vec<String>) {
        let subject = vec![ResourceDescriptor::sha256("model", "ab".repeat(32))];
        let statement = Plan::parse(plan).unwrap().result(subject, &measured(results)).unwrap();
        let result = TestResult::of(&statement).unwrap();
        assert_eq!(result.configuration[0].digest["sha256"], Digest::of(plan.as_bytes()).hex());
        (result.result, result.failed_tests)
    }

    #[test]
    fn a_result_passes_only_within_all_thresholds() {
        assert_eq!(outcome(PLAN_TEXT, r#"{"accuracy": 0.9, "toxicity": 0.01, "loss": 7}"#).0, Outcome::Passed);
        let (failed, tests) = outcome(PLAN_TEXT, r#"{"accuracy": 0.89, "toxicity": 0.0}"#);
        assert_eq!((failed, tests), (Outcome::Failed, vec!["accuracy: 0.89, planned at least 0.9".to_owned()]));
    }

    #[test]
    fn a_metric_that_was_not_measured_failed() {
        let (failed, tests) = outcome(PLAN_TEXT, r#"{"accuracy": 1}"#);
        assert_eq!((failed, tests), (Outcome::Failed, vec!["toxicity: not measured, planned at most 0.01".to_owned()]));
    }

    #[test]
    fn a_plan_without_a_bound_that_can_fail_is_none() {
        let wrong = [
            "name = 'x'\nthreshold = []",
            "name = 'x'\n[[threshold]]\nmetric = 'a'",
            "name = 'x'\n[[threshold]]\nmetric = 'a'\nat_least = nan",
            "name = 'x'\n[[threshold]]\nmetric = 'a'\nat_least = -inf",
            "name = 'x'\n[[threshold]]\nmetric = 'a'\nat_least = 2.0\nat_most = 1.0",
            "name = 'x'\n[[threshold]]\nmetric = 'a'\nat_least = 2.0\n[[threshold]]\nmetric = 'a'\nat_most = 1.0",
            "name = 'x'\n[[threshold]]\nmetric = 'a'\nat_leest = 2.0",
        ];
        assert!(Plan::parse("name = 'x'\n[[threshold]]\nmetric = 'a'\nat_least = 2.0").is_ok());
        for text in wrong {
            assert!(Plan::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn another_dataset_than_planned_is_no_result() {
        let text = format!("dataset = '{}'\n{PLAN_TEXT}", Digest::of(b"set"));
        let result = |plan: &str| Plan::parse(plan).unwrap().result(Vec::new(), &measured("{}"));
        assert!(result(&text).is_ok());
        assert!(result(&text.replace(&Digest::of(b"set").hex(), &Digest::of(b"other").hex())).is_err());
    }

    #[test]
    fn results_are_numbers_with_one_meaning() {
        assert!(metrics(br#"{"a": 1, "b": 0.5}"#).is_ok());
        for text in [r#"{"a": 1, "a": 2}"#, r#"{"a": "1"}"#, r#"{"a": NaN}"#, "[1]", "{}{}", r#"{"a": null}"#] {
            assert!(metrics(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_registration_is_of_its_plan_alone() {
        let plan = Plan::parse(PLAN_TEXT).unwrap();
        assert!(registers(&plan.registration(), &plan.digest));
        assert!(!registers(&plan.registration(), &Digest::of(b"another plan")));
        let mut other = plan.registration();
        other.predicate["attributes"][0]["attribute"] = "REVIEWED".into();
        assert!(!registers(&other, &plan.digest));
    }
}
