//! Facts to findings: one file per rule, and the reference data they judge by.
//!
//! A rule sees facts and reference data and nothing else: no bytes, no files, no policy. Whether a
//! finding matters is for the policy to say.
//!
//! To add a rule: `src/<family>/<id>.rs` with one `rule!` whose doc comment is the page that
//! `headworks explain <id>` prints, a line in [`ALL`], and tests of a case that fires, a near miss
//! and the false alarm that shaped it.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::indexing_slicing, clippy::unwrap_used))]

mod evidence;
mod file;
mod rule;

pub use evidence::Evidence;
pub use rule::{Judgement, Rule};

use headworks_types::Finding;

/// Every rule, by family.
pub static ALL: &[&Rule] = &[&file::missing_bytes::MISSING_BYTES];

/// What the rules make of the evidence, worst first, then by place.
pub fn judge(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = ALL.iter().flat_map(|rule| rule.judge(evidence)).collect();
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.location.cmp(&b.location)));
    findings
}
