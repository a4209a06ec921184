//! Transparency logs: who wrote what when, in a way that nobody can take back.
//!
//! The formats are those of C2SP: a tree of RFC 6962 hashes ([`merkle`]), cut into files ([`tiles`]), whose
//! root and size the log signs ([`checkpoint`], a signed [`note`]), and receipts that one entry is in it
//! ([`proof`]). What an entry of our own log says is [`leaf`].

pub mod checkpoint;
pub mod edge;
pub mod leaf;
pub mod merkle;
pub mod note;
pub mod proof;
pub mod tiles;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use edge::Edge;
pub use leaf::{Leaf, LeafError};
pub use merkle::ProofError;
pub use note::{Note, NoteError, NoteSignature, SignatureKind, VerifierKey};
pub use proof::{Receipt, ReceiptError};
pub use tiles::{Tile, TileError};
