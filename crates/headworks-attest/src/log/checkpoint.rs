//! Checkpoints (C2SP tlog-checkpoint): how large a log is and what its root is, signed by the log.

use std::fmt;

use headworks_types::Digest;

use super::merkle::{SIZE_MAX, empty_root};
use super::note::{Note, NoteError, NoteSignature, VerifierKey};
use crate::encoding::{from_base64, to_base64};
use crate::keys::SigningKey;

/// Most extension lines that are read.
const EXTENSIONS_MAX: usize = 16;

/// The state of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Digest,
    /// Further lines; our own log writes none, because no monitor can check them.
    pub extensions: Vec<String>,
}

/// Why a checkpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note or its signature does not hold.
    #[error("the checkpoint is refused: {0}")]
    Note(#[from] NoteError),
    /// A line of it is missing or malformed.
    #[error("line {line} of the checkpoint is missing or malformed")]
    Line {
        /// Which, from 1.
        line: usize,
    },
    /// It is of another log.
    #[error("the checkpoint is of the log `{found}`, not `{wanted}`")]
    Origin {
        /// The log it is of.
        found: String,
        /// The log that was asked for.
        wanted: String,
    },
}

impl Checkpoint {
    /// The checkpoint in a note that the log's key signed; the key's name is the log's origin.
    ///
    /// # Errors
    /// When the signature does not hold, or it is malformed or of another log.
    pub fn verify(note: &Note, log: &VerifierKey) -> Result<Self, CheckpointError> {
        let checkpoint = Self::parse(note.verify(log)?)?;
        if checkpoint.origin == log.name() {
            return Ok(checkpoint);
        }
        Err(CheckpointError::Origin { found: checkpoint.origin, wanted: log.name().to_owned() })
    }

    /// Reads the text of a checkpoint that somebody may have signed or not.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Line { line: 1 })?.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError::Line { line: 1 })?;
        let size = lines.next().and_then(decimal).ok_or(CheckpointError::Line { line: 2 })?;
        let root = lines.next().and_then(hash).ok_or(CheckpointError::Line { line: 3 })?;
        if size == 0 && root != empty_root() {
            return Err(CheckpointError::Line { line: 3 });
        }
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        let empty = extensions.iter().position(String::is_empty);
        let surplus = (extensions.len() > EXTENSIONS_MAX).then_some(EXTENSIONS_MAX);
        match empty.or(surplus) {
            Some(place) => Err(CheckpointError::Line { line: place.saturating_add(4) }),
            None => Ok(Self { origin: origin.to_owned(), size, root, extensions }),
        }
    }

    /// The note with the log's signature; the key is named by the origin.
    ///
    /// # Errors
    /// When the origin cannot name a key, or the key is not one of Ed25519.
    pub fn sign(&self, key: &SigningKey) -> Result<Note, NoteError> {
        let text = self.to_string();
        let signature = NoteSignature::sign(&text, &self.origin, key)?;
        Note::new(text, vec![signature])
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root, extensions } = self;
        write!(f, "{origin}\n{size}\n{}\n", to_base64(root.as_bytes()))?;
        extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A number as these formats write it: digits without leading zeros.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|number| canonical && *number <= SIZE_MAX)
}

/// A hash as these formats write it.
pub(super) fn hash(text: &str) -> Option<Digest> {
    let bytes = from_base64(text)?;
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Scheme;
    use crate::log::note::SignatureKind;

    /// The example of the specification.
    const TEXT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        assert_eq!((checkpoint.size, checkpoint.origin.as_str()), (20_852_163, "example.com/behind-the-sofa"));
        assert_eq!(checkpoint.to_string(), TEXT);
        let extended = format!("{TEXT}more\n");
        assert_eq!(Checkpoint::parse(&extended).unwrap().to_string(), extended);
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        for text in [
            String::new(),
            "\n".into(),
            TEXT.trim_end().into(),
            TEXT.replace("20852163", "020852163"),
            TEXT.replace("20852163", "+20852163"),
            TEXT.replace("20852163", "-1"),
            TEXT.replace("20852163", ""),
            TEXT.replace("20852163", "18446744073709551615"),
            TEXT.replace("20852163", "0"),
            TEXT.replace("q2I=", "q2I"),
            TEXT.replace("CsUY", ""),
            TEXT.replace("example.com/behind-the-sofa", ""),
            format!("{TEXT}\n"),
            format!("{TEXT}{}", "x\n".repeat(17)),
        ] {
            assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_signed_checkpoint_verifies_for_its_own_log_only() {
        let key = SigningKey::generate(Scheme::Ed25519).unwrap();
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        let note = checkpoint.sign(&key).unwrap();
        let verifier = |name: &str, key: &SigningKey| {
            VerifierKey::new(name, SignatureKind::Ed25519, key.public().unwrap()).unwrap()
        };
        assert_eq!(Checkpoint::verify(&note, &verifier(&checkpoint.origin, &key)).unwrap(), checkpoint);
        let other = SigningKey::generate(Scheme::Ed25519).unwrap();
        assert!(Checkpoint::verify(&note, &verifier(&checkpoint.origin, &other)).is_err());
        // The same key under another name signs, but not for this log.
        let signature = NoteSignature::sign(TEXT, "example.com/other", &key).unwrap();
        let renamed = note.with(signature).unwrap();
        let refused = Checkpoint::verify(&renamed, &verifier("example.com/other", &key)).unwrap_err();
        assert!(matches!(refused, CheckpointError::Origin { .. }));
    }
}
