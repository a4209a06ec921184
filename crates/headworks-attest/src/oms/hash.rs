//! The hashes that a manifest may ask for (OMS algorithm registry).

use blake2::{Blake2b512, Digest as _};
use headworks_types::digest::Hasher;

use crate::encoding::to_hex;

/// A hash over the contents of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashType {
    /// SHA-256 (FIPS 180-4); what new manifests have.
    Sha256,
    /// BLAKE2b with 512 bits (RFC 7693).
    Blake2b,
    /// BLAKE3 with 256 bits.
    Blake3,
}

impl HashType {
    /// The hash of this identifier.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sha256" => Some(Self::Sha256),
            "blake2b" => Some(Self::Blake2b),
            "blake3" => Some(Self::Blake3),
            _ => None,
        }
    }

    /// Its identifier.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Blake2b => "blake2b",
            Self::Blake3 => "blake3",
        }
    }

    /// Length of a digest in bytes.
    pub(super) fn digest_bytes(self) -> usize {
        match self {
            Self::Sha256 | Self::Blake3 => 32,
            Self::Blake2b => 64,
        }
    }
}

/// Computes a digest over bytes that arrive in pieces.
pub struct ContentHasher(State);

enum State {
    Sha256(Hasher),
    Blake2b(Box<Blake2b512>),
    Blake3(Box<blake3::Hasher>),
}

impl ContentHasher {
    /// A hasher that has seen nothing.
    pub fn new(hash: HashType) -> Self {
        Self(match hash {
            HashType::Sha256 => State::Sha256(Hasher::default()),
            HashType::Blake2b => State::Blake2b(Box::default()),
            HashType::Blake3 => State::Blake3(Box::default()),
        })
    }

    /// Adds the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(hasher) => hasher.update(bytes),
            State::Blake2b(hasher) => hasher.update(bytes),
            State::Blake3(hasher) => drop(hasher.update(bytes)),
        }
    }

    /// The digest of all pieces in hexadecimal.
    pub fn finish(self) -> String {
        match self.0 {
            State::Sha256(hasher) => hasher.finish().hex(),
            State::Blake2b(hasher) => to_hex(&hasher.finalize()),
            State::Blake3(hasher) => hasher.finalize().to_hex().to_string(),
        }
    }
}

impl std::fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentHasher")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_are_the_published_ones() {
        let digest = |hash| {
            let mut hasher = ContentHasher::new(hash);
            hasher.update(b"ab");
            hasher.update(b"c");
            hasher.finish()
        };
        assert_eq!(digest(HashType::Sha256), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest(HashType::Blake3), "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
        assert!(
            digest(HashType::Blake2b).starts_with("ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1")
        );
    }
}
