use headworks_types::{Confidence, FactKind, Severity, fact::TensorFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for metadata whose type, or number of elements, is not what the format declares for the key.
    ///
    /// **Why it matters.** Readers in C++ know a key and cast its value: a short array under a key that should
    /// hold one value for each token is read beyond its end, a number under a key that should be text becomes
    /// a pointer. llama.cpp fixed several of these.
    ///
    /// **Example.** A GGUF file with 32,000 tokens and a `tokenizer.ggml.scores` of one element;
    /// `general.alignment` as a string.
    ///
    /// **What it misses.** Keys that no reader we know of declares, and values of the right type that make no
    /// sense, such as a token id beyond the vocabulary.
    UNEXPECTED_METADATA_TYPE {
        id: "unexpected-metadata-type",
        title: "A metadata key has another type than declared",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-04"],
        references: &["CWE-843", "CVE-2025-49847"],
        hint: "convert the model again with a current tool; do not load this file in a reader that is not current",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let unexpected = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Tensor(TensorFact::UnexpectedType { key, expected, found }) => {
            let message = format!("`{key}` is {found}, where the format declares {expected}");
            let judgement = Judgement::of(fact, key, message);
            // JSON readers check the type and refuse the file: a nuisance, where GGUF is a confusion.
            let is_json = key.starts_with("__metadata__");
            Some(if is_json { judgement.with_severity(Severity::Medium) } else { judgement })
        }
        _ => None,
    });
    unexpected.collect()
}
#[cfg(test)]
mod tests {
    use headworks_types::Severity;

    use super::*;
    use crate::tensor::tests::findings;

    fn unexpected(key: &str) -> TensorFact {
        TensorFact::UnexpectedType { key: key.into(), expected: "string".into(), found: "u64".into() }
    }

    #[test]
    fn a_confusable_gguf_key_weighs_more_than_a_number_in_safetensors_metadata() {
        let keys = ["general.architecture", "__metadata__.epoch"];
        let findings = findings(&UNEXPECTED_METADATA_TYPE, keys.map(unexpected));
        let severities = Vec::from_iter(findings.iter().map(|finding| finding.severity));
        assert_eq!(severities, [Severity::High, Severity::Medium]);
    }

    #[test]
    fn metadata_of_the_declared_type_is_not_reported() {
        let metadata = TensorFact::Metadata { key: "general.name".into(), value: "toy".into() };
        assert!(findings(&UNEXPECTED_METADATA_TYPE, [metadata]).is_empty());
    }
}
