//! From a bundle to the manifest that somebody verifiably signed.

use headworks_types::Digest;

use super::legacy;
use super::manifest::{Layout, Manifest, ManifestError};
use crate::bundle::{Bundle, BundleError, Material};
use crate::certificate::{Certificate, CertificateError, find_path};
use crate::dsse::{EnvelopeError, pae};
use crate::keyless::{self, Authenticated, KeylessError, Subject, TrustedRoot};
use crate::keys::{BadSignature, PublicKey, Scheme};
use crate::statement::PAYLOAD_TYPE;
use crate::timestamp::{TimestampAuthority, TimestampError};

/// A signature that nobody has verified yet.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The bundle as it was read, which keyless ones are verified by; of others nothing is kept.
    document: Vec<u8>,
    bundle: Bundle,
    legacy: bool,
}

/// A manifest and the certificates of its signer.
#[derive(Debug, Clone)]
pub struct Certified {
    /// What was signed.
    pub manifest: Manifest,
    /// The verified path, the signer's certificate first.
    pub path: Vec<Certificate>,
    /// Seconds since the Unix epoch for which the path was checked.
    pub checked_at: u64,
    /// Whether that time is from a timestamp authority rather than the clock.
    pub timestamped: bool,
}

/// Why a signature does not hold.
#[derive(Debug, thiserror::Error)]
pub enum OmsError {
    /// The bundle cannot be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The envelope does not hold.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It has another number of signatures than one.
    #[error("it has {0} signatures; a model signature has one")]
    Signatures(usize),
    /// It was made by another method than it is verified with.
    #[error("it was made by the method `{made}`; it cannot be verified by `{wanted}`")]
    Method {
        /// How it was made.
        made: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// It names another key.
    #[error("it is by the key with fingerprint `{stated}`; the given key has `{given}`")]
    OtherKey {
        /// What the bundle says.
        stated: String,
        /// The key of the verifier.
        given: String,
    },
    /// It carries its key in the form before v1.1, or another old form.
    #[error("it has a form of signers before OMS v1.1, which is read on request only")]
    LegacyForm,
    /// The key cannot sign models.
    #[error("model signatures are made with ECDSA; this key is of another kind")]
    KeyKind,
    /// The signature is not by the key.
    #[error(transparent)]
    BadSignature(#[from] BadSignature),
    /// The certificates do not count.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A timestamp does not count.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
    /// The keyless signature does not hold.
    #[error(transparent)]
    Keyless(#[from] KeylessError),
    /// What was signed is no manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

impl Signature {
    /// Takes a bundle apart. With `legacy_unsafe` the forms of signers before v1.1 are read too: they hide
    /// which key is meant and, in version 0.2.0, sign another encoding; the key must still verify.
    ///
    /// # Errors
    /// When it is no bundle with exactly one signature over a statement.
    pub fn read(document: &[u8], legacy_unsafe: bool) -> Result<Self, OmsError> {
        let bundle = Bundle::from_json(document)?;
        bundle.envelope.expect_type(PAYLOAD_TYPE)?;
        match bundle.envelope.signatures().len() {
            1 => {
                let keyless = matches!(bundle.material, Material::Certificate(_));
                let document = if keyless { document.to_owned() } else { Vec::new() };
                Ok(Self { document, bundle, legacy: legacy_unsafe })
            }
            count => Err(OmsError::Signatures(count)),
        }
    }

    /// How it was made: `key`, `certificate` or `sigstore`.
    pub fn method(&self) -> &'static str {
        match self.bundle.material {
            Material::KeyHint(_) | Material::RawKey(_) => "key",
            Material::Chain(_) => "certificate",
            Material::Certificate(_) => "sigstore",
        }
    }

    /// The bundle it was read from.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The manifest, if this key signed it.
    ///
    /// # Errors
    /// When it did not, or what it signed is no manifest.
    pub fn verify_key(&self, key: &PublicKey) -> Result<Manifest, OmsError> {
        let old_form = match &self.bundle.material {
            Material::KeyHint(stated) => {
                let given = hint(key);
                if *stated != given {
                    return Err(OmsError::OtherKey { stated: stated.clone(), given });
                }
                false
            }
            Material::RawKey(_) if self.legacy => true,
            Material::RawKey(_) => return Err(OmsError::LegacyForm),
            _ => return Err(OmsError::Method { made: self.method(), wanted: "key" }),
        };
        let manifest = self.manifest_by(key)?;
        let layout = if old_form && manifest.layout == Layout::V1 { Layout::BeforeV1_1 } else { manifest.layout };
        Ok(Manifest { layout, ..manifest })
    }

    /// The manifest, if a certificate signed it that leads to one of `roots`.
    ///
    /// Every certificate on the path must be valid at `unix_seconds`, or at the time that one of `authorities`
    /// certifies for the signature.
    ///
    /// # Errors
    /// When there is no such path, or what was signed is no manifest.
    pub fn verify_certificate(
        &self,
        roots: &[Certificate],
        authorities: &[TimestampAuthority],
        unix_seconds: u64,
    ) -> Result<Certified, OmsError> {
        let Material::Chain(chain) = &self.bundle.material else {
            return Err(OmsError::Method { made: self.method(), wanted: "certificate" });
        };
        let read = |(index, der): (usize, &Vec<u8>)| Certificate::from_der(der, index);
        let chain: Vec<Certificate> = chain.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        let certified_time = self.certified_time(authorities, unix_seconds)?;
        let checked_at = certified_time.unwrap_or(unix_seconds);
        let path = find_path(&chain, roots, checked_at)?;
        let signer = path.first().ok_or(CertificateError::None)?;
        let manifest = self.manifest_by(signer.key())?;
        Ok(Certified { manifest, path, checked_at, timestamped: certified_time.is_some() })
    }

    /// The manifest and who keylessly signed it; whether that one may is for the caller to ask.
    ///
    /// # Errors
    /// When the bundle does not hold under `root`, or what was signed is no manifest.
    pub fn authenticate_keyless(&self, root: &TrustedRoot, now_ms: i64) -> Result<(Manifest, Authenticated), OmsError> {
        if !matches!(self.bundle.material, Material::Certificate(_)) {
            return Err(OmsError::Method { made: self.method(), wanted: "sigstore" });
        }
        let (_, manifest) = self.manifest_unverified()?;
        let authenticated = keyless::authenticate(&self.document, Subject::Sha256(manifest.root), root, now_ms)?;
        Ok((manifest, authenticated))
    }

    /// The digest of the payload and what it says, whoever may have signed it.
    ///
    /// # Errors
    /// When it is no manifest.
    pub fn manifest_unverified(&self) -> Result<(Digest, Manifest), ManifestError> {
        let payload = self.bundle.envelope.payload_unverified();
        Ok((Digest::of(payload), Manifest::from_payload(payload, self.legacy)?))
    }

    fn manifest_by(&self, key: &PublicKey) -> Result<Manifest, OmsError> {
        if !matches!(key.scheme(), Scheme::EcdsaP256 | Scheme::EcdsaP384 | Scheme::EcdsaP521) {
            return Err(OmsError::KeyKind);
        }
        let payload = self.bundle.envelope.payload_unverified();
        let sig =
            self.bundle.envelope.signatures().first().map(|signature| signature.sig.as_slice()).unwrap_or_default();
        if let Err(bad) = key.verify(&pae(PAYLOAD_TYPE, payload), sig) {
            return self.legacy_manifest_by(key, payload, sig).ok_or(bad)?;
        }
        Ok(Manifest::from_payload(payload, self.legacy)?)
    }

    /// Version 0.2.0 signed another encoding, with SHA-256 whatever the curve; only its own layout is read so.
    fn legacy_manifest_by(&self, key: &PublicKey, payload: &[u8], sig: &[u8]) -> Option<Result<Manifest, OmsError>> {
        let signed = legacy::pae(payload);
        let by_key =
            key.verify(&signed, sig).is_ok() || key.verify_with(crate::keys::Hash::Sha256, &signed, sig).is_ok();
        if !by_key {
            return None;
        }
        if !self.legacy {
            return Some(Err(OmsError::LegacyForm));
        }
        let manifest = Manifest::from_payload(payload, true).map_err(OmsError::from);
        Some(manifest.and_then(|manifest| {
            if manifest.layout == Layout::Digests { Ok(manifest) } else { Err(OmsError::LegacyForm) }
        }))
    }

    fn certified_time(&self, authorities: &[TimestampAuthority], now: u64) -> Result<Option<u64>, OmsError> {
        if authorities.is_empty() {
            return Ok(None);
        }
        let sig =
            self.bundle.envelope.signatures().first().map(|signature| signature.sig.as_slice()).unwrap_or_default();
        let mut refused = None;
        for token in &self.bundle.timestamps {
            for authority in authorities {
                match authority.verify(token, sig) {
                    Ok(time) if time <= now => return Ok(Some(time)),
                    Ok(time) => refused = Some(TimestampError::Future { time }),
                    Err(error) => refused = Some(error),
                }
            }
        }
        refused.map_or(Ok(None), |error| Err(error.into()))
    }
}

/// The fingerprint by which a bundle names a key: SHA-256 of the PEM text, not of the DER.
pub fn hint(key: &PublicKey) -> String {
    Digest::of(key.to_pem().as_bytes()).hex()
}
