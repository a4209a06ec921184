use headworks_types::fact::GraphFact;
use headworks_types::{Confidence, FactKind, Severity};

use super::is_legacy;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for program code inside a model file that its loader compiles or runs.
    ///
    /// **Why it matters.** Keras keeps lambdas as marshalled Python byte code, which runs with all
    /// rights of the process that loads the model (CVE-2024-3660). Nobody can review byte code by
    /// reading the file. Loaders of legacy HDF5 files do not ask before they run it (CVE-2025-9905), so
    /// there it is critical.
    ///
    /// **Example.** `"function": ["4wEAAAAAAAAA…", null, null]`.
    ///
    /// **What it misses.** What the code does: it is not decompiled.
    EMBEDDED_CODE {
        id: "embedded-code",
        title: "A model file holds code that its loader runs",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &["CVE-2024-3660", "CVE-2025-9905", "CWE-94", "AML.T0011"],
        hint: "do not load this file; ask its publisher for the model without code",
        check,
    }
}

/// Frameworks whose code has rules of its own: much of it is honest, or all of it is critical.
const JUDGED_ELSEWHERE: [&str; 2] = ["r", "torch7"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::EmbeddedCode { framework, language, holder, excerpt }) = &fact.kind else {
            return None;
        };
        if JUDGED_ELSEWHERE.contains(&framework.as_str()) {
            return None;
        }
        let message = format!("`{holder}` holds {language} that the loader runs");
        let severity = if is_legacy(fact) { Severity::Critical } else { Severity::High };
        let judgement = Judgement::of(fact, format!("{holder} {language}"), message).with_severity(severity);
        Some(judgement.with_evidence(format!("begins: {excerpt}")))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{findings, findings_in_attribute, object};

    fn lambda() -> GraphFact {
        let (framework, language) = ("keras".into(), "python-bytecode".into());
        GraphFact::EmbeddedCode { framework, language, holder: "config.function".into(), excerpt: "4wEAAAA".into() }
    }

    #[test]
    fn byte_code_is_high_and_in_a_legacy_file_critical() {
        assert_eq!(findings(&EMBEDDED_CODE, [lambda()])[0].severity, Severity::High);
        assert_eq!(findings_in_attribute(&EMBEDDED_CODE, [lambda()])[0].severity, Severity::Critical);
    }

    #[test]
    fn an_object_by_name_is_another_rules_business() {
        assert!(findings(&EMBEDDED_CODE, [object("keras", "os", "system")]).is_empty());
    }
}
