//! SLSA verification summaries: what a verifier found about an artifact or a source revision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{PredicateError, contradiction, malformed, read};
use crate::encoding::null_is_default;
use crate::statement::{ResourceDescriptor, Statement};

/// Type of verification summaries.
pub const V1: &str = "https://slsa.dev/verification_summary/v1";

/// What a verifier found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vsa {
    /// Who verified.
    pub verifier: Verifier,
    /// When, as RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_verified: Option<String>,
    /// What the artifact is known as; it must be what it was fetched as.
    pub resource_uri: String,
    /// By which policy.
    pub policy: VsaPolicy,
    /// From which attestations.
    #[serde(default, deserialize_with = "null_is_default")]
    pub input_attestations: Vec<ResourceDescriptor>,
    /// Whether the policy holds. A word that is not known is an error.
    pub verification_result: VerificationResult,
    /// What holds besides, such as `SLSA_BUILD_LEVEL_3`.
    #[serde(default, deserialize_with = "null_is_default")]
    pub verified_levels: Vec<String>,
    /// How many dependencies have which level.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub dependency_levels: BTreeMap<String, u64>,
}

/// Who verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    /// Its identity as it says; whether it may is decided by the signature.
    pub id: String,
    /// Versions of its parts.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub version: BTreeMap<String, String>,
}

/// By which policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VsaPolicy {
    /// Where it is.
    pub uri: String,
    /// What it is.
    #[serde(deserialize_with = "null_is_default")]
    pub digest: BTreeMap<String, String>,
}

/// Whether the policy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VerificationResult {
    /// It does.
    #[serde(rename = "PASSED")]
    Passed,
    /// It does not.
    #[serde(rename = "FAILED")]
    Failed,
}

/// A kind of levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Track {
    /// How it was built.
    Build,
    /// How the source is kept.
    Source,
}

impl Track {
    fn prefix(self) -> &'static str {
        match self {
            Self::Build => "SLSA_BUILD_LEVEL_",
            Self::Source => "SLSA_SOURCE_LEVEL_",
        }
    }
}

impl Vsa {
    /// Reads what a verifier found.
    ///
    /// # Errors
    /// When it is of another type, lacks a field that decides, or names two levels of one track.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let vsa: Self = read(statement, &[V1])?;
        if vsa.resource_uri.is_empty() || vsa.verifier.id.is_empty() {
            return Err(malformed(statement, "verifier and resource are not to be empty"));
        }
        let twice =
            |track: Track| vsa.verified_levels.iter().filter(|level| level.starts_with(track.prefix())).count() > 1;
        match twice(Track::Build) || twice(Track::Source) {
            true => Err(contradiction(statement, "it names two levels of one track")),
            false => Ok(vsa),
        }
    }

    /// The level that was found, if the policy held for this very resource.
    pub fn level(&self, track: Track, resource_uri: &str) -> Option<u8> {
        if self.verification_result != VerificationResult::Passed || self.resource_uri != resource_uri {
            return None;
        }
        let digits = self.verified_levels.iter().find_map(|level| level.strip_prefix(track.prefix()))?;
        match digits.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(digit.wrapping_sub(b'0')),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::statement;
    use super::*;

    const RESOURCE: &str = "git+https://github.com/acme/model";

    fn summary() -> Value {
        json!({
            "verifier": { "id": "https://verifier.invalid" },
            "timeVerified": "2026-11-27T12:00:00Z",
            "resourceUri": RESOURCE,
            "policy": { "uri": "https://policy.invalid" },
            "verificationResult": "PASSED",
            "verifiedLevels": ["SLSA_SOURCE_LEVEL_3", "SLSA_BUILD_LEVEL_2", "ORG_TWO_PARTY_REVIEW"],
            "fromTheFuture": { "verificationResult": "FAILED" },
        })
    }

    fn read(edit: impl FnOnce(&mut Value)) -> Result<Vsa, PredicateError> {
        let mut summary = summary();
        edit(&mut summary);
        Vsa::of(&statement(V1, summary))
    }

    #[test]
    fn the_level_is_the_one_of_its_track_and_resource() {
        let vsa = read(|_| ()).unwrap();
        assert_eq!(vsa.level(Track::Source, RESOURCE), Some(3));
        assert_eq!(vsa.level(Track::Build, RESOURCE), Some(2));
        assert_eq!(vsa.level(Track::Source, "git+https://github.com/acme/other"), None);
    }

    #[test]
    fn a_failed_summary_has_no_level() {
        let failed = read(|s| s["verificationResult"] = "FAILED".into()).unwrap();
        assert_eq!(failed.level(Track::Source, RESOURCE), None);
    }

    #[test]
    fn a_result_that_is_missing_or_unknown_is_no_pass() {
        for word in [json!("passed"), json!("OK"), json!(true), Value::Null] {
            assert!(read(|s| s["verificationResult"] = word.clone()).is_err(), "{word}");
        }
        assert!(read(|s| drop(s.as_object_mut().map(|s| s.remove("verificationResult")))).is_err());
    }

    #[test]
    fn levels_at_odds_or_without_a_number_are_none() {
        let two = read(|s| s["verifiedLevels"] = json!(["SLSA_SOURCE_LEVEL_1", "SLSA_SOURCE_LEVEL_4"]));
        assert!(matches!(two, Err(PredicateError::Contradiction { .. })));
        for level in
            ["SLSA_SOURCE_LEVEL_UNEVALUATED", "SLSA_SOURCE_LEVEL_33", "XSLSA_SOURCE_LEVEL_3", "SLSA_SOURCE_LEVEL_"]
        {
            let vsa = read(|s| s["verifiedLevels"] = json!([level])).unwrap();
            assert_eq!(vsa.level(Track::Source, RESOURCE), None, "{level}");
        }
    }
}
