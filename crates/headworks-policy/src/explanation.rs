//! A policy in words: what it asks for, at which tier, and what would satisfy it.

use serde::{Deserialize, Serialize};

use crate::Tier;

/// What a policy asks for at a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Name of the tier.
    pub tier: String,
    /// What the tier is for.
    pub title: String,
    /// Severity from which a finding fails the controls it speaks against.
    pub fail_at: String,
    /// Severity from which a finding leaves them not established.
    pub hold_at: String,
    /// All controls that some tier asks for, sorted by id.
    pub controls: Vec<Explained>,
}

/// One control of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Id of the control.
    pub control: String,
    /// Its title.
    pub title: String,
    /// Whether the explained tier asks for it.
    pub mandatory: bool,
    /// Names of all tiers that ask for it, the least demanding first.
    pub tiers: Vec<String>,
    /// What it means when it fails.
    pub failure: String,
    /// What establishes it.
    pub established_by: String,
    /// What would make it pass.
    pub solution: String,
    /// Day from which it is asked for, `YYYY-MM-DD`, when it has one.
    pub effective: Option<String>,
}

/// A control as the policy's catalogue states it.
#[derive(Deserialize)]
pub(crate) struct Listed {
    control: String,
    title: String,
    failure: String,
    established_by: String,
    solution: String,
    effective: Option<String>,
}

impl Explanation {
    pub(crate) fn of(tier: &Tier, tiers: &[Tier], listed: Vec<Listed>) -> Self {
        let mut controls: Vec<Explained> = listed.into_iter().map(|listed| listed.at(tier, tiers)).collect();
        controls.sort_by(|a, b| a.control.cmp(&b.control));
        Self {
            tier: tier.name.clone(),
            title: tier.title.clone(),
            fail_at: tier.fail_at.clone(),
            hold_at: tier.hold_at.clone(),
            controls,
        }
    }
}

impl Listed {
    fn at(self, tier: &Tier, tiers: &[Tier]) -> Explained {
        let asks = |tier: &&Tier| tier.mandatory.contains(&self.control);
        Explained {
            mandatory: asks(&tier),
            tiers: tiers.iter().filter(asks).map(|tier| tier.name.clone()).collect(),
            control: self.control,
            title: self.title,
            failure: self.failure,
            established_by: self.established_by,
            solution: self.solution,
            effective: self.effective,
        }
    }
}
