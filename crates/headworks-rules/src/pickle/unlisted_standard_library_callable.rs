use headworks_types::{Confidence, Severity};

use super::reported::reported;
use crate::Evidence;
use crate::profiles::Answer;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for callables of Python's standard library in a pickle stream that no allow-list profile
    /// lists.
    ///
    /// **Why it matters.** What model files need of the standard library is small and known. The rest
    /// of it is on every machine, so an attacker can count on it, and much of it ends in running code:
    /// most bypasses of scanners were a standard-library function their deny-list lacked.
    ///
    /// **Example.** `GLOBAL imaplib IMAP4_stream`, which starts a program.
    ///
    /// **What it misses.** Whether the callable does harm with these arguments; it may well not.
    UNLISTED_STANDARD_LIBRARY_CALLABLE {
        id: "unlisted-standard-library-callable",
        title: "A pickle uses a standard-library callable that no profile lists",
        severity: Severity::High,
        confidence: Confidence::Medium,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "AML.T0011.000", "CVE-2025-1716", "CVE-2026-22609"],
        hint: "do not load this file unless you know why it needs the callable; ask for weights in safetensors",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let groups = reported(evidence, |answer| answer == Answer::StandardLibrary);
    let about = ", which is in Python's standard library and on no allow-list profile";
    groups.iter().map(|group| group.judgement(about)).collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::Severity;

    use super::*;
    use crate::pickle::constructed::{call, facts, import, text};

    fn judge(event: headworks_types::fact::PickleFact) -> Vec<headworks_types::Finding> {
        UNLISTED_STANDARD_LIBRARY_CALLABLE.judge(&Evidence::of(&facts(vec![event])))
    }

    #[test]
    fn a_function_the_catalogue_lacks_is_still_refused() {
        for (module, name) in [("statistics", "mean"), ("email.mime.text", "MIMEText"), ("builtins", "print")] {
            let findings = judge(import(module, name));
            assert_eq!(findings.len(), 1, "{module}.{name}");
            assert_eq!(findings[0].severity, Severity::High);
        }
    }

    #[test]
    fn a_listed_module_does_not_list_its_other_names() {
        assert_eq!(judge(import("collections", "UserDict")).len(), 1);
        assert_eq!(judge(import("collections", "OrderedDict.fromkeys")).len(), 1);
        assert_eq!(judge(import("datetime", "sys")).len(), 1);
    }

    #[test]
    fn values_of_built_in_types_are_not_reported() {
        assert!(judge(import("collections", "OrderedDict")).is_empty());
        assert!(judge(call("decimal", "Decimal", &[text("1.5")])).is_empty());
    }

    #[test]
    fn third_party_code_is_not_the_standard_library() {
        assert!(judge(import("statistics_extra", "mean")).is_empty());
        assert!(judge(import("__main__", "Net")).is_empty());
    }
}
