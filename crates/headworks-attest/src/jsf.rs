//! JSON Signature Format: a signature within the document that it is about, as CycloneDX has it.
//!
//! Source: JSF 0.82, with the canonical form of RFC 8785 (JCS). The signature covers the whole document and its own
//! description, all but its value. A document is signed and verified only when its canonical form is beyond doubt:
//! keys of ASCII and whole numbers, which is all that bills of materials need.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::{SequenceOf, UintRef};

use crate::encoding::from_base64url;
use crate::keys::{KeyError, PublicKey, Scheme, SigningKey, ecdsa_to_der};

/// Why a document is not signed, or its signature does not hold.
#[derive(Debug, thiserror::Error)]
pub enum JsfError {
    /// It is no object.
    #[error("the document is no JSON object")]
    NoObject,
    /// It is signed already.
    #[error("the document has a signature already")]
    Signed,
    /// It has no signature.
    #[error("the document has no signature")]
    Unsigned,
    /// Its canonical form would depend on who writes it.
    #[error("`{0}` has no canonical form that is beyond doubt")]
    Ambiguous(String),
    /// The signature's own description is incomplete or of a kind that is not read.
    #[error("the signature's `{0}` is missing or of a kind that is not read")]
    Description(&'static str),
    /// It was not made by this key over this document.
    #[error("the signature was not made by this key over this document")]
    Invalid,
    /// The key cannot sign so.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Signs a document.
///
/// # Errors
/// When it is no object, is signed already, or the key cannot sign.
pub fn sign(document: &Value, key: &SigningKey) -> Result<Value, JsfError> {
    let Value::Object(object) = document else { return Err(JsfError::NoObject) };
    if object.contains_key("signature") {
        return Err(JsfError::Signed);
    }
    let public = key.public()?;
    let mut signed = object.clone();
    let description = json!({ "algorithm": algorithm(public.scheme())?, "publicKey": public_key(&public)? });
    signed.insert("signature".into(), description.clone());
    let message = canonical(&Value::Object(signed.clone()))?;
    let signature = plain(public.scheme(), &key.sign(&message)?)?;
    let mut description = description;
    if let Value::Object(fields) = &mut description {
        fields.insert("value".into(), json!(URL_SAFE_NO_PAD.encode(signature)));
    }
    signed.insert("signature".into(), description);
    Ok(Value::Object(signed))
}

/// Checks that a document was signed by a key; the key within the document is not believed.
///
/// # Errors
/// When it was not, in any way.
pub fn verify(document: &Value, key: &PublicKey) -> Result<(), JsfError> {
    let Value::Object(object) = document else { return Err(JsfError::NoObject) };
    let Some(Value::Object(description)) = object.get("signature") else { return Err(JsfError::Unsigned) };
    // Extensions and exclusions would change what is covered.
    if description.keys().any(|key| !matches!(key.as_str(), "algorithm" | "publicKey" | "keyId" | "value")) {
        return Err(JsfError::Description("description"));
    }
    if description.get("algorithm").and_then(Value::as_str) != Some(algorithm(key.scheme())?) {
        return Err(JsfError::Description("algorithm"));
    }
    let value = description.get("value").and_then(Value::as_str).and_then(from_base64url);
    let value = value.ok_or(JsfError::Description("value"))?;
    let mut covered = object.clone();
    let mut described: Map<String, Value> = description.clone();
    described.remove("value");
    covered.insert("signature".into(), Value::Object(described));
    let message = canonical(&Value::Object(covered))?;
    let signature = match key.scheme() {
        Scheme::Ed25519 => value,
        scheme if value.len() == 2 * number_bytes(scheme)? => ecdsa_to_der(&value).ok_or(JsfError::Invalid)?,
        _ => return Err(JsfError::Invalid),
    };
    key.verify(&message, &signature).map_err(|_| JsfError::Invalid)
}

fn algorithm(scheme: Scheme) -> Result<&'static str, JsfError> {
    match scheme {
        Scheme::EcdsaP256 => Ok("ES256"),
        Scheme::EcdsaP384 => Ok("ES384"),
        Scheme::EcdsaP521 => Ok("ES512"),
        Scheme::Ed25519 => Ok("Ed25519"),
        Scheme::RsaPkcs1Sha256 => Err(JsfError::Description("algorithm")),
    }
}

/// Bytes of each of the two numbers of a signature, and of a coordinate.
fn number_bytes(scheme: Scheme) -> Result<usize, JsfError> {
    match scheme {
        Scheme::EcdsaP256 => Ok(32),
        Scheme::EcdsaP384 => Ok(48),
        Scheme::EcdsaP521 => Ok(66),
        Scheme::Ed25519 | Scheme::RsaPkcs1Sha256 => Err(JsfError::Description("algorithm")),
    }
}

/// The key as a JSON Web Key (RFC 7517).
fn public_key(key: &PublicKey) -> Result<Value, JsfError> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    if key.scheme() == Scheme::Ed25519 {
        return Ok(json!({ "kty": "OKP", "crv": "Ed25519", "x": text(key.raw()) }));
    }
    let curve = match key.scheme() {
        Scheme::EcdsaP256 => "P-256",
        Scheme::EcdsaP384 => "P-384",
        _ => "P-521",
    };
    // SEC 1 §2.3.3: an uncompressed point is a byte 4 and two coordinates.
    let point = key.raw().strip_prefix(&[4]).ok_or(JsfError::Description("publicKey"))?;
    let (x, y) = point.split_at_checked(number_bytes(key.scheme())?).ok_or(JsfError::Description("publicKey"))?;
    Ok(json!({ "kty": "EC", "crv": curve, "x": text(x), "y": text(y) }))
}

/// A signature as JSON Web Algorithms (RFC 7518) write it: two numbers of fixed length.
fn plain(scheme: Scheme, signature: &[u8]) -> Result<Vec<u8>, JsfError> {
    if scheme == Scheme::Ed25519 {
        return Ok(signature.to_owned());
    }
    let width = number_bytes(scheme)?;
    let numbers = SequenceOf::<UintRef<'_>, 2>::from_der(signature).map_err(|_| JsfError::Invalid)?;
    let mut plain = Vec::with_capacity(2 * width);
    for number in numbers.iter() {
        let bytes = number.as_bytes();
        plain.resize(plain.len() + width.checked_sub(bytes.len()).ok_or(JsfError::Invalid)?, 0);
        plain.extend_from_slice(bytes);
    }
    Ok(plain)
}

/// The canonical form of RFC 8785.
fn canonical(value: &Value) -> Result<Vec<u8>, JsfError> {
    let mut text = Vec::new();
    write(value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), JsfError> {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().collect();
            // The order is by units of UTF-16, which for ASCII is that of the bytes.
            if let Some(key) = keys.iter().find(|key| !key.is_ascii()) {
                return Err(JsfError::Ambiguous((*key).clone()));
            }
            keys.sort();
            out.push(b'{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(&Value::from(key.as_str()), out)?;
                out.push(b':');
                write(object.get(key).unwrap_or(&Value::Null), out)?;
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Number(number) if number.is_f64() => return Err(JsfError::Ambiguous(number.to_string())),
        // Whole numbers up to 2^53 are the same to every reader.
        Value::Number(number) if number.as_i64().is_none_or(|number| number.unsigned_abs() > 1 << 53) => {
            return Err(JsfError::Ambiguous(number.to_string()));
        }
        other => out.extend_from_slice(other.to_string().as_bytes()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_document_verifies_and_a_changed_one_does_not() {
        for scheme in [Scheme::EcdsaP256, Scheme::EcdsaP384, Scheme::EcdsaP521, Scheme::Ed25519] {
            let (key, other) = (SigningKey::generate(scheme).unwrap(), SigningKey::generate(scheme).unwrap());
            let public = key.public().unwrap();
            let document = json!({ "b": [1, "x\u{e9}\n"], "a": { "z": null, "y": true } });
            let signed = sign(&document, &key).unwrap();
            verify(&signed, &public).unwrap();
            assert!(matches!(verify(&signed, &other.public().unwrap()), Err(JsfError::Invalid)));
            assert!(matches!(verify(&document, &public), Err(JsfError::Unsigned)));
            assert!(matches!(sign(&signed, &key), Err(JsfError::Signed)));
            let mut changed = signed.clone();
            changed["a"]["y"] = json!(false);
            assert!(matches!(verify(&changed, &public), Err(JsfError::Invalid)));
            let mut excluded = signed;
            excluded["signature"]["excludes"] = json!(["a"]);
            assert!(matches!(verify(&excluded, &public), Err(JsfError::Description(_))));
        }
    }

    #[test]
    fn the_canonical_form_is_sorted_and_has_no_space() {
        let form = canonical(&json!({ "b": 1, "a": ["\u{20ac}$\u{f}\n\"", {}] })).unwrap();
        assert_eq!(String::from_utf8(form).unwrap(), "{\"a\":[\"\u{20ac}$\\u000f\\n\\\"\",{}],\"b\":1}");
        assert!(canonical(&json!({ "a": 1.5 })).is_err());
        assert!(canonical(&json!({ "\u{e9}": 1 })).is_err());
    }
}
