//! Bundles by a key that no log knows: the key alone has to hold.

use serde_json::Value;

use super::{KeylessError, Part, Signed, Subject, bounds, refused};
use crate::dsse::Envelope;
use crate::encoding::from_base64;
use crate::keys::PublicKey;
use crate::statement::{PAYLOAD_TYPE, Statement, StatementError};

/// What `key` says about `subject` in a bundle without log entries.
pub(super) fn verify(bundle: &Value, subject: Subject<'_>, key: &PublicKey) -> Result<Signed, KeylessError> {
    if bundle.pointer("/verificationMaterial/publicKey").is_none() {
        return Err(refused(Part::Bundle, "it is not signed by a key but by a certificate"));
    }
    let statement = match bundle.get("dsseEnvelope") {
        Some(envelope) => Some(statement(envelope, subject, key)?),
        None => message(bundle, subject, key).map(|()| None)?,
    };
    Ok(Signed { statement, logged: false, integrated_time_ms: None, times_ms: Vec::new() })
}

fn statement(envelope: &Value, subject: Subject<'_>, key: &PublicKey) -> Result<Statement, KeylessError> {
    bounds::payload(&serde_json::json!({ "dsseEnvelope": envelope }))?;
    let envelope = Envelope::from_json(envelope.to_string().as_bytes()).map_err(StatementError::from)?;
    let payload = envelope.verify(PAYLOAD_TYPE, key).map_err(|error| refused(Part::Signature, &error))?;
    let statement = Statement::from_json(payload)?;
    if subject.is_of(&statement) {
        return Ok(statement);
    }
    Err(refused(Part::Artifact, "it is about another artifact"))
}

fn message(bundle: &Value, subject: Subject<'_>, key: &PublicKey) -> Result<(), KeylessError> {
    let signature = bundle.pointer("/messageSignature/signature").and_then(Value::as_str).and_then(from_base64);
    let signature = signature.ok_or_else(|| refused(Part::Bundle, "it has no signature"))?;
    let Subject::Bytes(bytes) = subject else {
        return Err(refused(Part::Artifact, "it signs the artifact itself, so all its bytes are needed"));
    };
    key.verify(bytes, &signature).map_err(|error| refused(Part::Signature, &error))
}
