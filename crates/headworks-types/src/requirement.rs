//! Requirements: a control at a tier, and how it came out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How one requirement came out. Known failure outranks missing evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was checked and holds.
    Pass,
    /// It was not, or could not be, checked to the end.
    NotEstablished,
    /// It was checked and does not hold.
    Fail,
}

/// One requirement of the policy and how it came out for this artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// Id of the control, `HW-XXX-nn`.
    pub control: String,
    /// Title of the control.
    pub title: String,
    /// How it came out, waivers applied.
    pub outcome: Outcome,
    /// Whether admission depends on it at the tier in force.
    pub mandatory: bool,
    /// Why it came out so, one sentence each.
    pub reasons: Vec<String>,
    /// What would make it pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub solution: String,
    /// Fingerprints of the findings it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<crate::Digest>,
    /// The waiver that flipped it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<WaiverUse>,
}

/// A waiver as it was applied: it flips a requirement and shows that it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverUse {
    /// Id of the waiver in its file.
    pub id: String,
    /// What the requirement's outcome would be without it.
    pub waived_outcome: Outcome,
    /// Who answers for it.
    pub owner: String,
    /// Why it was granted.
    pub reason: String,
    /// Last day it holds, `YYYY-MM-DD`.
    pub until: String,
}
