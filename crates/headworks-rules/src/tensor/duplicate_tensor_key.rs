use headworks_types::{Confidence, FactKind, Severity, fact::TensorFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a name that a tensor table, or the metadata beside it, gives twice.
    ///
    /// **Why it matters.** Readers differ in which of two equal keys they take: one keeps the first, another
    /// the last. So a reviewer's tool and the loader can see different tensors under one name in one file.
    ///
    /// **Example.** A safetensors header with two entries `model.embed_tokens.weight` whose offsets differ.
    ///
    /// **What it misses.** Names that differ in bytes and look alike, such as a Cyrillic letter in one of them.
    DUPLICATE_TENSOR_KEY {
        id: "duplicate-tensor-key",
        title: "A tensor or metadata key occurs twice",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-04"],
        references: &["CWE-694", "CWE-436"],
        hint: "no writer produces this; take the file from its source again and compare digests",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let duplicates = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Tensor(TensorFact::DuplicateKey { key }) => {
            let message = format!("the key `{key}` occurs twice; readers differ in which one they take");
            Some(Judgement::of(fact, key, message))
        }
        _ => None,
    });
    duplicates.collect()
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::tests::findings;

    #[test]
    fn a_key_given_twice_is_reported() {
        assert_eq!(findings(&DUPLICATE_TENSOR_KEY, [TensorFact::DuplicateKey { key: "w".into() }]).len(), 1);
    }

    #[test]
    fn tensors_that_share_bytes_are_another_rule_s_business() {
        let overlap = TensorFact::Overlap { tensor: "b".into(), with: "a".into() };
        assert!(findings(&DUPLICATE_TENSOR_KEY, [overlap]).is_empty());
    }
}
