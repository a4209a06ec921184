//! Remarks in an artifact's own text that a finding is meant to be there.
//!
//! `# headworks: allow network-access-in-code downloads the tokenizer` on the line of the finding or on
//! the line before. Only `scan` reads them, only when asked, and only for a file that is text and nothing
//! else: an artifact must not choose its judge, so `check` has no such switch.

use headworks_gate::Acquired;
use headworks_report::Suppressed;
use headworks_types::{Examination, Finding};

/// What a remark begins with, behind the sign of a comment.
const MARK: &str = "headworks: allow ";

/// Formats that have comments and are text.
const FORMATS: &[&str] = &["dockerfile", "python", "requirements", "text", "yaml"];

/// Larger files have no remark that a person wrote.
const BYTES_MAX: u64 = 4 << 20;

/// Takes out the findings that a remark in the same file names, with a reason.
pub(crate) fn suppress(acquired: &Acquired, examination: &mut Examination) -> Vec<Suppressed> {
    let mut suppressed = Vec::new();
    let mut read: Option<(String, Option<String>)> = None;
    let findings = std::mem::take(&mut examination.findings);
    for finding in findings {
        let path = finding.location.place.file_path();
        let is_text = finding.location.place.members().is_empty()
            && examination.coverage.iter().any(|file| {
                let mut formats = file.formats.iter();
                file.path == path && !file.formats.is_empty() && formats.all(|id| FORMATS.contains(&id.as_str()))
            });
        if is_text && read.as_ref().is_none_or(|(known, _)| known != path) {
            read = Some((path.to_owned(), acquired.text(path, BYTES_MAX)));
        }
        let text = read.as_ref().filter(|_| is_text).and_then(|(_, text)| text.as_deref());
        match text.and_then(|text| remark(text, &finding)) {
            Some((line, reason)) => {
                let by = format!("remark in line {line}");
                suppressed.push(Suppressed { by, reason, finding });
            }
            None => examination.findings.push(finding),
        }
    }
    suppressed
}

/// The line and the reason of the remark that stands at the finding.
fn remark(text: &str, finding: &Finding) -> Option<(usize, String)> {
    let start = usize::try_from(finding.location.start).ok()?;
    let line = text.as_bytes().get(..start)?.iter().filter(|&&byte| byte == b'\n').count();
    let candidates = [Some(line), line.checked_sub(1)];
    candidates.into_iter().flatten().find_map(|line| {
        let reason = reason(text.lines().nth(line)?, &finding.rule)?;
        Some((line + 1, reason))
    })
}

/// The reason, when the line allows `rule` with one.
fn reason(line: &str, rule: &str) -> Option<String> {
    let (before, after) = line.split_once(MARK)?;
    let sign = before.trim_end();
    if !sign.ends_with('#') && !sign.ends_with("<!--") {
        return None;
    }
    let (allowed, reason) = after.split_once(' ')?;
    let reason = reason.trim().trim_end_matches("-->").trim();
    (allowed == rule && !reason.is_empty()).then(|| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_names_the_rule_and_gives_a_reason() {
        let python = "x = load()  # headworks: allow process-start reviewed in 12";
        assert_eq!(reason(python, "process-start").as_deref(), Some("reviewed in 12"));
        let markdown = "<!-- headworks: allow hidden-instruction a quotation -->";
        assert_eq!(reason(markdown, "hidden-instruction").as_deref(), Some("a quotation"));
    }

    #[test]
    fn a_remark_without_a_reason_or_for_another_rule_allows_nothing() {
        assert_eq!(reason("# headworks: allow process-start", "process-start"), None);
        assert_eq!(reason("# headworks: allow process-start  ", "process-start"), None);
        assert_eq!(reason("# headworks: allow process-start why", "code-evaluation"), None);
        assert_eq!(reason("please headworks: allow process-start why", "process-start"), None);
    }
}
