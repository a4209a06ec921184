//! What the store knows of an artifact before it is judged: its ancestors, its training run, its name, its plans.

use std::collections::BTreeMap;

use headworks_attest::oms::Manifest;
use headworks_attest::provenance::{Material, types};
use headworks_attest::training::{self, Chain, Event, TrainingError};
use headworks_attest::trust::{Decision, Role, SignedBy, When};
use headworks_attest::{Envelope, PublicKey, Statement, evaluation};
use headworks_store::{Entry, Store, StoreError};
use headworks_types::{
    Admission, AdmittedBefore, Ancestor, Ancestors, Artifact, Attestation, Digest, History, PlannedResult,
    RunCheckpoint, Standing,
};

use crate::attestations::{Assessment, Trust, standing};

/// Ancestors that are named one by one when they were not admitted.
const NAMED_MAX: usize = 8;

/// Ancestors of one role that a record keeps, for the graph.
const THINGS_MAX: usize = 4096;

/// Longest name of an ancestor that is kept, in characters.
const NAME_CHARS_MAX: usize = 256;

/// What is asked of the store.
#[derive(Clone, Copy)]
pub(crate) struct Recall<'a> {
    pub(crate) store: &'a Store,
    pub(crate) trust: Option<&'a Trust>,
    pub(crate) tier: &'a str,
    pub(crate) now_ms: i64,
}

impl Recall<'_> {
    /// What the store knows of the artifact, which is called `name`.
    pub(crate) async fn history(
        self,
        artifact: &Artifact,
        name: &str,
        assessments: &[Assessment],
    ) -> Result<History, StoreError> {
        let mut history = History {
            known_as: name.to_owned(),
            checkpoint: self.checkpoint(artifact).await?,
            admitted_before: self.admitted_before(artifact, name).await?,
            ..History::default()
        };
        for assessment in assessments.iter().filter(|each| each.attestation.standing == Standing::Enrolled) {
            history.ancestors.extend(self.ancestors(artifact, assessment).await?);
            history.plans.extend(self.plan(assessment, name).await?);
        }
        Ok(history)
    }

    async fn ancestors(self, artifact: &Artifact, assessment: &Assessment) -> Result<Vec<Ancestors>, StoreError> {
        let mut by_role: BTreeMap<&str, Ancestors> = BTreeMap::new();
        for material in &assessment.materials {
            // What was handed over as it is has no other history than the artifact itself.
            if material.sha256.is_some_and(|digest| is_of(artifact, &digest)) {
                continue;
            }
            let admission = self.admission(material).await?;
            let ancestors = by_role.entry(material.role).or_insert_with(|| Ancestors {
                source: assessment.attestation.source.clone(),
                role: material.role.to_owned(),
                admitted: 0,
                refused: 0,
                unknown: 0,
                named: Vec::new(),
                things: Vec::new(),
            });
            if ancestors.things.len() < THINGS_MAX {
                let name = material.name.chars().take(NAME_CHARS_MAX).collect();
                ancestors.things.push(Ancestor { name, digest: material.sha256 });
            }
            match admission {
                Some(Admission::Admit) => ancestors.admitted += 1,
                Some(Admission::Refuse) => ancestors.refused += 1,
                Some(Admission::Hold) | None => ancestors.unknown += 1,
            }
            if admission != Some(Admission::Admit) && ancestors.named.len() < NAMED_MAX {
                ancestors.named.push(material.name.clone());
            }
        }
        Ok(by_role.into_values().collect())
    }

    /// What was decided of a material by the same tier: that some artifact with it was admitted, or else refused.
    async fn admission(self, material: &Material) -> Result<Option<Admission>, StoreError> {
        let Some(digest) = material.sha256 else { return Ok(None) };
        let newest = self.store.newest_about(&digest, self.tier).await?;
        let any = |admission| newest.iter().any(|entry| entry.admission == admission).then_some(admission);
        Ok(any(Admission::Admit).or_else(|| any(Admission::Refuse)).or_else(|| any(Admission::Hold)))
    }

    async fn admitted_before(self, artifact: &Artifact, name: &str) -> Result<Option<AdmittedBefore>, StoreError> {
        let Some(entry) = self.store.admitted_as(name, &artifact.digest).await? else { return Ok(None) };
        let Entry { digest, artifact, decided_at_ms, .. } = entry;
        let attestations = self.store.read(&digest)?.examination.attestations;
        let signed = |each: &&Attestation| {
            each.standing == Standing::Enrolled && each.predicate_type == headworks_attest::oms::PREDICATE_TYPE
        };
        let publisher = attestations.iter().find(signed).and_then(|each| each.publisher.clone());
        Ok(Some(AdmittedBefore { artifact, publisher, decided_at_ms }))
    }

    /// The place of the artifact in a training run whose checkpoint has these files.
    async fn checkpoint(self, artifact: &Artifact) -> Result<Option<RunCheckpoint>, StoreError> {
        let Ok(Manifest { root, .. }) = Manifest::of_artifact(artifact) else { return Ok(None) };
        let recorded = self.store.log().find(&root).await?;
        let mut events = recorded.iter().rev().filter(|entry| entry.leaf.predicate_type == training::PREDICATE_TYPE);
        let Some(entry) = events.next() else { return Ok(None) };
        let Some(run) = Event::claimed_run(&self.store.log().envelope(entry)?) else { return Ok(None) };
        let all = self.store.log().find(&Event::run_subject(&run)).await?;
        let all: Vec<Envelope> = all.iter().map(|entry| self.store.log().envelope(entry)).collect::<Result<_, _>>()?;
        Ok(Some(self.place(run, &root, &all)))
    }

    fn place(self, run: String, root: &Digest, events: &[Envelope]) -> RunCheckpoint {
        let unknown = RunCheckpoint {
            run,
            step: 0,
            newest_step: 0,
            newest: false,
            publisher: None,
            standing: Standing::Unknown,
            reason: "no enrolled key signed the events of the run".to_owned(),
        };
        let mut broken = None;
        for key in self.keys() {
            match Chain::verify(&unknown.run, events, &key) {
                Ok(chain) => return self.place_in(&chain, root, &key, unknown),
                // The first event is by another key; after that, the chain is by this one and does not hold.
                Err(TrainingError::Statement { seq: 0, .. }) => {}
                Err(error) => broken = Some(error.to_string()),
            }
        }
        match broken {
            Some(reason) => RunCheckpoint { standing: Standing::Invalid, reason, ..unknown },
            None => unknown,
        }
    }

    fn place_in(self, chain: &Chain, root: &Digest, key: &PublicKey, unknown: RunCheckpoint) -> RunCheckpoint {
        let (Some(event), Ok(newest)) = (chain.newest_with(root), chain.newest()) else { return unknown };
        let (standing, publisher, reason) = standing(self.decide(key, Role::Checkpoints, &unknown.run));
        RunCheckpoint {
            step: event.step,
            newest_step: newest.step,
            newest: newest.root.as_ref() == Some(root),
            publisher,
            standing,
            reason,
            ..unknown
        }
    }

    /// The plan that a result names, and whether it was registered before the result.
    async fn plan(self, assessment: &Assessment, name: &str) -> Result<Option<PlannedResult>, StoreError> {
        let Some(plan) = assessment.plan else { return Ok(None) };
        let mut planned = PlannedResult {
            result: assessment.attestation.digest,
            plan,
            registered_by: None,
            registered_at: None,
            logged_at: None,
        };
        if let Some(envelope) = assessment.envelope {
            planned.logged_at = self.store.log().entry_of(&envelope).await?.map(|entry| entry.index);
        }
        for entry in self.store.log().find(&plan).await? {
            if entry.leaf.predicate_type != types::SCAI {
                continue;
            }
            if let Some(publisher) = self.registrar(&self.store.log().envelope(&entry)?, &plan, name) {
                (planned.registered_by, planned.registered_at) = (Some(publisher), Some(entry.index));
                break;
            }
        }
        Ok(Some(planned))
    }

    /// Who is enrolled for evaluations and signed that the plan is registered.
    fn registrar(self, envelope: &Envelope, plan: &Digest, name: &str) -> Option<String> {
        let signed = |key: &PublicKey| {
            Statement::verify(envelope, key).is_ok_and(|statement| evaluation::registers(&statement, plan))
        };
        let key = self.keys().find(signed)?;
        match self.decide(&key, Role::Evaluation, name) {
            Decision::Enrolled { publisher, .. } => Some(publisher),
            _ => None,
        }
    }

    fn keys(self) -> impl Iterator<Item = PublicKey> {
        let keys = self.trust.map(|trust| trust.store.keys.as_slice()).unwrap_or_default();
        keys.iter().filter_map(|key| PublicKey::from_pem(key.pem.as_bytes()).ok())
    }

    fn decide(self, key: &PublicKey, role: Role, name: &str) -> Decision {
        let when = When { now_ms: self.now_ms, signed_ms: None };
        let decide = |trust: &Trust| trust.store.decide(SignedBy::Key(key.digest()), role, name, when);
        self.trust.map_or(Decision::Unknown, decide)
    }
}

fn is_of(artifact: &Artifact, digest: &Digest) -> bool {
    artifact.digest == *digest || artifact.files.iter().any(|file| file.digest.as_ref() == Some(digest))
}
