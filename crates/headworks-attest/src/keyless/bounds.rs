//! A bundle as JSON with one meaning and bounded counts, before anything is verified.

use serde_json::Value;

use super::KeylessError;
use crate::encoding::from_base64;
use crate::json::{self, JsonError};

/// Largest bundle that is read, in bytes.
const BUNDLE_BYTES_MAX: usize = 64 << 20;

/// Most log entries that are looked at; one is usual.
const LOG_ENTRIES_MAX: usize = 16;

/// Most timestamps that are looked at; one is usual.
const TIMESTAMPS_MAX: usize = 16;

/// Most certificates that are looked at; public chains have three.
const CERTIFICATES_MAX: usize = 8;

/// Longest inclusion proof: a log with 2^63 entries needs no longer one.
const PROOF_HASHES_MAX: usize = 63;

/// Most subjects of a statement that are compared; GitHub writes up to 1024.
const SUBJECTS_MAX: usize = 100_000;

/// Fields that hold base64, which protobuf readers would take in several spellings.
const BASE64_FIELDS: [&str; 11] = [
    "rawBytes",
    "keyId",
    "signedEntryTimestamp",
    "rootHash",
    "canonicalizedBody",
    "signedTimestamp",
    "digest",
    "signature",
    "payload",
    "sig",
    "hashes",
];

/// Reads a bundle and checks its counts and encodings.
pub(super) fn read(bytes: &[u8]) -> Result<Value, KeylessError> {
    if bytes.len() > BUNDLE_BYTES_MAX {
        return Err(JsonError::Size { bytes: bytes.len(), max: BUNDLE_BYTES_MAX }.into());
    }
    let bundle = json::value(bytes)?;
    exactly_one(&bundle, &["dsseEnvelope", "messageSignature"])?;
    let material = bundle.get("verificationMaterial").unwrap_or(&Value::Null);
    exactly_one(material, &["certificate", "x509CertificateChain", "publicKey"])?;
    at_most(material.pointer("/x509CertificateChain/certificates"), "certificates", CERTIFICATES_MAX)?;
    at_most(material.pointer("/timestampVerificationData/rfc3161Timestamps"), "timestamps", TIMESTAMPS_MAX)?;
    at_most(material.get("tlogEntries"), "log entries", LOG_ENTRIES_MAX)?;
    for entry in entries(&bundle) {
        at_most(entry.pointer("/inclusionProof/hashes"), "hashes in an inclusion proof", PROOF_HASHES_MAX)?;
        one_meaning(entry)?;
    }
    one_base64(&bundle)?;
    Ok(bundle)
}

/// Whether a log entry is to be verified.
pub(super) fn has_log_entries(bundle: &Value) -> bool {
    !entries(bundle).is_empty()
}

/// The statement's bytes, if the bundle has an envelope; read strictly and bounded.
pub(super) fn payload(bundle: &Value) -> Result<Option<Vec<u8>>, KeylessError> {
    let Some(envelope) = bundle.get("dsseEnvelope") else { return Ok(None) };
    let payload = envelope.get("payload").and_then(Value::as_str).and_then(from_base64);
    let payload = payload.ok_or_else(|| field("payload", "is missing or no base64"))?;
    at_most(json::value(&payload)?.get("subject"), "subjects", SUBJECTS_MAX)?;
    Ok(Some(payload))
}

fn entries(bundle: &Value) -> &[Value] {
    let entries = bundle.pointer("/verificationMaterial/tlogEntries").and_then(Value::as_array);
    entries.map_or(&[], Vec::as_slice)
}

/// A log entry's body is JSON too, and is compared with the bundle field by field.
fn one_meaning(entry: &Value) -> Result<(), KeylessError> {
    let body = entry.get("canonicalizedBody").and_then(Value::as_str).and_then(from_base64);
    let body = body.ok_or_else(|| field("canonicalizedBody", "is missing or no base64"))?;
    json::value(&body)?;
    Ok(())
}

/// Alternatives of one another: a reader that prefers another one would see another bundle.
fn exactly_one(object: &Value, names: &[&'static str]) -> Result<(), KeylessError> {
    let present = names.iter().filter(|&&name| object.get(name).is_some_and(|value| !value.is_null())).count();
    match present {
        1 => Ok(()),
        0 => Err(field(&names.join("` or `"), "is missing")),
        _ => Err(field(&names.join("` and `"), "are alternatives; it has several")),
    }
}

fn at_most(list: Option<&Value>, what: &'static str, max: usize) -> Result<(), KeylessError> {
    match list.and_then(Value::as_array).map_or(0, Vec::len) {
        count if count > max => Err(KeylessError::TooMany { what, count, max }),
        _ => Ok(()),
    }
}

/// Depth is bounded by the strict reader.
fn one_base64(value: &Value) -> Result<(), KeylessError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(one_base64),
        Value::Object(object) => object.iter().try_for_each(|(name, value)| {
            if BASE64_FIELDS.contains(&name.as_str()) {
                return strings(value).try_for_each(|text| match from_base64(text) {
                    Some(_) => Ok(()),
                    None => Err(field(name, "is not standard base64 in its one form")),
                });
            }
            one_base64(value)
        }),
        _ => Ok(()),
    }
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(Value::as_str)
}

fn field(field: &str, problem: &'static str) -> KeylessError {
    KeylessError::Field { field: field.to_owned(), problem }
}
