//! Sigstore bundles as JSON: an envelope together with what is needed to verify it.
//!
//! Format: sigstore/protobuf-specs, `sigstore_bundle.proto`, in versions 0.1 to 0.3. Only the shape is judged
//! here. Unknown fields are left alone, as the specification asks; equal keys are refused.

use serde::{Deserialize, Serialize};

use crate::dsse::{Envelope, EnvelopeError};
use crate::encoding::{base64_bytes, null_is_default};
use crate::json::{self, JsonError};

/// Media type that new bundles get.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

const MEDIA_TYPES: &[&str] = &[
    MEDIA_TYPE,
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
];

/// Longest chain of certificates in a bundle.
const CERTIFICATES_MAX: usize = 8;

/// Most timestamps that are looked at.
const TIMESTAMPS_MAX: usize = 8;

/// An envelope with its verification material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What identifies the signer.
    pub material: Material,
    /// The signed statement.
    pub envelope: Envelope,
    /// How many entries of transparency logs it carries; a keyless signature needs one.
    pub log_entries: usize,
    /// Time-stamp tokens (RFC 3161) over the signature, in DER.
    pub timestamps: Vec<Vec<u8>>,
}

/// What a bundle says about who signed; nothing of it is believed before it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// A key that the verifier has, by a fingerprint.
    KeyHint(String),
    /// A key in full, as signers before OMS v1.0 wrote it.
    RawKey(Vec<u8>),
    /// A chain of X.509 certificates in DER, the signer's own first.
    Chain(Vec<Vec<u8>>),
    /// One short-lived certificate of a keyless signature, in DER.
    Certificate(Vec<u8>),
}

/// Why a bundle cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is no JSON document of that shape.
    #[error("it is no Sigstore bundle: {0}")]
    Malformed(#[from] JsonError),
    /// Its media type is unknown.
    #[error("its media type `{0}` is not one of a Sigstore bundle")]
    MediaType(String),
    /// It names no signer, or more than one kind of it.
    #[error("its verification material names {0} kinds of signer instead of one")]
    Material(usize),
    /// It signs a bare digest and holds no statement.
    #[error("it holds no DSSE envelope")]
    NoEnvelope,
    /// Its envelope does not hold.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It carries too much.
    #[error("it carries {count} {what}; at most {max} are looked at")]
    TooMany {
        /// What of.
        what: &'static str,
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
}

impl Bundle {
    /// A bundle of this envelope for a key or a chain of certificates.
    pub fn new(material: Material, envelope: Envelope) -> Self {
        Self { material, envelope, log_entries: 0, timestamps: Vec::new() }
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// When it is not of that shape.
    pub fn from_json(bytes: &[u8]) -> Result<Self, BundleError> {
        let document: Document = json::parse(bytes)?;
        if !MEDIA_TYPES.contains(&document.media_type.as_str()) {
            return Err(BundleError::MediaType(document.media_type));
        }
        let Some(envelope) = document.dsse_envelope else { return Err(BundleError::NoEnvelope) };
        let envelope = envelope.bounded()?;
        let material = document.verification_material;
        let (log_entries, timestamps) = (material.tlog_entries.len(), material.timestamps()?);
        Ok(Self { material: material.signer()?, envelope, log_entries, timestamps })
    }

    /// The bundle as JSON, in lines.
    pub fn to_json(&self) -> Vec<u8> {
        let document = Document {
            media_type: MEDIA_TYPE.to_owned(),
            verification_material: MaterialDocument::of(&self.material),
            dsse_envelope: Some(self.envelope.clone()),
        };
        serde_json::to_vec_pretty(&document).unwrap_or_default()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: String,
    verification_material: MaterialDocument,
    #[serde(default)]
    dsse_envelope: Option<Envelope>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MaterialDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key: Option<KeyDocument>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x509_certificate_chain: Option<ChainDocument>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateDocument>,
    #[serde(default, deserialize_with = "null_is_default")]
    tlog_entries: Vec<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timestamp_verification_data: Option<TimestampsDocument>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw_bytes: Option<CertificateBytes>,
}

#[derive(Serialize, Deserialize)]
struct ChainDocument {
    certificates: Vec<CertificateDocument>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateDocument {
    raw_bytes: CertificateBytes,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct CertificateBytes(#[serde(with = "base64_bytes")] Vec<u8>);

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimestampsDocument {
    #[serde(default, deserialize_with = "null_is_default")]
    rfc3161_timestamps: Vec<TimestampDocument>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimestampDocument {
    signed_timestamp: CertificateBytes,
}

impl MaterialDocument {
    fn of(material: &Material) -> Self {
        let certificate = |der: &Vec<u8>| CertificateDocument { raw_bytes: CertificateBytes(der.clone()) };
        match material {
            Material::KeyHint(hint) => {
                Self { public_key: Some(KeyDocument { hint: Some(hint.clone()), raw_bytes: None }), ..Self::default() }
            }
            Material::RawKey(raw) => {
                let raw_bytes = Some(CertificateBytes(raw.clone()));
                Self { public_key: Some(KeyDocument { hint: None, raw_bytes }), ..Self::default() }
            }
            Material::Chain(chain) => Self {
                x509_certificate_chain: Some(ChainDocument { certificates: chain.iter().map(certificate).collect() }),
                ..Self::default()
            },
            Material::Certificate(der) => Self { certificate: Some(certificate(der)), ..Self::default() },
        }
    }

    fn signer(self) -> Result<Material, BundleError> {
        let key = self.public_key.map(|key| match key {
            KeyDocument { hint: Some(hint), .. } => Material::KeyHint(hint),
            KeyDocument { raw_bytes: Some(raw), .. } => Material::RawKey(raw.0),
            KeyDocument { .. } => Material::KeyHint(String::new()),
        });
        let chain =
            self.x509_certificate_chain.map(|chain| bounded("certificates", chain.certificates, CERTIFICATES_MAX));
        let chain = chain.transpose()?;
        let chain = chain.map(|chain| Material::Chain(chain.into_iter().map(|each| each.raw_bytes.0).collect()));
        let certificate = self.certificate.map(|certificate| Material::Certificate(certificate.raw_bytes.0));
        let mut kinds: Vec<Material> = key.into_iter().chain(chain).chain(certificate).collect();
        match (kinds.pop(), kinds.len()) {
            (Some(material), 0) => Ok(material),
            (None, _) => Err(BundleError::Material(0)),
            (Some(_), others) => Err(BundleError::Material(others.saturating_add(1))),
        }
    }

    fn timestamps(&self) -> Result<Vec<Vec<u8>>, BundleError> {
        let tokens = self.timestamp_verification_data.iter().flat_map(|data| &data.rfc3161_timestamps);
        bounded("timestamps", tokens.map(|token| token.signed_timestamp.0.clone()).collect(), TIMESTAMPS_MAX)
    }
}

fn bounded<T>(what: &'static str, list: Vec<T>, max: usize) -> Result<Vec<T>, BundleError> {
    match list.len() {
        count if count > max => Err(BundleError::TooMany { what, count, max }),
        _ => Ok(list),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Scheme, SigningKey};

    fn bundle() -> Bundle {
        let key = SigningKey::generate(Scheme::EcdsaP256).unwrap();
        Bundle::new(Material::KeyHint("ab".into()), Envelope::sign("text/plain", b"canal".to_vec(), &key).unwrap())
    }

    fn edited(edit: impl Fn(&mut serde_json::Value)) -> Result<Bundle, BundleError> {
        let mut document = serde_json::from_slice(&bundle().to_json()).unwrap();
        edit(&mut document);
        Bundle::from_json(document.to_string().as_bytes())
    }

    #[test]
    fn a_bundle_is_had_back() {
        let bundle = bundle();
        assert_eq!(Bundle::from_json(&bundle.to_json()).unwrap(), bundle);
        let chain = Bundle { material: Material::Chain(vec![vec![1], vec![2]]), ..bundle };
        assert_eq!(Bundle::from_json(&chain.to_json()).unwrap(), chain);
    }

    #[test]
    fn unknown_fields_are_left_alone() {
        assert!(edited(|document| document["claims"] = true.into()).is_ok());
    }

    #[test]
    fn a_bundle_that_names_no_signer_or_two_is_refused() {
        let none = edited(|document| document["verificationMaterial"] = serde_json::json!({}));
        assert!(matches!(none, Err(BundleError::Material(0))));
        let two = edited(|document| {
            document["verificationMaterial"]["certificate"] = serde_json::json!({"rawBytes": "AA=="});
        });
        assert!(matches!(two, Err(BundleError::Material(2))));
    }

    #[test]
    fn a_bundle_without_statement_or_signature_or_type_is_refused() {
        assert!(matches!(edited(|d| d["dsseEnvelope"] = serde_json::Value::Null), Err(BundleError::NoEnvelope)));
        assert!(matches!(edited(|d| d["mediaType"] = "application/json".into()), Err(BundleError::MediaType(_))));
        let unsigned = edited(|d| d["dsseEnvelope"]["signatures"] = serde_json::json!([]));
        assert!(matches!(unsigned, Err(BundleError::Envelope(EnvelopeError::Signatures { count: 0, .. }))));
    }
}
