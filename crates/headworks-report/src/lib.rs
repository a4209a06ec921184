//! Records to documents: terminal text, JSON, SARIF 2.1.0, Markdown, CycloneDX and SPDX.
//!
//! Everything here is a pure function of a [`Report`] and the rules' own words. Names and texts of an
//! artifact are hostile: each document escapes them, so that none can forge another part of it.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::indexing_slicing, clippy::unwrap_used))]

pub mod bom;
mod catalogue;
pub mod dossier;
mod escape;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
mod report;
#[cfg(test)]
mod sample;
pub mod sarif;
mod size;
pub mod text;

pub use catalogue::{Catalogue, RuleText};
pub use report::{Logged, Outcome, Recorded, Report, Suppressed, TargetError};
