//! Patterns of artifact names: anchored, by segments.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Names of artifacts: segments between `/`, of which `*` stands for exactly one, and `**` at the end for one or more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NamePattern(String);

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no pattern of names: `*` stands for a whole segment, `**` for all at the end, and no segment is empty"
)]
pub struct NamePatternError(String);

impl NamePattern {
    /// Whether this is one of the names. One that readers could take for another is none.
    pub fn admits(&self, name: &str) -> bool {
        if !is_plain(name) {
            return false;
        }
        let mut found = name.split('/');
        for wanted in self.0.split('/') {
            match (wanted, found.next()) {
                ("**", Some(_)) => return true,
                ("*", Some(_)) => {}
                (wanted, Some(found)) if wanted == found => {}
                _ => return false,
            }
        }
        found.next().is_none()
    }
}

/// Whether every segment stands for itself, also after a reader decoded or resolved it.
fn is_plain(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let disguised = name.contains('\\') || ["%2f", "%2e", "%5c"].iter().any(|escape| lower.contains(escape));
    !disguised && name.split('/').all(|segment| !["", ".", ".."].contains(&segment))
}

impl FromStr for NamePattern {
    type Err = NamePatternError;

    fn from_str(text: &str) -> Result<Self, NamePatternError> {
        let segments: Vec<&str> = text.split('/').collect();
        let last = segments.len().saturating_sub(1);
        let fine = segments.iter().enumerate().all(|(index, segment)| match *segment {
            "*" => true,
            "**" => index == last,
            literal => !literal.contains('*'),
        });
        if fine && is_plain(text) { Ok(Self(text.to_owned())) } else { Err(NamePatternError(text.to_owned())) }
    }
}

impl TryFrom<String> for NamePattern {
    type Error = NamePatternError;

    fn try_from(text: String) -> Result<Self, NamePatternError> {
        text.parse()
    }
}

impl From<NamePattern> for String {
    fn from(NamePattern(text): NamePattern) -> Self {
        text
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(pattern: &str, name: &str) -> bool {
        pattern.parse::<NamePattern>().unwrap().admits(name)
    }

    #[test]
    fn a_pattern_admits_whole_segments_only() {
        assert!(admits("pkg:huggingface/acme/*", "pkg:huggingface/acme/bert@v1"));
        assert!(admits("models/**", "models/a/b") && admits("models/a", "models/a"));
        for (pattern, name) in [
            ("pkg:huggingface/acme/*", "pkg:huggingface/acme/bert/x"),
            ("pkg:huggingface/acme/*", "pkg:huggingface/acme-evil/bert"),
            ("pkg:huggingface/acme/*", "xpkg:huggingface/acme/bert"),
            ("pkg:huggingface/acme/*", "pkg:huggingface/acme/"),
            ("models/**", "models"),
            ("models/a", "models/A"),
        ] {
            assert!(!admits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_name_in_disguise_is_admitted_by_nothing() {
        for name in
            ["models/../x", "models//x", "models/./x", "models/%2E%2e", "models/a%2fb", "models\\x", "models/x\\y"]
        {
            assert!(!admits("models/**", name), "{name}");
        }
    }

    #[test]
    fn a_wildcard_inside_a_segment_is_no_pattern() {
        for text in ["acme*", "a/**/b", "", "a//b", "/a", "a/*b"] {
            assert!(text.parse::<NamePattern>().is_err(), "{text}");
        }
    }
}
