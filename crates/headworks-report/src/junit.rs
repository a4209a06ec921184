//! A report as JUnit XML: one suite for each artifact, one case for each file.
//!
//! A file with findings fails, one that was not wholly understood is skipped, which build servers show
//! apart from what passed.

use std::fmt::Write as _;

use headworks_types::Understanding;

use crate::escape::visible;
use crate::{Outcome, Report};

/// The report as one XML document.
pub fn render(report: &Report) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"headworks\">\n");
    report.outcomes.iter().for_each(|outcome| suite(&mut text, outcome));
    for error in &report.errors {
        let (name, message) = (attribute(&error.target), attribute(&error.message));
        let _ = writeln!(text, "  <testsuite name=\"{name}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">");
        let _ =
            writeln!(text, "    <testcase name=\"{name}\"><error message=\"{message}\"/></testcase>\n  </testsuite>");
    }
    text + "</testsuites>\n"
}

fn suite(text: &mut String, outcome: &Outcome) {
    let (mut cases, mut failures, mut skipped) = (String::new(), 0, 0);
    let examination = &outcome.examination;
    for file in &examination.coverage {
        let findings = examination.findings.iter().filter(|finding| finding.location.place.file_path() == file.path);
        let lines: Vec<String> =
            findings.map(|finding| format!("{}[{}]: {}", finding.severity, finding.rule, finding.message)).collect();
        let body = match (lines.first(), file.understanding) {
            (Some(first), _) => {
                failures += 1;
                format!("<failure message=\"{}\">{}</failure>", attribute(first), attribute(&lines.join("; ")))
            }
            (None, Understanding::Whole) => String::new(),
            (None, _) => {
                skipped += 1;
                "<skipped message=\"not wholly understood\"/>".to_owned()
            }
        };
        let _ = writeln!(cases, "    <testcase name=\"{}\">{body}</testcase>", attribute(&file.path));
    }
    let (name, tests) = (attribute(&outcome.target), examination.coverage.len());
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"");
    let _ = writeln!(text, "  <testsuite name=\"{name}\" {counts}>\n{cases}  </testsuite>");
}

fn attribute(text: &str) -> String {
    let text = visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_file_with_a_finding_fails_and_a_name_cannot_close_a_tag() {
        let text = render(&sample::report());
        assert!(text.contains("failures=\"1\"") && text.contains("<failure "), "{text}");
        assert_eq!(attribute("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;");
    }
}
