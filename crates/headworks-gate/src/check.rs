//! The whole flow for one artifact, from its files to its record.

use std::collections::BTreeMap;

use headworks_attest::oms::Manifest;
use headworks_policy::{Policy, PolicyError, PolicyInput, Waivers};
use headworks_report::bom::{self, Bom, Surroundings};
use headworks_rules::Profiles;
use headworks_store::{AdvisoriesError, Entry, Store, StoreError};
use headworks_types::{
    Admission, Artifact, Attestation, Digest, Examination, Fact, FactKind, History, Inputs, Limits, Record, Verdict,
    VulnerabilityAssessment, fact::FileFact,
};

use crate::acquire::Acquired;
use crate::advised::Advised;
use crate::attestations::{Assessment, Trust};
use crate::examine::{examine_identified, identify};
use crate::history::Recall;
use crate::progress::{Meter, Progress};
use crate::provenance::{self, Name};

/// What artifacts are judged by.
#[derive(Debug)]
pub struct Gate {
    /// The policy.
    pub policy: Policy,
    /// Tier of the policy to apply.
    pub tier: String,
    /// Exceptions that somebody answers for.
    pub waivers: Waivers,
    /// Callables that a pickle may use.
    pub profiles: Profiles,
    /// Bounds on what inspection may cost.
    pub limits: Limits,
    /// Who may sign what; without it no signature counts.
    pub trust: Option<Trust>,
    /// Copies of advisories; without them no package is assessed.
    pub advised: Option<Advised>,
    /// What the artifact is called by its publisher, in place of what its place says.
    pub artifact_name: Option<String>,
}

/// The outcome of a check.
#[derive(Debug)]
pub struct Checked {
    /// The verdict with all that it rests on.
    pub record: Record,
    /// Where it is stored, when it is.
    pub entry: Option<Entry>,
    /// Whether an earlier record already said the same about the same bytes.
    pub reused: bool,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The policy could not be evaluated.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The copies of advisories could not be read.
    #[error(transparent)]
    Advisories(#[from] AdvisoriesError),
    /// The record could not be stored; a verdict that leaves no evidence is none.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Gate {
    /// Checks an artifact and records the verdict in `store`, when one is given.
    ///
    /// Bytes that were inspected before under the same rules and limits are hashed but not inspected
    /// again. The policy is always evaluated anew, because time may change what it says; the earlier
    /// record is reused when it says the same.
    ///
    /// # Errors
    /// When the policy or the store fails. What is wrong with the artifact is evidence, not an error.
    pub async fn check(
        &self,
        acquired: &Acquired,
        store: Option<&Store>,
        now_ms: i64,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Checked, GateError> {
        let meter = Meter::new(acquired, 2, progress);
        let artifact = identify(acquired, &meter);
        let inputs = self.inputs(now_ms, store.is_some());
        let name = self.artifact_name.clone().unwrap_or_else(|| acquired.published_name());
        let assessments = self.assess(acquired, &artifact, &name, now_ms);
        let attestations: Vec<Attestation> = assessments.iter().map(|each| each.attestation.clone()).collect();
        let history = match store {
            Some(store) => {
                let recall = Recall { store, trust: self.trust.as_ref(), tier: &self.tier, now_ms };
                recall.history(&artifact, &name, &assessments).await?
            }
            None => History { known_as: name.clone(), ..History::default() },
        };
        let decide = |examination: &Examination| self.decide(examination, store.is_some(), now_ms);
        if let Some(store) = store
            && let Some(entry) = store.newest(&artifact.digest, &self.tier, &inputs).await?
        {
            let record = store.read(&entry.digest)?;
            let Examination { attestations: known, history: remembered, .. } = &record.examination;
            let advised = self.advise(&record.examination, now_ms).await?;
            let same_evidence = *known == attestations
                && *remembered == history
                && record.examination.vulnerabilities == advised
                && was_made_of(&record, acquired);
            if same_evidence && decide(&record.examination)? == record.verdict {
                return Ok(Checked { record, entry: Some(entry), reused: true });
            }
        }
        let mut examination = examine_identified(acquired, artifact, &self.profiles, &self.limits, &meter);
        let revision = acquired.revision();
        let name = Name { name: &name, revision: revision.as_deref(), given: self.artifact_name.is_some() };
        examination.provenance = provenance::record(name, &examination, &assessments);
        examination.vulnerabilities = self.advise(&examination, now_ms).await?;
        (examination.attestations, examination.history) = (attestations, history);
        let verdict = decide(&examination)?;
        let schema = headworks_types::record::SCHEMA.to_owned();
        let record = Record { schema, verdict, examination, inputs };
        let entry = match store {
            Some(store) => Some(store.append(&record).await?),
            None => None,
        };
        Ok(Checked { record, entry, reused: false })
    }

    fn assess(&self, acquired: &Acquired, artifact: &Artifact, name: &str, now_ms: i64) -> Vec<Assessment> {
        let assess = |trust: &Trust| trust.assess(&acquired.signatures(), artifact, name, now_ms);
        self.trust.as_ref().map(assess).unwrap_or_default()
    }

    async fn advise(
        &self,
        examination: &Examination,
        now_ms: i64,
    ) -> Result<Option<VulnerabilityAssessment>, AdvisoriesError> {
        match &self.advised {
            Some(advised) => advised.assess(&examination.facts, &examination.artifact.files, now_ms).await.map(Some),
            None => Ok(None),
        }
    }

    fn decide(&self, examination: &Examination, recorded: bool, now_ms: i64) -> Result<Verdict, PolicyError> {
        let Examination { artifact, attestations, history, .. } = examination;
        let trust = self.trust.as_ref().map(|trust| trust.input(history, attestations));
        let unsignable = Manifest::of_artifact(artifact).err().map(|error| error.to_string());
        let input = PolicyInput::new(examination, &self.tier, now_ms);
        let elements = bill_of_materials(examination);
        let input = input.with_trust(trust).with_recording(recorded, unsignable).with_elements(elements);
        self.policy.decide(&input, &self.waivers, now_ms)
    }

    fn inputs(&self, now_ms: i64, recorded: bool) -> Inputs {
        let limits = serde_json::to_vec(&self.limits).expect("limits are plain data");
        let rules = format!("{}\n{}\n", headworks_rules::reference_digest(), self.profiles.digest());
        let digests = |trust: &Trust| format!("{}\n{}", trust.digest, trust.roots_digest);
        let trust = self.trust.as_ref().map(digests).unwrap_or_default();
        let policy = format!("{}\n{}\n{trust}\n{recorded}\n", self.policy.digest(), self.waivers.digest());
        Inputs {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            rules: Digest::of(rules.as_bytes()),
            policy: Digest::of(policy.as_bytes()),
            limits: Digest::of(&limits),
            decided_at_ms: now_ms,
        }
    }
}

impl Checked {
    /// The answer.
    pub fn admission(&self) -> Admission {
        self.record.verdict.admission
    }
}

/// How much a bill of materials of the artifact would say, by the ids of the minimum elements.
fn bill_of_materials(examination: &Examination) -> BTreeMap<String, String> {
    let bom = Bom::of(examination, &[], env!("CARGO_PKG_VERSION"), &Surroundings::default());
    let elements = bom::elements(&bom, ("CycloneDX", "1.7"), false).into_iter();
    elements.map(|element| (element.id.to_owned(), element.state.word().to_owned())).collect()
}

/// Whether a record rests on what the file system shows now.
///
/// The tree digest covers names and contents. Links that lead out and special files have neither.
fn was_made_of(record: &Record, acquired: &Acquired) -> bool {
    let examination = &record.examination;
    let is_of_tree = |fact: &&Fact| {
        matches!(fact.kind, FactKind::File(FileFact::OutOfTreeLink { .. } | FileFact::SpecialFile { .. }))
    };
    let readable = examination.artifact.files.iter().all(|file| file.digest.is_some());
    readable
        && examination.artifact.kind == acquired.kind
        && examination.facts.starts_with(&acquired.facts)
        && examination.facts.iter().filter(is_of_tree).eq(acquired.facts.iter().filter(is_of_tree))
}
