//! A report in GitLab's code-quality form: a list of places, each with a fingerprint of its own.

use std::collections::HashSet;

use headworks_types::{Digest, Severity};
use serde_json::{Value, json};

use crate::Report;
use crate::escape::visible;

/// The report as one JSON list.
pub fn render(report: &Report) -> String {
    let mut seen = HashSet::new();
    let mut entries = Vec::new();
    for outcome in &report.outcomes {
        for finding in &outcome.examination.findings {
            // GitLab drops an entry whose fingerprint it has seen, and two artifacts may share one.
            let identity = format!("{}\n{}", outcome.target, finding.fingerprint);
            if seen.insert(identity.clone()) {
                let path = &outcome.path(finding.location.place.file_path());
                entries.push(entry(&finding.rule, &finding.message, level(finding.severity), path, &identity));
            }
        }
        for (location, fault) in outcome.faults() {
            let identity = format!("{}\n{location}\n{fault}", outcome.target);
            if seen.insert(identity.clone()) {
                let path = &outcome.path(location.place.file_path());
                entries.push(entry("not-understood", &fault.to_string(), "major", path, &identity));
            }
        }
    }
    serde_json::to_string_pretty(&entries).expect("JSON values are plain data") + "\n"
}

fn entry(rule: &str, message: &str, level: &str, path: &str, identity: &str) -> Value {
    json!({
        "check_name": rule,
        "description": visible(message),
        "fingerprint": Digest::of(identity.as_bytes()).hex(),
        "severity": level,
        "location": { "path": visible(path.trim_start_matches("./")), "lines": { "begin": 1 } },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_entry_has_what_gitlab_requires_and_a_fingerprint_of_its_own() {
        let entries: Vec<Value> = serde_json::from_str(&render(&sample::report())).expect("is a list");
        let fingerprints: HashSet<&str> = entries.iter().filter_map(|entry| entry["fingerprint"].as_str()).collect();
        assert_eq!(fingerprints.len(), entries.len());
        assert!(entries.len() >= 2 && entries.iter().all(|entry| entry["location"]["lines"]["begin"] == 1));
    }
}
