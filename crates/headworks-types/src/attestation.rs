//! Attestations: what somebody signed about an artifact, as far as it could be verified.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// A signed document and what it is worth here. It is evidence, whatever its standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attestation {
    /// Where it was read from.
    pub source: String,
    /// Digest of the document.
    pub digest: Digest,
    /// What kind of thing is said; empty when it could not be read.
    pub predicate_type: String,
    /// How it was signed: `key`, `certificate` or `sigstore`; empty when that could not be read.
    pub method: String,
    /// Who verifiably signed: a digest of a key, or an identity with its issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The publisher whose signer that is, by the trust store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// What the trust store says of the signer.
    pub standing: Standing,
    /// The same in words.
    pub reason: String,
    /// When it was signed, if a log or a timestamp authority vouches for that; milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at_ms: Option<i64>,
    /// Where the artifact differs from what was signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Files of the artifact that it does not cover, with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub uncovered: BTreeMap<String, String>,
    /// What it says, as far as decisions need it: builder, source, outcome of tests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
}

impl Attestation {
    /// Whether it is a signature over files (OMS v1.0) rather than a statement about them.
    pub fn is_signature(&self) -> bool {
        self.predicate_type == "https://model_signing/signature/v1.0"
    }
}

/// What a trust store says of a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It may sign this.
    Enrolled,
    /// Nobody enrolled it.
    Unknown,
    /// It is enrolled for other things.
    NotForThis,
    /// It was revoked.
    Revoked,
    /// It counts at other times only.
    OutOfWindow,
    /// Nobody made sure lately that all revocations are listed.
    Stale,
    /// The signature does not hold.
    Invalid,
    /// It could not be compared with the artifact.
    NotCompared,
}
