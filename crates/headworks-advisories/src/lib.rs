//! Known vulnerabilities.
//!
//! Bytes and versions go in, and what an advisory says of a package comes out. Files, clocks and databases are
//! the callers' business. Nothing here ends in "not affected" because something could not be read: what has no
//! order, no range or no known ecosystem is undetermined, with the reason.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::indexing_slicing, clippy::unwrap_used))]

pub mod assess;
pub mod claim;
pub mod ecosystem;
pub mod epss;
pub mod kev;
pub mod matches;
pub mod osv;
pub mod purl;
pub mod versions;
pub mod vex;

pub use assess::{Assessment, Candidate, Reason};
pub use claim::{Claim, Range};
pub use ecosystem::Ecosystem;
pub use matches::Match;
pub use osv::Advisory;
pub use purl::Purl;
