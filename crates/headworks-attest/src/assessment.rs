//! What a signed document is worth about one artifact, by a trust store.
//!
//! The store decides which signers are looked for at all: a key or a certificate that nobody enrolled cannot
//! verify anything here, and a keyless identity that can be verified is still a stranger's until it is enrolled.

use headworks_types::Digest;

use crate::bundle::{Bundle, Material};
use crate::certificate::Certificate;
use crate::dsse::Envelope;
use crate::keyless::{self, Authenticated, KeylessError, Signer, Subject, TrustedRoot};
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
    /// SHA-256 of it and of each of its files, by any of which a statement may name it.
    pub sha256: &'a [Digest],
}

/// What is decided by, and when.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    /// Who may sign what.
    pub store: &'a TrustStore,
    /// What keyless signatures are verified with.
    pub root: &'a TrustedRoot,
    /// The present, in milliseconds since 1970.
    pub now_ms: i64,
}

/// A document whose signature holds, by a signer that the store was asked about.
#[derive(Debug, Clone)]
pub struct Assessed {
    /// How it was signed.
    pub method: &'static str,
    /// Who verifiably signed, in words.
    pub signer: String,
    /// What the store says of the signer.
    pub decision: Decision,
    /// When it was signed, if somebody vouches for that.
    pub signed_ms: Option<i64>,
    /// What it says.
    pub content: Content,
}

/// What a document says.
#[derive(Debug, Clone)]
pub enum Content {
    /// The files of a model.
    Manifest(Manifest),
    /// Anything else.
    Statement(Statement),
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
    /// It is a keyless signature that does not hold.
    #[error(transparent)]
    Keyless(#[from] KeylessError),
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
        Err(_) => of_envelope(&Envelope::from_json(document).map_err(StatementError::from)?, about, judge),
    }
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
    match bundle.material {
        Material::Certificate(_) => {
            let subject = subject(&claimed, about)?;
            let authenticated = keyless::authenticate(document, Subject::Sha256(subject), judge.root, judge.now_ms)?;
            keyless_statement(authenticated, about, judge)
        }
        _ => of_envelope(&bundle.envelope, about, judge),
    }
}

/// A bare envelope names no signer that could be believed, so every enrolled key is tried.
fn of_envelope(envelope: &Envelope, about: About<'_>, judge: Judge<'_>) -> Result<Assessed, AssessmentError> {
    let verified = judge.keys().find_map(|key| Some((Statement::verify(envelope, &key).ok()?, key)));
    let (statement, key) = verified.ok_or(AssessmentError::NotEnrolled("key"))?;
    subject(&statement, about)?;
    let role = role(&statement.predicate_type);
    Ok(judge.assessed("key", SignedBy::Key(key.digest()), None, role, about, Content::Statement(statement)))
}

fn keyless_statement(
    authenticated: Authenticated,
    about: About<'_>,
    judge: Judge<'_>,
) -> Result<Assessed, AssessmentError> {
    let Authenticated { signer, signed } = authenticated;
    let statement = signed.statement.ok_or(AssessmentError::OtherArtifact)?;
    let (role, signed_ms) = (role(&statement.predicate_type), signed.times_ms.iter().min().copied());
    let content = Content::Statement(statement);
    Ok(judge.assessed("sigstore", SignedBy::Identity(&signer), signed_ms, role, about, content))
}

fn model_signature(document: &[u8], about: About<'_>, judge: Judge<'_>) -> Result<Assessed, AssessmentError> {
    let signature = Signature::read(document, false)?;
    match &signature.bundle().material {
        Material::KeyHint(hint) => {
            let key = judge.keys().find(|key| oms::hint(key) == *hint).ok_or(AssessmentError::NotEnrolled("key"))?;
            let manifest = Content::Manifest(signature.verify_key(&key)?);
            Ok(judge.assessed("key", SignedBy::Key(key.digest()), None, Role::Models, about, manifest))
        }
        Material::Chain(_) => {
            let roots: Vec<Certificate> = judge.certificates().collect();
            let seconds = u64::try_from(judge.now_ms.div_euclid(1000)).unwrap_or_default();
            let certified = signature.verify_certificate(&roots, &[], seconds)?;
            let path: Vec<Digest> = certified.path.iter().map(Certificate::digest).collect();
            let manifest = Content::Manifest(certified.manifest);
            Ok(judge.assessed("certificate", SignedBy::Certificates(&path), None, Role::Models, about, manifest))
        }
        Material::Certificate(_) => {
            let (manifest, authenticated) = signature.authenticate_keyless(judge.root, judge.now_ms)?;
            let signed_ms = authenticated.signed.times_ms.iter().min().copied();
            let signer: &Signer = &authenticated.signer;
            let manifest = Content::Manifest(manifest);
            Ok(judge.assessed("sigstore", SignedBy::Identity(signer), signed_ms, Role::Models, about, manifest))
        }
        Material::RawKey(_) => Err(OmsError::LegacyForm.into()),
    }
}

impl Judge<'_> {
    fn keys(&self) -> impl Iterator<Item = PublicKey> {
        self.store.keys.iter().filter_map(|key| PublicKey::from_pem(key.pem.as_bytes()).ok())
    }

    fn certificates(&self) -> impl Iterator<Item = Certificate> {
        let all = self.store.certificates.iter().filter_map(|each| Certificate::all_from_pem(each.pem.as_bytes()).ok());
        all.flatten()
    }

    fn assessed(
        &self,
        method: &'static str,
        signed_by: SignedBy<'_>,
        signed_ms: Option<i64>,
        role: Role,
        about: About<'_>,
        content: Content,
    ) -> Assessed {
        let decision = self.store.decide(signed_by, role, about.name, When { now_ms: self.now_ms, signed_ms });
        let signer = match signed_by {
            SignedBy::Key(digest) => digest.to_string(),
            SignedBy::Certificates(path) => path.first().map(ToString::to_string).unwrap_or_default(),
            SignedBy::Identity(signer) => signer.to_string(),
        };
        Assessed { method, signer, decision, signed_ms, content }
    }
}

/// The subject of a statement that is the artifact, or one of its files.
fn subject(statement: &Statement, about: About<'_>) -> Result<Digest, AssessmentError> {
    let found = about.sha256.iter().find(|digest| statement.is_about(&digest.hex()));
    found.copied().ok_or(AssessmentError::OtherArtifact)
}

/// What one must be enrolled for to say such a thing.
fn role(predicate: &str) -> Role {
    match predicate {
        types::TEST_RESULT => Role::Evaluation,
        types::VERIFICATION_SUMMARY => Role::Verdicts,
        types::NPM_PUBLISH | types::PYPI_PUBLISH => Role::Packages,
        training::PREDICATE_TYPE => Role::Checkpoints,
        _ => Role::Provenance,
    }
}
