//! Allow-list entries that an organisation answers for.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use headworks_types::Digest;
use serde::Deserialize;
use toml::Spanned;

use crate::pickle::catalogue;

/// Callables that an organisation lists beyond the built-in profiles.
///
/// The file is a list of `[[allow]]` tables. It is written in one order, by callable and artifact,
/// so that a change to it reads as a diff of what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalAllow {
    entries: BTreeMap<(String, Option<Digest>), LocalEntry>,
}

/// One callable, with the reason it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalEntry {
    /// `module.name`, in full: an entry never covers what lies below it.
    pub callable: String,
    /// Why it is listed.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The one artifact it is listed for; everywhere when there is none.
    pub artifact: Option<Digest>,
    /// The day it was listed, `YYYY-MM-DD`.
    pub added: String,
}

/// Why a list of local entries is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowError {
    /// It is no TOML, or a table has a wrong, missing or unknown key.
    #[error("line {line}: {problem}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What the TOML reader says.
        problem: String,
    },
    /// A value is not of the kind its key needs.
    #[error("line {line}: `{key}` {problem}")]
    Value {
        /// Line, from 1.
        line: usize,
        /// The key.
        key: &'static str,
        /// What is wrong with its value.
        problem: String,
    },
    /// The callable can run anything; only a waiver, which expires, can accept that.
    #[error("line {line}: `{callable}` cannot be listed: {why}")]
    Dangerous {
        /// Line, from 1; 0 for an entry that was not read from a file.
        line: usize,
        /// The callable.
        callable: String,
        /// What it does.
        why: String,
    },
    /// The same callable is listed twice for the same artifact.
    #[error("line {line}: `{callable}` is listed before, on line {first}")]
    Duplicate {
        /// Line, from 1.
        line: usize,
        /// Line of the first entry.
        first: usize,
        /// The callable.
        callable: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListText {
    #[serde(default)]
    allow: Vec<Spanned<EntryText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryText {
    callable: Spanned<String>,
    reason: Spanned<String>,
    owner: Option<Spanned<String>>,
    artifact: Option<Spanned<String>>,
    added: Spanned<String>,
}

impl LocalAllow {
    /// Reads a list as it is kept in a file.
    ///
    /// # Errors
    /// When an entry is incomplete, wrong, listed twice or one that cannot be listed; with its line.
    pub fn parse(text: &str) -> Result<Self, AllowError> {
        let list: ListText = toml::from_str(text).map_err(|error| AllowError::Syntax {
            line: line_of(text, error.span()),
            problem: error.message().to_owned(),
        })?;
        let mut allow = Self::default();
        let mut lines = BTreeMap::new();
        for entry in list.allow {
            let line = line_of(text, Some(entry.span()));
            let entry = entry.into_inner().read(text)?;
            let key = (entry.callable.clone(), entry.artifact);
            if let Some(first) = lines.insert(key, line) {
                return Err(AllowError::Duplicate { line, first, callable: entry.callable });
            }
            allow.add(entry).map_err(|error| error.on_line(line))?;
        }
        Ok(allow)
    }

    /// Adds an entry; one for the same callable and artifact is replaced.
    ///
    /// # Errors
    /// When the callable is one that turns data into code, or is no dotted name.
    pub fn add(&mut self, entry: LocalEntry) -> Result<(), AllowError> {
        if let Some(problem) = not_a_callable(&entry.callable) {
            return Err(AllowError::Value { line: 0, key: "callable", problem });
        }
        if let Some(danger) = catalogue::danger_dotted(&entry.callable) {
            let why = danger.why.to_owned();
            return Err(AllowError::Dangerous { line: 0, callable: entry.callable, why });
        }
        self.entries.insert((entry.callable.clone(), entry.artifact), entry);
        Ok(())
    }

    /// Adds all entries of another list.
    pub fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    /// The entries, by callable and artifact.
    pub fn entries(&self) -> impl Iterator<Item = &LocalEntry> {
        self.entries.values()
    }

    /// Whether an entry lists `callable` in an artifact of this digest.
    pub(super) fn allows(&self, callable: &str, artifact: Option<Digest>) -> bool {
        let listed = |artifact| self.entries.contains_key(&(callable.to_owned(), artifact));
        !self.entries.is_empty() && (listed(None) || artifact.is_some_and(|digest| listed(Some(digest))))
    }
}

impl fmt::Display for LocalAllow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, entry) in self.entries.values().enumerate() {
            let gap = if position == 0 { "" } else { "\n" };
            write!(f, "{gap}{entry}")?;
        }
        Ok(())
    }
}

impl fmt::Display for LocalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[[allow]]\n")?;
        let mut line = |key: &str, value: &str| writeln!(f, "{key} = {}", toml::Value::String(value.to_owned()));
        line("callable", &self.callable)?;
        line("reason", &self.reason)?;
        if let Some(owner) = &self.owner {
            line("owner", owner)?;
        }
        if let Some(artifact) = &self.artifact {
            line("artifact", &artifact.to_string())?;
        }
        line("added", &self.added)
    }
}

impl EntryText {
    fn read(self, text: &str) -> Result<LocalEntry, AllowError> {
        let valued = |key, value: &Spanned<String>, problem: Option<String>| match problem {
            Some(problem) => Err(AllowError::Value { line: line_of(text, Some(value.span())), key, problem }),
            None => Ok(value.get_ref().trim().to_owned()),
        };
        let artifact = self.artifact.map(|written| {
            let parsed: Result<Digest, _> = written.get_ref().parse();
            let line = line_of(text, Some(written.span()));
            parsed.map_err(|error| AllowError::Value {
                line,
                key: "artifact",
                problem: format!("is no digest: {error}"),
            })
        });
        Ok(LocalEntry {
            callable: valued("callable", &self.callable, not_a_callable(self.callable.get_ref()))?,
            reason: valued("reason", &self.reason, empty(self.reason.get_ref()))?,
            owner: self.owner.map(|owner| valued("owner", &owner, empty(owner.get_ref()))).transpose()?,
            artifact: artifact.transpose()?,
            added: valued("added", &self.added, not_a_day(self.added.get_ref()))?,
        })
    }
}

impl AllowError {
    fn on_line(mut self, number: usize) -> Self {
        match &mut self {
            Self::Syntax { line, .. }
            | Self::Value { line, .. }
            | Self::Dangerous { line, .. }
            | Self::Duplicate { line, .. } => *line = number,
        }
        self
    }
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
    before.matches('\n').count() + 1
}

fn not_a_callable(callable: &str) -> Option<String> {
    let is_name = |part: &str| {
        part.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    if callable.contains('*') {
        return Some("has a wildcard; list each callable by its full name".to_owned());
    }
    let complete = callable.contains('.') && callable.split('.').all(is_name);
    (!complete).then(|| format!("is `{callable}`; write `module.name`, for example `acme.models.Ranker`"))
}

fn empty(value: &str) -> Option<String> {
    value.trim().is_empty().then(|| "is empty".to_owned())
}

fn not_a_day(value: &str) -> Option<String> {
    let parts: Vec<&str> = value.split('-').collect();
    let number = |part: &str, digits, range: std::ops::RangeInclusive<u32>| {
        part.len() == digits && part.parse().is_ok_and(|number| range.contains(&number))
    };
    let is_day = match parts.as_slice() {
        [year, month, day] => number(year, 4, 1970..=9999) && number(month, 2, 1..=12) && number(day, 2, 1..=31),
        _ => false,
    };
    (!is_day).then(|| format!("is `{value}`; write the day as YYYY-MM-DD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "[[allow]]\ncallable = \"acme.Net\"\nreason = \"ours\"\nadded = \"2026-11-23\"\n";

    fn problem(text: &str) -> String {
        LocalAllow::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_list_is_written_in_one_order_and_reads_back() {
        let digest = Digest::of(b"weights");
        let text = format!(
            "{ENTRY}artifact = \"{digest}\"\nowner = \"ml\"\n{}",
            ENTRY.replace("acme", "abc").replace("ours", "a \\\"quoted\\\"\\nreason")
        );
        let allow = LocalAllow::parse(&text).unwrap();
        let written = allow.to_string();
        assert!(written.find("abc.Net") < written.find("acme.Net"), "{written}");
        assert_eq!(LocalAllow::parse(&written).unwrap(), allow);
        assert_eq!(LocalAllow::parse(&written).unwrap().to_string(), written);
    }

    #[test]
    fn an_entry_needs_a_reason() {
        let text = format!("\n{}", ENTRY.replace("reason = \"ours\"\n", ""));
        assert_eq!(problem(&text), "line 2: missing field `reason`");
        assert_eq!(problem(&ENTRY.replace("ours", " ")), "line 3: `reason` is empty");
    }

    #[test]
    fn wrong_values_are_named_with_their_line() {
        let callable = "line 2: `callable` is `Net`; write `module.name`, for example `acme.models.Ranker`";
        assert_eq!(problem(&ENTRY.replace("acme.Net", "Net")), callable);
        assert!(problem(&ENTRY.replace("acme.Net", "acme.*")).starts_with("line 2: `callable` has a wildcard"));
        assert!(problem(&ENTRY.replace("11-23", "13-23")).starts_with("line 4: `added` is `2026-13-23`"));
        assert!(problem(&format!("{ENTRY}artifact = \"sha256:1\"\n")).starts_with("line 5: `artifact` is no digest"));
        assert!(problem(&format!("{ENTRY}reviewer = \"x\"\n")).starts_with("line 5: unknown field `reviewer`"));
        assert!(problem("[[allow]\n").starts_with("line 1: "));
    }

    #[test]
    fn a_callable_listed_twice_is_an_error() {
        assert_eq!(problem(&format!("{ENTRY}{ENTRY}")), "line 5: `acme.Net` is listed before, on line 1");
    }

    #[test]
    fn what_runs_anything_cannot_be_listed() {
        for callable in ["os.system", "builtins.getattr", "importlib.import_module", "torch.storage._load_from_bytes"] {
            let error = LocalAllow::parse(&ENTRY.replace("acme.Net", callable)).unwrap_err();
            assert!(matches!(error, AllowError::Dangerous { line: 1, .. }), "{callable}: {error}");
        }
    }

    #[test]
    fn an_entry_for_one_artifact_is_for_no_other() {
        let digest = Digest::of(b"weights");
        let allow = LocalAllow::parse(&format!("{ENTRY}artifact = \"{digest}\"\n")).unwrap();
        assert!(allow.allows("acme.Net", Some(digest)));
        assert!(!allow.allows("acme.Net", Some(Digest::of(b"other"))));
        assert!(!allow.allows("acme.Net", None));
    }
}
