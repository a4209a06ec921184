//! Keyless signatures: Sigstore bundles, verified offline against a trusted root.
//!
//! Somebody proved an identity to an issuer, got a certificate for minutes, signed, and had that logged. So
//! three things are checked: that the certificate was issued under the root, that log and timestamps show it
//! was used while it was valid, and that identity and issuer are the ones that were asked for, exactly.
//!
//! The bundle is read strictly before the library sees it, because the library keeps the last of two equal
//! keys. The library also looks at the clock of the host, to refuse times that lie ahead of it; the time that
//! callers give is checked besides, so it can only make the answer stricter.

mod bounds;
mod identity;
mod root;
mod unlogged;

use headworks_types::Digest;
use serde::Serialize;
use sigstore_verify::types::{Artifact, ArtifactDigest, Bundle, DerPublicKey, HashAlgorithm};
use sigstore_verify::{CertificateError, Error, PublicKeyVerificationPolicy, VerificationPolicy, VerificationResult};

pub use identity::{Claims, Identity, IdentityError, San, SanRule, Signer, WorkflowPattern};
pub use root::TrustedRoot;

use crate::encoding::to_hex;
use crate::json::JsonError;
use crate::keys::PublicKey;
use crate::statement::{Statement, StatementError};

/// The issuer of a certificate that GitHub's own authority gave to itself, as for releases: it names none.
pub const GITHUB_AUTHORITY: &str = "github-authority";

/// The artifact that a bundle is to be about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// All its bytes.
    Bytes(&'a [u8]),
    /// Its SHA-256.
    Sha256(Digest),
    /// Its SHA-512, which npm names packages by.
    Sha512([u8; 64]),
    /// Its commit, for statements about sources; only those that a key signed can be bound to one.
    GitCommit(&'a str),
}

/// What a bundle shows when all of it holds.
#[derive(Debug, Clone)]
pub struct Signed {
    /// What is said about the artifact; none when the artifact itself was signed.
    pub statement: Option<Statement>,
    /// Whether a log of the root shows the signature.
    pub logged: bool,
    /// When the log took it in, by a promise that the log signed; in milliseconds since 1970.
    pub integrated_time_ms: Option<i64>,
    /// Every time that a log or a timestamp authority vouches for, in milliseconds since 1970.
    pub times_ms: Vec<i64>,
}

/// Who signed, as a certificate under the root says, and what.
///
/// Nobody is authorised by that: anyone can get such a certificate. Ask [`Authenticated::expect`] or a trust
/// store next.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who.
    pub signer: Signer,
    /// What.
    pub signed: Signed,
}

/// A signature by the identity that was asked for.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Who.
    pub signer: Signer,
    /// What.
    pub signed: Signed,
}

/// Which part of a bundle did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Its shape.
    Bundle,
    /// The signature over artifact or statement.
    Signature,
    /// It is about another artifact.
    Artifact,
    /// The certificate.
    Certificate,
    /// What the log says.
    Log,
    /// The times.
    Time,
    /// The trusted root itself.
    Root,
}

/// Why a bundle shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum KeylessError {
    /// It is no JSON, or one with two meanings.
    #[error("it is no Sigstore bundle: {0}")]
    Malformed(#[from] JsonError),
    /// It has more of something than is looked at.
    #[error("it has {count} {what}; up to {max} are looked at")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A field is missing, of the wrong kind, there twice in two forms, or not in the one base64.
    #[error("its field `{field}` {problem}")]
    Field {
        /// Its name.
        field: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The statement in it does not hold.
    #[error("what it says: {0}")]
    Statement(#[from] StatementError),
    /// Somebody else signed it.
    #[error("signed by {found}, not by {wanted}")]
    Identity {
        /// Who signed it, if anybody is named.
        found: String,
        /// Who was asked for.
        wanted: String,
    },
    /// A log or timestamp authority vouches for a time that has not come.
    #[error("it has a time of {time_ms} ms, after the present one of {now_ms} ms")]
    FromTheFuture {
        /// The time.
        time_ms: i64,
        /// The present.
        now_ms: i64,
    },
    /// Nobody said whose certificates and logs count.
    #[error("there is no trusted root to verify it with")]
    NoRoot,
    /// A part of it does not hold.
    #[error("{detail}")]
    Refused {
        /// Which.
        part: Part,
        /// Why.
        detail: String,
    },
}

/// Verifies that `wanted` signed `subject`.
///
/// # Errors
/// When any part of the bundle does not hold, or somebody else signed.
pub fn verify(
    bundle: &[u8],
    subject: Subject<'_>,
    wanted: &Identity,
    root: &TrustedRoot,
    now_ms: i64,
) -> Result<Verified, KeylessError> {
    authenticate(bundle, subject, root, now_ms)?.expect(wanted)
}

/// Finds out who signed `subject`; see [`Authenticated`] for what that is worth.
///
/// # Errors
/// When any part of the bundle does not hold.
pub fn authenticate(
    bundle: &[u8],
    subject: Subject<'_>,
    root: &TrustedRoot,
    now_ms: i64,
) -> Result<Authenticated, KeylessError> {
    let (bundle, statement) = read(bundle)?;
    let mut policy = VerificationPolicy::any_identity();
    if !root.has_logs {
        // Only for GitHub's own root, which has neither log; its timestamp authority vouches for the time.
        policy = policy.skip_tlog_unsafe().skip_sct();
    }
    let result = root.verifier()?.verify(subject.artifact()?, &bundle, &policy).map_err(|error| failed(&error))?;
    if !result.certificate_verified() || result.tlog_verified() != root.has_logs {
        return Err(refused(Part::Certificate, "the certificate or the log was not looked at"));
    }
    let authority = (!root.has_logs).then_some(GITHUB_AUTHORITY);
    let signer = Signer::of(&result, authority)
        .ok_or_else(|| refused(Part::Certificate, "it names no identity or no issuer"))?;
    Ok(Authenticated { signer, signed: signed(statement, &result, now_ms)? })
}

/// Verifies that `key` signed `subject`, and all log entries and timestamps that the bundle has.
///
/// # Errors
/// When any part of the bundle does not hold, or another key signed.
pub fn verify_key(
    bundle: &[u8],
    subject: Subject<'_>,
    key: &PublicKey,
    root: &TrustedRoot,
    now_ms: i64,
) -> Result<Signed, KeylessError> {
    let value = bounds::read(bundle)?;
    if !bounds::has_log_entries(&value) {
        return unlogged::verify(&value, subject, key);
    }
    let (bundle, statement) = read(bundle)?;
    let policy = PublicKeyVerificationPolicy::new(DerPublicKey::from_bytes(key.to_der()));
    let result = root.verifier()?.verify(subject.artifact()?, &bundle, &policy).map_err(|error| failed(&error))?;
    signed(statement, &result, now_ms)
}

impl Authenticated {
    /// The signature as one by `wanted`.
    ///
    /// # Errors
    /// When somebody else signed.
    pub fn expect(self, wanted: &Identity) -> Result<Verified, KeylessError> {
        let Self { signer, signed } = self;
        if wanted.admits(&signer) {
            return Ok(Verified { signer, signed });
        }
        Err(KeylessError::Identity { found: signer.to_string(), wanted: wanted.to_string() })
    }
}

impl<'a> Subject<'a> {
    /// Whether a statement names the artifact by a digest that is known of it.
    pub fn is_of(self, statement: &Statement) -> bool {
        let (algorithm, hex) = match self {
            Self::Bytes(bytes) => ("sha256", Digest::of(bytes).hex()),
            Self::Sha256(digest) => ("sha256", digest.hex()),
            Self::Sha512(digest) => ("sha512", to_hex(&digest)),
            Self::GitCommit(commit) => ("gitCommit", commit.to_owned()),
        };
        statement.subject.iter().any(|named| named.digest.get(algorithm) == Some(&hex))
    }

    fn artifact(self) -> Result<Artifact<'a>, KeylessError> {
        let digest = |algorithm, bytes: &[u8]| {
            let digest = ArtifactDigest::new(algorithm, bytes.to_vec()).map_err(|error| failed(&error.into()))?;
            Ok::<_, KeylessError>(Artifact::from_digest(digest))
        };
        match self {
            Self::Bytes(bytes) => Ok(Artifact::from_blob(bytes)),
            Self::Sha256(sha256) => {
                let bytes = crate::encoding::from_hex(&sha256.hex()).unwrap_or_default();
                digest(HashAlgorithm::Sha2256, &bytes)
            }
            Self::Sha512(bytes) => digest(HashAlgorithm::Sha2512, &bytes),
            Self::GitCommit(_) => Err(refused(Part::Artifact, "a logged signature cannot be bound to a commit")),
        }
    }
}

/// The bundle for the library, and the statement in it, both read strictly.
fn read(bytes: &[u8]) -> Result<(Bundle, Option<Statement>), KeylessError> {
    let value = bounds::read(bytes)?;
    let statement = bounds::payload(&value)?.map(|payload| Statement::from_json(&payload)).transpose()?;
    let text = std::str::from_utf8(bytes).map_err(|_| refused(Part::Bundle, "it is not UTF-8"))?;
    let bundle = Bundle::from_json(text).map_err(|error| refused(Part::Bundle, &error))?;
    Ok((bundle, statement))
}

fn signed(statement: Option<Statement>, result: &VerificationResult, now_ms: i64) -> Result<Signed, KeylessError> {
    let times_ms: Vec<i64> = result.verified_timestamps().iter().map(|time| time.as_millisecond()).collect();
    if let Some(&time_ms) = times_ms.iter().find(|&&time_ms| time_ms > now_ms) {
        return Err(KeylessError::FromTheFuture { time_ms, now_ms });
    }
    let integrated_time_ms = result.integrated_time().map(|time| time.as_millisecond());
    Ok(Signed { statement, logged: result.tlog_verified(), integrated_time_ms, times_ms })
}

fn refused(part: Part, detail: &(impl ToString + ?Sized)) -> KeylessError {
    KeylessError::Refused { part, detail: detail.to_string() }
}

/// What the library says, without its types.
fn failed(error: &Error) -> KeylessError {
    let part = match error {
        Error::SignatureInvalid(_) | Error::Crypto(_) => Part::Signature,
        Error::ArtifactMismatch(_) | Error::UnsupportedArtifact(_) | Error::ArtifactRead(_) => Part::Artifact,
        Error::Certificate(CertificateError::Expired { .. } | CertificateError::NotYetValid { .. }) => Part::Time,
        Error::Certificate(_) => Part::Certificate,
        Error::TransparencyLog(_) => Part::Log,
        Error::Timestamp(_) => Part::Time,
        Error::InvalidTrustRoot(_) | Error::TrustRoot(_) | Error::TrustedCertificate(_) => Part::Root,
        _ => Part::Bundle,
    };
    refused(part, error)
}
