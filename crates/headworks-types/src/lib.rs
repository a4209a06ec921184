//! The words of headworks.
//!
//! Every other crate speaks in these types and none of them does anything: no I/O, no clock, no
//! randomness, no policy. Data goes one way, and each module below is one station of it:
//!
//! artifact → [`fact`] → [`finding`] → [`verdict`] → [`record`]
//!
//! A crate that parses bytes ([`fact::Fact`]) and a crate that judges them ([`finding::Finding`])
//! never import each other; they meet here.

pub mod artifact;
pub mod attestation;
pub mod coverage;
pub mod digest;
pub mod fact;
pub mod finding;
pub mod history;
pub mod limits;
pub mod location;
pub mod provenance;
pub mod read;
pub mod record;
pub mod requirement;
pub mod verdict;
mod vulnerability;

pub use artifact::{Artifact, ArtifactKind, FileEntry};
pub use attestation::{Attestation, Standing};
pub use coverage::{FileCoverage, Understanding};
pub use digest::Digest;
pub use fact::{Fact, FactKind, Fault};
pub use finding::{Confidence, Finding, Severity};
pub use history::{AdmittedBefore, Ancestor, Ancestors, History, PlannedResult, RunCheckpoint};
pub use limits::Limits;
pub use location::{Location, Place};
pub use provenance::{Basis, ProvenanceField, ProvenanceValue};
pub use read::{ReadAt, ReadError, SubRange};
pub use record::{Examination, Inputs, Record};
pub use requirement::{Outcome, Requirement};
pub use verdict::{Admission, Verdict};
pub use vulnerability::{AdvisoryCopy, AffectingAdvisory, AssessedPackage, VulnerabilityAssessment};
