//! The provenance of a model: what is known of where it comes from, by field, with the source of each value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One field of a provenance record. Without a value it is unknown, and says so by being there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProvenanceField {
    /// Which: `origin`, `version`, `publisher`, `licence`, `base_model`, `datasets`, `evaluation`.
    pub field: String,
    /// What is known, the best founded first; more than one value when sources differ.
    pub values: Vec<ProvenanceValue>,
}

/// A value and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ProvenanceValue {
    /// What it rests on.
    pub basis: Basis,
    /// The value as it was found, shortened.
    pub value: String,
    /// Where it was found.
    pub source: String,
}

/// What a value rests on, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// A signer who is enrolled for it says so.
    Verified,
    /// The place where the artifact lies shows it.
    Observed,
    /// The artifact itself, or who named it, says so.
    Stated,
}
