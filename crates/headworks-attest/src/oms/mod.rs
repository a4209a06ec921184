//! OpenSSF Model Signing (OMS) v1.0: a signature over all files of a model.
//!
//! Source: ossf/model-signing-spec, `spec/v1.0.md`. A bundle holds one in-toto statement whose predicate lists
//! every file with its digest. [`Signature::read`] takes the bundle apart, `verify_*` check who signed and give
//! the [`Manifest`], and [`Manifest::compare`] holds it against the files that are there. Older layouts, which
//! signers before v1.0 wrote, are read only when asked for and say so in their [`Layout`].

mod compare;
mod hash;
mod legacy;
mod manifest;
mod name;
mod sign;
mod signature;

pub use compare::{Comparison, Entry, EntryKind, Problem, Reason, Tolerance, Uncovered};
pub use hash::{ContentHasher, HashType};
pub use manifest::{Layout, Manifest, ManifestError, Resource, Serialization};
pub use name::{NameProblem, check as check_name, is_within};
pub use sign::{SignError, Signer, payload, sign};
pub use signature::{Certified, OmsError, Signature, hint};

/// Predicate type of OMS v1.0.
pub const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.0";

/// What OMS leaves out by default, at the root of a model only (§6.2).
pub const GIT_PATHS: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];

/// Default size of a shard in bytes (§6.3.2).
pub const SHARD_BYTES: u64 = 1_000_000_000;
