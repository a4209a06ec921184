//! Trust stores: who may sign what, since when, and who no longer.
//!
//! A publisher has keys, certificates and keyless identities, each for a time, and may sign artifacts of some
//! names in some roles. Revocations go by key, certificate or identity and have a time: what verifiably was
//! signed before keeps its worth. A store that says nothing about a signer says no.

mod file;
mod name;

use std::fmt;
use std::str::FromStr;

use headworks_types::Digest;
use serde::{Deserialize, Serialize};

pub use file::{Moment, TrustError};
pub use name::{NamePattern, NamePatternError};

use crate::keyless::{Identity, Signer};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// What an organisation decided about signers; one version of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustStore {
    /// Counts the changes.
    pub version: u64,
    /// Digest of the text of the version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// When somebody last made sure that all revocations are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Moment>,
    /// After how many days without a review nothing is established by this store any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_after_days: Option<u32>,
    /// Who signs.
    #[serde(default, rename = "publisher", skip_serializing_if = "Vec::is_empty")]
    pub publishers: Vec<Publisher>,
    /// Their keys.
    #[serde(default, rename = "key", skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Enrolled>,
    /// The certificates that theirs are issued under.
    #[serde(default, rename = "certificate", skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Enrolled>,
    /// Their keyless identities.
    #[serde(default, rename = "identity", skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<EnrolledIdentity>,
    /// Who signed an artifact of a name when it was first seen.
    #[serde(default, rename = "pin", skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<Pin>,
    /// Who no longer counts.
    #[serde(default, rename = "revoked", skip_serializing_if = "Vec::is_empty")]
    pub revocations: Vec<Revocation>,
}

/// Somebody who signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// What it is called here.
    pub name: String,
    /// What it may sign.
    pub roles: Vec<Role>,
    /// The artifacts that it may sign, by name.
    pub signs: Vec<NamePattern>,
}

/// What a signature may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Models as they are published.
    Models,
    /// Datasets as they are published.
    Datasets,
    /// Packages as they are published.
    Packages,
    /// How something was made.
    Provenance,
    /// How something was measured.
    Evaluation,
    /// Checkpoints of a training run.
    Checkpoints,
    /// Verdicts of a gate.
    Verdicts,
    /// Checkpoints of a log, as its witness.
    Witness,
}

/// When an enrolment holds; without bounds, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// From then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
    /// Until then, exclusively.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
}

/// A key of a publisher, or a certificate that theirs are issued under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    /// Whose it is.
    pub publisher: String,
    /// SHA-256 of a key's SubjectPublicKeyInfo, or of a certificate's DER.
    pub digest: Digest,
    /// When it counts.
    #[serde(default, skip_serializing_if = "Window::is_open")]
    pub window: Window,
    /// The key or the certificate.
    pub pem: String,
}

/// A keyless identity of a publisher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolledIdentity {
    /// Whose it is.
    pub publisher: String,
    /// An e-mail address, a URI, or a workflow with a pattern of refs.
    pub name: String,
    /// Who vouches for it.
    pub issuer: String,
    /// The repository's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_id: Option<String>,
    /// The owner's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// When it counts.
    #[serde(default, skip_serializing_if = "Window::is_open")]
    pub window: Window,
}

/// Who signed an artifact of a name when it was first seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The artifact's name.
    pub artifact: String,
    /// Who signed it.
    pub publisher: String,
    /// When that was first seen.
    pub first_seen: Moment,
}

/// A signer that no longer counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Since when; signatures that verifiably are older keep their worth.
    pub since: Moment,
    /// Why.
    pub reason: String,
    /// The key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Digest>,
    /// The certificate, and with it all that are issued under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Digest>,
    /// The name of the identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The issuer of the identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// Who verifiably signed.
#[derive(Debug, Clone, Copy)]
pub enum SignedBy<'a> {
    /// The key with this digest.
    Key(Digest),
    /// A certificate; the digests of it and of all that it was verified under.
    Certificates(&'a [Digest]),
    /// A keyless identity.
    Identity(&'a Signer),
}

/// The times that matter.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// The present, in milliseconds since 1970.
    pub now_ms: i64,
    /// When it was signed, if a log or a timestamp authority vouches for that.
    pub signed_ms: Option<i64>,
}

/// What a store says about a signer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
pub enum Decision {
    /// It may sign this.
    Enrolled {
        /// Who it is.
        publisher: String,
        /// What the signature stands for.
        role: Role,
    },
    /// Nobody enrolled it.
    Unknown,
    /// It is somebody's, but not for artifacts of this name or in this role.
    NotForThis {
        /// Who it is.
        publisher: String,
    },
    /// It was revoked, and nothing shows that the signature is older.
    Revoked {
        /// Since when.
        since: Moment,
        /// Why.
        reason: String,
    },
    /// It counts at other times only.
    OutOfWindow {
        /// Who it is.
        publisher: String,
    },
    /// Nobody made sure lately that all revocations are listed.
    Stale {
        /// When somebody last did.
        reviewed: Option<Moment>,
        /// How many days that is good for.
        stale_after_days: u32,
    },
}

/// How an artifact's signature compares with what was seen of its name before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "continuity")]
pub enum Continuity {
    /// The name was not seen before.
    FirstSeen,
    /// The same publisher as before.
    Same,
    /// It was signed before and now is not: the signature was stripped, or the artifact is another one.
    NoLongerSigned {
        /// Who signed before.
        was: String,
    },
    /// Another publisher than before.
    OtherPublisher {
        /// Who signed before.
        was: String,
        /// Who signs now.
        now: String,
    },
}

impl TrustStore {
    /// Whether `signer` may sign the artifact of this name in this role.
    pub fn decide(&self, signer: SignedBy<'_>, role: Role, artifact: &str, when: When) -> Decision {
        if let Some(revocation) = self.revocations.iter().find(|revocation| revocation.hits(signer, when)) {
            return Decision::Revoked { since: revocation.since, reason: revocation.reason.clone() };
        }
        let enrolments = self.enrolments(signer);
        let fitting = |(publisher, _): &&(&Publisher, Window)| publisher.may_sign(role, artifact);
        let (Some(first), fits) = (enrolments.first(), enrolments.iter().find(fitting)) else {
            return Decision::Unknown;
        };
        let Some((publisher, _)) = fits else {
            return Decision::NotForThis { publisher: first.0.name.clone() };
        };
        let time_ms = when.signed_ms.unwrap_or(when.now_ms);
        match enrolments.iter().filter(fitting).find(|(_, window)| window.admits(time_ms)) {
            None => Decision::OutOfWindow { publisher: publisher.name.clone() },
            Some((publisher, _)) => {
                let publisher = publisher.name.clone();
                self.staleness(when.now_ms).unwrap_or(Decision::Enrolled { publisher, role })
            }
        }
    }

    /// How a signature by `publisher`, or none, compares with what was first seen of the name.
    pub fn continuity(&self, artifact: &str, publisher: Option<&str>) -> Continuity {
        let Some(pin) = self.pins.iter().find(|pin| pin.artifact == artifact) else { return Continuity::FirstSeen };
        let was = pin.publisher.clone();
        match publisher {
            Some(now) if now == was => Continuity::Same,
            Some(now) => Continuity::OtherPublisher { was, now: now.to_owned() },
            None => Continuity::NoLongerSigned { was },
        }
    }

    /// Remembers who signed an artifact of this name, unless somebody is remembered already.
    pub fn pin(&mut self, artifact: &str, publisher: &str, at: Moment) {
        if self.continuity(artifact, Some(publisher)) == Continuity::FirstSeen {
            let (artifact, publisher) = (artifact.to_owned(), publisher.to_owned());
            self.pins.push(Pin { artifact, publisher, first_seen: at });
        }
    }

    /// The publisher of this name, made if there is none; roles and names are added to it.
    pub fn publisher(&mut self, name: &str, roles: &[Role], signs: &[NamePattern]) {
        let at = self.publishers.iter().position(|publisher| publisher.name == name);
        let at = at.unwrap_or_else(|| {
            self.publishers.push(Publisher { name: name.to_owned(), roles: Vec::new(), signs: Vec::new() });
            self.publishers.len().saturating_sub(1)
        });
        if let Some(publisher) = self.publishers.get_mut(at) {
            publisher
                .roles
                .extend(roles.iter().filter(|role| !publisher.roles.contains(role)).copied().collect::<Vec<_>>());
            let new: Vec<_> = signs.iter().filter(|pattern| !publisher.signs.contains(pattern)).cloned().collect();
            publisher.signs.extend(new);
        }
    }

    fn enrolments(&self, signer: SignedBy<'_>) -> Vec<(&Publisher, Window)> {
        let named = |(name, window): (&String, Window)| {
            let publisher = self.publishers.iter().find(|publisher| publisher.name == *name)?;
            Some((publisher, window))
        };
        match signer {
            SignedBy::Key(digest) => {
                let keys = self.keys.iter().filter(|key| key.digest == digest);
                keys.map(|key| (&key.publisher, key.window)).filter_map(named).collect()
            }
            SignedBy::Certificates(chain) => {
                let roots = self.certificates.iter().filter(|certificate| chain.contains(&certificate.digest));
                roots.map(|root| (&root.publisher, root.window)).filter_map(named).collect()
            }
            SignedBy::Identity(signer) => {
                let identities = self.identities.iter().filter(|identity| identity.admits(signer));
                identities.map(|identity| (&identity.publisher, identity.window)).filter_map(named).collect()
            }
        }
    }

    /// A review that lies ahead is no review: the clock is wrong or was set back.
    fn staleness(&self, now_ms: i64) -> Option<Decision> {
        let stale_after_days = self.stale_after_days?;
        let limit_ms = i64::from(stale_after_days).saturating_mul(DAY_MS);
        let fresh = self.reviewed.is_some_and(|at| (0..=limit_ms).contains(&now_ms.saturating_sub(at.as_ms())));
        (!fresh).then_some(Decision::Stale { reviewed: self.reviewed, stale_after_days })
    }
}

impl Publisher {
    fn may_sign(&self, role: Role, artifact: &str) -> bool {
        self.roles.contains(&role) && self.signs.iter().any(|pattern| pattern.admits(artifact))
    }
}

impl Window {
    fn admits(self, time_ms: i64) -> bool {
        self.from.is_none_or(|from| from.as_ms() <= time_ms) && self.until.is_none_or(|until| time_ms < until.as_ms())
    }

    /// Whether it has no bounds.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

impl EnrolledIdentity {
    fn admits(&self, signer: &Signer) -> bool {
        self.identity().is_ok_and(|identity| identity.admits(signer))
    }

    fn identity(&self) -> Result<Identity, crate::keyless::IdentityError> {
        let identity = Identity::new(&self.name, &self.issuer)?;
        Ok(Identity { repository_id: self.repository_id.clone(), owner_id: self.owner_id.clone(), ..identity })
    }
}

impl Revocation {
    fn hits(&self, signer: SignedBy<'_>, when: When) -> bool {
        let older = when.signed_ms.is_some_and(|signed_ms| signed_ms < self.since.as_ms());
        let named = match signer {
            SignedBy::Key(digest) => self.key == Some(digest),
            SignedBy::Certificates(chain) => self.certificate.is_some_and(|digest| chain.contains(&digest)),
            SignedBy::Identity(signer) => self.is_of(signer),
        };
        named && !older
    }

    fn is_of(&self, signer: &Signer) -> bool {
        let (Some(name), Some(issuer)) = (&self.identity, &self.issuer) else { return false };
        Identity::new(name, issuer).is_ok_and(|identity| identity.admits(signer))
    }
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Models,
        Self::Datasets,
        Self::Packages,
        Self::Provenance,
        Self::Evaluation,
        Self::Checkpoints,
        Self::Verdicts,
        Self::Witness,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Models => "models",
            Self::Datasets => "datasets",
            Self::Packages => "packages",
            Self::Provenance => "provenance",
            Self::Evaluation => "evaluation",
            Self::Checkpoints => "checkpoints",
            Self::Verdicts => "verdicts",
            Self::Witness => "witness",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let listed = || Self::ALL.map(Self::as_str).join(", ");
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| format!("it is none of {}", listed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyless::{Claims, San};

    const NAME: &str = "pkg:huggingface/acme/bert";

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    fn moment(ms: i64) -> Moment {
        Moment::from_ms(ms)
    }

    fn key(text: &str, from: Option<i64>, until: Option<i64>) -> Enrolled {
        let window = Window { from: from.map(moment), until: until.map(moment) };
        Enrolled { publisher: "acme".into(), digest: digest(text), window, pem: String::new() }
    }

    /// One publisher whose old key gave way to a new one: both hold from 2000 to 3000.
    fn rotated() -> TrustStore {
        let mut store = TrustStore::default();
        store.publisher("acme", &[Role::Models], &["pkg:huggingface/acme/*".parse().unwrap()]);
        store.keys = vec![key("old", None, Some(3000)), key("new", Some(2000), None)];
        store
    }

    fn decide(store: &TrustStore, key: &str, now_ms: i64, signed_ms: Option<i64>) -> Decision {
        store.decide(SignedBy::Key(digest(key)), Role::Models, NAME, When { now_ms, signed_ms })
    }

    fn enrolled() -> Decision {
        Decision::Enrolled { publisher: "acme".into(), role: Role::Models }
    }

    #[test]
    fn a_rotated_key_counts_until_its_end_and_later_only_with_a_proven_time() {
        let store = rotated();
        let out = Decision::OutOfWindow { publisher: "acme".into() };
        assert_eq!([decide(&store, "old", 1000, None), decide(&store, "new", 1000, None)], [enrolled(), out.clone()]);
        assert_eq!([decide(&store, "old", 2500, None), decide(&store, "new", 2500, None)], [enrolled(), enrolled()]);
        assert_eq!([decide(&store, "old", 3000, None), decide(&store, "new", 3000, None)], [out, enrolled()]);
        assert_eq!(decide(&store, "old", 9000, Some(2999)), enrolled());
        assert_ne!(decide(&store, "old", 9000, Some(3000)), enrolled());
    }

    #[test]
    fn a_revoked_key_counts_only_for_what_verifiably_is_older() {
        let mut store = rotated();
        store.revocations = vec![Revocation {
            since: moment(1500),
            reason: "stolen".into(),
            key: Some(digest("old")),
            certificate: None,
            identity: None,
            issuer: None,
        }];
        let revoked = Decision::Revoked { since: moment(1500), reason: "stolen".into() };
        assert_eq!(decide(&store, "old", 1000, None), revoked, "nothing shows that it is older");
        assert_eq!(decide(&store, "old", 2000, Some(1500)), revoked);
        assert_eq!(decide(&store, "old", 2000, Some(1499)), enrolled());
        assert_eq!(decide(&store, "new", 2000, None), enrolled());
    }

    #[test]
    fn a_signer_counts_only_in_its_roles_and_for_its_names() {
        let store = rotated();
        let when = When { now_ms: 2500, signed_ms: None };
        let not_for_this = Decision::NotForThis { publisher: "acme".into() };
        let old = SignedBy::Key(digest("old"));
        assert_eq!(store.decide(old, Role::Provenance, NAME, when), not_for_this);
        assert_eq!(store.decide(old, Role::Models, "pkg:huggingface/other/bert", when), not_for_this);
        assert_eq!(decide(&store, "nobody's", 2500, None), Decision::Unknown);
        assert_eq!(decide(&TrustStore::default(), "old", 2500, None), Decision::Unknown);
        assert_eq!(store.decide(SignedBy::Certificates(&[digest("old")]), Role::Models, NAME, when), Decision::Unknown);
    }

    #[test]
    fn a_certificate_counts_through_any_that_it_was_verified_under() {
        let mut store = rotated();
        let root = |text: &str| Enrolled {
            publisher: "acme".into(),
            digest: digest(text),
            window: Window::default(),
            pem: String::new(),
        };
        store.certificates = vec![root("root")];
        let when = When { now_ms: 2500, signed_ms: None };
        let chain = [digest("leaf"), digest("intermediate"), digest("root")];
        assert_eq!(store.decide(SignedBy::Certificates(&chain), Role::Models, NAME, when), enrolled());
        let revocation = Revocation {
            since: moment(0),
            reason: "closed".into(),
            key: None,
            certificate: Some(digest("intermediate")),
            identity: None,
            issuer: None,
        };
        store.revocations = vec![revocation];
        assert!(matches!(
            store.decide(SignedBy::Certificates(&chain), Role::Models, NAME, when),
            Decision::Revoked { .. }
        ));
        assert_eq!(store.decide(SignedBy::Certificates(&[digest("root")]), Role::Models, NAME, when), enrolled());
        assert_eq!(store.decide(SignedBy::Certificates(&[]), Role::Models, NAME, when), Decision::Unknown);
    }

    #[test]
    fn an_identity_counts_with_its_issuer_and_is_revoked_with_it() {
        let mut store = rotated();
        store.identities = vec![EnrolledIdentity {
            publisher: "acme".into(),
            name: "ann@acme.invalid".into(),
            issuer: "https://issuer.invalid".into(),
            repository_id: None,
            owner_id: None,
            window: Window::default(),
        }];
        let signer = |issuer: &str| Signer {
            san: San::Email("ann@acme.invalid".into()),
            issuer: issuer.into(),
            claims: Claims::default(),
        };
        let ask = |store: &TrustStore, issuer: &str| {
            let when = When { now_ms: 2500, signed_ms: Some(2400) };
            store.decide(SignedBy::Identity(&signer(issuer)), Role::Models, NAME, when)
        };
        assert_eq!(ask(&store, "https://issuer.invalid"), enrolled());
        assert_eq!(ask(&store, "https://elsewhere.invalid"), Decision::Unknown);
        store.revocations = vec![Revocation {
            since: moment(2400),
            reason: "left".into(),
            key: None,
            certificate: None,
            identity: Some("ann@acme.invalid".into()),
            issuer: Some("https://issuer.invalid".into()),
        }];
        assert!(matches!(ask(&store, "https://issuer.invalid"), Decision::Revoked { .. }));
    }

    #[test]
    fn a_store_that_nobody_reviewed_lately_establishes_nothing() {
        let mut store = rotated();
        store.stale_after_days = Some(1);
        let at = |reviewed: Option<i64>, now_ms| {
            let store = TrustStore { reviewed: reviewed.map(moment), ..store.clone() };
            decide(&store, "new", now_ms, None)
        };
        assert_eq!(at(Some(5000), 5000 + DAY_MS), enrolled());
        for (reviewed, now_ms) in [(Some(5000), 5001 + DAY_MS), (None, 5000), (Some(5001), 5000)] {
            assert!(matches!(at(reviewed, now_ms), Decision::Stale { .. }), "{reviewed:?} {now_ms}");
        }
    }

    #[test]
    fn what_was_signed_before_and_now_is_not_is_noticed() {
        let mut store = rotated();
        assert_eq!(store.continuity(NAME, None), Continuity::FirstSeen);
        store.pin(NAME, "acme", moment(1));
        store.pin(NAME, "mallory", moment(2));
        assert_eq!(store.pins.len(), 1, "the first one stays");
        assert_eq!(store.continuity(NAME, Some("acme")), Continuity::Same);
        assert_eq!(store.continuity(NAME, None), Continuity::NoLongerSigned { was: "acme".into() });
        let other = Continuity::OtherPublisher { was: "acme".into(), now: "mallory".into() };
        assert_eq!(store.continuity(NAME, Some("mallory")), other);
    }
}
