//! What was known before an artifact was checked: its ancestors, its training run, and its name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, Standing};

/// What the store knew when an artifact was checked, as far as decisions rest on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// What its publisher and others know it by: a purl, or its own name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub known_as: String,
    /// What enrolled signers say it was made from, by role, and what was decided of that here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ancestors: Vec<Ancestors>,
    /// The place that it has in a training run, when a checkpoint with these files is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<RunCheckpoint>,
    /// The newest admitted artifact of the same name with other bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admitted_before: Option<AdmittedBefore>,
    /// The plans that results of evaluations name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<PlannedResult>,
}

impl History {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Things of one role that an artifact was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ancestors {
    /// The attestation that says so, by where it was read from.
    pub source: String,
    /// What they were for it: `base`, `data`, `material`, `dependency`.
    pub role: String,
    /// How many were admitted here, by their newest verdict at the same tier.
    pub admitted: u64,
    /// How many were refused here, by their newest verdict at the same tier.
    pub refused: u64,
    /// How many were held here, or never checked at this tier.
    pub unknown: u64,
    /// The first few that were not admitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<String>,
    /// The first of all, for those who ask what was made from a thing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub things: Vec<Ancestor>,
}

/// One thing that an artifact was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ancestor {
    /// What the attestation calls it, shortened.
    pub name: String,
    /// Its SHA-256, if the attestation states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// The place of a checkpoint in its training run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunCheckpoint {
    /// Name of the run.
    pub run: String,
    /// Step of the checkpoint.
    pub step: u64,
    /// Step of the newest checkpoint of the run.
    pub newest_step: u64,
    /// Whether the run would be resumed from this one.
    pub newest: bool,
    /// The publisher whose key signs the run's events, by the trust store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// What the trust store says of that key.
    pub standing: Standing,
    /// The same in words, or why the chain of events does not hold.
    pub reason: String,
}

/// An artifact that was admitted under the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdmittedBefore {
    /// Its tree digest.
    pub artifact: Digest,
    /// Who signed it, by the trust store of that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// When that was decided, in milliseconds since the Unix epoch.
    pub decided_at_ms: i64,
}

/// The result of an evaluation and the plan that it was measured by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedResult {
    /// Digest of the result's document.
    pub result: Digest,
    /// Digest of the plan.
    pub plan: Digest,
    /// Who is enrolled for evaluations and registered the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_by: Option<String>,
    /// Index of the log's entry that registers the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<u64>,
    /// Index of the log's entry with the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logged_at: Option<u64>,
}
