//! What others signed about an artifact, verified by a trust store and held against its files.

use std::collections::{BTreeMap, BTreeSet};

use headworks_attest::assessment::{About, Assessed, AssessmentError, Content, Judge, assess};
use headworks_attest::keyless::{Subject, TrustedRoot};
use headworks_attest::oms::{self, Entry, EntryKind, HashType, Manifest, Tolerance};
use headworks_attest::provenance::{Document, Material, Predicate, Provenance, documents, types};
use headworks_attest::trust::{Continuity, Decision, TrustStore};
use headworks_attest::{Bundle, Envelope, Statement, evaluation};
use headworks_policy::input::TrustInput;
use headworks_types::{Artifact, Attestation, Digest, FileEntry, History, Standing};

/// Largest file of signatures that is read, in bytes.
pub(crate) const BYTES_MAX: u64 = 64 << 20;

/// Name under which signers leave a signature beside the files of a model.
pub(crate) const SIGNATURE: &str = "model.sig";

/// Who may sign what, and what keyless signatures are verified with.
#[derive(Debug)]
pub struct Trust {
    /// The organisation's decisions about signers.
    pub store: TrustStore,
    /// Digest of their text.
    pub digest: Digest,
    /// The roots of keyless signatures.
    pub roots: Vec<TrustedRoot>,
    /// Digest of what names them.
    pub roots_digest: Digest,
}

/// A file of signatures, as it was given or found.
#[derive(Debug, Clone)]
pub struct Attached {
    /// Where it is from.
    pub source: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its path within the artifact, if it lies there.
    pub path: Option<String>,
}

/// An attestation, and what the store is asked about because of it.
#[derive(Debug)]
pub(crate) struct Assessment {
    pub(crate) attestation: Attestation,
    /// What it says the artifact was made from.
    pub(crate) materials: Vec<Material>,
    /// The plan that a result of an evaluation names.
    pub(crate) plan: Option<Digest>,
    /// Digest of its envelope, by which the log knows it.
    pub(crate) envelope: Option<Digest>,
    /// Whether it holds and is about something else.
    of_other: bool,
}

impl Trust {
    /// What each of the attached documents is worth about the artifact, which is called `name`.
    ///
    /// Summaries about the commits that enrolled provenance names count too: how a source was reviewed is said
    /// about the commit.
    pub(crate) fn assess(
        &self,
        attached: &[Attached],
        artifact: &Artifact,
        name: &str,
        now_ms: i64,
    ) -> Vec<Assessment> {
        let judge = Judge { store: &self.store, roots: &self.roots, now_ms };
        let subjects = subjects(artifact);
        let about = About { name, subjects: &subjects };
        let files: Vec<(&Attached, Vec<u8>)> = attached.iter().flat_map(signed_documents).collect();
        let mut all: Vec<Assessment> =
            files.iter().map(|(file, document)| one(file, document, artifact, about, judge)).collect();
        let commits = commits(&all);
        let sources: Vec<Subject<'_>> = commits.iter().map(|commit| Subject::GitCommit(commit)).collect();
        for (assessment, (file, document)) in all.iter_mut().zip(&files) {
            if assessment.of_other && assessment.attestation.predicate_type == types::VERIFICATION_SUMMARY {
                let about = About { name, subjects: &sources };
                *assessment = one(file, document, artifact, about, judge);
            }
        }
        all
    }

    /// What the policy may know of the trust store, and of who signed artifacts of this name before.
    pub(crate) fn input(&self, history: &History, attestations: &[Attestation]) -> TrustInput {
        let name = &history.known_as;
        let mut signatures = attestations.iter().filter(|each| each.predicate_type == oms::PREDICATE_TYPE);
        let publisher = signatures.find_map(|each| each.publisher.as_deref());
        let pinned = match self.store.continuity(name, publisher) {
            Continuity::NoLongerSigned { was } | Continuity::OtherPublisher { was, .. } => Some(was),
            Continuity::FirstSeen | Continuity::Same => None,
        };
        let admitted = history.admitted_before.as_ref().and_then(|before| before.publisher.as_deref());
        let was = pinned.or_else(|| admitted.filter(|&was| publisher != Some(was)).map(str::to_owned));
        TrustInput { version: self.store.version, digest: self.digest, signed_before_by: was }
    }
}

/// Whatever a statement may name the artifact by: its tree digest, the root of its model signature, its files.
fn subjects(artifact: &Artifact) -> Vec<Subject<'static>> {
    let files = artifact.files.iter().filter_map(|file| file.digest);
    wholes(artifact).chain(files).map(Subject::Sha256).collect()
}

/// The digests that stand for all files.
fn wholes(artifact: &Artifact) -> impl Iterator<Item = Digest> {
    let root = Manifest::of_artifact(artifact).ok().map(|manifest| manifest.root);
    std::iter::once(artifact.digest).chain(root)
}

/// The signed documents in a file; one that holds none is a document that shows nothing.
fn signed_documents(file: &Attached) -> Vec<(&Attached, Vec<u8>)> {
    match documents(&file.bytes) {
        Ok(found) if !found.is_empty() => found.iter().map(|document| (file, bytes(document).to_vec())).collect(),
        _ => vec![(file, file.bytes.clone())],
    }
}

fn bytes(document: &Document) -> &[u8] {
    match document {
        Document::Bundle(bytes) | Document::Envelope(bytes) => bytes,
    }
}

/// The commits that enrolled signers say the artifact was built from.
fn commits(all: &[Assessment]) -> BTreeSet<String> {
    let enrolled = all.iter().map(|each| &each.attestation).filter(|each| each.standing == Standing::Enrolled);
    let named = |each: &Attestation| {
        ["source_commit", "code_commit"].iter().filter_map(|claim| each.claims.get(*claim).cloned()).collect::<Vec<_>>()
    };
    enrolled.flat_map(named).collect()
}

fn one(file: &Attached, document: &[u8], artifact: &Artifact, about: About<'_>, judge: Judge<'_>) -> Assessment {
    match assess(document, about, judge) {
        Ok(assessed) => verified(file, document, artifact, assessed),
        Err(error) => {
            let standing = match error {
                AssessmentError::NotEnrolled(_) => Standing::Unknown,
                _ => Standing::Invalid,
            };
            let of_other = matches!(error, AssessmentError::OtherArtifact);
            let attestation = Attestation { standing, ..invalid(file, document, error.to_string()) };
            Assessment { attestation, materials: Vec::new(), plan: None, envelope: None, of_other }
        }
    }
}

fn verified(file: &Attached, document: &[u8], artifact: &Artifact, assessed: Assessed) -> Assessment {
    let (method, signer, signed_at_ms) =
        (assessed.signer.method().to_owned(), assessed.signer.to_string(), assessed.signed_ms());
    let (standing, publisher, reason) = standing(assessed.decision);
    let attestation = Attestation {
        method,
        signer: Some(signer),
        publisher,
        standing,
        signed_at_ms,
        ..invalid(file, document, reason)
    };
    let envelope = envelope(document).map(|envelope| Digest::of(&envelope.to_json()));
    let plain = |attestation| Assessment { attestation, materials: Vec::new(), plan: None, envelope, of_other: false };
    match assessed.content {
        Content::Manifest(manifest) => plain(of_model(attestation, file, artifact, &manifest)),
        Content::Artifact => plain(attestation),
        Content::Statement(statement) => match Predicate::of(&statement) {
            Ok(predicate) => Assessment {
                materials: predicate.materials(),
                plan: plan(&predicate),
                ..plain(of_statement(attestation, artifact, &statement, &predicate))
            },
            Err(error) => {
                let (predicate_type, reason) = (statement.predicate_type, error.to_string());
                plain(Attestation { predicate_type, standing: Standing::Invalid, reason, ..attestation })
            }
        },
    }
}

/// A document that shows nothing, for the reason given.
fn invalid(file: &Attached, document: &[u8], reason: String) -> Attestation {
    Attestation {
        source: file.source.clone(),
        digest: Digest::of(document),
        predicate_type: claimed_type(document),
        method: String::new(),
        signer: None,
        publisher: None,
        standing: Standing::Invalid,
        reason,
        signed_at_ms: None,
        problems: Vec::new(),
        uncovered: BTreeMap::new(),
        claims: BTreeMap::new(),
    }
}

fn envelope(document: &[u8]) -> Option<Envelope> {
    let envelope = Bundle::from_json(document).map(|bundle| bundle.envelope);
    envelope.ok().or_else(|| Envelope::from_json(document).ok())
}

/// The type that a document says it is of, whoever wrote it, so that a broken signature is missed as one.
fn claimed_type(document: &[u8]) -> String {
    let statement = envelope(document).and_then(|envelope| Statement::from_json(envelope.payload_unverified()).ok());
    statement.map(|statement| statement.predicate_type).unwrap_or_default()
}

pub(crate) fn standing(decision: Decision) -> (Standing, Option<String>, String) {
    match decision {
        Decision::Enrolled { publisher, .. } => {
            let reason = format!("signed by `{publisher}`");
            (Standing::Enrolled, Some(publisher), reason)
        }
        Decision::Unknown => (Standing::Unknown, None, "nobody enrolled the signer".to_owned()),
        Decision::NotForThis { publisher } => {
            let reason = format!("`{publisher}` is not enrolled for artifacts of this name in this role");
            (Standing::NotForThis, Some(publisher), reason)
        }
        Decision::Revoked { since, reason } => {
            (Standing::Revoked, None, format!("the signer was revoked on {since}: {reason}"))
        }
        Decision::OutOfWindow { publisher } => {
            let reason = format!("the signer of `{publisher}` counts at other times only");
            (Standing::OutOfWindow, Some(publisher), reason)
        }
        Decision::Stale { stale_after_days, .. } => {
            let reason = format!("the trust store was not reviewed in the last {stale_after_days} days");
            (Standing::Stale, None, reason)
        }
    }
}

/// Holds the artifact's files against the manifest by the digests that are known already.
fn of_model(attestation: Attestation, file: &Attached, artifact: &Artifact, manifest: &Manifest) -> Attestation {
    let attestation = Attestation { predicate_type: oms::PREDICATE_TYPE.to_owned(), ..attestation };
    if manifest.serialization.hash != HashType::Sha256 || manifest.serialization.shard_bytes.is_some() {
        let reason = "it signs pieces of files or another hash; `headworks verify` compares those".to_owned();
        return Attestation { standing: Standing::NotCompared, reason, ..attestation };
    }
    let of_file = |file: &headworks_types::FileEntry| Entry {
        path: file.path.clone(),
        kind: EntryKind::File { bytes: file.bytes, executable: false, linked: false },
    };
    let entries: Vec<Entry> = artifact.files.iter().map(of_file).collect();
    let tolerance = Tolerance { signature_path: file.path.clone(), ..Tolerance::default() };
    let mut comparison = manifest.compare(&entries, &tolerance);
    for entry in &artifact.files {
        let resources = comparison.to_hash.get(&entry.path).cloned().unwrap_or_default();
        for resource in resources.iter().filter_map(|&index| manifest.resources.get(index)) {
            comparison.content(resource, &entry.path, entry.digest.map(|digest| digest.hex()).unwrap_or_default());
        }
    }
    let uncovered = comparison.uncovered.iter().filter(|each| each.reason != oms::Reason::Signature);
    Attestation {
        problems: comparison.problems.iter().map(ToString::to_string).collect(),
        uncovered: uncovered.map(|each| (each.path.clone(), each.reason.describe().to_owned())).collect(),
        claims: [("root".to_owned(), manifest.root.to_string()), ("signed_as".to_owned(), manifest.name.clone())]
            .into(),
        ..attestation
    }
}

/// What a statement says, and which files it does not name: what is said of one file is not said of the others.
fn of_statement(
    attestation: Attestation,
    artifact: &Artifact,
    statement: &Statement,
    predicate: &Predicate,
) -> Attestation {
    let mut claims = claims(predicate);
    let whole = wholes(artifact).any(|digest| statement.is_about(&digest.hex()));
    let named: BTreeSet<&str> =
        statement.subject.iter().filter_map(|subject| subject.digest.get("sha256").map(String::as_str)).collect();
    let unnamed = |file: &&FileEntry| {
        file.path != SIGNATURE && file.digest.is_none_or(|digest| !named.contains(digest.hex().as_str()))
    };
    // Only what names nothing of the artifact is about its source; a commit beside a file covers no other file.
    let about_source = !whole && artifact.files.iter().all(|file| unnamed(&file));
    let commit = statement.subject.iter().find_map(|subject| subject.digest.get("gitCommit").cloned());
    let commit = commit.filter(|_| about_source);
    let uncovered = match whole || commit.is_some() {
        true => BTreeMap::new(),
        false => artifact
            .files
            .iter()
            .filter(unnamed)
            .map(|file| (file.path.clone(), "the statement does not name it".to_owned()))
            .collect(),
    };
    claims.extend(commit.map(|commit| ("commit".to_owned(), commit)));
    Attestation { predicate_type: statement.predicate_type.clone(), claims, uncovered, ..attestation }
}

/// The plan that a result names.
fn plan(predicate: &Predicate) -> Option<Digest> {
    let Predicate::TestResult(result) = predicate else { return None };
    let plan = result.configuration.iter().find(|input| input.name == evaluation::PLAN)?;
    format!("sha256:{}", plan.digest.get("sha256")?).parse().ok()
}

fn claims(predicate: &Predicate) -> BTreeMap<String, String> {
    let pairs: Vec<(&str, Option<String>)> = match predicate {
        Predicate::Provenance(provenance) => provenance_claims(provenance),
        Predicate::VerificationSummary(summary) => vec![
            ("verifier", Some(summary.verifier.id.clone())),
            ("result", Some(format!("{:?}", summary.verification_result).to_uppercase())),
            ("levels", Some(summary.verified_levels.join(" "))),
            ("resource", Some(summary.resource_uri.clone())),
        ],
        Predicate::TestResult(result) => vec![
            ("result", Some(format!("{:?}", result.result).to_uppercase())),
            ("failed_tests", Some(result.failed_tests.join(" "))),
        ],
        _ => Vec::new(),
    };
    pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// What precedes the kind in the build types of `headworks run`.
const OWN_BUILD_TYPES: &str = "https://github.com/headworks/headworks/buildtypes/";

fn provenance_claims(provenance: &Provenance) -> Vec<(&'static str, Option<String>)> {
    let source = provenance.source.as_ref();
    let mut claims = vec![
        ("builder", Some(provenance.builder.clone())),
        ("build_type", Some(provenance.build_type.clone())),
        ("source_repository", source.map(|source| source.repository.clone())),
        ("source_commit", source.and_then(|source| source.commit.clone())),
        ("source_ref", source.and_then(|source| source.git_ref.clone())),
    ];
    if provenance.build_type.starts_with(OWN_BUILD_TYPES) {
        claims.extend(training_claims(provenance));
    }
    claims
}

/// What a training manifest must state; a fact that is not stated, or not of its kind, is no claim.
fn training_claims(provenance: &Provenance) -> Vec<(&'static str, Option<String>)> {
    let stated = |field: &str| {
        let value = provenance.parameters.get(field)?;
        let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(|map| map.is_empty());
        (!value.is_null() && !empty).then(|| "stated".to_owned())
    };
    let internal = |pointer: &str| Some(provenance.internal_parameters.pointer(pointer)?.as_bool()?.to_string());
    let commit = provenance.internal_parameters.pointer("/source/commit").and_then(serde_json::Value::as_str);
    vec![
        ("mixture", stated("mixture")),
        ("hyperparameters", stated("hyperparameters")),
        ("seeds", stated("seeds")),
        ("licences", licences(&provenance.parameters)),
        ("succeeded", internal("/succeeded")),
        ("complete", internal("/complete")),
        ("source_dirty", internal("/source/dirty")),
        ("code_commit", commit.map(str::to_owned)),
    ]
}

fn licences(parameters: &serde_json::Value) -> Option<String> {
    let licences = parameters.get("licences")?.as_array()?.iter().filter_map(serde_json::Value::as_str);
    let licences: Vec<&str> = licences.collect();
    (!licences.is_empty()).then(|| licences.join(" AND "))
}
