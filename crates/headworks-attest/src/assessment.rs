//! What a signed document is worth about one artifact, by a trust store.
//!
//! The store decides which signers are looked for at all: a key or a certificate that nobody enrolled cannot
//! verify anything here, and a keyless identity that can be verified is still a stranger's until it is enrolled.

use std::fmt;

use headworks_types::Digest;
use serde::Serialize;

use crate::bundle::{Bundle, BundleError, Material};
use crate::certificate::{Certificate, CertificateError, find_path};
use crate::dsse::Envelope;
use crate::keyless::{self, KeylessError, Signed, Signer, Subject, TrustedRoot};
use crate::keys::PublicKey;
use crate::oms::{self, Manifest, OmsError, Signature};
use crate::provenance::types;
use crate::statement::{Statement, StatementError};
use crate::training;
use crate::trust::{Decision, Role, SignedBy, TrustStore, When};

/// The artifact that documents are to be about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Its name, by which the store says who may sign it.
    pub name: &'a str,
    /// It, each of its files, or the commit it was built from: whatever a statement may name it by.
    pub subjects: &'a [Subject<'a>],
}

/// What is decided by, and when.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    /// Who may sign what.
    pub store: &'a TrustStore,
    /// What keyless signatures are verified with; one of them has to do.
    pub roots: &'a [TrustedRoot],
    /// The present, in milliseconds since 1970.
    pub now_ms: i64,
}

/// A document whose signature holds, by a signer that the store was asked about.
#[derive(Debug, Clone)]
pub struct Assessed {
    /// Who verifiably signed.
    pub signer: Signatory,
    /// What the store says of the signer.
    pub decision: Decision,
    /// Whether a log of the root shows the signature.
    pub logged: bool,
    /// Every time that a log or a timestamp authority vouches for, in milliseconds since 1970.
    pub times_ms: Vec<i64>,
    /// What it says.
    pub content: Content,
}

/// Who verifiably signed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Signatory {
    /// The key with this digest.
    Key(Digest),
    /// The certificate with the first digest, verified under the others.
    Certificates(Vec<Digest>),
    /// A keyless identity.
    Identity(Box<Signer>),
}

/// What a document says.
#[derive(Debug, Clone)]
pub enum Content {
    /// The files of a model.
    Manifest(Manifest),
    /// Anything else.
    Statement(Statement),
    /// Nothing: the artifact itself is signed.
    Artifact,
}

/// Why a document shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum AssessmentError {
    /// It is by a key or certificate that nobody enrolled, or says so.
    #[error("no enrolled {0} signed it")]
    NotEnrolled(&'static str),
    /// It is a model signature that does not hold.
    #[error(transparent)]
    Oms(#[from] OmsError),
    /// It is a signature that does not hold.
    #[error(transparent)]
    Signature(#[from] KeylessError),
    /// Its certificates do not count.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// It is no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It is about something else.
    #[error("it is about another artifact")]
    OtherArtifact,
}

/// Assesses one signed document: a Sigstore bundle or a bare DSSE envelope, as JSON.
///
/// # Errors
/// When its signature does not hold, nobody enrolled could have made it, or it is about something else.
pub fn assess(document: &[u8], about: About<'_>, judge: Judge<'_>) -> Result<Assessed, AssessmentError> {
    match Bundle::from_json(document) {
        Ok(bundle) => of_bundle(document, &bundle, about, judge),
        Err(BundleError::NoEnvelope) => of_artifact(document, about, judge),
        Err(_) => of_envelope(&Envelope::from_json(document).map_err(StatementError::from)?, about, judge),
    }
}

/// The statement in a bundle that a certificate signed which leads to one of `roots`, and the path, the signer first.
///
/// # Errors
/// When the bundle has no chain, there is no path that is valid at `unix_seconds`, or the signature does not hold.
pub fn by_certificate(
    bundle: &Bundle,
    roots: &[Certificate],
    unix_seconds: u64,
) -> Result<(Statement, Vec<Certificate>), AssessmentError> {
    let Material::Chain(chain) = &bundle.material else { return Err(AssessmentError::NotEnrolled("certificate")) };
    let read = |(index, der): (usize, &Vec<u8>)| Certificate::from_der(der, index);
    let chain: Vec<Certificate> = chain.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    let path = find_path(&chain, roots, unix_seconds)?;
    let signer = path.first().ok_or(CertificateError::None)?;
    Ok((Statement::verify(&bundle.envelope, signer.key())?, path))
}

fn of_bundle(
    document: &[u8],
    bundle: &Bundle,
    about: About<'_>,
    judge: Judge<'_>,
) -> Result<Assessed, AssessmentError> {
    let claimed = Statement::from_json(bundle.envelope.payload_unverified())?;
    if claimed.predicate_type == oms::PREDICATE_TYPE {
        return model_signature(document, about, judge);
    }
    let subject = about.subject(&claimed)?;
    match &bundle.material {
        Material::Certificate(_) => {
            let found = judge.by_a_root(|root| keyless::authenticate(document, subject, root, judge.now_ms))?;
            Ok(judge.signed(Signatory::Identity(Box::new(found.signer)), found.signed, about))
        }
        Material::KeyHint(hint) => {
            // A key that is named and does not hold is a broken signature; one that nobody has is a stranger's.
            if let Some(key) = judge.keys().find(|key| oms::hint(key) == *hint) {
                let signed =
                    judge.by_a_root(|root| keyless::verify_key(document, subject, &key, root, judge.now_ms))?;
                return Ok(judge.signed(Signatory::Key(key.digest()), signed, about));
            }
            by_any_key(document, subject, about, judge)
        }
        Material::RawKey(_) => by_any_key(document, subject, about, judge),
        Material::Chain(_) => {
            let roots: Vec<Certificate> = judge.certificates().collect();
            let (statement, path) = by_certificate(bundle, &roots, judge.unix_seconds())?;
            let signer = Signatory::Certificates(path.iter().map(Certificate::digest).collect());
            Ok(judge.assessed(signer, false, Vec::new(), about, Content::Statement(statement)))
        }
    }
}

/// A bare envelope names no signer that could be believed, so every enrolled key is tried.
fn of_envelope(envelope: &Envelope, about: About<'_>, judge: Judge<'_>) -> Result<Assessed, AssessmentError> {
    let verified = judge.keys().find_map(|key| Some((Statement::verify(envelope, &key).ok()?, key)));
    let (statement, key) = verified.ok_or(AssessmentError::NotEnrolled("key"))?;
    about.subject(&statement)?;
    Ok(judge.assessed(Signatory::Key(key.digest()), false, Vec::new(), about, Content::Statement(statement)))
}

/// A signature over the artifact itself, with no statement.
fn of_artifact(document: &[u8], about: About<'_>, judge: Judge<'_>) -> Result<Assessed, AssessmentError> {
    let mut refused = AssessmentError::OtherArtifact;
    for &subject in about.subjects {
        if let Ok(assessed) = by_any_key(document, subject, about, judge) {
            return Ok(assessed);
        }
        match judge.by_a_root(|root| keyless::authenticate(document, subject, root, judge.now_ms)) {
            Ok(found) => return Ok(judge.signed(Signatory::Identity(Box::new(found.signer)), found.signed, about)),
            Err(error) => refused = error.into(),
        }
    }
    Err(refused)
}

fn by_any_key(
    document: &[u8],
    subject: Subject<'_>,
    about: About<'_>,
    judge: Judge<'_>,
) -> Result<Assessed, AssessmentError> {
    let verify = |key: PublicKey| {
        let signed = judge.by_a_root(|root| keyless::verify_key(document, subject, &key, root, judge.now_ms)).ok()?;
        Some(judge.signed(Signatory::Key(key.digest()), signed, about))
    };
    judge.keys().find_map(verify).ok_or(AssessmentError::NotEnrolled("key"))
}

fn model_signature(document: &[u8], about: About<'_>, judge: Judge<'_>) -> Result<Assessed, AssessmentError> {
    let signature = Signature::read(document, false)?;
    match &signature.bundle().material {
        Material::KeyHint(hint) => {
            let key = judge.keys().find(|key| oms::hint(key) == *hint).ok_or(AssessmentError::NotEnrolled("key"))?;
            let manifest = Content::Manifest(signature.verify_key(&key)?);
            Ok(judge.assessed(Signatory::Key(key.digest()), false, Vec::new(), about, manifest))
        }
        Material::Chain(_) => {
            let roots: Vec<Certificate> = judge.certificates().collect();
            let certified = signature.verify_certificate(&roots, &[], judge.unix_seconds())?;
            let signer = Signatory::Certificates(certified.path.iter().map(Certificate::digest).collect());
            Ok(judge.assessed(signer, false, Vec::new(), about, Content::Manifest(certified.manifest)))
        }
        Material::Certificate(_) => {
            let (manifest, found) = judge.by_a_root(|root| signature.authenticate_keyless(root, judge.now_ms))?;
            let Signed { logged, times_ms, .. } = found.signed;
            let signer = Signatory::Identity(Box::new(found.signer));
            Ok(judge.assessed(signer, logged, times_ms, about, Content::Manifest(manifest)))
        }
        Material::RawKey(_) => Err(OmsError::LegacyForm.into()),
    }
}

impl<'a> About<'a> {
    /// What a statement names that is the artifact, or a part of it.
    fn subject(&self, statement: &Statement) -> Result<Subject<'a>, AssessmentError> {
        let found = self.subjects.iter().find(|subject| subject.is_of(statement));
        found.copied().ok_or(AssessmentError::OtherArtifact)
    }
}

impl Judge<'_> {
    fn keys(&self) -> impl Iterator<Item = PublicKey> {
        self.store.keys.iter().filter_map(|key| PublicKey::from_pem(key.pem.as_bytes()).ok())
    }

    /// What holds under one of the roots; else why it does not under the first.
    fn by_a_root<T, E: From<KeylessError>>(&self, verify: impl Fn(&TrustedRoot) -> Result<T, E>) -> Result<T, E> {
        let mut refused = None;
        for root in self.roots {
            match verify(root) {
                Ok(found) => return Ok(found),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| KeylessError::NoRoot.into()))
    }

    fn certificates(&self) -> impl Iterator<Item = Certificate> {
        let all = self.store.certificates.iter().filter_map(|each| Certificate::all_from_pem(each.pem.as_bytes()).ok());
        all.flatten()
    }

    fn unix_seconds(&self) -> u64 {
        u64::try_from(self.now_ms.div_euclid(1000)).unwrap_or_default()
    }

    fn signed(&self, signer: Signatory, signed: Signed, about: About<'_>) -> Assessed {
        let Signed { statement, logged, times_ms, .. } = signed;
        self.assessed(signer, logged, times_ms, about, statement.map_or(Content::Artifact, Content::Statement))
    }

    fn assessed(
        &self,
        signer: Signatory,
        logged: bool,
        times_ms: Vec<i64>,
        about: About<'_>,
        content: Content,
    ) -> Assessed {
        // The latest of the times, so that no single one of them makes a signature look older.
        let when = When { now_ms: self.now_ms, signed_ms: times_ms.iter().max().copied() };
        let decision = self.store.decide(signer.signed_by(), content.role(), about.name, when);
        Assessed { signer, decision, logged, times_ms, content }
    }
}

impl Assessed {
    /// When it was signed, if somebody vouches for that.
    pub fn signed_ms(&self) -> Option<i64> {
        self.times_ms.iter().max().copied()
    }
}

impl Signatory {
    /// The same, for the store to decide about.
    pub fn signed_by(&self) -> SignedBy<'_> {
        match self {
            Self::Key(digest) => SignedBy::Key(*digest),
            Self::Certificates(path) => SignedBy::Certificates(path),
            Self::Identity(signer) => SignedBy::Identity(signer),
        }
    }

    /// How it signs: `key`, `certificate` or `sigstore`.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Certificates(_) => "certificate",
            Self::Identity(_) => "sigstore",
        }
    }
}

impl fmt::Display for Signatory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(digest) => digest.fmt(f),
            Self::Certificates(path) => path.first().map_or(Ok(()), |digest| digest.fmt(f)),
            Self::Identity(signer) => signer.fmt(f),
        }
    }
}

impl Content {
    /// What one must be enrolled for to say such a thing.
    fn role(&self) -> Role {
        let statement = match self {
            Self::Manifest(_) | Self::Artifact => return Role::Models,
            Self::Statement(statement) => statement,
        };
        match statement.predicate_type.as_str() {
            types::TEST_RESULT => Role::Evaluation,
            types::VERIFICATION_SUMMARY => Role::Verdicts,
            types::NPM_PUBLISH | types::PYPI_PUBLISH => Role::Packages,
            training::PREDICATE_TYPE => Role::Checkpoints,
            _ => Role::Provenance,
        }
    }
}
