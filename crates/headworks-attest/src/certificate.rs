//! X.509 certificates of long-lived signers, and the path from one to a root that the verifier trusts.
//!
//! RFC 5280 §6, with what signatures over files need: every certificate valid at one given time, key usages,
//! path lengths, no critical extension that is not understood. The common libraries refuse what OMS signers
//! use: leaf certificates that are marked as authorities and carry their issuer's name. So names alone
//! never decide which certificate issued which; key identifiers and the signature do.

use std::time::Duration;

use headworks_types::Digest;
use x509_cert::Certificate as X509;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode as _, Encode as _, pem};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};

use crate::keys::{Hash, KeyError, PublicKey, Scheme};

/// Longest path from a signer to a root, both included.
const PATH_MAX: usize = 8;

/// Most signatures that are checked while a path is looked for.
const SIGNATURE_CHECKS_MAX: usize = 64;

/// Most certificates in one PEM file.
const PEM_MAX: usize = 64;

const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
const ANY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
/// Critical extensions whose meaning is heeded here; subject names are shown, never matched.
const UNDERSTOOD: [ObjectIdentifier; 4] = [KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, SUBJECT_ALTERNATIVE_NAME];

/// A certificate that was parsed and not yet judged.
#[derive(Clone)]
pub struct Certificate {
    parsed: X509,
    der: Vec<u8>,
    key: PublicKey,
    signed: Vec<u8>,
}

/// Why a signer's certificate does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is malformed.
    #[error("certificate {0} is malformed")]
    Malformed(usize),
    /// Its key cannot be used.
    #[error("the key of certificate {index} cannot be used: {error}")]
    Key {
        /// Which certificate.
        index: usize,
        /// Why.
        error: KeyError,
    },
    /// There is none.
    #[error("there is no certificate")]
    None,
    /// It may not sign artifacts.
    #[error("the certificate of `{subject}` may not sign: {reason}")]
    NotForSigning {
        /// Its subject.
        subject: String,
        /// What is missing.
        reason: &'static str,
    },
    /// No path leads to a root that the verifier trusts.
    #[error("no path leads from the certificate of `{subject}` to a given root: {reason}")]
    NoPath {
        /// Its subject.
        subject: String,
        /// The nearest miss.
        reason: String,
    },
}

impl Certificate {
    /// Reads a certificate in DER; `index` names it in errors.
    ///
    /// # Errors
    /// When it is malformed or has a key of a kind that cannot be used.
    pub fn from_der(der: &[u8], index: usize) -> Result<Self, CertificateError> {
        let malformed = || CertificateError::Malformed(index);
        let parsed = X509::from_der(der).map_err(|_| malformed())?;
        let spki = parsed.tbs_certificate.subject_public_key_info.to_der().map_err(|_| malformed())?;
        let key = PublicKey::from_der(&spki).map_err(|error| CertificateError::Key { index, error })?;
        let signed = parsed.tbs_certificate.to_der().map_err(|_| malformed())?;
        Ok(Self { parsed, der: der.to_owned(), key, signed })
    }

    /// Reads all certificates of a PEM file.
    ///
    /// # Errors
    /// When there is none or one of them is malformed.
    pub fn all_from_pem(text: &[u8]) -> Result<Vec<Self>, CertificateError> {
        // The library's own reader of chains panics on an empty file.
        let blocks = pem_blocks(text).ok_or(CertificateError::Malformed(0))?;
        if blocks.is_empty() || blocks.len() > PEM_MAX {
            return Err(CertificateError::None);
        }
        let read = |(index, block): (usize, &&str)| match pem::decode_vec(block.as_bytes()) {
            Ok(("CERTIFICATE", der)) => Self::from_der(&der, index),
            _ => Err(CertificateError::Malformed(index)),
        };
        blocks.iter().enumerate().map(read).collect()
    }

    /// The certificate in DER.
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// Its identity: SHA-256 of the DER.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// Its key; whose it is only a verified path tells.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Its subject in the form of RFC 4514.
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate.subject.to_string()
    }

    fn is_self_signed(&self) -> bool {
        self.parsed.tbs_certificate.subject == self.parsed.tbs_certificate.issuer && self.signed_by(self)
    }

    /// Whether names and key identifiers allow that `issuer` issued this one; cheap, and decides nothing alone.
    fn may_be_issued_by(&self, issuer: &Self) -> bool {
        let identifiers = (self.extension::<AuthorityKeyIdentifier>(), issuer.extension::<SubjectKeyIdentifier>());
        let agree = match identifiers {
            (Ok(Some(authority)), Ok(Some(subject))) => {
                authority.key_identifier.is_none_or(|wanted| wanted == subject.0)
            }
            (Err(_), _) | (_, Err(_)) => false,
            _ => true,
        };
        agree && self.parsed.tbs_certificate.issuer == issuer.parsed.tbs_certificate.subject
    }

    fn signed_by(&self, issuer: &Self) -> bool {
        let same_algorithm = self.parsed.signature_algorithm == self.parsed.tbs_certificate.signature;
        let Some(hash) = hash_of(self.parsed.signature_algorithm.oid, issuer.key.scheme()) else { return false };
        let Some(signature) = self.parsed.signature.as_bytes() else { return false };
        same_algorithm && issuer.key.verify_with(hash, &self.signed, signature).is_ok()
    }

    fn extension<'a, T>(&'a self) -> Result<Option<T>, x509_cert::der::Error>
    where
        T: x509_cert::der::Decode<'a> + x509_cert::der::oid::AssociatedOid,
    {
        Ok(self.parsed.tbs_certificate.get::<T>()?.map(|(_, extension)| extension))
    }

    fn covers(&self, unix_seconds: u64) -> bool {
        let validity = &self.parsed.tbs_certificate.validity;
        let (from, to) = (validity.not_before.to_unix_duration(), validity.not_after.to_unix_duration());
        (from..=to).contains(&Duration::from_secs(unix_seconds))
    }

    fn unknown_critical(&self) -> Option<String> {
        let extensions = self.parsed.tbs_certificate.extensions.iter().flatten();
        let mut unknown = extensions.filter(|each| each.critical && !UNDERSTOOD.contains(&each.extn_id));
        unknown.next().map(|each| each.extn_id.to_string())
    }

    /// What forbids this certificate to stand in a path at that time.
    fn problem_at(&self, unix_seconds: u64) -> Option<String> {
        if !self.covers(unix_seconds) {
            let validity = &self.parsed.tbs_certificate.validity;
            let (from, to) = (validity.not_before, validity.not_after);
            return Some(format!("the certificate of `{}` is valid from {from} to {to} only", self.subject()));
        }
        let unknown = self.unknown_critical()?;
        Some(format!(
            "the certificate of `{}` has the critical extension {unknown}, which is not understood",
            self.subject()
        ))
    }

    /// What forbids this certificate to issue others, with `below` authorities between it and the signer.
    fn problem_as_issuer(&self, below: usize) -> Option<&'static str> {
        let Ok(constraints) = self.extension::<BasicConstraints>() else { return Some("malformed basic constraints") };
        let Some(BasicConstraints { ca: true, path_len_constraint }) = constraints else {
            return Some("it is no certificate authority");
        };
        if path_len_constraint.is_some_and(|most| below > usize::from(most)) {
            return Some("the path is longer than it allows");
        }
        match self.extension::<KeyUsage>() {
            Ok(Some(usage)) if !usage.key_cert_sign() => Some("its key usage does not include certificates"),
            Ok(_) => None,
            Err(_) => Some("malformed key usage"),
        }
    }

    /// What forbids this certificate to sign artifacts (OMS v1.0 §4.1: digital signature or code signing).
    fn problem_as_signer(&self) -> Option<&'static str> {
        let (Ok(usage), Ok(extended)) = (self.extension::<KeyUsage>(), self.extension::<ExtendedKeyUsage>()) else {
            return Some("its key usage is malformed");
        };
        let digital = usage.as_ref().map(KeyUsage::digital_signature);
        let code = extended.as_ref().map(|usage| usage.0.iter().any(|oid| [CODE_SIGNING, ANY_USAGE].contains(oid)));
        match (digital, code) {
            (Some(false), _) => Some("its key usage does not include digital signatures"),
            (_, Some(false)) => Some("its extended key usage does not include code signing"),
            (None, None) => Some("it states no key usage"),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({} {})", self.subject(), self.digest())
    }
}

/// Finds the path from a signer's certificate to one of `roots`, with every certificate valid at one time.
///
/// `chain` is the signer's certificate and those that came with it, none of which is believed. Of `roots` only
/// self-signed ones end a path; others help to build it. Returns the path, the signer first.
///
/// # Errors
/// When the first certificate may not sign or there is no such path.
pub fn find_path(
    chain: &[Certificate],
    roots: &[Certificate],
    unix_seconds: u64,
) -> Result<Vec<Certificate>, CertificateError> {
    let signer = chain.first().ok_or(CertificateError::None)?;
    let subject = signer.subject();
    if let Some(reason) = signer.problem_as_signer() {
        return Err(CertificateError::NotForSigning { subject, reason });
    }
    let mut search = Search { chain, roots, unix_seconds, checks_left: SIGNATURE_CHECKS_MAX, miss: None };
    let mut path = vec![signer.clone()];
    if search.extend(&mut path) {
        return Ok(path);
    }
    let reason = search.miss.unwrap_or_else(|| "its issuer is not among the certificates".to_owned());
    Err(CertificateError::NoPath { subject, reason })
}

struct Search<'a> {
    chain: &'a [Certificate],
    roots: &'a [Certificate],
    unix_seconds: u64,
    checks_left: usize,
    miss: Option<String>,
}

impl Search<'_> {
    /// Lengthens the path until it ends in a root; false when that cannot be.
    fn extend(&mut self, path: &mut Vec<Certificate>) -> bool {
        let Some(last) = path.last().cloned() else { return false };
        if let Some(problem) = last.problem_at(self.unix_seconds) {
            self.miss.get_or_insert(problem);
            return false;
        }
        if self.is_root(&last) {
            return true;
        }
        if path.len() >= PATH_MAX {
            return false;
        }
        let candidates: Vec<Certificate> = self.roots.iter().chain(self.chain).cloned().collect();
        candidates.into_iter().any(|issuer| self.try_issuer(path, &last, issuer))
    }

    fn try_issuer(&mut self, path: &mut Vec<Certificate>, last: &Certificate, issuer: Certificate) -> bool {
        let known = path.iter().any(|each| each.der == issuer.der);
        if known || !last.may_be_issued_by(&issuer) || !self.spend() || !last.signed_by(&issuer) {
            return false;
        }
        if let Some(problem) = issuer.problem_as_issuer(path.len().saturating_sub(1)) {
            self.miss.get_or_insert(format!("the certificate of `{}`: {problem}", issuer.subject()));
            return false;
        }
        path.push(issuer);
        let found = self.extend(path);
        if !found {
            path.pop();
        }
        found
    }

    fn is_root(&mut self, certificate: &Certificate) -> bool {
        self.roots.iter().any(|root| root.der == certificate.der) && self.spend() && certificate.is_self_signed()
    }

    fn spend(&mut self) -> bool {
        let left = self.checks_left.checked_sub(1);
        self.checks_left = left.unwrap_or(0);
        left.is_some()
    }
}

/// The PEM blocks of a text, each from its first line to its last; what stands between is commentary (RFC 7468 §2).
fn pem_blocks(text: &[u8]) -> Option<Vec<&str>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let mut rest = std::str::from_utf8(text).ok()?;
    let mut blocks = Vec::new();
    while let Some((_, from)) = rest.find(BEGIN).and_then(|start| rest.split_at_checked(start)) {
        let end = from.find(END)?.checked_add(END.len())?;
        let (block, after) = from.split_at_checked(end)?;
        blocks.push(block);
        rest = after;
        if blocks.len() > PEM_MAX {
            break;
        }
    }
    Some(blocks)
}

/// The hash of a signature algorithm, if keys of that scheme make such signatures.
fn hash_of(algorithm: ObjectIdentifier, scheme: Scheme) -> Option<Hash> {
    let ecdsa = matches!(scheme, Scheme::EcdsaP256 | Scheme::EcdsaP384 | Scheme::EcdsaP521);
    let rsa = scheme == Scheme::RsaPkcs1Sha256;
    match algorithm.to_string().as_str() {
        "1.2.840.10045.4.3.2" if ecdsa => Some(Hash::Sha256),
        "1.2.840.10045.4.3.3" if ecdsa => Some(Hash::Sha384),
        "1.2.840.10045.4.3.4" if ecdsa => Some(Hash::Sha512),
        "1.2.840.113549.1.1.11" if rsa => Some(Hash::Sha256),
        "1.2.840.113549.1.1.12" if rsa => Some(Hash::Sha384),
        "1.2.840.113549.1.1.13" if rsa => Some(Hash::Sha512),
        "1.3.101.112" if scheme == Scheme::Ed25519 => Some(Hash::Sha512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_and_does_not_panic() {
        for text in ["", "\n", "text", "-----END CERTIFICATE-----"] {
            assert!(matches!(Certificate::all_from_pem(text.as_bytes()), Err(CertificateError::None)), "{text:?}");
        }
        for text in ["-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            assert!(
                matches!(Certificate::all_from_pem(text.as_bytes()), Err(CertificateError::Malformed(0))),
                "{text:?}"
            );
        }
    }

    #[test]
    fn without_certificates_there_is_no_path() {
        assert!(matches!(find_path(&[], &[], 0), Err(CertificateError::None)));
    }
}
