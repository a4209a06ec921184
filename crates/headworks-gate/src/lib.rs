//! The one flow: acquire → identify → inspect → judge → decide → record.
//!
//! This is the only crate that joins pure code and I/O. Formats, rules and policy are handed bytes,
//! limits and the time; files, threads and the store are dealt with here.

mod acquire;
mod advised;
mod attestations;
mod check;
mod examine;
mod history;
mod layout;
mod local;
mod progress;
mod provenance;
mod siblings;
pub mod signing;
mod walk;

pub use acquire::{AcquireError, Acquired, acquire, acquire_stream};
pub use advised::Advised;
pub use attestations::{Attached, Trust};
pub use check::{Checked, Gate, GateError};
pub use examine::{Digests, examine, measure};
pub use progress::Progress;
