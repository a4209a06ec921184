//! Verdicts as SLSA verification summaries (VSA, `https://slsa.dev/verification_summary/v1`).
//!
//! What the gate decided, said in words that other verifiers know. Only an admission is `PASSED`: whoever
//! ignores our own fields and reads a held artifact's summary finds it `FAILED`, never the other way round.

use std::collections::BTreeMap;

use headworks_types::{Admission, Digest, Record};
use serde::{Deserialize, Serialize};

use crate::provenance::types::VERIFICATION_SUMMARY;
use crate::provenance::{VerificationResult, Verifier, Vsa, VsaPolicy};
use crate::statement::{ResourceDescriptor, Statement};

/// Who verified, when a gate of this program did.
pub const VERIFIER_ID: &str = "https://github.com/headworks/headworks/gate/v1";

/// Media type under which a summary names the record it sums up.
pub const RECORD_MEDIA_TYPE: &str = "application/vnd.headworks.record.v1+json";

/// What precedes the name of an artifact in the URI that a summary names it by.
const RESOURCE: &str = "headworks:artifact/";

/// A summary with our own fields beside those of SLSA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictSummary {
    /// What every verifier of summaries reads.
    #[serde(flatten)]
    pub summary: Vsa,
    /// The gate's own word: `admit`, `hold` or `refuse`.
    #[serde(default, rename = "headworks_admission", skip_serializing_if = "Option::is_none")]
    pub headworks_admission: Option<Admission>,
    /// Tier of the policy that was applied.
    #[serde(default, rename = "headworks_tier", skip_serializing_if = "String::is_empty")]
    pub headworks_tier: String,
    /// Rules, limits and reference data that were in force.
    #[serde(default, rename = "headworks_inputs", skip_serializing_if = "Vec::is_empty")]
    pub headworks_inputs: Vec<ResourceDescriptor>,
}

impl VerdictSummary {
    /// The summary of a record that is stored under `digest`.
    pub fn of(record: &Record, digest: &Digest) -> Self {
        let Record { verdict, examination, inputs, .. } = record;
        let passed = verdict.admission == Admission::Admit;
        let level = if passed { level(&verdict.tier) } else { "FAILED".to_owned() };
        let policy = VsaPolicy {
            uri: format!("headworks:policy/{}", percent_encoded(&verdict.tier)),
            digest: sha256(&inputs.policy),
        };
        let of_record = ResourceDescriptor {
            name: record.schema.clone(),
            digest: sha256(digest),
            media_type: RECORD_MEDIA_TYPE.to_owned(),
            ..ResourceDescriptor::default()
        };
        let input = |name: &str, digest: &Digest| ResourceDescriptor::sha256(name, digest.hex());
        let of_others = examination.attestations.iter().map(|given| input(&given.predicate_type, &given.digest));
        let summary = Vsa {
            verifier: Verifier {
                id: VERIFIER_ID.to_owned(),
                version: [("headworks".to_owned(), inputs.engine.clone())].into(),
            },
            time_verified: Some(time(inputs.decided_at_ms)),
            resource_uri: resource_uri(&examination.artifact.name),
            policy,
            input_attestations: std::iter::once(of_record).chain(of_others).collect(),
            verification_result: if passed { VerificationResult::Passed } else { VerificationResult::Failed },
            verified_levels: vec![level],
            dependency_levels: BTreeMap::new(),
        };
        Self {
            summary,
            headworks_admission: Some(verdict.admission),
            headworks_tier: verdict.tier.clone(),
            headworks_inputs: vec![input("rules", &inputs.rules), input("limits", &inputs.limits)],
        }
    }

    /// The summary as a statement about the record's artifact: its tree and each of its files.
    pub fn statement(&self, record: &Record) -> Statement {
        let artifact = &record.examination.artifact;
        let tree = ResourceDescriptor::sha256(format!("tree:{}", artifact.name), artifact.digest.hex());
        let file = |file: &headworks_types::FileEntry| {
            file.digest.map(|digest| ResourceDescriptor::sha256(format!("file:{}", file.path), digest.hex()))
        };
        let subject = std::iter::once(tree).chain(artifact.files.iter().filter_map(file)).collect();
        let predicate = serde_json::to_value(self).unwrap_or_default();
        Statement::new(subject, VERIFICATION_SUMMARY, predicate)
    }

    /// The summary that a statement makes; none when it makes another kind of statement.
    pub fn from_statement(statement: &Statement) -> Option<Self> {
        if statement.predicate_type != VERIFICATION_SUMMARY {
            return None;
        }
        serde_json::from_value(statement.predicate.clone()).ok()
    }

    /// Digest of the record that is summed up; none in the summaries of other verifiers.
    pub fn record(&self) -> Option<Digest> {
        let input = self.summary.input_attestations.first()?;
        let ours = self.summary.verifier.id == VERIFIER_ID && input.media_type == RECORD_MEDIA_TYPE;
        input.digest.get("sha256").filter(|_| ours)?.parse().ok()
    }
}

/// URI by which a summary names an artifact.
pub fn resource_uri(name: &str) -> String {
    format!("{RESOURCE}{}", percent_encoded(name))
}

/// A level of our own: it must not look like one of SLSA's.
fn level(tier: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("HEADWORKS_TIER_{}", tier.chars().map(word).collect::<String>())
}

fn sha256(digest: &Digest) -> BTreeMap<String, String> {
    [("sha256".to_owned(), digest.hex())].into()
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|time| format!("{time:.3}")).unwrap_or_default()
}

/// Percent-encoding of all but unreserved characters and slashes (RFC 3986 §2.3).
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let _ = if plain { write!(encoded, "{}", char::from(byte)) } else { write!(encoded, "%{byte:02X}") };
        encoded
    })
}

#[cfg(test)]
mod tests {
    use headworks_types::{
        Artifact, ArtifactKind, Examination, FileEntry, History, Inputs, Outcome, Requirement, Verdict,
    };

    use super::*;

    fn record(outcome: Outcome) -> Record {
        let requirement = Requirement {
            control: "HW-SER-02".into(),
            title: String::new(),
            outcome,
            mandatory: true,
            reasons: Vec::new(),
            solution: String::new(),
            findings: Vec::new(),
            waiver: None,
        };
        let files = vec![
            FileEntry { path: "model.pkl".into(), bytes: 1, digest: Some(Digest::of(b"1")) },
            FileEntry { path: "unreadable".into(), bytes: 1, digest: None },
        ];
        let artifact = Artifact {
            name: "model ä".into(),
            kind: ArtifactKind::Directory,
            digest: headworks_types::artifact::tree_digest(&files),
            bytes: 2,
            files,
            excluded: Vec::new(),
        };
        let digest = Digest::of(b"x");
        Record {
            schema: headworks_types::record::SCHEMA.into(),
            verdict: Verdict::decide("high-risk".into(), vec![requirement]),
            examination: Examination {
                artifact,
                findings: Vec::new(),
                coverage: Vec::new(),
                facts: Vec::new(),
                attestations: Vec::new(),
                provenance: Vec::new(),
                vulnerabilities: None,
                history: History::default(),
            },
            inputs: Inputs {
                engine: "0.1.0".into(),
                rules: digest,
                policy: digest,
                limits: digest,
                decided_at_ms: 1_700_000_000_000,
            },
        }
    }

    #[test]
    fn a_summary_names_policy_record_time_and_every_hashed_file() {
        let record = record(Outcome::Pass);
        let digest = Digest::of(b"record");
        let statement = VerdictSummary::of(&record, &digest).statement(&record);
        let names: Vec<&str> = statement.subject.iter().map(|subject| subject.name.as_str()).collect();
        assert_eq!(names, ["tree:model ä", "file:model.pkl"]);
        assert!(statement.is_about(&record.examination.artifact.digest.hex()));
        let predicate = &statement.predicate;
        assert_eq!(predicate["timeVerified"], "2023-11-14T22:13:20.000Z");
        assert_eq!(predicate["resourceUri"], "headworks:artifact/model%20%C3%A4");
        assert_eq!(predicate["policy"]["digest"]["sha256"], Digest::of(b"x").hex());
        assert_eq!(predicate["verifiedLevels"][0], "HEADWORKS_TIER_HIGH_RISK");
        let again = VerdictSummary::from_statement(&Statement::from_json(&statement.to_json()).unwrap()).unwrap();
        let as_others_read_it = crate::provenance::Vsa::of(&statement).unwrap();
        assert_eq!(as_others_read_it.verification_result, VerificationResult::Passed);
        assert_eq!((again.record(), again), (Some(digest), VerdictSummary::of(&record, &digest)));
    }

    #[test]
    fn only_an_admission_passes_and_dropping_our_fields_changes_no_answer() {
        for (outcome, result) in
            [(Outcome::Pass, "PASSED"), (Outcome::NotEstablished, "FAILED"), (Outcome::Fail, "FAILED")]
        {
            let record = record(outcome);
            let mut statement = VerdictSummary::of(&record, &Digest::of(b"record")).statement(&record);
            assert_eq!(statement.predicate["verificationResult"], result);
            assert_eq!(statement.predicate["verifiedLevels"][0] == "FAILED", result == "FAILED");
            statement.predicate.as_object_mut().unwrap().retain(|field, _| !field.starts_with("headworks_"));
            let bare = VerdictSummary::from_statement(&statement).unwrap();
            assert_eq!(bare.summary.verification_result == VerificationResult::Passed, result == "PASSED");
        }
    }

    #[test]
    fn the_summary_of_another_verifier_names_no_record_of_ours() {
        let record = record(Outcome::Pass);
        let mut vsa = VerdictSummary::of(&record, &Digest::of(b"record"));
        vsa.summary.verifier.id = "https://verifier.example".into();
        assert_eq!(vsa.record(), None);
        let mut statement = vsa.statement(&record);
        statement.predicate_type = "https://slsa.dev/provenance/v1".into();
        assert_eq!(VerdictSummary::from_statement(&statement), None);
    }
}
