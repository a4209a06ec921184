use headworks_types::{Confidence, FactKind, Severity, fact::TensorFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for tensors that do not begin or end where their format puts them, and for an alignment that is no
    /// power of two or beyond reason.
    ///
    /// **Why it matters.** Readers compute places from the alignment; zero divides, a large one overflows, and
    /// an offset that is no multiple of it makes typed reads of mapped memory fault on some processors.
    ///
    /// **Example.** A GGUF file whose `general.alignment` is 2147483648; a row of 33 elements in a type that is
    /// quantised in blocks of 32.
    ///
    /// **What it misses.** Safetensors files of before 2023, which align nothing and are read all the same.
    MISALIGNED_TENSORS {
        id: "misaligned-tensors",
        title: "Tensors are not aligned as the format wants",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-04"],
        references: &["CWE-190", "CWE-369"],
        hint: "convert the model again with a current tool; if it comes so from its source, ask there",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let misaligned = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Tensor(TensorFact::Misaligned { subject }) => {
            Some(Judgement::of(fact, subject, format!("`{subject}` breaks the alignment of the format")))
        }
        _ => None,
    });
    misaligned.collect()
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::tests::findings;

    #[test]
    fn an_alignment_beyond_reason_is_reported() {
        let misaligned = TensorFact::Misaligned { subject: "general.alignment is 3".into() };
        assert_eq!(findings(&MISALIGNED_TENSORS, [misaligned]).len(), 1);
    }

    #[test]
    fn unclaimed_bytes_are_another_rule_s_business() {
        assert!(findings(&MISALIGNED_TENSORS, [TensorFact::Hole]).is_empty());
    }
}
