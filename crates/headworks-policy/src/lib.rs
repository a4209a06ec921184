//! Evidence and policy to verdict.
//!
//! A policy is Rego: one package per control with its rules, and a JSON document with the data they
//! judge by (tiers, thresholds, formats). This crate hands it a [`PolicyInput`], converts what it says
//! to a [`Verdict`](headworks_types::Verdict), and applies the [`Waivers`]; it decides nothing itself.
//! The same bundle runs in OPA. There is no clock, file or network here: time is an argument, and the
//! Rego builtins that would reach for any of them are refused.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::indexing_slicing, clippy::unwrap_used))]

mod builtin;
pub mod controls;
mod error;
mod explanation;
pub mod input;
mod policy;
mod source;
mod trial;
mod waivers;

pub use builtin::FILES as BUILTIN_FILES;
pub use error::PolicyError;
pub use explanation::{Explained, Explanation};
pub use input::PolicyInput;
pub use policy::{Policy, Tier};
pub use trial::TestResult;
pub use waivers::{Waiver, WaiverError, Waivers};
