//! The policy: loading a bundle, evaluating it, converting what it says.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use headworks_types::digest::Hasher;
use headworks_types::{Digest, Outcome, Requirement, Verdict};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::source::{self, FORBIDDEN};
use crate::trial::{self, Test, TestResult};
use crate::{Explanation, PolicyError, PolicyInput, Waivers, builtin};

const REQUIREMENTS: &str = "data.headworks.policy.requirements";
const CATALOGUE: &str = "data.headworks.policy.catalogue";
const TIERS: &str = "data.headworks.parameters.tiers";

/// Wall time after which an evaluation ends in an error; it guards against rules that do not end.
const EVALUATION_TIME_MAX: Duration = Duration::from_secs(60);

/// Steps between two looks at that time.
const STEPS_BETWEEN_CHECKS: NonZeroU32 = NonZeroU32::new(1024).expect("1024 is not zero");

/// A policy that was loaded and is ready to decide.
#[derive(Clone)]
pub struct Policy {
    engine: Engine,
    with_tests: Engine,
    tests: Vec<Test>,
    tiers: Vec<Tier>,
    digest: Digest,
}

/// A named set of mandatory controls, with the thresholds they are judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Name, as it is asked for.
    pub name: String,
    /// What it is for, in one line.
    pub title: String,
    /// Severity from which a finding fails the controls it speaks against.
    pub fail_at: String,
    /// Severity from which a finding leaves them not established.
    pub hold_at: String,
    /// Controls that admission depends on.
    pub mandatory: Vec<String>,
}

impl Policy {
    /// The policy that headworks brings along.
    pub fn builtin() -> Self {
        let files: Vec<_> =
            builtin::FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Self::load(&files).expect("the built-in policy is tested")
    }

    /// A policy from the names and texts of its files; it replaces the built-in one altogether.
    ///
    /// `.rego` files are modules, those named `…_test.rego` tests; `.json` files are merged into `data`.
    ///
    /// # Errors
    /// When a file is neither, cannot be read, or calls a builtin that reaches outside.
    pub fn load(files: &[(String, String)]) -> Result<Self, PolicyError> {
        let (mut engine, mut with_tests) = (engine()?, engine()?);
        let mut tests = Vec::new();
        for (name, text) in files {
            if name.ends_with(".json") {
                let data = data(name, text)?;
                engine.add_data(data.clone()).map_err(|error| conflict(name, &error))?;
                with_tests.add_data(data).map_err(|error| conflict(name, &error))?;
            } else if name.ends_with(".rego") {
                source::refuse_forbidden(name, text)?;
                let package = add(&mut with_tests, name, text)?;
                if is_test(name) {
                    tests.extend(trial::tests_of(name, text, &package));
                } else {
                    add(&mut engine, name, text)?;
                }
            } else {
                return Err(PolicyError::Foreign { file: name.clone() });
            }
        }
        // The engine analyses the rules when it is first asked something, and all errors should come to light now.
        for engine in [&mut engine, &mut with_tests] {
            engine.eval_query("true".to_owned(), false).map_err(PolicyError::of_engine)?;
        }
        let tiers = tiers(&engine.get_data())?;
        Ok(Self { engine, with_tests, tests, tiers, digest: digest(files) })
    }

    /// Decides: the policy's requirements for `input`, the waivers in force at `now_ms` applied to them.
    ///
    /// # Errors
    /// When the tier is unknown, a rule cannot be evaluated, or the answer is malformed. No error admits.
    pub fn decide(&self, input: &PolicyInput, waivers: &Waivers, now_ms: i64) -> Result<Verdict, PolicyError> {
        let tier = self.tier(&input.tier)?;
        let mut requirements = self.requirements(input, tier)?;
        let artifact = &input.artifact.digest;
        let excused = waivers.excused(artifact, now_ms);
        if !excused.is_empty() {
            let relieved = self.requirements(&input.without(&excused), tier)?;
            waivers.relieve(&mut requirements, &relieved, input, now_ms);
        }
        waivers.waive(&mut requirements, artifact, now_ms);
        Ok(Verdict::decide(input.tier.clone(), requirements))
    }

    /// The tiers that the policy defines, sorted by how many controls they ask for.
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// What the policy asks for at a tier, and what it would ask for at others.
    ///
    /// # Errors
    /// When the tier is unknown or the policy's catalogue is malformed.
    pub fn explain(&self, tier: &str) -> Result<Explanation, PolicyError> {
        let tier = self.tier(tier)?;
        Ok(Explanation::of(tier, &self.tiers, evaluate(&mut self.engine.clone(), CATALOGUE)?))
    }

    /// Runs the tests that lie beside the rules.
    pub fn test(&self) -> Vec<TestResult> {
        self.tests.iter().map(|test| test.run(&mut self.with_tests.clone())).collect()
    }

    /// Digest of the rules and their data; tests have no part in a verdict and none in it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    fn tier(&self, name: &str) -> Result<&Tier, PolicyError> {
        self.tiers.iter().find(|tier| tier.name == name).ok_or_else(|| PolicyError::UnknownTier {
            tier: name.to_owned(),
            known: self.tiers.iter().map(|tier| tier.name.clone()).collect(),
        })
    }

    fn requirements(&self, input: &PolicyInput, tier: &Tier) -> Result<Vec<Requirement>, PolicyError> {
        let mut engine = self.engine.clone();
        let input = serde_json::to_string(input).map_err(|error| PolicyError::Evaluation(error.to_string()))?;
        engine.set_input_json(&input).map_err(PolicyError::of_engine)?;
        let stated: Vec<Stated> = evaluate(&mut engine, REQUIREMENTS)?;
        let mut requirements = BTreeMap::new();
        for stated in stated {
            let control = stated.control.clone();
            if requirements.insert(control.clone(), stated.into()).is_some() {
                return Err(malformed(REQUIREMENTS, format!("it states `{control}` twice, and differently")));
            }
        }
        for control in &tier.mandatory {
            requirements.entry(control.clone()).or_insert_with(|| unstated(control));
        }
        Ok(requirements.into_values().collect())
    }
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// A requirement as the policy states it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    control: String,
    title: String,
    /// Absent when the rules came to no result, which establishes nothing.
    outcome: Option<Outcome>,
    mandatory: bool,
    reasons: Vec<String>,
    #[serde(default)]
    solution: String,
    #[serde(default)]
    findings: Vec<Digest>,
}

impl From<Stated> for Requirement {
    fn from(stated: Stated) -> Self {
        Self {
            control: stated.control,
            title: stated.title,
            outcome: stated.outcome.unwrap_or(Outcome::NotEstablished),
            mandatory: stated.mandatory,
            reasons: stated.reasons,
            solution: stated.solution,
            findings: stated.findings,
            waiver: None,
        }
    }
}

/// A control that the tier asks for and no rule decides.
fn unstated(control: &str) -> Requirement {
    Requirement {
        control: control.to_owned(),
        title: crate::controls::find(control).map_or_else(String::new, |control| control.name.clone()),
        outcome: Outcome::NotEstablished,
        mandatory: true,
        reasons: vec!["the tier asks for it and no rule of the policy decides it".to_owned()],
        solution: "add a rule for it to the policy, or take it out of the tier".to_owned(),
        findings: Vec::new(),
        waiver: None,
    }
}

fn engine() -> Result<Engine, PolicyError> {
    let mut engine = Engine::new();
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: EVALUATION_TIME_MAX,
        check_interval: STEPS_BETWEEN_CHECKS,
    });
    engine.set_strict_builtin_errors(true);
    // The engine would print to standard error by itself otherwise.
    engine.set_gather_prints(true);
    for (name, arguments, hint) in FORBIDDEN {
        let refusal = format!("`{name}` is not available: a verdict depends on named inputs only; {hint}");
        let refuse = move |_: Vec<Value>| Err(PolicyError::Evaluation(refusal.clone()).into());
        engine.add_extension((*name).to_owned(), *arguments, Box::new(refuse)).map_err(PolicyError::of_engine)?;
    }
    Ok(engine)
}

fn add(engine: &mut Engine, name: &str, text: &str) -> Result<String, PolicyError> {
    engine.add_policy(name.to_owned(), text.to_owned()).map_err(PolicyError::of_engine)
}

fn data(name: &str, text: &str) -> Result<Value, PolicyError> {
    let fault = |line, message| PolicyError::Data { file: name.to_owned(), line, message };
    let value: Value = serde_json::from_str(text).map_err(|error| fault(error.line() as u64, error.to_string()))?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(fault(1, "policy data is a JSON object".to_owned())),
    }
}

fn conflict(name: &str, error: &impl std::fmt::Display) -> PolicyError {
    PolicyError::Data { file: name.to_owned(), line: 1, message: error.to_string() }
}

pub(crate) fn is_test(name: &str) -> bool {
    name.ends_with("_test.rego")
}

fn evaluate<T: DeserializeOwned>(engine: &mut Engine, document: &'static str) -> Result<T, PolicyError> {
    let value = engine.eval_rule(document.to_owned()).map_err(PolicyError::of_engine)?;
    if value == Value::Undefined {
        return Err(malformed(document, "it is undefined".to_owned()));
    }
    let json = value.to_json_str().map_err(PolicyError::of_engine)?;
    serde_json::from_str(&json).map_err(|error| malformed(document, error.to_string()))
}

fn malformed(document: &'static str, message: String) -> PolicyError {
    PolicyError::Malformed { document, message }
}

fn tiers(data: &Value) -> Result<Vec<Tier>, PolicyError> {
    #[derive(Deserialize)]
    struct Document {
        title: String,
        fail_at: String,
        hold_at: String,
        mandatory: Vec<String>,
    }
    let json = data["headworks"]["parameters"]["tiers"].to_json_str().map_err(PolicyError::of_engine)?;
    let documents: BTreeMap<String, Document> =
        serde_json::from_str(&json).map_err(|error| malformed(TIERS, error.to_string()))?;
    let mut tiers: Vec<Tier> = documents
        .into_iter()
        .map(|(name, Document { title, fail_at, hold_at, mandatory })| Tier {
            name,
            title,
            fail_at,
            hold_at,
            mandatory,
        })
        .collect();
    tiers.sort_by_key(|tier| tier.mandatory.len());
    Ok(tiers)
}

fn digest(files: &[(String, String)]) -> Digest {
    let mut decisive: Vec<_> = files.iter().filter(|(name, _)| !is_test(name)).collect();
    decisive.sort();
    let mut hasher = Hasher::default();
    hasher.update(b"headworks-policy/v1\n");
    for (name, text) in decisive {
        hasher.update(format!("{} {name} {}\n", name.len(), Digest::of(text.as_bytes())).as_bytes());
    }
    hasher.finish()
}
