//! Signed notes (C2SP signed-note) and the cosignatures of witnesses (C2SP tlog-cosignature, `cosignature/v1`).
//!
//! Both kinds of signature are Ed25519. A line by a key that is not asked about is ignored, as the format
//! wants it; a line by a key that is asked about must verify, or the whole note is refused.

use std::fmt;
use std::str::FromStr;

use headworks_types::Digest;

use crate::encoding::{from_base64, to_base64, to_hex};
use crate::keys::{KeyError, PublicKey, Scheme, SigningKey};

/// Largest note that is read, in bytes.
const NOTE_BYTES_MAX: usize = 256 << 10;

/// Most signatures that a note may carry; the format demands that 16 are accepted.
const SIGNATURES_MAX: usize = 64;

/// Longest key name in bytes.
const NAME_BYTES_MAX: usize = 1 << 10;

/// What each signature line starts with.
const DASH: &str = "\u{2014} ";

/// What precedes the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410 §4).
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Bytes of the time before a cosignature.
const TIME_BYTES: usize = 8;

/// A text and the signatures under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key.
    pub name: String,
    /// Identifier of the key, which with the name says whose signature this claims to be.
    pub key_id: [u8; 4],
    /// The signature; before that of a cosignature, its time.
    pub bytes: Vec<u8>,
}

/// What a signature is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureKind {
    /// The text of the note.
    Ed25519,
    /// The time and the text of a checkpoint that a witness saw.
    Cosignature,
}

/// A key that verifies signature lines of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: SignatureKind,
    key: PublicKey,
}

/// Why a note or a key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is larger than is read.
    #[error("it has {bytes} bytes, more than the {max} that are read", max = NOTE_BYTES_MAX)]
    Size {
        /// What it has.
        bytes: usize,
    },
    /// Its text is no UTF-8, has control characters, or is not followed by a blank line.
    #[error("it is no signed note")]
    Malformed,
    /// A line below the text is no signature line.
    #[error("line {line} below its text is no signature line")]
    SignatureLine {
        /// Which, from 1.
        line: usize,
    },
    /// It carries no signature or more than are looked at.
    #[error("it carries {count} signatures; from 1 to {max} are looked at", max = SIGNATURES_MAX)]
    Signatures {
        /// How many.
        count: usize,
    },
    /// It carries no signature by the key.
    #[error("it carries no signature by `{key}`")]
    NoSignature {
        /// Name of the key.
        key: String,
    },
    /// The signature that claims to be by the key is not.
    #[error("the signature that claims to be by `{key}` is not")]
    BadSignature {
        /// Name of the key.
        key: String,
    },
    /// A key's name is empty, too long, or has spaces, plus signs or control characters.
    #[error("`{name}` cannot be the name of a key")]
    Name {
        /// The name.
        name: String,
    },
    /// It is no verifier key.
    #[error("it is no verifier key of the form name+hash+base64 with an Ed25519 key")]
    VerifierKey,
    /// The key is none of Ed25519 or cannot be used.
    #[error("the key cannot be used: {0}")]
    Key(#[from] KeyError),
    /// The key is of another scheme.
    #[error("the key is not one of Ed25519")]
    Scheme,
}

impl Note {
    /// Reads a note; nothing of it is to be used before a signature was verified.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Size { bytes: bytes.len() });
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed)?;
        let control = |c: char| c < ' ' && c != '\n';
        // Text and signatures are parted by the last empty line; the text keeps its own final newline.
        let blank = whole.rfind("\n\n").filter(|_| !whole.contains(control)).ok_or(NoteError::Malformed)?;
        let (text, below) = whole.split_at_checked(blank.saturating_add(1)).ok_or(NoteError::Malformed)?;
        let lines = below.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n')).ok_or(NoteError::Malformed)?;
        let count = lines.split('\n').count();
        if count > SIGNATURES_MAX {
            return Err(NoteError::Signatures { count });
        }
        let signature = |(place, line)| NoteSignature::parse(line).ok_or(NoteError::SignatureLine { line: place + 1 });
        let signatures = lines.split('\n').enumerate().map(signature).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// A note with this text, which ends in a newline, and these signatures.
    ///
    /// # Errors
    /// When it would not be read back as it is.
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        if signatures.is_empty() {
            return Err(NoteError::Signatures { count: 0 });
        }
        let note = Self { text, signatures };
        if Self::parse(note.to_string().as_bytes())? == note { Ok(note) } else { Err(NoteError::Malformed) }
    }

    /// The same note with one more signature, in place of any by the same key.
    ///
    /// # Errors
    /// When it has too many.
    pub fn with(&self, signature: NoteSignature) -> Result<Self, NoteError> {
        let same = |other: &&NoteSignature| other.name == signature.name && other.key_id == signature.key_id;
        let mut signatures: Vec<_> = self.signatures.iter().filter(|other| !same(other)).cloned().collect();
        signatures.push(signature);
        Self::new(self.text.clone(), signatures)
    }

    /// The text, whoever may have written it.
    pub fn text_unverified(&self) -> &str {
        &self.text
    }

    /// The signature lines, whoever may have written them.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The text, if the key signed it.
    ///
    /// # Errors
    /// When the key did not, or a line claims so falsely.
    pub fn verify(&self, key: &VerifierKey) -> Result<&str, NoteError> {
        key.time_of(self).map(|_| self.text.as_str())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

impl NoteSignature {
    /// Signs the text of a note.
    ///
    /// # Errors
    /// When the name or the key is of another kind.
    pub fn sign(text: &str, name: &str, key: &SigningKey) -> Result<Self, NoteError> {
        let verifier = VerifierKey::new(name, SignatureKind::Ed25519, ed25519(key)?)?;
        Ok(Self { name: name.to_owned(), key_id: verifier.id(), bytes: key.sign(text.as_bytes())? })
    }

    /// Signs the text of a checkpoint as a witness that saw it at a time, in seconds since the Unix epoch.
    ///
    /// # Errors
    /// When the name or the key is of another kind.
    pub fn cosign(text: &str, name: &str, key: &SigningKey, time_s: u64) -> Result<Self, NoteError> {
        let verifier = VerifierKey::new(name, SignatureKind::Cosignature, ed25519(key)?)?;
        let signature = key.sign(cosigned(text, time_s).as_bytes())?;
        let bytes = [&time_s.to_be_bytes()[..], &signature].concat();
        Ok(Self { name: name.to_owned(), key_id: verifier.id(), bytes })
    }

    /// Reads a signature line without its newline.
    pub fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = from_base64(encoded)?;
        let (key_id, signature) = bytes.split_first_chunk::<4>()?;
        let usable = is_name(name) && !signature.is_empty();
        usable.then(|| Self { name: name.to_owned(), key_id: *key_id, bytes: signature.to_owned() })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id[..], &self.bytes].concat();
        writeln!(f, "{DASH}{} {}", self.name, to_base64(&bytes))
    }
}

impl SignatureKind {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }
}

impl VerifierKey {
    /// A key under a name.
    ///
    /// # Errors
    /// When the name cannot be one, or the key is not one of Ed25519.
    pub fn new(name: &str, kind: SignatureKind, key: PublicKey) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Name { name: name.to_owned() });
        }
        if key.scheme() != Scheme::Ed25519 {
            return Err(NoteError::Scheme);
        }
        Ok(Self { name: name.to_owned(), kind, key })
    }

    /// Name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures are over.
    pub fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// The key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Identifier of the key: the start of a digest over its name, kind and bytes.
    pub fn id(&self) -> [u8; 4] {
        let material = [self.name.as_bytes(), b"\n", &[self.kind.byte()], self.key.raw()].concat();
        let [a, b, c, d, ..] = *Digest::of(&material).as_bytes();
        [a, b, c, d]
    }

    /// The time at which the key cosigned the note, in seconds since the Unix epoch; 0 of a plain signature.
    ///
    /// # Errors
    /// When the key signed it not at all, or a line claims so falsely.
    pub fn time_of(&self, note: &Note) -> Result<u64, NoteError> {
        let id = self.id();
        let mut time = Err(NoteError::NoSignature { key: self.name.clone() });
        for line in note.signatures.iter().filter(|line| line.name == self.name && line.key_id == id) {
            let holds = self.check(&note.text, &line.bytes);
            time = Ok(holds.ok_or_else(|| NoteError::BadSignature { key: self.name.clone() })?);
        }
        time
    }

    fn check(&self, text: &str, bytes: &[u8]) -> Option<u64> {
        match self.kind {
            SignatureKind::Ed25519 => self.key.verify(text.as_bytes(), bytes).ok().map(|()| 0),
            SignatureKind::Cosignature => {
                let (time, signature) = bytes.split_first_chunk::<TIME_BYTES>()?;
                let time = u64::from_be_bytes(*time);
                let message = i64::try_from(time).ok().map(|_| cosigned(text, time))?;
                self.key.verify(message.as_bytes(), signature).ok().map(|()| time)
            }
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [&[self.kind.byte()], self.key.raw()].concat();
        write!(f, "{}+{}+{}", self.name, to_hex(&self.id()), to_base64(&material))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, rest) = text.split_once('+').ok_or(NoteError::VerifierKey)?;
        let (_, encoded) = rest.split_once('+').ok_or(NoteError::VerifierKey)?;
        let material = from_base64(encoded).ok_or(NoteError::VerifierKey)?;
        let (kind, raw) = match material.split_first() {
            Some((1, raw)) => (SignatureKind::Ed25519, raw),
            Some((4, raw)) => (SignatureKind::Cosignature, raw),
            _ => return Err(NoteError::VerifierKey),
        };
        if raw.len() != 32 {
            return Err(NoteError::VerifierKey);
        }
        let key = PublicKey::from_der(&[&ED25519_SPKI[..], raw].concat())?;
        let verifier = Self::new(name, kind, key)?;
        // Written out again it must be the same, which compares the hash.
        if verifier.to_string() == text { Ok(verifier) } else { Err(NoteError::VerifierKey) }
    }
}

/// What a witness signs.
fn cosigned(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

fn ed25519(key: &SigningKey) -> Result<PublicKey, NoteError> {
    if key.scheme() == Scheme::Ed25519 { Ok(key.public()?) } else { Err(NoteError::Scheme) }
}

fn is_name(name: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
                        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    fn key() -> VerifierKey {
        KEY.parse().unwrap()
    }

    fn pair(kind: SignatureKind) -> (SigningKey, VerifierKey) {
        let key = SigningKey::generate(Scheme::Ed25519).unwrap();
        let verifier = VerifierKey::new("example.com/w", kind, key.public().unwrap()).unwrap();
        (key, verifier)
    }

    #[test]
    fn the_example_of_the_specification_verifies() {
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        assert_eq!(note.verify(&key()).unwrap(), "This is an example message.\n");
        assert_eq!((note.to_string(), key().to_string()), (NOTE.to_owned(), KEY.to_owned()));
    }

    #[test]
    fn an_altered_text_a_wrong_and_an_absent_signature_are_refused() {
        let altered = NOTE.replace("example message", "other message");
        let refused = Note::parse(altered.as_bytes()).unwrap().verify(&key()).unwrap_err();
        assert!(matches!(refused, NoteError::BadSignature { .. }));
        let (_, other) = pair(SignatureKind::Ed25519);
        let refused = Note::parse(NOTE.as_bytes()).unwrap().verify(&other).unwrap_err();
        assert!(matches!(refused, NoteError::NoSignature { .. }));
    }

    #[test]
    fn a_second_line_that_claims_the_key_must_verify_too() {
        let line = NOTE.lines().nth(2).unwrap();
        let forged = format!("{NOTE}{}\n", line.replace("Uw2QOkn8", "Uw2QOkn9"));
        assert!(Note::parse(forged.as_bytes()).unwrap().verify(&key()).is_err());
        let unknown = format!("{NOTE}{}\n", line.replace("foo", "bar"));
        assert!(Note::parse(unknown.as_bytes()).unwrap().verify(&key()).is_ok());
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for text in [
            "",
            "\n\n",
            "text\n",
            "text\n\n",
            "text\n\nno dash\n",
            &NOTE[..NOTE.len() - 1],
            &NOTE.replace("This", "Th\tis"),
            &NOTE.replace("QM=\n", "QM\n"),
            &NOTE.replace("foo ", "f+o "),
            &NOTE.replace("\n\n", "\n"),
        ] {
            assert!(Note::parse(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(Note::parse(b"\xff\n\n").is_err());
        let line = NOTE.lines().nth(2).unwrap();
        let many = |count| format!("text\n\n{}", format!("{line}\n").repeat(count));
        assert!(Note::parse(many(64).as_bytes()).is_ok());
        assert!(matches!(Note::parse(many(65).as_bytes()), Err(NoteError::Signatures { count: 65 })));
    }

    #[test]
    fn what_is_no_verifier_key_is_refused() {
        for text in [
            KEY.replace("530d903a", "530d903b"),
            KEY.replace("530d903a", "530D903A"),
            KEY.replace("+A", "+B"),
            KEY.replace("example.com/foo", ""),
            KEY.replace("example.com/foo", "a b"),
            KEY.replace("U2k", "U2"),
            "name".to_owned(),
        ] {
            assert!(text.parse::<VerifierKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cosignature_binds_text_and_time() {
        let (key, verifier) = pair(SignatureKind::Cosignature);
        let line = NoteSignature::cosign("text\n", "example.com/w", &key, 1_679_315_147).unwrap();
        let note = Note::new("text\n".into(), vec![line.clone()]).unwrap();
        assert_eq!(verifier.time_of(&note).unwrap(), 1_679_315_147);
        let mut later = line;
        later.bytes[7] ^= 1;
        assert!(verifier.time_of(&Note::new("text\n".into(), vec![later]).unwrap()).is_err());
        // The same key as a log's key signs something else under another identifier.
        let plain = VerifierKey::new("example.com/w", SignatureKind::Ed25519, key.public().unwrap()).unwrap();
        assert!(matches!(plain.time_of(&note), Err(NoteError::NoSignature { .. })));
        assert_eq!(verifier.to_string().parse::<VerifierKey>().unwrap(), verifier);
    }

    #[test]
    fn a_newer_line_by_a_key_takes_the_place_of_the_older() {
        let (key, verifier) = pair(SignatureKind::Cosignature);
        let at = |time| NoteSignature::cosign("text\n", "example.com/w", &key, time).unwrap();
        let note = Note::new("text\n".into(), vec![at(1)]).unwrap().with(at(2)).unwrap();
        assert_eq!((note.signatures().len(), verifier.time_of(&note).unwrap()), (1, 2));
    }
}
