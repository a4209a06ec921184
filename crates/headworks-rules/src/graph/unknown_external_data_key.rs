use headworks_types::fact::GraphFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for keys in the external-data entries of an ONNX tensor other than `location`, `offset`, `length`
    /// and `checksum`.
    ///
    /// **Why it matters.** onnx set each key as an attribute of its own Python object (CVE-2026-34445), so that a
    /// file could overwrite what the object is and does. A key with two underscores aims at that and is high.
    /// Any other key holds the artifact: some loader gives it a meaning that nobody has judged.
    ///
    /// **Example.** `{"key": "__class__", "value": "…"}` beside `location`.
    ///
    /// **What it misses.** Nothing that the file states; the values of known keys are judged elsewhere.
    UNKNOWN_EXTERNAL_DATA_KEY {
        id: "unknown-external-data-key",
        title: "External data of a tensor has a key that the format does not define",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-04"],
        references: &["CVE-2026-34445", "CWE-915"],
        hint: "ask the publisher to write the model again with a current version of onnx",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::UnknownExternalKey { holder, key }) = &fact.kind else { return None };
        let severity = if key.contains("__") { Severity::High } else { Severity::Medium };
        let message = format!("the external data of `{holder}` has the key `{key}`");
        Some(Judgement::of(fact, format!("{holder} {key}"), message).with_severity(severity))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::findings;

    fn judge(key: &str) -> Severity {
        let fact = GraphFact::UnknownExternalKey { holder: "w".into(), key: key.into() };
        findings(&UNKNOWN_EXTERNAL_DATA_KEY, [fact])[0].severity
    }

    #[test]
    fn a_key_that_aims_at_the_object_is_high() {
        assert_eq!(judge("__class__"), Severity::High);
    }

    #[test]
    fn any_other_key_holds() {
        assert_eq!(judge("basepath"), Severity::Medium);
    }

    #[test]
    fn external_data_as_such_is_not_reported() {
        let data = GraphFact::SiblingData { framework: "onnx".into(), target: "x".into(), start: 0, end: 4 };
        assert!(findings(&UNKNOWN_EXTERNAL_DATA_KEY, [data]).is_empty());
    }
}
