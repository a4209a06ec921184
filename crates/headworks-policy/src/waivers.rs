//! Waivers: exceptions for exact bytes, that somebody answers for and that end by themselves (HW-POL-02).

use std::collections::BTreeSet;

use headworks_types::digest::Hasher;
use headworks_types::requirement::WaiverUse;
use headworks_types::{Digest, Outcome, Requirement, Verdict};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use crate::{PolicyInput, controls};

/// Days that a waiver may hold, counted from the day it was granted.
const DAYS_MAX: i32 = 180;

/// An exception: one control need not hold for one artifact until a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Id, unique among the waivers in force.
    pub id: String,
    /// The control that is waived.
    pub control: String,
    /// Tree digest of the artifact; a waiver never follows a name or a path.
    pub artifact: Digest,
    /// Narrows the waiver to one finding, so that anything else still counts against the control.
    pub finding: Option<Digest>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Day it was granted, `YYYY-MM-DD`.
    pub granted: String,
    /// Last day it holds, in UTC.
    pub until: String,
    /// What reduces the risk meanwhile.
    pub compensating: Option<String>,
    /// Milliseconds since the Unix epoch from which it holds.
    from_ms: i64,
    /// Milliseconds since the Unix epoch at which it no longer holds.
    end_ms: i64,
    /// File and line, for messages.
    place: String,
}

/// The waivers that were loaded, expired ones included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waivers(Vec<Waiver>);

/// What is wrong with a waiver file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct WaiverError {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// What is wrong.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    waiver: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    control: Spanned<String>,
    artifact: Spanned<String>,
    finding: Option<Spanned<String>>,
    reason: Spanned<String>,
    owner: Spanned<String>,
    granted: Spanned<String>,
    until: Spanned<String>,
    compensating: Option<String>,
}

impl Waivers {
    /// No waivers.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads a waiver file: a list of `[[waiver]]` in TOML.
    ///
    /// # Errors
    /// When anything in it is unknown, missing or out of bounds; a waiver that is half understood must not apply.
    pub fn parse(name: &str, text: &str) -> Result<Self, WaiverError> {
        let file = File { name, text };
        let document: Document = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            file.error(offset, error.message().to_owned())
        })?;
        let mut waivers = Vec::new();
        let mut ids = BTreeSet::new();
        for entry in &document.waiver {
            if !ids.insert(entry.id.get_ref()) {
                return Err(file.error_at(&entry.id, format!("there is a waiver `{}` already", entry.id.get_ref())));
            }
            waivers.push(file.waiver(entry)?);
        }
        Ok(Self(waivers))
    }

    /// The waivers, in the order they were written.
    pub fn all(&self) -> &[Waiver] {
        &self.0
    }

    /// Digest of all waivers, independent of how their files are laid out.
    pub fn digest(&self) -> Digest {
        let mut lines: Vec<String> = self.0.iter().map(Waiver::canonical).collect();
        lines.sort();
        let mut hasher = Hasher::default();
        hasher.update(b"headworks-waivers/v1\n");
        lines.iter().for_each(|line| hasher.update(line.as_bytes()));
        hasher.finish()
    }

    /// What somebody should know about waivers that did nothing: one sentence each, with its place.
    pub fn notes(&self, verdicts: &[(&Digest, &Verdict)], now_ms: i64) -> Vec<String> {
        let note = |waiver: &Waiver| {
            Some(format!("{}: waiver `{}` {}", waiver.place, waiver.id, waiver.idle(verdicts, now_ms)?))
        };
        self.0.iter().filter_map(note).collect()
    }

    /// Findings that need not count against a control of this artifact.
    pub(crate) fn excused(&self, artifact: &Digest, now_ms: i64) -> BTreeSet<(Digest, &str)> {
        self.in_force(artifact, now_ms).filter_map(|waiver| Some((waiver.finding?, waiver.control.as_str()))).collect()
    }

    /// Takes over the outcomes that `relieved`, decided without the excused findings, improves on.
    pub(crate) fn relieve(
        &self,
        requirements: &mut [Requirement],
        relieved: &[Requirement],
        input: &PolicyInput,
        now_ms: i64,
    ) {
        for requirement in requirements {
            let better = relieved
                .iter()
                .find(|other| other.control == requirement.control && other.outcome < requirement.outcome);
            let waivers = self.in_force(&input.artifact.digest, now_ms).filter(|waiver| {
                waiver.control == requirement.control
                    && waiver.finding.is_some_and(|finding| requirement.findings.contains(&finding))
            });
            let Some((better, used)) = better.zip(together(&waivers.collect::<Vec<_>>(), requirement.outcome)) else {
                continue;
            };
            requirement.outcome = better.outcome;
            requirement.reasons.clone_from(&better.reasons);
            requirement.solution.clone_from(&better.solution);
            requirement.waiver = Some(used);
        }
    }

    /// Lets each waived requirement pass, and shows that it does so by a waiver.
    pub(crate) fn waive(&self, requirements: &mut [Requirement], artifact: &Digest, now_ms: i64) {
        for requirement in requirements.iter_mut().filter(|requirement| requirement.outcome != Outcome::Pass) {
            let waivers = self.in_force(artifact, now_ms);
            let waivers = waivers.filter(|waiver| waiver.control == requirement.control && waiver.finding.is_none());
            let before = requirement.waiver.as_ref().map_or(requirement.outcome, |narrowed| narrowed.waived_outcome);
            if let Some(used) = together(&waivers.collect::<Vec<_>>(), before) {
                requirement.outcome = Outcome::Pass;
                requirement.waiver = Some(used);
            }
        }
    }

    fn in_force(&self, artifact: &Digest, now_ms: i64) -> impl Iterator<Item = &Waiver> {
        self.0.iter().filter(move |waiver| waiver.artifact == *artifact && waiver.holds_at(now_ms))
    }
}

impl Extend<Waiver> for Waivers {
    fn extend<T: IntoIterator<Item = Waiver>>(&mut self, waivers: T) {
        self.0.extend(waivers);
    }
}

impl IntoIterator for Waivers {
    type Item = Waiver;
    type IntoIter = std::vec::IntoIter<Waiver>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Waiver {
    fn holds_at(&self, now_ms: i64) -> bool {
        (self.from_ms..self.end_ms).contains(&now_ms)
    }

    fn canonical(&self) -> String {
        let fields = [
            Some(&self.id),
            Some(&self.control),
            Some(&self.artifact.to_string()),
            self.finding.map(|finding| finding.to_string()).as_ref(),
            Some(&self.reason),
            Some(&self.owner),
            Some(&self.granted),
            Some(&self.until),
            self.compensating.as_ref(),
        ]
        .map(|field| field.map_or_else(|| "-\n".to_owned(), |field| format!("{} {field}\n", field.len())));
        fields.concat()
    }

    /// Why the waiver did nothing for these verdicts, if it did nothing.
    fn idle(&self, verdicts: &[(&Digest, &Verdict)], now_ms: i64) -> Option<String> {
        if now_ms >= self.end_ms {
            return Some(format!("expired: its last day was {}", self.until));
        }
        if now_ms < self.from_ms {
            return Some(format!("does not hold yet: it is granted from {}", self.granted));
        }
        let mut of_artifact = verdicts.iter().filter(|(digest, _)| **digest == self.artifact).peekable();
        if of_artifact.peek().is_none() {
            return Some(format!("matches no artifact that was checked: it names {}", self.artifact.abbreviated()));
        }
        let uses = |requirement: &Requirement| {
            let ids = requirement.waiver.iter().flat_map(|used| used.id.split(", "));
            requirement.control == self.control && ids.into_iter().any(|id| id == self.id)
        };
        let used = of_artifact.any(|(_, verdict)| verdict.requirements.iter().any(uses));
        (!used).then(|| format!("is not needed: `{}` comes out the same without it", self.control))
    }
}

/// The waivers that apply together, as one use of them; the first to expire ends it.
fn together(waivers: &[&Waiver], waived_outcome: Outcome) -> Option<WaiverUse> {
    let until = waivers.iter().map(|waiver| &waiver.until).min()?.clone();
    let joined = |field: fn(&Waiver) -> &String, separator: &str| {
        let mut parts: Vec<&str> = Vec::new();
        for part in waivers.iter().map(|waiver| field(waiver).as_str()) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts.join(separator)
    };
    Some(WaiverUse {
        id: joined(|waiver| &waiver.id, ", "),
        waived_outcome,
        owner: joined(|waiver| &waiver.owner, ", "),
        reason: joined(|waiver| &waiver.reason, "; "),
        until,
    })
}

/// A waiver file while it is read.
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn waiver(&self, entry: &Entry) -> Result<Waiver, WaiverError> {
        for (field, name) in [(&entry.id, "id"), (&entry.reason, "reason"), (&entry.owner, "owner")] {
            if field.get_ref().trim().is_empty() {
                return Err(self.error_at(field, format!("`{name}` is empty; a waiver without it is nobody's")));
            }
        }
        if entry.id.get_ref().contains(',') {
            return Err(self.error_at(&entry.id, "an id holds no comma".to_owned()));
        }
        if controls::find(entry.control.get_ref()).is_none() {
            return Err(self.error_at(&entry.control, format!("there is no control `{}`", entry.control.get_ref())));
        }
        let (from_ms, end_ms) = self.period(entry)?;
        Ok(Waiver {
            id: entry.id.get_ref().clone(),
            control: entry.control.get_ref().clone(),
            artifact: self.digest(&entry.artifact, "artifact")?,
            finding: entry.finding.as_ref().map(|finding| self.digest(finding, "finding")).transpose()?,
            reason: entry.reason.get_ref().clone(),
            owner: entry.owner.get_ref().clone(),
            granted: entry.granted.get_ref().clone(),
            until: entry.until.get_ref().clone(),
            compensating: entry.compensating.clone(),
            from_ms,
            end_ms,
            place: format!("{}:{}", self.name, self.line(entry.id.span().start)),
        })
    }

    /// When the waiver begins to hold and when it no longer does.
    fn period(&self, entry: &Entry) -> Result<(i64, i64), WaiverError> {
        let (granted, until) = (self.day(&entry.granted)?, self.day(&entry.until)?);
        let days = (until - granted).get_days();
        if days < 0 {
            return Err(self.error_at(&entry.until, "`until` lies before `granted`".to_owned()));
        }
        if days > DAYS_MAX {
            let message = format!("`until` lies {days} days after `granted`; a waiver holds at most {DAYS_MAX}");
            return Err(self.error_at(&entry.until, message));
        }
        let out_of_range = |_| self.error_at(&entry.until, "the day is out of range".to_owned());
        let after = until.tomorrow().map_err(out_of_range)?;
        let midnight = |day: Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).map(|time| time.as_millisecond());
        Ok((midnight(granted).map_err(out_of_range)?, midnight(after).map_err(out_of_range)?))
    }

    fn day(&self, text: &Spanned<String>) -> Result<Date, WaiverError> {
        // The parser also takes other forms of ISO 8601; one way to write a day keeps files comparable.
        let day = text.get_ref().parse::<Date>().ok().filter(|day| day.to_string() == *text.get_ref());
        day.ok_or_else(|| self.error_at(text, format!("`{}` is no day; write `YYYY-MM-DD`", text.get_ref())))
    }

    fn digest(&self, text: &Spanned<String>, field: &str) -> Result<Digest, WaiverError> {
        let prefixed = Some(text.get_ref()).filter(|text| text.starts_with("sha256:"));
        let digest = prefixed.and_then(|text| text.parse().ok());
        digest.ok_or_else(|| {
            let message = format!("`{field}` is not a digest; write `sha256:` and 64 hexadecimal digits, never a path");
            self.error_at(text, message)
        })
    }

    fn error_at(&self, field: &Spanned<String>, message: String) -> WaiverError {
        self.error(field.span().start, message)
    }

    fn error(&self, offset: usize, message: String) -> WaiverError {
        WaiverError { file: self.name.to_owned(), line: self.line(offset), message }
    }

    fn line(&self, offset: usize) -> u64 {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn text(granted: &str, until: &str) -> String {
        format!(
            "[[waiver]]\nid = \"W-1\"\ncontrol = \"HW-SER-02\"\nartifact = \"{DIGEST}\"\nreason = \"reviewed\"\nowner = \"ml-platform\"\ngranted = \"{granted}\"\nuntil = \"{until}\"\n"
        )
    }

    fn error(text: &str) -> String {
        Waivers::parse("waivers.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_waiver_holds_from_its_first_midnight_to_the_end_of_its_last_day() {
        let waivers = Waivers::parse("waivers.toml", &text("2026-02-28", "2026-03-01")).unwrap();
        let [waiver] = waivers.all() else { panic!("one waiver") };
        // 2026-02-28T00:00:00Z and 2026-03-02T00:00:00Z.
        let (from, end) = (1_772_236_800_000, 1_772_409_600_000);
        assert_eq!([from - 1, from, end - 1, end].map(|now| waiver.holds_at(now)), [false, true, true, false]);
    }

    #[test]
    fn a_waiver_of_one_day_is_one_and_of_181_days_is_none() {
        assert!(Waivers::parse("waivers.toml", &text("2026-01-01", "2026-01-01")).is_ok());
        assert!(Waivers::parse("waivers.toml", &text("2026-01-01", "2026-06-30")).is_ok());
        let message = error(&text("2026-01-01", "2026-07-01"));
        assert_eq!(message, "waivers.toml:8: `until` lies 181 days after `granted`; a waiver holds at most 180");
        assert_eq!(error(&text("2026-01-02", "2026-01-01")), "waivers.toml:8: `until` lies before `granted`");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let good = text("2026-01-01", "2026-02-01");
        for (from, to, expected) in [
            ("HW-SER-02", "HW-SER-99", "waivers.toml:3: there is no control `HW-SER-99`"),
            (DIGEST, "model.bin", "waivers.toml:4: `artifact` is not a digest"),
            ("reviewed", " ", "waivers.toml:5: `reason` is empty"),
            ("2026-01-01", "01.01.2026", "waivers.toml:7: `01.01.2026` is no day"),
            ("2026-02-01", "20260201", "waivers.toml:8: `20260201` is no day"),
            ("until", "untill", "waivers.toml:8: unknown field `untill`"),
            ("owner = \"ml-platform\"\n", "", "waivers.toml:1: missing field `owner`"),
        ] {
            let message = error(&good.replace(from, to));
            assert!(message.starts_with(expected), "{message}");
        }
        assert!(error(&format!("{good}\n{good}")).starts_with("waivers.toml:11: there is a waiver `W-1` already"));
    }

    #[test]
    fn the_digest_follows_the_waivers_and_not_the_layout_of_the_file() {
        let text = text("2026-01-01", "2026-02-01");
        let digest = |text: &str| Waivers::parse("waivers.toml", text).unwrap().digest();
        assert_eq!(digest(&text), digest(&format!("# reviewed quarterly\n\n{text}")));
        assert_ne!(digest(&text), digest(&text.replace("2026-02-01", "2026-02-02")));
        assert_ne!(digest(&text), Waivers::none().digest());
    }
}
