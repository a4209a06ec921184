//! Records: a verdict with all that it rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Artifact, Attestation, Digest, Fact, FileCoverage, Finding, History, ProvenanceField, Verdict,
    VulnerabilityAssessment,
};

/// Name and version of the record's own layout.
pub const SCHEMA: &str = "headworks/record/v1";

/// What was seen in an artifact and what the rules make of it; no policy has judged it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Examination {
    /// What was examined.
    pub artifact: Artifact,
    /// What the rules found, worst first.
    pub findings: Vec<Finding>,
    /// What was understood of each file, sorted by path.
    pub coverage: Vec<FileCoverage>,
    /// What the parsers saw.
    pub facts: Vec<Fact>,
    /// What others signed about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<Attestation>,
    /// What is known of where it comes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provenance: Vec<ProvenanceField>,
    /// What copies of advisories say of the packages that it names; absent when none were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<VulnerabilityAssessment>,
    /// What was known of it before.
    #[serde(default, skip_serializing_if = "History::is_empty")]
    pub history: History,
}

/// A verdict, the evidence and policy it rests on, and every input that could have changed it.
///
/// The same inputs give the same record, byte for byte: the clock is one of the inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// What was decided.
    pub verdict: Verdict,
    /// What it rests on.
    #[serde(flatten)]
    pub examination: Examination,
    /// What the verdict depends on besides the artifact.
    pub inputs: Inputs,
}

/// What a verdict depends on besides the artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inputs {
    /// Version of headworks.
    pub engine: String,
    /// Digest of the rules and the reference data compiled in (allow-list profiles, control data).
    pub rules: Digest,
    /// Digest of the policy, its data, the waivers and the trust store, and of whether verdicts are recorded.
    pub policy: Digest,
    /// Digest of the limits in force.
    pub limits: Digest,
    /// Milliseconds since the Unix epoch at which the policy was evaluated.
    pub decided_at_ms: i64,
}
