//! Bytes to facts: one file per format, total over hostile input.
//!
//! The promise of this crate: for any bytes, [`inspect`] returns. It does not panic, loop, recurse
//! without bound, allocate more than [`Limits`] allows, touch a file, a clock or the network, or
//! run what it reads. What it did not understand it says, as a [`Fault`](headworks_types::Fault).
//!
//! To add a format: `src/<name>.rs` with one `pub(crate) static FORMAT`, a line in [`ALL`], and
//! `fixtures/<name>/` with at least one `good-`, one `truncated-` and one `hostile-` file.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::disallowed_methods,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used,
    )
)]

mod format;
mod inspection;
mod reader;

mod git_lfs;

#[cfg(test)]
mod fixtures;

use headworks_types::{Fact, Limits, Place, ReadAt};

pub use format::{Format, Input, Probe};
use inspection::Inspection;

/// Every format, in the order their parsers run. All that claim the bytes run, not only the first.
pub static ALL: &[&Format] = &[&git_lfs::FORMAT];

/// Everything the parsers see in one file of an artifact.
pub fn inspect(bytes: &dyn ReadAt, place: Place, limits: &Limits) -> Vec<Fact> {
    let mut inspection = Inspection::new(limits);
    inspection.file(&Input { bytes, place });
    inspection.into_facts()
}

/// What one format alone sees, whether or not it claims the bytes; for fuzzing a format by itself.
pub fn inspect_as(format: &Format, bytes: &dyn ReadAt, place: Place, limits: &Limits) -> Vec<Fact> {
    let mut inspection = Inspection::new(limits);
    (format.inspect)(&Input { bytes, place }, &mut inspection);
    inspection.into_facts()
}
