//! What others signed about an artifact, verified by a trust store and held against its files.

use std::collections::BTreeMap;

use headworks_attest::Statement;
use headworks_attest::assessment::{About, Assessed, AssessmentError, Content, Judge, assess};
use headworks_attest::keyless::TrustedRoot;
use headworks_attest::oms::{self, Entry, EntryKind, HashType, Manifest, Tolerance};
use headworks_attest::provenance::{Document, Predicate, Provenance, documents};
use headworks_attest::trust::{Continuity, Decision, TrustStore};
use headworks_policy::input::TrustInput;
use headworks_types::{Artifact, Attestation, Digest, Standing};

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
    /// The root of keyless signatures.
    pub root: TrustedRoot,
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

impl Trust {
    /// What each of the attached documents is worth about the artifact, which is called `name`.
    pub(crate) fn assess(
        &self,
        attached: &[Attached],
        artifact: &Artifact,
        name: &str,
        now_ms: i64,
    ) -> Vec<Attestation> {
        let judge = Judge { store: &self.store, root: &self.root, now_ms };
        let sha256: Vec<Digest> =
            std::iter::once(artifact.digest).chain(artifact.files.iter().filter_map(|file| file.digest)).collect();
        let about = About { name, sha256: &sha256 };
        let each = |file: &Attached| match documents(&file.bytes) {
            Ok(found) => found.iter().map(|document| one(file, bytes(document), artifact, about, judge)).collect(),
            Err(error) => vec![invalid(file, &file.bytes, error.to_string())],
        };
        attached.iter().flat_map(each).collect()
    }

    /// What the policy may know of the trust store, and of who signed artifacts of this name before.
    pub(crate) fn input(&self, name: &str, attestations: &[Attestation]) -> TrustInput {
        let mut signatures = attestations.iter().filter(|each| each.predicate_type == oms::PREDICATE_TYPE);
        let publisher = signatures.find_map(|each| each.publisher.as_deref());
        let was = match self.store.continuity(name, publisher) {
            Continuity::NoLongerSigned { was } | Continuity::OtherPublisher { was, .. } => Some(was),
            Continuity::FirstSeen | Continuity::Same => None,
        };
        TrustInput { version: self.store.version, digest: self.digest, signed_before_by: was }
    }
}

fn bytes(document: &Document) -> &[u8] {
    match document {
        Document::Bundle(bytes) | Document::Envelope(bytes) => bytes,
    }
}

fn one(file: &Attached, document: &[u8], artifact: &Artifact, about: About<'_>, judge: Judge<'_>) -> Attestation {
    match assess(document, about, judge) {
        Ok(assessed) => verified(file, document, artifact, assessed),
        Err(error) => {
            let standing = match error {
                AssessmentError::NotEnrolled(_) => Standing::Unknown,
                _ => Standing::Invalid,
            };
            Attestation { standing, ..invalid(file, document, error.to_string()) }
        }
    }
}

fn verified(file: &Attached, document: &[u8], artifact: &Artifact, assessed: Assessed) -> Attestation {
    let Assessed { method, signer, decision, signed_ms, content } = assessed;
    let (standing, publisher, reason) = standing(decision);
    let attestation = Attestation {
        method: method.to_owned(),
        signer: Some(signer),
        publisher,
        standing,
        signed_at_ms: signed_ms,
        ..invalid(file, document, reason)
    };
    match content {
        Content::Manifest(manifest) => of_model(attestation, file, artifact, &manifest),
        Content::Statement(statement) => of_statement(attestation, &statement),
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

/// The type that a document says it is of, whoever wrote it, so that a broken signature is missed as one.
fn claimed_type(document: &[u8]) -> String {
    let envelope = headworks_attest::Bundle::from_json(document).map(|bundle| bundle.envelope);
    let envelope = envelope.ok().or_else(|| headworks_attest::Envelope::from_json(document).ok());
    let statement = envelope.and_then(|envelope| Statement::from_json(envelope.payload_unverified()).ok());
    statement.map(|statement| statement.predicate_type).unwrap_or_default()
}

fn standing(decision: Decision) -> (Standing, Option<String>, String) {
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

fn of_statement(attestation: Attestation, statement: &Statement) -> Attestation {
    let predicate_type = statement.predicate_type.clone();
    match Predicate::of(statement) {
        Ok(predicate) => Attestation { predicate_type, claims: claims(&predicate), ..attestation },
        Err(error) => {
            Attestation { predicate_type, standing: Standing::Invalid, reason: error.to_string(), ..attestation }
        }
    }
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
        ("succeeded", internal("/succeeded")),
        ("complete", internal("/complete")),
        ("source_dirty", internal("/source/dirty")),
        ("code_commit", commit.map(str::to_owned)),
    ]
}
