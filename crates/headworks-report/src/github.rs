//! A report as workflow commands of GitHub Actions: annotations on the files of the checkout.

use std::fmt::Write as _;

use headworks_types::Severity;

use crate::Report;
use crate::escape::visible;

/// The report as one line for each finding and each place that was not understood.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for outcome in &report.outcomes {
        for finding in &outcome.examination.findings {
            let path = &outcome.path(finding.location.place.file_path());
            let title = format!("{}[{}]", finding.severity, finding.rule);
            line(&mut text, level(finding.severity), path, &title, &format!("{}: {}", outcome.target, finding.message));
        }
        for (location, fault) in outcome.faults() {
            let message = format!("{}: {fault}", outcome.target);
            line(&mut text, "warning", &outcome.path(location.place.file_path()), "not understood", &message);
        }
    }
    for error in &report.errors {
        line(&mut text, "error", &error.target, "could not finish", &error.message);
    }
    text
}

fn line(text: &mut String, level: &str, path: &str, title: &str, message: &str) {
    let (path, title) = (property(&visible(path)), property(&visible(title)));
    let _ = writeln!(text, "::{level} file={path},title={title}::{}", data(&visible(message)));
}

/// Escapes of the runner's `command.ts`: without them a name could begin another command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// The runner looks a path up in the checkout, whatever part of it was scanned.
    #[test]
    fn annotations_name_files_from_where_the_target_was_named() {
        let mut report = sample::report();
        let paths = |report: &Report| {
            let text = render(report);
            let path =
                |line: &str| line.split_once("file=").and_then(|(_, rest)| Some(rest.split_once(',')?.0.to_owned()));
            text.lines().filter_map(path).collect::<Vec<_>>()
        };
        report.outcomes.iter_mut().for_each(|outcome| outcome.target = "./weights/".into());
        assert!(paths(&report).iter().any(|path| path.starts_with("weights/")), "{:?}", paths(&report));
        report.outcomes.iter_mut().for_each(|outcome| outcome.target = ".".into());
        assert!(paths(&report).iter().all(|path| !path.starts_with('.')), "{:?}", paths(&report));
    }

    #[test]
    fn a_hostile_name_begins_no_command_of_its_own() {
        let text = render(&sample::report());
        assert!(text.lines().count() >= 2);
        assert!(text.lines().all(|line| line.starts_with("::error ") || line.starts_with("::warning ")), "{text}");
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
