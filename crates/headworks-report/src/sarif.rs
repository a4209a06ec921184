//! A report as SARIF 2.1.0 (OASIS), in the subset that code-scanning services accept.
//!
//! One run for each invocation. A container member is a logical location, because services refuse
//! artifact URIs that are no plain relative path; the byte range is kept in the region.

use std::collections::BTreeMap;

use headworks_types::{Admission, Confidence, Finding, Outcome as Result, Severity, Verdict};
use serde_json::{Value, json};

use crate::{Catalogue, Outcome, Report, RuleText};

/// Results that services show of one run; the rest is counted in a notification.
const RESULTS_MAX: usize = 5_000;

/// Notifications about what was not understood, for the same reason.
const NOTIFICATIONS_MAX: usize = 1_000;

/// The report as one SARIF log.
pub fn render(report: &Report, catalogue: &Catalogue) -> String {
    let mut results = results(report, catalogue);
    let dropped = results.len().saturating_sub(RESULTS_MAX);
    results.truncate(RESULTS_MAX);
    let mut notifications = notifications(report);
    if dropped > 0 {
        notifications.push(notification("warning", &format!("{dropped} further results are left out"), None));
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(catalogue) },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": report.errors.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
            "properties": { "artifacts": report.outcomes.iter().map(artifact).collect::<Vec<_>>() },
        }],
    });
    serde_json::to_string_pretty(&log).expect("JSON values are plain data") + "\n"
}

fn driver(catalogue: &Catalogue) -> Value {
    let verdicts = [
        ("artifact-refused", "A mandatory requirement of the policy fails"),
        ("artifact-held", "A mandatory requirement of the policy is not established"),
    ];
    let verdicts = verdicts.map(|(id, title)| json!({ "id": id, "shortDescription": { "text": title } }));
    let rules: Vec<Value> = catalogue.rules().iter().map(rule).chain(verdicts).collect();
    json!({
        "name": "headworks",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules,
    })
}

fn rule(rule: &RuleText) -> Value {
    // Services accept 20 tags.
    let tags: Vec<&str> = ["security"].into_iter().chain(rule.references.iter().map(String::as_str)).take(20).collect();
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.title },
        "help": { "text": rule.page, "markdown": rule.page },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "security-severity": security_severity(rule.severity),
            "precision": precision(rule.confidence),
            "tags": tags,
        },
    })
}

/// Verdicts first, then findings over all artifacts, worst first: what is cut off must be the least of it.
fn results(report: &Report, catalogue: &Catalogue) -> Vec<Value> {
    let verdicts = report.outcomes.iter().filter_map(|outcome| verdict(outcome, outcome.verdict()?));
    let mut findings: Vec<(&Outcome, &Finding)> = report
        .outcomes
        .iter()
        .flat_map(|outcome| outcome.examination.findings.iter().map(move |finding| (outcome, finding)))
        .collect();
    findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
    let suppressed = report.outcomes.iter().flat_map(|outcome| {
        outcome.suppressed.iter().map(move |suppressed| {
            let mut result = result(outcome, &suppressed.finding, catalogue);
            let justification = format!("{}: {}", suppressed.by, suppressed.reason);
            if let Some(fields) = result.as_object_mut() {
                let kind = if suppressed.by.starts_with("remark") { "inSource" } else { "external" };
                let value = json!([{ "kind": kind, "justification": justification }]);
                fields.insert("suppressions".to_owned(), value);
            }
            result
        })
    });
    let counted = findings.into_iter().map(|(outcome, finding)| result(outcome, finding, catalogue));
    verdicts.chain(counted).chain(suppressed).collect()
}

fn result(outcome: &Outcome, finding: &Finding, catalogue: &Catalogue) -> Value {
    let location = &finding.location;
    let mut message = finding.message.clone();
    for line in finding.evidence.iter().take(10) {
        message.push_str(&format!("\n{line}"));
    }
    if let Some(hint) = &finding.hint {
        message.push_str(&format!("\nhint: {hint}"));
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": message },
        "locations": [{
            "physicalLocation": physical(outcome, location.place.file_path(), location.start..location.end),
            "logicalLocations": [{ "fullyQualifiedName": location.place.to_string(), "kind": "member" }],
        }],
        "partialFingerprints": { "headworksFinding/v1": finding.fingerprint.hex() },
        "occurrenceCount": finding.times.max(1),
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "controls": finding.controls,
            "security-severity": security_severity(finding.severity),
        },
    });
    if let (Some((index, _)), Some(fields)) = (catalogue.find(&finding.rule), result.as_object_mut()) {
        fields.insert("ruleIndex".to_owned(), json!(index));
    }
    result
}

/// A held or refused artifact is a result of its own: what is missing has no place in any file.
fn verdict(outcome: &Outcome, verdict: &Verdict) -> Option<Value> {
    let (id, level) = match verdict.admission {
        Admission::Admit => return None,
        Admission::Hold => ("artifact-held", "warning"),
        Admission::Refuse => ("artifact-refused", "error"),
    };
    let unmet = verdict.requirements.iter().filter(|unmet| unmet.mandatory && unmet.outcome != Result::Pass);
    let reasons: Vec<String> =
        unmet.map(|unmet| format!("{} {}: {}", unmet.control, unmet.title, unmet.reasons.join("; "))).collect();
    let artifact = &outcome.examination.artifact;
    let file = artifact.files.first().map_or("", |file| file.path.as_str());
    let identity = format!("{id}\n{}", artifact.name);
    Some(json!({
        "ruleId": id,
        "level": level,
        "message": { "text": format!("`{}`: {}\n{}", outcome.target, verdict.admission, reasons.join("\n")) },
        "locations": [{ "physicalLocation": physical(outcome, file, 0..0) }],
        "partialFingerprints": { "headworksFinding/v1": headworks_types::Digest::of(identity.as_bytes()).hex() },
    }))
}

fn physical(outcome: &Outcome, file: &str, bytes: std::ops::Range<u64>) -> Value {
    json!({
        "artifactLocation": { "uri": uri(outcome, file) },
        // Services ignore results without a line; binary files have only one.
        "region": { "startLine": 1, "byteOffset": bytes.start, "byteLength": bytes.end.saturating_sub(bytes.start) },
    })
}

/// The file as a relative URI reference: the target, then the path within it (RFC 3986, percent-encoded).
fn uri(outcome: &Outcome, file: &str) -> String {
    let path = outcome.path(file);
    let path = path.trim_start_matches('/');
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn notifications(report: &Report) -> Vec<Value> {
    let errors = report
        .errors
        .iter()
        .map(|error| notification("error", &format!("`{}`: {}", error.target, error.message), None));
    let faults = report.outcomes.iter().flat_map(|outcome| outcome.faults().map(move |fault| (outcome, fault)));
    let faults = faults.take(NOTIFICATIONS_MAX).map(|(outcome, (location, fault))| {
        let at = physical(outcome, location.place.file_path(), location.start..location.end);
        notification("warning", &format!("not understood: {}: {fault}", location.place), Some(at))
    });
    errors.chain(faults).collect()
}

fn notification(level: &str, text: &str, at: Option<Value>) -> Value {
    let mut value = json!({ "level": level, "message": { "text": text } });
    if let (Some(at), Some(fields)) = (at, value.as_object_mut()) {
        fields.insert("locations".to_owned(), json!([{ "physicalLocation": at }]));
    }
    value
}

fn artifact(outcome: &Outcome) -> Value {
    let artifact = &outcome.examination.artifact;
    let mut fields: BTreeMap<&str, Value> = BTreeMap::new();
    fields.insert("target", json!(outcome.target));
    fields.insert("digest", json!(artifact.digest));
    if let Some((verdict, inputs)) = &outcome.decision {
        fields.insert("admission", json!(verdict.admission));
        fields.insert("tier", json!(verdict.tier));
        fields.insert("inputs", json!(inputs));
    }
    json!(fields)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// On the scale of CVSS, as code-scanning services sort by it.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
        Severity::Info => "0.1",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn run() -> Value {
        let log: Value = serde_json::from_str(&render(&sample::report(), &sample::catalogue())).expect("it is JSON");
        log["runs"][0].clone()
    }

    #[test]
    fn every_result_has_a_relative_place_with_a_line_and_bytes() {
        let run = run();
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), 2);
        for result in results {
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().expect("a URI");
            assert!(uri.starts_with("model/a%1B%5B2K%0Aadmit") && !uri.contains(':'), "{uri}");
            assert_eq!(place["region"]["startLine"], 1);
        }
    }

    #[test]
    fn a_refusal_is_a_result_and_a_fault_a_notification() {
        let run = run();
        assert_eq!(run["results"][0]["ruleId"], "artifact-refused");
        assert_eq!(run["results"][1]["ruleIndex"], 0);
        assert_eq!(run["invocations"][0]["toolExecutionNotifications"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn the_worst_results_survive_the_cap() {
        let mut report = sample::report();
        let outcome = &mut report.outcomes[0];
        let mut mild = outcome.examination.findings[0].clone();
        mild.severity = Severity::Info;
        outcome.examination.findings = std::iter::repeat_n(mild, RESULTS_MAX).collect();
        let worst = sample::report().outcomes[0].examination.findings[0].clone();
        outcome.examination.findings.push(worst);
        let results = results(&report, &sample::catalogue());
        assert_eq!(results[1]["properties"]["severity"], "critical");
    }
}
