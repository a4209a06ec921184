//! Keys: ECDSA on the NIST curves and Ed25519 for signing, RSA besides for verifying.
//!
//! The scheme follows from the key, never from what a signed document claims. ECDSA takes the hash of its
//! curve (P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512), as OMS v1.0 has it; signatures are DER.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey,
};
use headworks_types::Digest;
use pkcs8::EncryptedPrivateKeyInfo;
use x509_cert::der::asn1::{Any, BitString, ObjectIdentifier, OctetString, UintRef};
use x509_cert::der::{Decode as _, Encode as _, EncodePem as _, pem};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Largest key file that is read, in bytes.
const PEM_BYTES_MAX: usize = 64 << 10;

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384,
    /// ECDSA on P-521 with SHA-512.
    EcdsaP521,
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// RSA PKCS #1 v1.5 with SHA-256 and 2048 to 8192 bits; for verifying only.
    RsaPkcs1Sha256,
}

/// A hash that a signature is over, where a document rather than the key chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no PEM document of a kind that holds such a key.
    #[error("it is no PEM file with a {wanted}")]
    NoPem {
        /// What was looked for.
        wanted: &'static str,
    },
    /// It is of a kind that is not supported.
    #[error("it is a key of an unsupported kind ({kind}); ECDSA on P-256, P-384 or P-521 and Ed25519 are supported")]
    Unsupported {
        /// Its object identifier.
        kind: String,
    },
    /// Its contents are malformed.
    #[error("its contents are malformed")]
    Malformed,
    /// It is encrypted and no password was given.
    #[error("it is encrypted and no password was given")]
    PasswordNeeded,
    /// The password does not open it.
    #[error("the password does not open it")]
    WrongPassword,
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    NoRandomness,
}

/// A signature that is not one by this key over these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not one by this key over these bytes")]
pub struct BadSignature;

/// A key to verify with.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    scheme: Scheme,
    spki: SubjectPublicKeyInfoOwned,
    der: Vec<u8>,
}

/// A key to sign with.
pub struct SigningKey(Pair);

enum Pair {
    Ecdsa(Scheme, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl PublicKey {
    /// Reads a PEM file with a `PUBLIC KEY` (RFC 7468 §13).
    ///
    /// # Errors
    /// When it holds anything else or a key of another kind.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let wanted = "PUBLIC KEY";
        let (label, der) = decode_pem(text).ok_or(KeyError::NoPem { wanted })?;
        if label == wanted { Self::from_der(&der) } else { Err(KeyError::NoPem { wanted }) }
    }

    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// When it is malformed or of another kind.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let spki = SubjectPublicKeyInfoOwned::from_der(der).map_err(|_| KeyError::Malformed)?;
        let scheme = scheme(&spki)?;
        let key = Self { scheme, spki, der: der.to_owned() };
        key.parsed()?;
        Ok(key)
    }

    /// A key of a curve by the parameters and the point that PKCS #11 tokens give, both in DER.
    ///
    /// # Errors
    /// When they are malformed or of another curve.
    pub fn from_ec(parameters: &[u8], point: &[u8]) -> Result<Self, KeyError> {
        let malformed = |_| KeyError::Malformed;
        let point = OctetString::from_der(point).map_err(malformed)?;
        let algorithm = AlgorithmIdentifierOwned {
            oid: EC_PUBLIC_KEY,
            parameters: Some(Any::from_der(parameters).map_err(malformed)?),
        };
        let subject_public_key = BitString::from_bytes(point.as_bytes()).map_err(malformed)?;
        let spki = SubjectPublicKeyInfoOwned { algorithm, subject_public_key };
        Self::from_der(&spki.to_der().map_err(malformed)?)
    }

    /// How it signs.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Its SubjectPublicKeyInfo.
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// The PEM text, in lines of 64 columns with a newline at the end.
    pub fn to_pem(&self) -> String {
        self.spki.to_pem(pem::LineEnding::LF).unwrap_or_default()
    }

    /// Its identity: SHA-256 of the SubjectPublicKeyInfo.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// The bare key: the point of a curve, or the RSA key of PKCS #1.
    pub fn raw(&self) -> &[u8] {
        self.spki.subject_public_key.raw_bytes()
    }

    /// Checks a signature over `message` by the scheme of the key.
    ///
    /// # Errors
    /// When it is not one.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let hash = match self.scheme {
            Scheme::EcdsaP384 => Hash::Sha384,
            Scheme::EcdsaP521 => Hash::Sha512,
            Scheme::EcdsaP256 | Scheme::Ed25519 | Scheme::RsaPkcs1Sha256 => Hash::Sha256,
        };
        self.verify_with(hash, message, signature)
    }

    /// Checks a signature over `message` with a hash that the surrounding document names.
    ///
    /// # Errors
    /// When it is not one, or the key is never used with that hash.
    pub fn verify_with(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let algorithm: &dyn signature::VerificationAlgorithm = match (self.scheme, hash) {
            (Scheme::EcdsaP256, Hash::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
            (Scheme::EcdsaP256, Hash::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
            (Scheme::EcdsaP256, Hash::Sha512) => &signature::ECDSA_P256_SHA512_ASN1,
            (Scheme::EcdsaP384, Hash::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
            (Scheme::EcdsaP384, Hash::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
            (Scheme::EcdsaP384, Hash::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
            (Scheme::EcdsaP521, Hash::Sha256) => &signature::ECDSA_P521_SHA256_ASN1,
            (Scheme::EcdsaP521, Hash::Sha384) => &signature::ECDSA_P521_SHA384_ASN1,
            (Scheme::EcdsaP521, Hash::Sha512) => &signature::ECDSA_P521_SHA512_ASN1,
            (Scheme::Ed25519, _) => &signature::ED25519,
            (Scheme::RsaPkcs1Sha256, Hash::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (Scheme::RsaPkcs1Sha256, Hash::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (Scheme::RsaPkcs1Sha256, Hash::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        };
        UnparsedPublicKey::new(algorithm, self.raw()).verify(message, signature).map_err(|_| BadSignature)
    }

    fn parsed(&self) -> Result<(), KeyError> {
        let algorithm: &dyn signature::VerificationAlgorithm = match self.scheme {
            Scheme::EcdsaP256 => &signature::ECDSA_P256_SHA256_ASN1,
            Scheme::EcdsaP384 => &signature::ECDSA_P384_SHA384_ASN1,
            Scheme::EcdsaP521 => &signature::ECDSA_P521_SHA512_ASN1,
            Scheme::Ed25519 => &signature::ED25519,
            Scheme::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(algorithm, self.raw()).parse().map(drop).map_err(|_| KeyError::Malformed)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.scheme, self.digest())
    }
}

impl SigningKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// When the system gives no randomness, or the scheme is for verifying only.
    pub fn generate(scheme: Scheme) -> Result<Self, KeyError> {
        if scheme == Scheme::Ed25519 {
            return Ed25519KeyPair::generate().map(Pair::Ed25519).map(Self).map_err(|_| KeyError::NoRandomness);
        }
        let algorithm = signing_algorithm(scheme)?;
        let pair = EcdsaKeyPair::generate(algorithm).map_err(|_| KeyError::NoRandomness)?;
        Ok(Self(Pair::Ecdsa(scheme, pair)))
    }

    /// Reads a PEM file with a `PRIVATE KEY` (PKCS #8), an `ENCRYPTED PRIVATE KEY` or an `EC PRIVATE KEY` (SEC 1).
    ///
    /// # Errors
    /// When it holds anything else, a key of another kind, or the password does not open it.
    pub fn from_pem(text: &[u8], password: Option<&str>) -> Result<Self, KeyError> {
        let wanted = "PRIVATE KEY";
        let text = key_block(text);
        let (label, der) = decode_pem(text).ok_or(KeyError::NoPem { wanted })?;
        match label.as_str() {
            "PRIVATE KEY" | "EC PRIVATE KEY" => Self::from_der(&der),
            "ENCRYPTED PRIVATE KEY" => Self::from_der(&decrypt(&der, password)?),
            _ => Err(KeyError::NoPem { wanted }),
        }
    }

    fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Ok(Self(Pair::Ed25519(pair)));
        }
        let curves = [Scheme::EcdsaP256, Scheme::EcdsaP384, Scheme::EcdsaP521];
        let found = curves.into_iter().find_map(|scheme| {
            let pair = EcdsaKeyPair::from_private_key_der(signing_algorithm(scheme).ok()?, der).ok()?;
            Some(Self(Pair::Ecdsa(scheme, pair)))
        });
        found.ok_or_else(|| unsupported_private(der))
    }

    /// The PEM text of the key, not encrypted (PKCS #8).
    ///
    /// # Errors
    /// When the key cannot be written.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let document = match &self.0 {
            Pair::Ecdsa(_, pair) => pair.to_pkcs8v1(),
            Pair::Ed25519(pair) => pair.to_pkcs8v1(),
        };
        let document = document.map_err(|_| KeyError::Malformed)?;
        pem::encode_string("PRIVATE KEY", pem::LineEnding::LF, document.as_ref()).map_err(|_| KeyError::Malformed)
    }

    /// How it signs.
    pub fn scheme(&self) -> Scheme {
        match &self.0 {
            Pair::Ecdsa(scheme, _) => *scheme,
            Pair::Ed25519(_) => Scheme::Ed25519,
        }
    }

    /// The key that verifies what this one signs.
    ///
    /// # Errors
    /// When the key cannot be written.
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        let der: PublicKeyX509Der<'_> = match &self.0 {
            Pair::Ecdsa(_, pair) => pair.public_key().as_der(),
            Pair::Ed25519(pair) => pair.public_key().as_der(),
        }
        .map_err(|_| KeyError::Malformed)?;
        PublicKey::from_der(der.as_ref())
    }

    /// A signature over `message`; ECDSA ones differ each time.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = match &self.0 {
            Pair::Ecdsa(_, pair) => pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::NoRandomness)?,
            Pair::Ed25519(pair) => pair.sign(message),
        };
        Ok(signature.as_ref().to_owned())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.scheme())
    }
}

impl Scheme {
    /// The hash of a message as the scheme signs it, for tokens that sign hashes alone.
    pub fn hash(self, message: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::EcdsaP384 => &aws_lc_rs::digest::SHA384,
            Self::EcdsaP521 => &aws_lc_rs::digest::SHA512,
            Self::EcdsaP256 | Self::Ed25519 | Self::RsaPkcs1Sha256 => &aws_lc_rs::digest::SHA256,
        };
        aws_lc_rs::digest::digest(algorithm, message).as_ref().to_owned()
    }
}

/// The DER form of an ECDSA signature that is given as two numbers of equal length (SEC 1 §C.8, PKCS #11 §2.3.1).
pub fn ecdsa_to_der(raw: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = raw.split_at_checked(raw.len() / 2).filter(|(r, s)| !r.is_empty() && r.len() == s.len())?;
    let numbers = [UintRef::new(r).ok()?, UintRef::new(s).ok()?];
    let mut der = Vec::new();
    numbers.to_vec().encode_to_vec(&mut der).ok()?;
    Some(der)
}

/// A name that nobody can guess and nobody else has: 128 random bits in hexadecimal.
///
/// # Errors
/// When the system gives no randomness.
pub fn random_id() -> Result<String, KeyError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(crate::encoding::to_hex(&bytes))
}

fn signing_algorithm(scheme: Scheme) -> Result<&'static EcdsaSigningAlgorithm, KeyError> {
    match scheme {
        Scheme::EcdsaP256 => Ok(&signature::ECDSA_P256_SHA256_ASN1_SIGNING),
        Scheme::EcdsaP384 => Ok(&signature::ECDSA_P384_SHA384_ASN1_SIGNING),
        Scheme::EcdsaP521 => Ok(&signature::ECDSA_P521_SHA512_ASN1_SIGNING),
        Scheme::Ed25519 | Scheme::RsaPkcs1Sha256 => Err(KeyError::Unsupported { kind: format!("{scheme:?}") }),
    }
}

fn scheme(spki: &SubjectPublicKeyInfoOwned) -> Result<Scheme, KeyError> {
    let curve = || spki.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok();
    let unsupported = |oid: ObjectIdentifier| KeyError::Unsupported { kind: oid.to_string() };
    match spki.algorithm.oid {
        ED25519 => Ok(Scheme::Ed25519),
        RSA_ENCRYPTION => Ok(Scheme::RsaPkcs1Sha256),
        EC_PUBLIC_KEY => match curve().ok_or(KeyError::Malformed)? {
            P256 => Ok(Scheme::EcdsaP256),
            P384 => Ok(Scheme::EcdsaP384),
            P521 => Ok(Scheme::EcdsaP521),
            other => Err(unsupported(other)),
        },
        other => Err(unsupported(other)),
    }
}

/// Label and contents of a PEM document (RFC 7468) that is nothing else.
fn decode_pem(text: &[u8]) -> Option<(String, Vec<u8>)> {
    let text = text.trim_ascii();
    if text.len() > PEM_BYTES_MAX {
        return None;
    }
    let (label, der) = pem::decode_vec(text).ok()?;
    Some((label.to_owned(), der))
}

/// Without the `EC PARAMETERS` that OpenSSL writes before an `EC PRIVATE KEY`.
fn key_block(text: &[u8]) -> &[u8] {
    const END: &[u8] = b"-----END EC PARAMETERS-----";
    let text = text.trim_ascii();
    if !text.starts_with(b"-----BEGIN EC PARAMETERS-----") {
        return text;
    }
    let end = text.windows(END.len()).position(|window| window == END);
    end.and_then(|at| text.get(at.saturating_add(END.len())..)).unwrap_or(text)
}

fn decrypt(der: &[u8], password: Option<&str>) -> Result<Vec<u8>, KeyError> {
    let password = password.ok_or(KeyError::PasswordNeeded)?;
    let encrypted = EncryptedPrivateKeyInfo::try_from(der).map_err(|_| KeyError::Malformed)?;
    let document = encrypted.decrypt(password).map_err(|_| KeyError::WrongPassword)?;
    Ok(document.as_bytes().to_owned())
}

fn unsupported_private(der: &[u8]) -> KeyError {
    match pkcs8::PrivateKeyInfo::try_from(der) {
        Ok(info) => match info.algorithm.to_der().map(|_| info.algorithm.oid) {
            Ok(EC_PUBLIC_KEY) | Err(_) => KeyError::Malformed,
            Ok(oid) => KeyError::Unsupported { kind: oid.to_string() },
        },
        Err(_) => KeyError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNING: [Scheme; 4] = [Scheme::EcdsaP256, Scheme::EcdsaP384, Scheme::EcdsaP521, Scheme::Ed25519];

    #[test]
    fn what_a_key_signs_its_public_key_verifies_and_no_other() {
        for scheme in SIGNING {
            let key = SigningKey::generate(scheme).unwrap();
            let (public, signature) = (key.public().unwrap(), key.sign(b"canal").unwrap());
            assert_eq!(public.scheme(), scheme);
            assert_eq!(public.verify(b"canal", &signature), Ok(()));
            assert_eq!(public.verify(b"canals", &signature), Err(BadSignature));
            let other = SigningKey::generate(scheme).unwrap().public().unwrap();
            assert_eq!(other.verify(b"canal", &signature), Err(BadSignature));
        }
    }

    #[test]
    fn keys_survive_being_written_and_read() {
        for scheme in SIGNING {
            let key = SigningKey::generate(scheme).unwrap();
            let again = SigningKey::from_pem(key.to_pem().unwrap().as_bytes(), None).unwrap();
            let public = PublicKey::from_pem(key.public().unwrap().to_pem().as_bytes()).unwrap();
            assert_eq!(public, again.public().unwrap());
            assert!(public.to_pem().ends_with("-----END PUBLIC KEY-----\n"));
        }
    }

    #[test]
    fn a_truncated_signature_or_key_is_refused() {
        let key = SigningKey::generate(Scheme::EcdsaP256).unwrap();
        let (public, signature) = (key.public().unwrap(), key.sign(b"canal").unwrap());
        assert_eq!(public.verify(b"canal", &signature[..signature.len() - 1]), Err(BadSignature));
        assert_eq!(public.verify(b"canal", b""), Err(BadSignature));
        assert_eq!(PublicKey::from_der(&public.to_der()[..80]), Err(KeyError::Malformed));
    }

    #[test]
    fn a_private_key_is_no_public_key() {
        let key = SigningKey::generate(Scheme::EcdsaP256).unwrap().to_pem().unwrap();
        assert_eq!(PublicKey::from_pem(key.as_bytes()), Err(KeyError::NoPem { wanted: "PUBLIC KEY" }));
    }
}
