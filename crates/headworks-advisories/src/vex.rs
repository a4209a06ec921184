//! OpenVEX 0.2: what somebody says of whether a known vulnerability matters in a product.

use serde::Deserialize;

use crate::ecosystem::Ecosystem;
use crate::purl::Purl;

/// Longest document that is read.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vex {
    /// Its id.
    pub id: String,
    /// Who says all this.
    pub author: String,
    statements: Vec<Statement>,
}

/// What is said of one vulnerability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Ids of the vulnerability.
    pub vulnerabilities: Vec<String>,
    products: Vec<Purl>,
    /// What is said.
    pub status: Status,
    /// Why, or what to do about it.
    pub grounds: String,
    /// When.
    pub said_at: jiff::Timestamp,
}

/// Whether a product is affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is not.
    NotAffected,
    /// It is.
    Affected,
    /// It was, up to this version.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl Status {
    /// The word of the format.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
        }
    }

    /// Whether a vulnerability with this status is dealt with.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::NotAffected | Self::Fixed)
    }
}

/// Why a document was not taken. One bad statement spoils all: what it would have said is not known.
#[derive(Debug, thiserror::Error)]
pub enum VexError {
    /// It is longer than any document.
    #[error("{0} bytes; at most {DOCUMENT_BYTES_MAX} are read")]
    TooLong(usize),
    /// It is no such JSON.
    #[error("no OpenVEX document: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another format or version.
    #[error("its context is `{0}`, and OpenVEX 0.2 has `{CONTEXT}`")]
    Context(String),
    /// A statement says that something is not affected, and not why.
    #[error("statement {0} says `not_affected` and has none of the format's justifications")]
    NoJustification(usize),
    /// A statement says that something is affected, and not what to do.
    #[error("statement {0} says `affected` and has no action statement")]
    NoAction(usize),
    /// A statement was made at no time.
    #[error("the time of statement {0} is none")]
    Time(usize),
    /// A statement names nothing that it is about.
    #[error("statement {0} names no {1}")]
    Missing(usize, &'static str),
}

const CONTEXT: &str = "https://openvex.dev/ns/v0.2.0";

const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

#[derive(Deserialize)]
struct RawVex {
    #[serde(rename = "@context")]
    context: String,
    #[serde(rename = "@id")]
    id: String,
    author: String,
    timestamp: String,
    statements: Vec<RawStatement>,
}

#[derive(Deserialize)]
struct RawStatement {
    vulnerability: RawVulnerability,
    #[serde(default)]
    products: Vec<RawProduct>,
    status: Status,
    justification: Option<String>,
    impact_statement: Option<String>,
    action_statement: Option<String>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct RawVulnerability {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Deserialize)]
struct RawProduct {
    #[serde(rename = "@id")]
    id: Option<String>,
    identifiers: Option<RawIdentifiers>,
    #[serde(default)]
    subcomponents: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct RawIdentifiers {
    purl: Option<String>,
}

impl Vex {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is none, or a statement lacks what its status asks for.
    pub fn parse(bytes: &[u8]) -> Result<Self, VexError> {
        if bytes.len() > DOCUMENT_BYTES_MAX {
            return Err(VexError::TooLong(bytes.len()));
        }
        let raw: RawVex = serde_json::from_slice(bytes)?;
        if raw.context != CONTEXT {
            return Err(VexError::Context(raw.context.escape_debug().collect()));
        }
        let numbered = raw.statements.into_iter().enumerate();
        let statements = numbered.map(|(index, statement)| checked(index.saturating_add(1), statement, &raw.timestamp));
        Ok(Self { id: raw.id, author: raw.author, statements: statements.collect::<Result<_, _>>()? })
    }

    /// The newest statement about one of these ids in this package.
    ///
    /// A statement about a component within a product says nothing of the component elsewhere, and one with
    /// qualifiers nothing of a package that does not have the same.
    pub fn find(&self, ids: &[&str], package: &Package<'_>) -> Option<&Statement> {
        let about = self.statements.iter().filter(|statement| {
            statement.vulnerabilities.iter().any(|id| ids.contains(&id.as_str()))
                && statement.products.iter().any(|product| package.is(product))
        });
        // Of two at one time the later in the document is the newer.
        about.max_by_key(|statement| statement.said_at)
    }
}

/// A version of a package that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Package<'a> {
    /// Whose it is.
    pub ecosystem: &'a Ecosystem,
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Qualifiers of its URL, as written.
    pub qualifiers: &'a str,
}

impl Package<'_> {
    fn is(&self, product: &Purl) -> bool {
        let Ok((ecosystem, name)) = product.package() else { return false };
        ecosystem == *self.ecosystem
            && ecosystem.normalize(&name) == ecosystem.normalize(self.name)
            && product.version().is_none_or(|version| version == self.version)
            && (product.qualifiers().is_empty() || product.qualifiers() == self.qualifiers)
    }
}

fn checked(number: usize, raw: RawStatement, document_time: &str) -> Result<Statement, VexError> {
    let justification = raw.justification.filter(|word| JUSTIFICATIONS.contains(&word.as_str()));
    let grounds = match raw.status {
        Status::NotAffected => justification.ok_or(VexError::NoJustification(number))?,
        Status::Affected => {
            let action = raw.action_statement.filter(|action| !action.trim().is_empty());
            action.ok_or(VexError::NoAction(number))?
        }
        Status::Fixed | Status::UnderInvestigation => raw.impact_statement.unwrap_or_default(),
    };
    if raw.vulnerability.name.is_empty() {
        return Err(VexError::Missing(number, "vulnerability"));
    }
    if raw.products.is_empty() {
        return Err(VexError::Missing(number, "products"));
    }
    let whole = raw.products.into_iter().filter(|product| product.subcomponents.is_empty());
    let purls = whole.flat_map(|product| [product.identifiers.and_then(|identifiers| identifiers.purl), product.id]);
    let said_at = raw.timestamp.as_deref().unwrap_or(document_time);
    let mut vulnerabilities = vec![raw.vulnerability.name];
    vulnerabilities.extend(raw.vulnerability.aliases);
    Ok(Statement {
        vulnerabilities,
        products: purls.flatten().filter_map(|purl| Purl::parse(&purl).ok()).collect(),
        status: raw.status,
        grounds,
        said_at: said_at.parse().map_err(|_| VexError::Time(number))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(statement: &str) -> String {
        format!(
            r#"{{"@context":"{CONTEXT}","@id":"https://vex.example/1","author":"A","timestamp":"2026-01-01T00:00:00Z","version":1,"statements":[{statement}]}}"#
        )
    }

    fn found(statement: &str, purl: &str) -> Option<Status> {
        let vex = Vex::parse(document(statement).as_bytes()).expect("is a document");
        let purl = Purl::parse(purl).expect("is one");
        let (ecosystem, name) = purl.package().expect("has an ecosystem");
        let version = purl.version().unwrap_or_default();
        let package = Package { ecosystem: &ecosystem, name: &name, version, qualifiers: purl.qualifiers() };
        vex.find(&["CVE-1"], &package).map(|statement| statement.status)
    }

    const NOT: &str = r#"{"vulnerability":{"name":"GHSA-1","aliases":["CVE-1"]},"products":[{"@id":"pkg:pypi/Foo@1.0"}],"status":"not_affected","justification":"vulnerable_code_not_present"}"#;

    #[test]
    fn a_statement_covers_the_version_it_names_and_no_other() {
        assert_eq!(found(NOT, "pkg:pypi/foo@1.0"), Some(Status::NotAffected));
        assert_eq!(found(NOT, "pkg:pypi/foo@1.1"), None);
        assert_eq!(found(NOT, "pkg:npm/foo@1.0"), None);
        assert_eq!(found(&NOT.replace("@1.0", ""), "pkg:pypi/foo@1.1"), Some(Status::NotAffected));
    }

    #[test]
    fn the_newest_statement_counts() {
        let later = r#"{"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:pypi/foo"}],"status":"affected","action_statement":"update","timestamp":"2026-02-01T00:00:00Z"}"#;
        assert_eq!(found(&format!("{later},{NOT}"), "pkg:pypi/foo@1.0"), Some(Status::Affected));
    }

    #[test]
    fn a_component_within_a_product_is_not_the_component_elsewhere() {
        let within =
            NOT.replace(r#""pkg:pypi/Foo@1.0""#, r#""pkg:pypi/foo@1.0","subcomponents":[{"@id":"pkg:pypi/bar"}]"#);
        assert_eq!(found(&within, "pkg:pypi/foo@1.0"), None);
    }

    #[test]
    fn a_document_without_grounds_is_refused() {
        let refused = |statement: &str| Vex::parse(document(statement).as_bytes()).expect_err("is refused").to_string();
        assert!(refused(&NOT.replace("vulnerable_code_not_present", "trust me")).contains("statement 1"));
        assert!(refused(&NOT.replace("not_affected", "affected")).contains("action"));
        assert!(refused(&NOT.replace("not_affected", "fine")).contains("fine"));
        assert!(refused(&NOT.replace(r#"[{"@id":"pkg:pypi/Foo@1.0"}]"#, "[]")).contains("products"));
        let timeless = NOT.replace(r#""status""#, r#""timestamp":"soon","status""#);
        assert!(refused(&timeless).contains("time of statement 1"));
        let other = document(NOT).replace("v0.2.0", "v9");
        assert!(matches!(Vex::parse(other.as_bytes()), Err(VexError::Context(_))));
    }
}
