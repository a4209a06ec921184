//! Files of attestations in the forms that registries and tools hand them out.

use serde_json::{Value, json};

use crate::encoding::from_base64;
use crate::json::{self, JsonError};
use crate::statement::{Statement, StatementError};

/// Most attestations that one file may hold.
const DOCUMENTS_MAX: usize = 1000;

/// Media type of the bundles that attestations of PyPI become.
const BUNDLE_V0_3: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A signed document inside a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// A Sigstore bundle, as JSON.
    Bundle(Vec<u8>),
    /// A bare DSSE envelope, as JSON.
    Envelope(Vec<u8>),
}

/// Why a file holds no attestations.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    /// It is no JSON, and no lines of JSON.
    #[error(transparent)]
    Malformed(#[from] JsonError),
    /// It is of no known form.
    #[error("it is no Sigstore bundle, DSSE envelope, PyPI provenance, nor answer of npm or GitHub")]
    UnknownForm,
    /// It holds none.
    #[error("it holds no attestations")]
    Empty,
    /// It holds more than are looked at.
    #[error("it holds more than {max} attestations")]
    TooMany {
        /// The limit.
        max: usize,
    },
}

/// The signed documents in a file: a Sigstore bundle, a DSSE envelope, one of them a line, the attestations that
/// npm and GitHub answer with, or a provenance object of PyPI (PEP 740). Nothing in it is verified yet.
///
/// # Errors
/// When it is of no such form, holds none, or one of them is malformed.
pub fn documents(bytes: &[u8]) -> Result<Vec<Document>, DocumentsError> {
    let found = match json::value(bytes) {
        // The text is kept as it is: a bundle is read again, strictly, where it is verified.
        Ok(value) => one(&value, bytes.to_vec())?,
        Err(error) => lines(bytes).ok_or(error)??,
    };
    match found.len() {
        0 => Err(DocumentsError::Empty),
        1..=DOCUMENTS_MAX => Ok(found),
        _ => Err(DocumentsError::TooMany { max: DOCUMENTS_MAX }),
    }
}

impl Document {
    /// What the document says, whoever may have written it; nothing when an artifact itself is signed.
    ///
    /// # Errors
    /// When there is something that is no statement.
    pub fn statement_unverified(&self) -> Result<Option<Statement>, StatementError> {
        let (Self::Bundle(bytes) | Self::Envelope(bytes)) = self;
        let value = json::value(bytes)?;
        let envelope = value.get("dsseEnvelope").unwrap_or(&value);
        let Some(payload) = envelope.get("payload") else { return Ok(None) };
        let payload = payload.as_str().and_then(from_base64).unwrap_or_default();
        Statement::from_json(&payload).map(Some)
    }
}

/// Several documents, one a line; none when it is not that.
fn lines(bytes: &[u8]) -> Option<Result<Vec<Document>, DocumentsError>> {
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
    if lines.len() < 2 {
        return None;
    }
    let each = lines.into_iter().map(|line| one(&json::value(line)?, line.to_vec()));
    Some(each.collect::<Result<Vec<_>, _>>().map(|lists| lists.into_iter().flatten().collect()))
}

fn one(value: &Value, text: Vec<u8>) -> Result<Vec<Document>, DocumentsError> {
    if value.get("verificationMaterial").is_some() {
        return Ok(vec![Document::Bundle(text)]);
    }
    if value.get("payloadType").is_some() {
        return Ok(vec![Document::Envelope(text)]);
    }
    if let Some(list) = value.get("attestations").and_then(Value::as_array) {
        return list.iter().map(answered).collect();
    }
    if let Some(list) = value.get("attestation_bundles").and_then(Value::as_array) {
        let inner = list.iter().map(|bundle| bundle.get("attestations").and_then(Value::as_array));
        let inner: Option<Vec<_>> = inner.collect();
        return inner.ok_or(DocumentsError::UnknownForm)?.into_iter().flatten().map(pypi).collect();
    }
    Ok(vec![pypi(value)?])
}

/// An attestation as npm and GitHub list it: with the bundle in a field.
fn answered(entry: &Value) -> Result<Document, DocumentsError> {
    let bundle = entry.get("bundle").filter(|bundle| bundle.get("verificationMaterial").is_some());
    Ok(Document::Bundle(bundle.ok_or(DocumentsError::UnknownForm)?.to_string().into_bytes()))
}

/// An attestation of PyPI as the bundle that it was made from.
fn pypi(attestation: &Value) -> Result<Document, DocumentsError> {
    let part = |path: &str| attestation.pointer(path).ok_or(DocumentsError::UnknownForm);
    if part("/version")? != &json!(1) {
        return Err(DocumentsError::UnknownForm);
    }
    let bundle = json!({
        "mediaType": BUNDLE_V0_3,
        "verificationMaterial": {
            "certificate": { "rawBytes": part("/verification_material/certificate")? },
            "tlogEntries": part("/verification_material/transparency_entries")?,
        },
        "dsseEnvelope": {
            "payload": part("/envelope/statement")?,
            "payloadType": crate::statement::PAYLOAD_TYPE,
            "signatures": [{ "sig": part("/envelope/signature")? }],
        },
    });
    Ok(Document::Bundle(bundle.to_string().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Value {
        json!({ "mediaType": BUNDLE_V0_3, "verificationMaterial": {}, "dsseEnvelope": {} })
    }

    fn count(value: &Value) -> Option<usize> {
        documents(value.to_string().as_bytes()).ok().map(|found| found.len())
    }

    #[test]
    fn each_form_is_taken_apart() {
        let envelope = json!({ "payloadType": "text/plain", "payload": "", "signatures": [] });
        assert_eq!(count(&bundle()), Some(1));
        assert_eq!(count(&envelope), Some(1));
        assert_eq!(count(&json!({ "attestations": [{ "bundle": bundle() }, { "bundle": bundle() }] })), Some(2));
        let lines = format!("{}\n{envelope}\n", bundle());
        assert!(matches!(documents(lines.as_bytes()).unwrap()[..], [Document::Bundle(_), Document::Envelope(_)]));
    }

    #[test]
    fn an_attestation_of_pypi_becomes_a_bundle() {
        let attestation = json!({
            "version": 1,
            "verification_material": { "certificate": "AA==", "transparency_entries": [] },
            "envelope": { "statement": "e30=", "signature": "AA==" },
        });
        assert_eq!(count(&attestation), Some(1));
        let whole =
            json!({ "version": 1, "attestation_bundles": [{ "publisher": {}, "attestations": [attestation] }] });
        assert_eq!(count(&whole), Some(1));
        let mut later = attestation;
        later["version"] = json!(2);
        assert_eq!(count(&later), None);
    }

    #[test]
    fn a_file_with_nothing_or_something_else_in_it_is_an_error() {
        for text in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"attestations":[]}"#,
            r#"{"attestations":[{}]}"#,
            "{}\n{}",
            "{\"a\":1,\"a\":1}",
        ] {
            assert!(documents(text.as_bytes()).is_err(), "{text}");
        }
    }
}
