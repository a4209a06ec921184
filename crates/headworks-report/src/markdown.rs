//! A report as Markdown, for a pull request or a job summary.

use std::fmt::Write as _;

use headworks_types::{Finding, Outcome as Result, Requirement};

use crate::escape::{markdown, markdown_code, markdown_message};
use crate::{Catalogue, Outcome, Report, size};

/// Rows of one table before the rest is only counted: comments of code hosts are bounded.
const ROWS_MAX: usize = 100;

/// The report as Markdown.
pub fn render(report: &Report, catalogue: &Catalogue) -> String {
    let mut text = String::from("# headworks\n\n| artifact | answer | findings | digest |\n|---|---|---|---|\n");
    for outcome in &report.outcomes {
        let answer = outcome.verdict().map_or("scan", |verdict| verdict.admission.verb());
        let digest = outcome.examination.artifact.abbreviated_digest();
        let _ = writeln!(
            text,
            "| {} | **{answer}** | {} | `{digest}` |",
            markdown_code(&outcome.target),
            outcome.counted()
        );
    }
    for error in &report.errors {
        let _ =
            writeln!(text, "| {} | **error** | {} | |", markdown_code(&error.target), markdown_message(&error.message));
    }
    for outcome in &report.outcomes {
        section(&mut text, outcome, catalogue);
    }
    text
}

fn section(text: &mut String, outcome: &Outcome, catalogue: &Catalogue) {
    let artifact = &outcome.examination.artifact;
    let files = size::counted(artifact.files.len() as u64, "file");
    let _ = writeln!(text, "\n## {}\n\n{files}, {}", markdown_code(&outcome.target), size::bytes(artifact.bytes));
    requirements(text, outcome);
    findings(text, outcome, catalogue);
    faults(text, outcome);
}

fn requirements(text: &mut String, outcome: &Outcome) {
    let Some(verdict) = outcome.verdict() else { return };
    let _ = writeln!(
        text,
        "\n### Requirements of tier {}\n\n| control | outcome | why |\n|---|---|---|",
        markdown(&verdict.tier)
    );
    for requirement in verdict.requirements.iter().filter(|requirement| requirement.mandatory) {
        let word = match requirement.outcome {
            Result::Pass => "pass",
            Result::NotEstablished => "**not established**",
            Result::Fail => "**fail**",
        };
        let title = markdown(&requirement.title);
        let _ =
            writeln!(text, "| {} {title} | {word} | {} |", markdown_code(&requirement.control), reasons(requirement));
    }
}

fn reasons(requirement: &Requirement) -> String {
    let mut reasons: Vec<String> =
        requirement.reasons.iter().take(ROWS_MAX).map(|reason| markdown_message(reason)).collect();
    if let Some(waiver) = &requirement.waiver {
        let until = markdown(&waiver.until);
        reasons.push(format!("waived by {} until {until}: {}", markdown_code(&waiver.id), markdown(&waiver.reason)));
    }
    reasons.join("<br>")
}

fn findings(text: &mut String, outcome: &Outcome, catalogue: &Catalogue) {
    let findings = &outcome.examination.findings;
    if findings.is_empty() {
        return;
    }
    text.push_str("\n### Findings\n\n| severity | rule | what | where |\n|---|---|---|---|\n");
    for finding in findings.iter().take(ROWS_MAX) {
        let Finding { severity, rule, message, location, .. } = finding;
        let place = format!("{} {:#x}..{:#x}", location.place, location.start, location.end);
        let title = catalogue.find(rule).map_or("", |(_, text)| text.title.as_str());
        let what = if message.is_empty() { markdown(title) } else { markdown_message(message) };
        let _ = writeln!(text, "| {severity} | `{rule}` | {what} | {} |", markdown_code(&place));
    }
    rest(text, findings.len());
}

fn faults(text: &mut String, outcome: &Outcome) {
    let faults: Vec<_> = outcome.faults().collect();
    if faults.is_empty() {
        return;
    }
    text.push_str("\n### Not understood\n\n| where | why |\n|---|---|\n");
    for (location, fault) in faults.iter().take(ROWS_MAX) {
        let place = format!("{} {:#x}..{:#x}", location.place, location.start, location.end);
        let _ = writeln!(text, "| {} | {} |", markdown_code(&place), markdown_message(&fault.to_string()));
    }
    rest(text, faults.len());
}

fn rest(text: &mut String, all: usize) {
    if all > ROWS_MAX {
        let _ = writeln!(text, "\n{} more are left out.", all - ROWS_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_hostile_name_stays_in_its_cell() {
        let text = render(&sample::report(), &sample::catalogue());
        let row = text.lines().find(|line| line.starts_with("| critical")).expect("the finding has a row");
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 5, "{row}");
        let outside_of_code: Vec<&str> = row.split('`').step_by(2).collect();
        assert!(!outside_of_code.concat().contains('<'), "{row}");
    }

    #[test]
    fn the_answer_and_its_reasons_are_there() {
        let text = render(&sample::report(), &sample::catalogue());
        assert!(text.contains("| `./model` | **refuse** | 1 finding (1 critical) |"), "{text}");
        assert!(text.contains("| `HW-SER-02` Static inspection of serialized artifacts | **fail** |"), "{text}");
    }
}
