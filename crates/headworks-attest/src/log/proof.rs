//! Receipts (C2SP tlog-proof, `.tlog-proof`): that one entry is in a log, checked without the log.

use std::fmt;

use headworks_types::Digest;

use super::checkpoint::{Checkpoint, CheckpointError, decimal, hash};
use super::merkle::{self, PROOF_HASHES_MAX, ProofError};
use super::note::{Note, VerifierKey};
use super::tiles::ENTRY_BYTES_MAX;
use crate::encoding::{from_base64, to_base64};

/// First line of each receipt.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Largest receipt that is read, in bytes.
const RECEIPT_BYTES_MAX: usize = 1 << 20;

/// A proof that an entry is in a log, with the checkpoint it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Bytes that the proof does not cover by itself; ours are the entry, whose hash is what is proven.
    pub extra: Option<Vec<u8>>,
    /// Index of the entry.
    pub index: u64,
    /// The hashes from the entry's sibling up.
    pub hashes: Vec<Digest>,
    /// The checkpoint as the log and perhaps witnesses signed it.
    pub checkpoint: Note,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is larger than is read, or no UTF-8.
    #[error("it is no receipt")]
    Malformed,
    /// A line of it is missing or malformed.
    #[error("line {line} of the receipt is missing or malformed")]
    Line {
        /// Which, from 1.
        line: usize,
    },
    /// Its checkpoint does not hold.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The entry is not in the tree that the checkpoint is of.
    #[error("the receipt does not show that the entry is in the log: {0}")]
    Proof(#[from] ProofError),
    /// It carries no entry.
    #[error("the receipt carries no entry")]
    NoEntry,
}

impl Receipt {
    /// Reads a receipt; nothing of it is to be used before it was verified.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > RECEIPT_BYTES_MAX {
            return Err(ReceiptError::Malformed);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ReceiptError::Malformed)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ReceiptError::Malformed)?;
        let mut lines = head.split('\n').zip(1..).peekable();
        lines.next().filter(|(line, _)| *line == HEADER).ok_or(ReceiptError::Line { line: 1 })?;
        let extra = match lines.next_if(|(line, _)| line.starts_with("extra ")) {
            Some((line, at)) => Some(extra(line).ok_or(ReceiptError::Line { line: at })?),
            None => None,
        };
        let place = if extra.is_some() { 3 } else { 2 };
        let index = lines.next().and_then(|(line, _)| decimal(line.strip_prefix("index ")?));
        let index = index.ok_or(ReceiptError::Line { line: place })?;
        let mut hashes = Vec::new();
        for (line, at) in lines {
            let hash = hash(line).filter(|_| hashes.len() < PROOF_HASHES_MAX);
            hashes.push(hash.ok_or(ReceiptError::Line { line: at })?);
        }
        let checkpoint = Note::parse(checkpoint.as_bytes()).map_err(CheckpointError::from)?;
        Ok(Self { extra, index, hashes, checkpoint })
    }

    /// Checks that the entry it carries is in the log, and returns it with the checkpoint that says so.
    ///
    /// # Errors
    /// When it is not shown to be.
    pub fn verify(&self, log: &VerifierKey) -> Result<(&[u8], Checkpoint), ReceiptError> {
        let entry = self.extra.as_deref().ok_or(ReceiptError::NoEntry)?;
        Ok((entry, self.verify_entry(entry, log)?))
    }

    /// Checks that an entry, known from elsewhere, is in the log.
    ///
    /// # Errors
    /// When it is not shown to be.
    pub fn verify_entry(&self, entry: &[u8], log: &VerifierKey) -> Result<Checkpoint, ReceiptError> {
        let checkpoint = Checkpoint::verify(&self.checkpoint, log)?;
        let leaf = merkle::leaf_hash(entry);
        merkle::verify_inclusion(self.index, checkpoint.size, &leaf, &self.hashes, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", to_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", to_base64(hash.as_bytes())))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

fn extra(line: &str) -> Option<Vec<u8>> {
    from_base64(line.strip_prefix("extra ")?).filter(|bytes| bytes.len() <= ENTRY_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Scheme, SigningKey};
    use crate::log::note::SignatureKind;

    fn receipt(index: u64, key: &SigningKey) -> Receipt {
        let entries: Vec<Vec<u8>> = (0..7).map(|number| format!("entry {number}").into_bytes()).collect();
        let leaves: Vec<Digest> = entries.iter().map(|entry| merkle::leaf_hash(entry)).collect();
        let mut node = |level: u8, at: u64| {
            let (start, end) = ((at << level) as usize, ((at + 1) << level) as usize);
            Ok::<_, ProofError>(merkle::root_of(&leaves[start..end]))
        };
        let hashes = merkle::inclusion(index, 7, &mut node).unwrap();
        let root = merkle::root_of(&leaves);
        let checkpoint = Checkpoint { origin: "example.com/log".into(), size: 7, root, extensions: Vec::new() };
        let extra = Some(entries[index as usize].clone());
        Receipt { extra, index, hashes, checkpoint: checkpoint.sign(key).unwrap() }
    }

    fn key() -> (SigningKey, VerifierKey) {
        let key = SigningKey::generate(Scheme::Ed25519).unwrap();
        let verifier = VerifierKey::new("example.com/log", SignatureKind::Ed25519, key.public().unwrap()).unwrap();
        (key, verifier)
    }

    #[test]
    fn a_receipt_is_read_as_written_and_verifies() {
        let (key, verifier) = key();
        for index in 0..7 {
            let receipt = receipt(index, &key);
            let again = Receipt::parse(receipt.to_string().as_bytes()).unwrap();
            assert_eq!(again, receipt);
            let (entry, checkpoint) = again.verify(&verifier).unwrap();
            assert_eq!((entry, checkpoint.size), (format!("entry {index}").as_bytes(), 7));
        }
    }

    #[test]
    fn a_receipt_of_another_entry_index_or_log_is_refused() {
        let (key, verifier) = key();
        let good = receipt(2, &key);
        assert!(good.verify_entry(b"entry 3", &verifier).is_err());
        assert!(Receipt { index: 3, ..good.clone() }.verify(&verifier).is_err());
        assert!(Receipt { index: 7, ..good.clone() }.verify(&verifier).is_err());
        assert!(Receipt { extra: None, ..good.clone() }.verify(&verifier).is_err());
        assert!(Receipt { extra: None, ..good.clone() }.verify_entry(b"entry 2", &verifier).is_ok());
        assert!(Receipt { hashes: Vec::new(), ..good.clone() }.verify(&verifier).is_err());
        assert!(good.verify(&self::key().1).is_err());
    }

    #[test]
    fn what_is_no_receipt_is_refused() {
        let text = receipt(2, &key().0).to_string();
        assert!(Receipt::parse(text.as_bytes()).is_ok());
        let first_hash = text.lines().nth(3).unwrap().to_owned();
        for bad in [
            String::new(),
            text.replace("@v1", "@v2"),
            text.replace("index 2", "index 02"),
            text.replace("index 2", "index -2"),
            text.replace("index 2\n", ""),
            text.replace("extra ", "extra  "),
            text.replacen(&first_hash, &first_hash[1..], 1),
            text.replace("\n\n", "\n"),
            text.replacen('\n', "\r\n", 1),
            text.replacen(&first_hash, &format!("{first_hash}\n").repeat(64), 1),
        ] {
            assert!(Receipt::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
