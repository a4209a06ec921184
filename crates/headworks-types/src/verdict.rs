//! Verdicts: what the policy makes of the evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Outcome, Requirement};

/// The answer. Only [`Admission::Admit`] opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Admission {
    /// Every mandatory requirement passes.
    Admit,
    /// None fails, but one is not established.
    Hold,
    /// A mandatory requirement fails.
    Refuse,
}

/// The answer with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The answer.
    pub admission: Admission,
    /// Tier of the policy that was applied.
    pub tier: String,
    /// All requirements of the tier, sorted by control.
    pub requirements: Vec<Requirement>,
}

impl Verdict {
    /// Derives the answer from the requirements; there is no other way to make a verdict.
    ///
    /// A policy that asks for nothing establishes nothing, so no mandatory requirement means hold.
    pub fn decide(tier: String, mut requirements: Vec<Requirement>) -> Self {
        requirements.sort_by(|a, b| a.control.cmp(&b.control));
        let worst = requirements.iter().filter(|requirement| requirement.mandatory).map(|r| r.outcome).max();
        let admission = match worst {
            Some(Outcome::Pass) => Admission::Admit,
            Some(Outcome::NotEstablished) | None => Admission::Hold,
            Some(Outcome::Fail) => Admission::Refuse,
        };
        Self { admission, tier, requirements }
    }
}

impl Admission {
    /// The verb: what headworks does.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Hold => "hold",
            Self::Refuse => "refuse",
        }
    }
}

impl std::fmt::Display for Admission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.verb())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(outcome: Outcome, mandatory: bool) -> Requirement {
        Requirement {
            control: "HW-SER-02".into(),
            title: String::new(),
            outcome,
            mandatory,
            reasons: Vec::new(),
            solution: String::new(),
            findings: Vec::new(),
            waiver: None,
        }
    }

    fn admission(outcomes: &[(Outcome, bool)]) -> Admission {
        let requirements = outcomes.iter().map(|&(outcome, mandatory)| requirement(outcome, mandatory)).collect();
        Verdict::decide("minimal".into(), requirements).admission
    }

    #[test]
    fn known_failure_outranks_missing_evidence() {
        let outcomes = [(Outcome::NotEstablished, true), (Outcome::Fail, true), (Outcome::Pass, true)];
        assert_eq!(admission(&outcomes), Admission::Refuse);
    }

    #[test]
    fn only_mandatory_requirements_decide() {
        assert_eq!(admission(&[(Outcome::Pass, true), (Outcome::Fail, false)]), Admission::Admit);
    }

    #[test]
    fn a_policy_without_requirements_admits_nothing() {
        assert_eq!(admission(&[]), Admission::Hold);
        assert_eq!(admission(&[(Outcome::Pass, false)]), Admission::Hold);
    }
}
