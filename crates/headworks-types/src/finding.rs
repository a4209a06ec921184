//! Findings: a rule's judgement of facts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, Location};

/// A rule's judgement of what a parser saw. It has a place, always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the rule, as `headworks rules` lists it.
    pub rule: String,
    /// How bad it is if it is what it looks like.
    pub severity: Severity,
    /// How sure the rule is that it is what it looks like.
    pub confidence: Confidence,
    /// One sentence that names the thing in backticks.
    pub message: String,
    /// Where it was seen first.
    pub location: Location,
    /// How often it was seen in this place.
    pub times: u64,
    /// What was seen, line by line, as evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What the reader can do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Ids of the controls it speaks against.
    pub controls: Vec<String>,
    /// Stays the same when the artifact is exported again: rule, place and subject, no offset.
    pub fingerprint: Digest,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; asks for nothing.
    Info,
    /// Hygiene; exploitable only together with something else.
    Low,
    /// Raises the risk of loading or using the artifact.
    Medium,
    /// Strong sign of tampering, or a way to run code that needs one more step.
    High,
    /// Runs code or leaks data when the artifact is loaded or used as intended.
    Critical,
}

/// How sure a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A heuristic; honest artifacts can look like this.
    Low,
    /// Unusual in honest artifacts.
    Medium,
    /// Follows from the bytes.
    High,
}

impl Severity {
    /// All severities, worst first.
    pub const WORST_FIRST: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word that is printed and parsed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

impl std::str::FromStr for Severity {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::WORST_FIRST.into_iter().find(|severity| severity.word() == word);
        known.ok_or_else(|| format!("`{word}` is no severity; use critical, high, medium, low or info"))
    }
}
