//! Records in the Open Source Vulnerability format.
//!
//! What this version does not know is passed over, since the format grows. What has the wrong type, or no id,
//! makes the record unreadable: it is kept as such under the packages that it names.

use std::borrow::Cow;

use serde::Deserialize;

use crate::claim::{Claim, Event, Range};
use crate::ecosystem::Ecosystem;

/// Longest record that is read.
pub const RECORD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// One record.
#[derive(Debug, Deserialize)]
pub struct Advisory<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(default, borrow)]
    schema_version: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    modified: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    withdrawn: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    aliases: Option<Vec<Text<'a>>>,
    #[serde(default, borrow)]
    affected: Option<Vec<Affected<'a>>>,
}

/// Text that is borrowed also inside of lists.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Debug, Deserialize)]
struct Affected<'a> {
    #[serde(default, borrow)]
    package: Option<Package<'a>>,
    #[serde(default, borrow)]
    ranges: Option<Vec<RawRange<'a>>>,
    #[serde(default, borrow)]
    versions: Option<Vec<Text<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    ecosystem: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
struct RawRange<'a> {
    #[serde(default, borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    events: Option<Vec<RawEvent<'a>>>,
}

#[derive(Debug, Deserialize)]
struct RawEvent<'a> {
    #[serde(default, borrow)]
    introduced: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    fixed: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    last_affected: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    limit: Option<Cow<'a, str>>,
}

/// A record that could not be read, and what of it could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its id, when it has one.
    pub id: Option<String>,
    /// Ecosystem and name of each package that it names.
    pub packages: Vec<(String, String)>,
    /// What is wrong.
    pub reason: String,
}

/// A package of an advisory, with what the advisory says of it.
#[derive(Debug)]
pub struct About<'a> {
    /// Whose package it is, as written.
    pub ecosystem: &'a str,
    /// Its name, as written.
    pub name: &'a str,
    /// What is said.
    pub claim: Claim<'a>,
}

impl<'a> Advisory<'a> {
    /// Reads one record.
    ///
    /// # Errors
    /// When it is no record; the error has the id and the packages as far as these could be read.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Box<Unreadable>> {
        let unreadable = |reason: String| Box::new(recovered(bytes, reason));
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(unreadable(format!("{} bytes; at most {RECORD_BYTES_MAX} are read", bytes.len())));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| unreadable(format!("not UTF-8: {error}")))?;
        let advisory: Self = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        if advisory.id.trim().is_empty() {
            return Err(unreadable("an empty `id`".to_owned()));
        }
        match &advisory.schema_version {
            Some(version) if !version.starts_with("1.") && !version.starts_with("0.") => {
                Err(unreadable(format!("version `{}` of the format", version.escape_debug())))
            }
            _ => Ok(advisory),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Other ids of the same thing.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.aliases.iter().flatten().map(|alias| alias.0.as_ref())
    }

    /// When it was last changed, in milliseconds since the Unix epoch; none when it does not say.
    pub fn modified_ms(&self) -> Option<i64> {
        self.modified.as_deref()?.parse().ok().map(jiff::Timestamp::as_millisecond)
    }

    /// Whether it was taken back.
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawn.is_some()
    }

    /// Whether it says that a package is an attack itself: the ids of OpenSSF's malicious packages.
    pub fn is_malicious(&self) -> bool {
        self.id.starts_with("MAL-") || self.aliases().any(|alias| alias.starts_with("MAL-"))
    }

    /// What it says of each package.
    pub fn claims(&self) -> impl Iterator<Item = About<'_>> {
        let affected = self.affected.iter().flatten();
        affected.filter_map(|affected| {
            let Package { ecosystem, name } = affected.package.as_ref()?;
            let release = ecosystem.split_once(':').map(|(_, release)| release).filter(|release| !release.is_empty());
            let claim = Claim {
                id: Cow::Borrowed(&self.id),
                is_malicious: self.is_malicious(),
                is_withdrawn: self.is_withdrawn(),
                unreadable: None,
                release: release.map(Cow::Borrowed),
                versions: affected.versions.iter().flatten().map(|version| Cow::Borrowed(&*version.0)).collect(),
                ranges: affected.ranges.iter().flatten().map(range).collect(),
            };
            Some(About { ecosystem, name, claim })
        })
    }

    /// Ranges that say nothing, for a list of problems.
    pub fn broken_ranges(&self) -> impl Iterator<Item = String> {
        let ranges = self.affected.iter().flatten().flat_map(|affected| affected.ranges.iter().flatten());
        ranges.filter_map(|raw| match range(raw) {
            Range::Broken(why) => Some(why.into_owned()),
            _ => None,
        })
    }
}

fn range<'a>(raw: &'a RawRange<'_>) -> Range<'a> {
    let kind = raw.kind.as_deref().unwrap_or_default();
    if kind == "GIT" {
        return Range::Commits;
    }
    if kind != "SEMVER" && kind != "ECOSYSTEM" {
        return Range::Broken(format!("a range of type `{}`", kind.escape_debug()).into());
    }
    match events(raw) {
        Ok(events) if kind == "SEMVER" => Range::Semantic(events),
        Ok(events) => Range::Ecosystem(events),
        Err(why) => Range::Broken(why.into()),
    }
}

fn events<'a>(raw: &'a RawRange<'_>) -> Result<Vec<(Event, Cow<'a, str>)>, &'static str> {
    let mut events = Vec::new();
    for raw in raw.events.iter().flatten() {
        let fields = [
            (Event::Introduced, &raw.introduced),
            (Event::Fixed, &raw.fixed),
            (Event::LastAffected, &raw.last_affected),
            (Event::Limit, &raw.limit),
        ];
        let before = events.len();
        let given = fields.into_iter().filter_map(|(event, text)| Some((event, Cow::Borrowed(text.as_deref()?))));
        events.extend(given);
        // Records of before format 1.0 have several in one object, which can mean one thing only.
        if events.len() == before {
            return Err("an event without a version");
        }
    }
    if !events.iter().any(|(event, _)| *event == Event::Introduced) {
        return Err("a range without `introduced`");
    }
    Ok(events)
}

/// What can be had of a record that is none.
fn recovered(bytes: &[u8], reason: String) -> Unreadable {
    let text = if bytes.len() > RECORD_BYTES_MAX { Cow::default() } else { String::from_utf8_lossy(bytes) };
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let affected = value.get("affected").and_then(serde_json::Value::as_array);
    let packages = affected.into_iter().flatten().filter_map(|affected| {
        let package = affected.get("package")?;
        Some((text(package.get("ecosystem")?)?, text(package.get("name")?)?))
    });
    Unreadable { id: value.get("id").and_then(text), packages: packages.collect(), reason }
}

impl Unreadable {
    /// What this says of each package: that there is something which could not be read.
    pub fn claims(&self) -> impl Iterator<Item = About<'_>> {
        self.packages.iter().map(|(ecosystem, name)| {
            let id = self.id.as_deref().unwrap_or("(no id)");
            let claim = Claim {
                id: Cow::Borrowed(id),
                is_malicious: id.starts_with("MAL-"),
                is_withdrawn: false,
                unreadable: Some(Cow::Borrowed(&self.reason)),
                release: None,
                versions: Vec::new(),
                ranges: Vec::new(),
            };
            About { ecosystem, name, claim }
        })
    }
}

impl About<'_> {
    /// Whose package it is.
    pub fn ecosystem(&self) -> Ecosystem {
        Ecosystem::parse(self.ecosystem)
    }
}
