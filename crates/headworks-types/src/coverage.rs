//! Coverage: what was, and what was not, understood.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Fact, FactKind, Fault, fact::FileFact};

/// What was understood of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileCoverage {
    /// Path of the file within the artifact.
    pub path: String,
    /// Formats whose parsers ran on the file itself, with what each said it is.
    pub formats: Vec<String>,
    /// One line about the content, in the format's own terms.
    pub summary: String,
    /// How far it was understood.
    pub understanding: Understanding,
}

/// How far a file was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Understanding {
    /// Every byte is accounted for by some parser, and no parser met a fault.
    Whole,
    /// A parser ran and met a fault; the facts before it are kept.
    Partial,
    /// No parser knows the bytes, or they could not be read.
    None,
}

impl FileCoverage {
    /// Coverage of the file at `path`, from the facts of that file.
    pub fn of(path: &str, facts: &[Fact]) -> Self {
        let identified = facts.iter().filter_map(|fact| match &fact.kind {
            FactKind::File(FileFact::Identified { format, summary }) if fact.location.place.members().is_empty() => {
                Some((format.clone(), summary.clone()))
            }
            _ => None,
        });
        let (formats, summaries): (Vec<_>, Vec<_>) = identified.unzip();
        let faulty = facts.iter().any(|fact| matches!(fact.kind, FactKind::Fault(_)));
        let opaque = facts.iter().any(|fact| {
            fact.location.place.members().is_empty()
                && matches!(
                    fact.kind,
                    FactKind::Fault(Fault::Unrecognised | Fault::Unreadable { .. } | Fault::Absent { .. })
                )
        });
        let understanding = match (opaque || formats.is_empty(), faulty) {
            (true, _) => Understanding::None,
            (false, true) => Understanding::Partial,
            (false, false) => Understanding::Whole,
        };
        Self { path: path.to_owned(), formats, summary: summaries.join("; "), understanding }
    }
}
