//! The text of a trust store: TOML that people review as a diff.

use std::fmt;
use std::str::FromStr;

use headworks_types::Digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

use super::{Revocation, TrustStore, Window};
use crate::keyless::{Identity, IdentityError};
use crate::keys::{KeyError, PublicKey};

/// Largest trust store that is read, in bytes.
const BYTES_MAX: usize = 16 << 20;

/// Why a trust store is not used: one with a mistake in it says nothing at all.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It is larger than is read.
    #[error("it has {bytes} bytes, more than the {max} that are read")]
    Size {
        /// Its size in bytes.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// It is no TOML, or has a wrong, missing or unknown key.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// It cannot be written as TOML.
    #[error("{0}")]
    Unwritable(#[from] toml::ser::Error),
    /// Something names a publisher that is not listed.
    #[error("publisher `{0}` is not listed")]
    NoPublisher(String),
    /// A publisher is listed twice.
    #[error("publisher `{0}` is listed twice")]
    Twice(String),
    /// A key of a publisher cannot be used.
    #[error("the key of `{publisher}`: {source}")]
    Key {
        /// Whose.
        publisher: String,
        /// Why.
        source: KeyError,
    },
    /// A certificate of a publisher cannot be read.
    #[error("the certificate of `{publisher}` is no PEM file with one certificate")]
    Certificate {
        /// Whose.
        publisher: String,
    },
    /// A digest is not the one of what stands beside it.
    #[error("the digest {given} of `{publisher}` belongs to something else; it would be {right}")]
    Digest {
        /// Whose.
        publisher: String,
        /// As written.
        given: Digest,
        /// As it is.
        right: Digest,
    },
    /// An identity cannot be meant.
    #[error("the identity: {0}")]
    Identity(#[from] IdentityError),
    /// A window ends before it begins.
    #[error("a window of `{publisher}` ends before it begins")]
    Window {
        /// Whose.
        publisher: String,
    },
    /// A revocation names none or several of key, certificate and identity, or an identity without issuer.
    #[error("the revocation `{reason}` has to name one of `key`, `certificate`, and `identity` with `issuer`")]
    Revocation {
        /// Its reason.
        reason: String,
    },
    /// It claims to be a first version with a past, or a later one without.
    #[error("version {0} has to name the digest of the one before, and version 1 none")]
    Previous(u64),
}

/// A point in time, written as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl TrustStore {
    /// Reads a trust store.
    ///
    /// # Errors
    /// When anything in it is wrong.
    pub fn parse(text: &str) -> Result<Self, TrustError> {
        if text.len() > BYTES_MAX {
            return Err(TrustError::Size { bytes: text.len(), max: BYTES_MAX });
        }
        let store: Self = toml::from_str(text)?;
        store.check()?;
        Ok(store)
    }

    /// The text of this store as the version after `text`, or as the first one.
    ///
    /// # Errors
    /// When anything in it is wrong.
    pub fn succeed(mut self, text: Option<&str>) -> Result<String, TrustError> {
        let before = text.map(Self::parse).transpose()?;
        self.version = before.map_or(1, |before| before.version.saturating_add(1));
        self.previous = text.map(|text| Digest::of(text.as_bytes()).to_string());
        self.check()?;
        Ok(format!(
            "# Who may sign what. Each change makes a new version; `headworks trust` writes them.\n\n{}",
            toml::to_string_pretty(&self)?
        ))
    }

    fn check(&self) -> Result<(), TrustError> {
        if (self.version <= 1) != self.previous.is_none() {
            return Err(TrustError::Previous(self.version));
        }
        self.check_publishers()?;
        for key in &self.keys {
            let publisher = key.publisher.clone();
            let right = PublicKey::from_pem(key.pem.as_bytes())
                .map_err(|source| TrustError::Key { publisher: publisher.clone(), source })?
                .digest();
            same(&key.publisher, key.digest, right)?;
            ordered(&key.publisher, key.window)?;
        }
        for certificate in &self.certificates {
            same(
                &certificate.publisher,
                certificate.digest,
                certificate_digest(&certificate.publisher, &certificate.pem)?,
            )?;
            ordered(&certificate.publisher, certificate.window)?;
        }
        for identity in &self.identities {
            identity.identity()?;
            ordered(&identity.publisher, identity.window)?;
        }
        self.revocations.iter().try_for_each(Revocation::check)
    }

    fn check_publishers(&self) -> Result<(), TrustError> {
        for (index, publisher) in self.publishers.iter().enumerate() {
            if self.publishers.iter().take(index).any(|before| before.name == publisher.name) {
                return Err(TrustError::Twice(publisher.name.clone()));
            }
        }
        let keys = self.keys.iter().map(|key| &key.publisher);
        let certificates = self.certificates.iter().map(|certificate| &certificate.publisher);
        let identities = self.identities.iter().map(|identity| &identity.publisher);
        let pins = self.pins.iter().map(|pin| &pin.publisher);
        let mut named = keys.chain(certificates).chain(identities).chain(pins);
        match named.find(|name| !self.publishers.iter().any(|publisher| publisher.name == **name)) {
            Some(name) => Err(TrustError::NoPublisher(name.clone())),
            None => Ok(()),
        }
    }
}

impl Revocation {
    fn check(&self) -> Result<(), TrustError> {
        let unclear = || TrustError::Revocation { reason: self.reason.clone() };
        match (&self.key, &self.certificate, &self.identity, &self.issuer) {
            (Some(_), None, None, None) | (None, Some(_), None, None) => Ok(()),
            (None, None, Some(name), Some(issuer)) => Identity::new(name, issuer).map(drop).map_err(TrustError::from),
            _ => Err(unclear()),
        }
    }
}

/// SHA-256 of the certificate in a PEM file.
///
/// # Errors
/// When it holds no certificate, or something else besides.
pub(super) fn certificate_digest(publisher: &str, pem: &str) -> Result<Digest, TrustError> {
    let unreadable = || TrustError::Certificate { publisher: publisher.to_owned() };
    let der =
        Certificate::from_pem(pem.trim()).and_then(|certificate| certificate.to_der()).map_err(|_| unreadable())?;
    Ok(Digest::of(&der))
}

fn same(publisher: &str, given: Digest, right: Digest) -> Result<(), TrustError> {
    if given == right { Ok(()) } else { Err(TrustError::Digest { publisher: publisher.to_owned(), given, right }) }
}

fn ordered(publisher: &str, window: Window) -> Result<(), TrustError> {
    match (window.from, window.until) {
        (Some(from), Some(until)) if from >= until => Err(TrustError::Window { publisher: publisher.to_owned() }),
        _ => Ok(()),
    }
}

impl Moment {
    /// The moment this many milliseconds after 1970; those that no calendar has become the nearest it has.
    pub fn from_ms(ms: i64) -> Self {
        let range = jiff::Timestamp::MIN.as_millisecond()..=jiff::Timestamp::MAX.as_millisecond();
        Self(ms.clamp(*range.start(), *range.end()))
    }

    /// Milliseconds since 1970.
    pub fn as_ms(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => fmt::Display::fmt(&time, f),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Moment {
    type Err = String;

    /// A time in UTC, or a day, which means its begin.
    fn from_str(text: &str) -> Result<Self, String> {
        let day = || format!("{text}T00:00:00Z").parse::<jiff::Timestamp>();
        let time = text.parse::<jiff::Timestamp>().or_else(|_| day());
        time.ok()
            .map(|time| Self(time.as_millisecond()))
            .ok_or_else(|| format!("`{text}` is no time; write 2026-11-27T12:00:00Z or 2026-11-27"))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Enrolled, Role};
    use super::*;
    use crate::keys::{Scheme, SigningKey};

    fn store() -> TrustStore {
        let key = SigningKey::generate(Scheme::EcdsaP256).unwrap().public().unwrap();
        let mut store = TrustStore::default();
        store.publisher("acme", &[Role::Models], &["pkg:huggingface/acme/**".parse().unwrap()]);
        let window = Window { from: Some("2026-01-01".parse().unwrap()), until: None };
        store.keys.push(Enrolled { publisher: "acme".into(), digest: key.digest(), window, pem: key.to_pem() });
        store
    }

    #[test]
    fn a_store_is_read_as_it_was_written_and_each_change_is_a_version() {
        let first = store().succeed(None).unwrap();
        let read = TrustStore::parse(&first).unwrap();
        assert_eq!((read.version, &read.previous), (1, &None));
        assert_eq!(read.keys, TrustStore::parse(&first).unwrap().keys);
        let second = TrustStore::parse(&read.succeed(Some(&first)).unwrap()).unwrap();
        assert_eq!((second.version, second.previous), (2, Some(Digest::of(first.as_bytes()).to_string())));
    }

    #[test]
    fn a_store_with_a_mistake_says_nothing() {
        let text = store().succeed(None).unwrap();
        assert!(TrustStore::parse(&text).is_ok());
        let edits: [(&str, &str, &str); 6] = [
            ("an unknown key", "version = 1", "version = 1\nversoin = 2"),
            ("an unlisted publisher", "publisher = \"acme\"", "publisher = \"acne\""),
            ("no past", "version = 1", "version = 2"),
            (
                "a wrong window",
                "from = \"2026-01-01T00:00:00Z\"",
                "from = \"2026-01-01T00:00:00Z\"\nuntil = \"2025-01-01\"",
            ),
            ("an unknown role", "models", "everything"),
            ("another digest", "digest = \"sha256:", "digest = \"sha256:00"),
        ];
        for (what, from, to) in edits {
            let edited = text.replacen(from, to, 1);
            assert_ne!(edited, text, "{what}: {text}");
            assert!(TrustStore::parse(&edited).is_err(), "{what}");
        }
        let revocations = [
            "since = \"2026-01-01\"\nreason = \"x\"",
            "since = \"2026-01-01\"\nreason = \"x\"\nidentity = \"a@b.invalid\"",
            "since = \"2026-01-01\"\nreason = \"x\"\nidentity = \"*\"\nissuer = \"https://i.invalid\"",
            "reason = \"x\"",
        ];
        for revocation in revocations {
            assert!(TrustStore::parse(&format!("{text}\n[[revoked]]\n{revocation}\n")).is_err(), "{revocation}");
        }
        let whole =
            "since = \"2026-01-01\"\nreason = \"x\"\nidentity = \"a@b.invalid\"\nissuer = \"https://i.invalid\"";
        assert!(TrustStore::parse(&format!("{text}\n[[revoked]]\n{whole}\n")).is_ok());
    }
}
