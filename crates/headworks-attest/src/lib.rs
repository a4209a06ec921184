//! Signatures and statements.
//!
//! Bytes, trust and time go in; what somebody verifiably said comes out. And back: statements are built
//! and signed. Files, clocks and networks are the callers' business. Nothing here succeeds by default: a
//! verification ends in a value that can only be had by verifying, and everything else is an error.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::indexing_slicing, clippy::unwrap_used))]

pub mod assessment;
pub mod bundle;
pub mod certificate;
pub mod dsse;
pub mod encoding;
pub mod evaluation;
pub mod jsf;
pub mod json;
pub mod keyless;
pub mod keys;
pub mod log;
pub mod oms;
pub mod provenance;
pub mod statement;
pub mod timestamp;
pub mod training;
pub mod trust;
pub mod verdict;

pub use bundle::{Bundle, BundleError, Material};
pub use certificate::{Certificate, CertificateError};
pub use dsse::{Envelope, EnvelopeError};
pub use keys::{KeyError, PublicKey, Scheme, SigningKey};
pub use statement::{ResourceDescriptor, Statement, StatementError};
pub use timestamp::{TimestampAuthority, TimestampError};
pub use trust::TrustStore;
pub use verdict::VerdictSummary;
