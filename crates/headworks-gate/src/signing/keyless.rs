//! Signing without a key that lasts: a service certifies an identity for minutes, and a log takes the signature in.
//!
//! Nothing that a service answers is believed. What comes of it is verified as anybody would verify it, against
//! the root, for the identity of the token and for the very bytes that were to be signed, before anybody sees it.
//! A service sees the token and the signed statement, so services are reached by https or on this machine only, and
//! no redirection is followed.

mod ambient;
mod claims;
mod instance;
mod token;

use std::time::Duration;

use headworks_attest::keyless::{self, Identity, KeylessError, Subject, TrustedRoot};
use headworks_attest::{Bundle, BundleError};
use sigstore_sign::{Error as ServiceError, SigningContext, reqwest};

pub use instance::{Address, Instance, InstanceError};
pub use token::{Token, TokenProblem};

/// Longest time that one request may take, from the connection to the last byte of the answer.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest time that a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest text of a service that an error repeats, in characters.
const ANSWER_CHARS_MAX: usize = 400;

/// Why there is no keyless signature.
#[derive(Debug, thiserror::Error)]
pub enum KeylessSigningError {
    /// The identity token cannot be used.
    #[error("the identity token cannot be used: {0}")]
    Token(#[from] TokenProblem),
    /// The services cannot be used.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// No HTTP client can be made.
    #[error("no connection can be made: {0}")]
    Client(String),
    /// A service does not do what it was asked for.
    #[error("{service} gave no answer that can be used: {answer}")]
    Service {
        /// Which.
        service: Service,
        /// What it said or what happened, without the token.
        answer: String,
    },
    /// What the services gave is another statement.
    #[error("what came back is no bundle of the statement that was to be signed")]
    OtherStatement,
    /// What the services gave is no bundle.
    #[error("what came back is no bundle: {0}")]
    Bundle(#[from] BundleError),
    /// What the services gave does not hold.
    #[error("what came back does not verify: {0}")]
    Unverified(#[from] KeylessError),
}

/// Who is asked on the way to a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The certificate authority (Fulcio).
    Authority,
    /// The log (Rekor).
    Log,
    /// The timestamp authority.
    Timestamps,
    /// What lies between them on this side.
    Client,
}

/// What is to be signed: the bytes of a statement, and what it is about.
#[derive(Debug, Clone, Copy)]
pub struct ToSign<'a> {
    /// The statement, to the byte.
    pub statement: &'a [u8],
    /// One of its subjects.
    pub subject: Subject<'a>,
}

impl Instance {
    /// A bundle of the statement, signed as `identity`, which `token` shows to the certificate authority.
    ///
    /// `now_ms` is asked after the services have answered, for they state times.
    ///
    /// # Errors
    /// When a service does not answer, or what all of them gave does not verify.
    pub fn sign(
        &self,
        to_sign: ToSign<'_>,
        token: &Token,
        identity: &Identity,
        now_ms: impl Fn() -> i64,
    ) -> Result<Vec<u8>, KeylessSigningError> {
        token.expect_alive(now_ms())?;
        let made = in_runtime(self.request(to_sign.statement, token))?;
        let bundle = made.to_json_pretty().map_err(|error| KeylessSigningError::Client(error.to_string()))?;
        accept(bundle.as_bytes(), to_sign, identity, &self.root, now_ms())?;
        Ok(bundle.into_bytes())
    }

    async fn request(
        &self,
        statement: &[u8],
        token: &Token,
    ) -> Result<sigstore_sign::types::Bundle, KeylessSigningError> {
        let context = SigningContext::new(self.services.clone()).with_http_client(client(self.is_local())?);
        let signer = context.signer(token.for_library()?);
        signer.sign_raw_statement(statement).await.map_err(|error| failed(&error, token))
    }
}

/// Demands that a bundle is one of the statement by the identity, with all that a verifier asks for.
fn accept(
    bundle: &[u8],
    to_sign: ToSign<'_>,
    identity: &Identity,
    root: &TrustedRoot,
    now_ms: i64,
) -> Result<(), KeylessSigningError> {
    if Bundle::from_json(bundle)?.envelope.payload_unverified() != to_sign.statement {
        return Err(KeylessSigningError::OtherStatement);
    }
    keyless::verify(bundle, to_sign.subject, identity, root, now_ms)?;
    Ok(())
}

/// Runs what asks services to its end, on a thread of its own: callers may be within a runtime, which allows no other.
fn in_runtime<T: Send>(
    work: impl Future<Output = Result<T, KeylessSigningError>> + Send,
) -> Result<T, KeylessSigningError> {
    let run = || {
        let unusable = |error: std::io::Error| KeylessSigningError::Client(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unusable)?;
        runtime.block_on(work)
    };
    std::thread::scope(|scope| scope.spawn(run).join())
        .unwrap_or_else(|_| Err(KeylessSigningError::Client("the thread that asks services ended".to_owned())))
}

/// A client that stays with the hosts that it is sent to.
fn client(local: bool) -> Result<reqwest::Client, KeylessSigningError> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("headworks/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        // The certificate authority could send the token elsewhere.
        .redirect(reqwest::redirect::Policy::none());
    // A proxy would get plain text that is meant for this machine.
    let builder = if local { builder.no_proxy() } else { builder.https_only(true) };
    builder.build().map_err(|error| KeylessSigningError::Client(error.to_string()))
}

fn failed(error: &ServiceError, token: &Token) -> KeylessSigningError {
    let service = match error {
        ServiceError::Fulcio(_) => Service::Authority,
        ServiceError::Rekor(_) => Service::Log,
        ServiceError::Tsa(_) => Service::Timestamps,
        _ => Service::Client,
    };
    KeylessSigningError::Service { service, answer: token.redacted(&error.to_string(), ANSWER_CHARS_MAX) }
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Authority => "the certificate authority",
            Self::Log => "the log",
            Self::Timestamps => "the timestamp authority",
            Self::Client => "the signing library",
        })
    }
}

#[cfg(test)]
mod tests {
    use headworks_attest::Statement;
    use serde_json::Value;

    use super::*;

    /// A bundle that the reference of model signing made with the public services, and one more by the same person.
    const BUNDLE: &[u8] = include_bytes!("../../../headworks-attest/tests/vectors/oms-keyless/v1.1.0.sigstore.json");
    const ANOTHER: &[u8] = include_bytes!("../../../headworks-attest/tests/vectors/oms-keyless/v1.0.1.sigstore.json");
    const WHO: (&str, &str) = ("stefanb@us.ibm.com", "https://sigstore.verify.ibm.com/oauth2");
    const NOW_MS: i64 = 1_787_000_000_000;

    fn statement(bundle: &[u8]) -> Vec<u8> {
        Bundle::from_json(bundle).unwrap().envelope.payload_unverified().to_vec()
    }

    fn accepted(bundle: &[u8], statement: &[u8], (name, issuer): (&str, &str)) -> Result<(), KeylessSigningError> {
        let digest = Statement::from_json(statement).unwrap().subject[0].digest["sha256"].clone();
        let subject = Subject::Sha256(format!("sha256:{digest}").parse().unwrap());
        let identity = Identity::new(name, issuer).unwrap();
        accept(bundle, ToSign { statement, subject }, &identity, &TrustedRoot::production().unwrap(), NOW_MS)
    }

    fn edited(edit: impl FnOnce(&mut Value, Value)) -> Vec<u8> {
        let mut bundle = serde_json::from_slice(BUNDLE).unwrap();
        edit(&mut bundle, serde_json::from_slice(ANOTHER).unwrap());
        bundle.to_string().into_bytes()
    }

    #[test]
    fn a_bundle_of_the_statement_by_the_identity_is_accepted() {
        accepted(BUNDLE, &statement(BUNDLE), WHO).unwrap();
        accepted(&edited(|_, _| ()), &statement(BUNDLE), WHO).unwrap();
    }

    #[test]
    fn a_bundle_of_another_statement_or_subject_is_refused() {
        let other = accepted(ANOTHER, &statement(BUNDLE), WHO);
        assert!(matches!(other, Err(KeylessSigningError::OtherStatement)), "{other:?}");
        let (subject, statement) = (Subject::Bytes(b"another"), &statement(BUNDLE));
        let identity = Identity::new(WHO.0, WHO.1).unwrap();
        let root = TrustedRoot::production().unwrap();
        let other = accept(BUNDLE, ToSign { statement, subject }, &identity, &root, NOW_MS);
        assert!(matches!(other, Err(KeylessSigningError::Unverified(_))), "{other:?}");
    }

    #[test]
    fn a_bundle_by_somebody_else_is_refused() {
        for (name, issuer) in [("mallory@us.ibm.com", WHO.1), (WHO.0, "https://issuer.invalid")] {
            let other = accepted(BUNDLE, &statement(BUNDLE), (name, issuer));
            assert!(matches!(other, Err(KeylessSigningError::Unverified(KeylessError::Identity { .. }))), "{other:?}");
        }
    }

    #[test]
    fn a_bundle_with_anothers_certificate_or_log_entry_or_none_is_refused() {
        let material = |bundle: &mut Value| bundle["verificationMaterial"].take();
        let with = |field: &'static str, value: fn(Value) -> Value| {
            edited(|bundle, mut another| {
                bundle["verificationMaterial"][field] = value(material(&mut another)[field].take());
            })
        };
        let bundles = [
            with("certificate", |another| another),
            with("tlogEntries", |another| another),
            with("tlogEntries", |_| Value::Array(Vec::new())),
        ];
        for bundle in bundles {
            let refused = accepted(&bundle, &statement(BUNDLE), WHO);
            assert!(matches!(refused, Err(KeylessSigningError::Unverified(_))), "{refused:?}");
        }
    }

    #[test]
    fn services_can_be_asked_from_within_a_runtime() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let work = async {
            tokio::task::yield_now().await;
            Ok(())
        };
        let asked = runtime.block_on(async { in_runtime(work) });
        asked.unwrap();
    }
}
