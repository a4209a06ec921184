//! A report for a terminal. It reads without colour: the word comes first, the colour second.

mod findings;
mod requirements;
mod style;

use std::fmt::Write as _;

use headworks_types::{Admission, Basis, ProvenanceField, ProvenanceValue, Understanding};

use crate::escape::visible;
use crate::{Catalogue, Outcome, Report, Suppressed, size};

pub use style::Style;

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// One line for each artifact.
    Quiet,
    /// What a person needs to act.
    Normal,
    /// Every file, every finding, all evidence.
    Verbose,
}

/// Files, findings and faults of a kind that are shown before the rest is only counted.
const SHOWN_MAX: usize = 8;

/// The report as text.
pub fn render(report: &Report, catalogue: &Catalogue, detail: Detail, style: Style) -> String {
    let mut page = Page { text: String::new(), catalogue, detail, style };
    for (position, outcome) in report.outcomes.iter().enumerate() {
        if position > 0 && detail != Detail::Quiet {
            page.line("");
        }
        page.outcome(outcome);
    }
    if report.outcomes.len() > 1 && detail != Detail::Quiet {
        page.totals(report);
    }
    page.text
}

/// What is being written, and how.
struct Page<'a> {
    text: String,
    catalogue: &'a Catalogue,
    detail: Detail,
    style: Style,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn outcome(&mut self, outcome: &Outcome) {
        self.header(outcome);
        if self.detail == Detail::Quiet {
            return;
        }
        self.coverage(outcome);
        self.findings(outcome);
        self.suppressed(outcome);
        self.faults(outcome);
        self.requirements(outcome);
        self.footer(outcome);
    }

    fn header(&mut self, outcome: &Outcome) {
        let artifact = &outcome.examination.artifact;
        let word = match outcome.verdict() {
            Some(verdict) => self.style.admission(verdict.admission),
            None => self.style.bold("scan"),
        };
        let files = size::counted(artifact.files.len() as u64, "file");
        let size = format!("{files}, {}", size::bytes(artifact.bytes));
        self.line(&format!("{word}  {}  {}  {size}", visible(&outcome.target), artifact.abbreviated_digest()));
    }

    fn coverage(&mut self, outcome: &Outcome) {
        let files = &outcome.examination.coverage;
        let understood = files.iter().filter(|file| file.understanding == Understanding::Whole).count();
        let rules = self.catalogue.rules().len();
        let mut checked = format!(
            "{understood} of {} understood to the last byte, {rules} rules",
            size::counted(files.len() as u64, "file")
        );
        if let Some((verdict, inputs)) = &outcome.decision {
            let _ = write!(checked, ", policy tier {} ({})", visible(&verdict.tier), inputs.policy.abbreviated());
        }
        self.line(&format!("  checked      {checked}"));
        let shown = if self.detail == Detail::Verbose { files.len() } else { SHOWN_MAX };
        let width = |of: fn(&headworks_types::FileCoverage) -> usize| {
            files.iter().take(shown).map(of).max().unwrap_or(0).min(48)
        };
        let (path_width, format_width) = (width(|file| file.path.len()), width(|file| file.formats.join("+").len()));
        for file in files.iter().take(shown) {
            let (path, formats) = (visible(&file.path), file.formats.join("+"));
            let mark = if file.understanding == Understanding::Whole { ' ' } else { '?' };
            self.line(&format!("  {mark} {path:path_width$}  {formats:format_width$}  {}", visible(&file.summary)));
        }
        self.rest(files.len(), shown, "file", "  ");
        for each in &outcome.examination.attestations {
            let (source, reason) = (visible(&each.source), visible(&each.reason));
            self.line(&format!("  attested     `{source}` ({}): {reason}", visible(&each.predicate_type)));
        }
        if self.detail == Detail::Verbose {
            self.provenance(&outcome.examination.provenance);
        }
        for excluded in &outcome.examination.artifact.excluded {
            self.line(&format!("  not part of the artifact  {}", visible(excluded)));
        }
    }

    /// Where it comes from, field by field, with what each value rests on.
    fn provenance(&mut self, fields: &[ProvenanceField]) {
        for ProvenanceField { field, values } in fields {
            let value = |value: &ProvenanceValue| {
                let basis = match value.basis {
                    Basis::Verified => "verified",
                    Basis::Observed => "observed",
                    Basis::Stated => "stated",
                };
                format!("{} ({basis}, `{}`)", visible(&value.value), visible(&value.source))
            };
            let known = values.iter().map(value).collect::<Vec<_>>().join(", ");
            self.line(&format!("  {field:<12} {}", if known.is_empty() { "unknown" } else { &known }));
        }
    }

    /// Says how many more there are than were shown.
    fn rest(&mut self, all: usize, shown: usize, noun: &str, indent: &str) {
        let rest = all.saturating_sub(shown);
        if rest > 0 {
            self.line(&format!("{indent}  {} more (-v to list)", size::counted(rest as u64, noun)));
        }
    }

    fn faults(&mut self, outcome: &Outcome) {
        let faults: Vec<_> = outcome.faults().collect();
        if faults.is_empty() {
            return;
        }
        self.line("");
        self.line(&self.style.bold("not understood"));
        let shown = if self.detail == Detail::Verbose { faults.len() } else { SHOWN_MAX };
        for (location, fault) in faults.iter().take(shown) {
            self.line(&format!("  {}", visible(&location.to_string())));
            self.line(&format!("    {}", visible(&fault.to_string())));
        }
        self.rest(faults.len(), shown, "place", "");
    }

    fn suppressed(&mut self, outcome: &Outcome) {
        if outcome.suppressed.is_empty() {
            return;
        }
        self.line("");
        self.line(&self.style.bold("suppressed"));
        let shown = if self.detail == Detail::Verbose { outcome.suppressed.len() } else { SHOWN_MAX };
        for Suppressed { finding, by, reason } in outcome.suppressed.iter().take(shown) {
            self.line(&format!("  {}[{}]: {}", finding.severity, finding.rule, visible(&finding.message)));
            self.line(&format!("    by {}: {}", visible(by), visible(reason)));
        }
        self.rest(outcome.suppressed.len(), shown, "finding", "");
    }

    fn footer(&mut self, outcome: &Outcome) {
        let findings = &outcome.examination.findings;
        let mut files: Vec<&str> = findings.iter().map(|finding| finding.location.place.file_path()).collect();
        files.sort_unstable();
        files.dedup();
        let place = match files.len() {
            0 => String::new(),
            count => {
                format!(" in {count} of {}", size::counted(outcome.examination.artifact.files.len() as u64, "file"))
            }
        };
        self.line("");
        self.line(&format!("{}{place}. Nothing was loaded or run.", outcome.counted()));
        if let Some(recorded) = &outcome.recorded {
            let digest = recorded.digest.abbreviated();
            self.line(&match recorded.reused {
                true => format!("Unchanged since record {} ({digest}), which is reused.", recorded.seq),
                false => format!("Recorded as {} ({digest}): headworks show {}", recorded.seq, short(&recorded.digest)),
            });
        }
    }

    fn totals(&mut self, report: &Report) {
        let count = |admission| {
            report.outcomes.iter().filter_map(Outcome::verdict).filter(|verdict| verdict.admission == admission).count()
        };
        let decided = report.outcomes.iter().any(|outcome| outcome.decision.is_some());
        self.line("");
        let artifacts = size::counted(report.outcomes.len() as u64, "artifact");
        self.line(&match decided {
            true => format!(
                "{artifacts}: {} admitted, {} held, {} refused",
                count(Admission::Admit),
                count(Admission::Hold),
                count(Admission::Refuse)
            ),
            false => {
                let findings: usize = report.outcomes.iter().map(|outcome| outcome.examination.findings.len()).sum();
                format!("{artifacts}: {}", size::counted(findings as u64, "finding"))
            }
        });
    }
}

/// Enough of a digest to type and to find it by.
pub(crate) fn short(digest: &headworks_types::Digest) -> String {
    digest.hex().chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_refusal_names_place_reason_and_next_step_without_colour() {
        let text = render(&sample::report(), &sample::catalogue(), Detail::Normal, Style::new(false));
        for part in [
            "refuse  ./model  sha256:",
            "1 file, 17.6 MB",
            "critical[dangerous-global]: ",
            "> data.pkl  bytes 0x15..0x3d",
            "0x15 GLOBAL posix system",
            "why   Loading it runs code (AML.T0011.000)",
            "hint: use the safetensors file of the same revision",
            "more: headworks explain dangerous-global",
            "refused because the policy asks for",
            "fail             HW-SER-02",
            "1 finding (1 critical) in 1 of 1 file. Nothing was loaded or run.",
            "Recorded as 7",
        ] {
            assert!(text.contains(part), "{part:?} is missing from:\n{text}");
        }
        assert!(!text.contains('\x1b'), "{text}");
    }

    #[test]
    fn a_hostile_name_forges_no_line() {
        let text = render(&sample::report(), &sample::catalogue(), Detail::Verbose, Style::new(false));
        assert!(!text.lines().any(|line| line.starts_with("admit")), "{text}");
        assert!(!text.contains('\u{202e}'), "{text}");
    }

    #[test]
    fn quiet_is_one_line_for_each_artifact() {
        let text = render(&sample::report(), &sample::catalogue(), Detail::Quiet, Style::new(false));
        assert_eq!(text.lines().count(), 1);
    }
}
