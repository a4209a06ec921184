//! What is looked for, each with the samples that show it.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// A way to hide something in an artifact, or a format, that headworks is shown to handle.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Technique {
    /// The kind of file it is used in.
    pub area: String,
    /// What it is, as the title of a row.
    pub title: String,
    /// Samples that must be found out, and by what.
    pub shown: Vec<Shown>,
    /// Look-alikes and honest twins that must have no finding and no fault.
    #[serde(default)]
    pub admitted: Vec<String>,
}

/// A sample and what must be said of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Path below the fixtures of the formats.
    pub sample: String,
    /// Id of the rule that fires, or [`HELD`].
    pub by: String,
}

/// Stands for a rule where the file is said not to be understood, so that it is held.
pub const HELD: &str = "held";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(rename = "technique")]
    techniques: Vec<Technique>,
}

static LIST: LazyLock<List> =
    LazyLock::new(|| toml::from_str(include_str!("../techniques.toml")).expect("built-in data, which a test parses"));

/// Every technique, by area.
pub fn all() -> &'static [Technique] {
    &LIST.techniques
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_shows_a_technique_is_a_rule() {
        let is_rule = |shown: &Shown| shown.by == HELD || crate::ALL.iter().any(|rule| rule.id == shown.by);
        for technique in all() {
            assert!(!technique.shown.is_empty(), "{} has no sample", technique.title);
            let unknown = technique.shown.iter().find(|shown| !is_rule(shown));
            assert!(unknown.is_none(), "{}: {unknown:?}", technique.title);
        }
    }
}
