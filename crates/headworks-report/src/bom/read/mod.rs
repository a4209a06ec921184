//! Bills of materials that anybody wrote: CycloneDX 1.2 to 1.7, SPDX 2.2 and 2.3, SPDX 3.0, as JSON.
//!
//! A document is hostile input. It is read into the same model that ours are written from, and what could not be
//! read is named in `problems`, so that nobody takes a document that lost something for a whole one.

mod cyclonedx;
mod spdx2;
mod spdx3;

use std::collections::BTreeSet;

use headworks_attest::json::{self, JsonError};
use headworks_types::Digest;
use serde_json::Value;

use super::model::{Basis, Bom, Claim, Component, Edge, Kind, Phase, Relation};

/// A document that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `CycloneDX` or `SPDX`.
    pub format: String,
    /// The version of the format, as the document states it.
    pub version: String,
    /// What it says.
    pub bom: Bom,
    /// It carries a signature, which nobody verified here.
    pub is_signed: bool,
    /// What could not be read, or contradicts itself.
    pub problems: Vec<String>,
}

/// Why a document could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON, an object has a key twice, or it is too large or too deep.
    #[error("it is no JSON that every reader understands alike: {0}")]
    Syntax(#[from] JsonError),
    /// It has more components than [`COMPONENTS_MAX`].
    #[error("it has more than {COMPONENTS_MAX} components")]
    TooMany,
    /// It is neither CycloneDX nor SPDX.
    #[error("it is neither CycloneDX nor SPDX: no `bomFormat`, `spdxVersion` or `@graph`")]
    Unknown,
    /// It is of a version that is not read.
    #[error("{format} {version} is not read")]
    Version {
        /// The format.
        format: &'static str,
        /// The version.
        version: String,
    },
}

/// Components beyond this many are not read.
pub const COMPONENTS_MAX: usize = 1_000_000;
/// Problems that are named.
const PROBLEMS_MAX: usize = 100;

/// Reads a bill of materials.
///
/// # Errors
/// When nothing of it can be relied upon; lesser faults are `problems` of the document.
pub fn read(bytes: &[u8]) -> Result<Document, ReadError> {
    let document = json::value(bytes)?;
    if document.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX") {
        cyclonedx::read(&document)
    } else if document.get("spdxVersion").is_some() {
        spdx2::read(&document)
    } else if document.get("@graph").is_some() {
        spdx3::read(&document)
    } else {
        Err(ReadError::Unknown)
    }
}

/// What is collected while a document is read.
struct Reading {
    bom: Bom,
    references: BTreeSet<String>,
    problems: Vec<String>,
}

/// What the values of a document rest on, as far as its reader knows.
const SOURCE: &str = "document";

impl Reading {
    fn new() -> Self {
        let bom = Bom {
            authors: Vec::new(),
            created_ms: 0,
            tool_version: String::new(),
            phase: Phase::PostBuild,
            artifact: None,
            system: Component::new(Kind::System, "", ""),
            components: Vec::new(),
            edges: Vec::new(),
            weaknesses: Vec::new(),
            controls: Vec::new(),
            incomplete: Vec::new(),
        };
        Self { bom, references: BTreeSet::new(), problems: Vec::new() }
    }

    fn problem(&mut self, problem: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem.into());
        }
    }

    fn add(&mut self, component: Component) -> Result<(), ReadError> {
        if self.bom.components.len() >= COMPONENTS_MAX {
            return Err(ReadError::TooMany);
        }
        if !self.references.insert(component.reference.clone()) {
            self.problem(format!("two components are referred to as `{}`", component.reference));
        }
        self.bom.components.push(component);
        Ok(())
    }

    fn link(&mut self, from: &str, relation: Relation, to: &str) {
        let edge = Edge { from: from.into(), relation, to: to.into(), basis: Basis::Stated, source: SOURCE.into() };
        self.bom.edges.push(edge);
    }

    /// Ends the reading: every relation must lead somewhere.
    fn finish(mut self, format: &str, version: &str, is_signed: bool) -> Document {
        self.references.insert(self.bom.system.reference.clone());
        let mut dangling: BTreeSet<String> = BTreeSet::new();
        for edge in &self.bom.edges {
            let ends = [&edge.from, &edge.to];
            dangling.extend(ends.into_iter().filter(|end| !self.references.contains(*end)).cloned());
        }
        for reference in dangling {
            self.problem(format!("a relation leads to `{reference}`, which the document does not describe"));
        }
        self.bom.edges.sort();
        self.bom.edges.dedup();
        let (format, version) = (format.to_owned(), version.to_owned());
        Document { format, version, bom: self.bom, is_signed, problems: self.problems }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn stated(value: &str) -> Claim {
    Claim::new(Basis::Stated, value, SOURCE)
}

/// Keeps a digest: one by SHA-256 as such, any other as it was written.
fn digest(component: &mut Component, algorithm: &str, digits: &str) {
    let plain = algorithm.to_lowercase().replace(['-', '_'], "");
    match (plain.as_str(), format!("sha256:{}", digits.to_lowercase()).parse::<Digest>()) {
        ("sha256", Ok(digest)) => component.digests.push(digest),
        _ => component.other_digests.push((algorithm.to_owned(), digits.to_owned())),
    }
}

/// A version in a purl that the document does not state elsewhere.
fn complete(component: &mut Component) {
    if component.version.is_none() && component.range.is_none() {
        let version = component.purl.as_deref().and_then(|purl| {
            let path = purl.split(['?', '#']).next()?;
            let (_, version) = path.rsplit_once('@').filter(|(before, _)| !before.ends_with('/'))?;
            Some(version.replace("%2B", "+").replace("%3A", ":"))
        });
        component.version = version.map(|version| stated(&version));
    }
}
