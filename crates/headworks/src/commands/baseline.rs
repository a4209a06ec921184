//! Known findings: a file that says which ones somebody has looked at, why they stay, and until when.
//!
//! A fingerprint is made of rule, place and subject and says nothing about the bytes, so an entry also
//! keeps the severity: what has become worse since is told again. Only `scan` reads the file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_report::Suppressed;
use headworks_types::{Digest, Examination, Finding, Severity};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::terminal;

/// The part of the command line about known findings.
#[derive(Debug, Clone, Args)]
pub(crate) struct KnownFindings {
    /// Known findings, which are shown as suppressed and do not count until they expire
    #[arg(long, env = "HEADWORKS_BASELINE", value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings of this run as known ones
    #[arg(long, value_name = "FILE", requires = "reason", requires = "expires")]
    write_baseline: Option<PathBuf>,
    /// Why the findings that are written may stay
    #[arg(long, value_name = "TEXT", requires = "write_baseline")]
    reason: Option<String>,
    /// The day after which they count again
    #[arg(long, value_name = "YYYY-MM-DD", requires = "write_baseline")]
    expires: Option<Date>,
}

/// The findings that are known, and those that were met.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    known: Vec<Known>,
    met: Vec<bool>,
    today: Date,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    known: Vec<Known>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    fingerprint: Digest,
    rule: String,
    severity: Severity,
    /// Where it was, for people.
    path: String,
    reason: String,
    expires: String,
}

impl KnownFindings {
    /// The baseline that the command line names, or an empty one.
    ///
    /// # Errors
    /// When the file cannot be read or an entry lacks something.
    pub(crate) fn read(&self) -> anyhow::Result<Baseline> {
        // The day in UTC, so that a run says the same wherever it is.
        let today = terminal::now().strftime("%Y-%m-%d").to_string().parse()?;
        let Some(path) = &self.baseline else { return Ok(Baseline { today, ..Baseline::default() }) };
        let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        Baseline::parse(&text, today).with_context(|| format!("`{}`", path.display()))
    }

    /// Writes what was found as known, when that was asked for.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write<'e>(&self, examinations: impl Iterator<Item = &'e Examination>) -> anyhow::Result<()> {
        let (Some(path), Some(reason), Some(expires)) = (&self.write_baseline, &self.reason, self.expires) else {
            return Ok(());
        };
        anyhow::ensure!(
            !reason.trim().is_empty(),
            "`--reason` is empty\nhint: say who looked at the findings and why they may stay"
        );
        let mut known: Vec<Known> =
            examinations.flat_map(|of| &of.findings).map(|finding| Known::of(finding, reason, expires)).collect();
        known.sort_by(|a, b| (&a.path, &a.rule, a.fingerprint).cmp(&(&b.path, &b.rule, b.fingerprint)));
        known.dedup_by_key(|known| known.fingerprint);
        let count = known.len();
        write(path, &Document { known })?;
        terminal::note(&format!("wrote {count} known findings to `{}`, until {expires}", path.display()));
        Ok(())
    }
}

impl Baseline {
    fn parse(text: &str, today: Date) -> anyhow::Result<Self> {
        let Document { known } = toml::from_str(text)?;
        for entry in &known {
            entry.expiry()?;
            anyhow::ensure!(
                !entry.reason.trim().is_empty(),
                "the entry for `{}` in `{}` has no reason",
                entry.rule,
                entry.path
            );
        }
        let met = vec![false; known.len()];
        Ok(Self { known, met, today })
    }

    /// Takes the known findings out of the examination; they are told as suppressed.
    pub(crate) fn suppress(&mut self, examination: &mut Examination) -> Vec<Suppressed> {
        let mut suppressed = Vec::new();
        let findings = std::mem::take(&mut examination.findings);
        for finding in findings {
            match self.find(&finding) {
                Some(known) => suppressed.push(Suppressed {
                    by: format!("baseline until {}", known.expires),
                    reason: known.reason.clone(),
                    finding,
                }),
                None => examination.findings.push(finding),
            }
        }
        suppressed
    }

    fn find(&mut self, finding: &Finding) -> Option<&Known> {
        let index = self.known.iter().position(|known| known.fingerprint == finding.fingerprint)?;
        if let Some(met) = self.met.get_mut(index) {
            *met = true;
        }
        let known = self.known.get(index)?;
        let holds = known.expiry().is_ok_and(|expires| self.today <= expires) && finding.severity <= known.severity;
        holds.then_some(known)
    }

    /// What the owner of the file should know: entries that have expired, and those that nothing matches.
    pub(crate) fn notes(&self) -> Vec<String> {
        let expired = |known: &&Known| known.expiry().is_ok_and(|expires| expires < self.today);
        let mut notes: Vec<String> = self
            .known
            .iter()
            .filter(expired)
            .map(|known| format!("the known finding `{}` in `{}` expired on {}", known.rule, known.path, known.expires))
            .collect();
        let unmatched = self.met.iter().filter(|met| !**met).count();
        if unmatched > 0 {
            notes.push(format!("{unmatched} known findings were not met again; write the baseline anew to drop them"));
        }
        notes
    }
}

impl Known {
    fn of(finding: &Finding, reason: &str, expires: Date) -> Self {
        Self {
            fingerprint: finding.fingerprint,
            rule: finding.rule.clone(),
            severity: finding.severity,
            path: finding.location.place.to_string(),
            reason: reason.to_owned(),
            expires: expires.to_string(),
        }
    }

    fn expiry(&self) -> anyhow::Result<Date> {
        self.expires.parse().with_context(|| format!("`expires = \"{}\"` is no day like 2027-01-31", self.expires))
    }
}

fn write(path: &Path, document: &Document) -> anyhow::Result<()> {
    let text = "# Findings that somebody has looked at; `headworks scan --baseline` shows them as suppressed.\n\n"
        .to_owned()
        + &toml::to_string(document)?;
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}
