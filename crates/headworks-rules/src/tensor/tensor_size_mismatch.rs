use headworks_types::{Confidence, FactKind, Severity, fact::TensorFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a tensor whose shape and data type ask for another number of bytes than the table gives it.
    ///
    /// **Why it matters.** A reader that takes the length from the shape and the place from the offsets reads
    /// beyond the tensor, or beyond the file. Shapes whose product overflows 64 bits wrap to a small buffer in
    /// readers without checked arithmetic, and the copy that follows does not.
    ///
    /// **Example.** `F32` of shape `[2, 3]` with offsets `[0, 12]`: 24 bytes wanted, 12 given.
    ///
    /// **What it misses.** A wrong shape whose product happens to be right.
    TENSOR_SIZE_MISMATCH {
        id: "tensor-size-mismatch",
        title: "A tensor is not as large as its shape and type say",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-04"],
        references: &["CWE-131", "CWE-190"],
        hint: "no writer produces this; take the file from its source again and compare digests",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mismatches = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Tensor(TensorFact::SizeMismatch { tensor, expected, stated }) => {
            let expected = expected.map_or("more than 2^64 bytes".to_owned(), |bytes| format!("{bytes} bytes"));
            let message = format!("the tensor `{tensor}` needs {expected} and is given {stated}");
            Some(Judgement::of(fact, tensor, message))
        }
        _ => None,
    });
    mismatches.collect()
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::tests::findings;

    fn mismatch(expected: Option<u64>) -> TensorFact {
        TensorFact::SizeMismatch { tensor: "w".into(), expected, stated: 12 }
    }

    #[test]
    fn too_few_bytes_and_an_overflow_are_reported() {
        let findings = findings(&TENSOR_SIZE_MISMATCH, [mismatch(Some(24)), mismatch(None)]);
        let messages = Vec::from_iter(findings.iter().map(|finding| finding.message.as_str()));
        let expected = [
            "the tensor `w` needs 24 bytes and is given 12",
            "the tensor `w` needs more than 2^64 bytes and is given 12",
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn a_tensor_outside_the_file_is_another_rule_s_business() {
        assert!(findings(&TENSOR_SIZE_MISMATCH, [TensorFact::OutOfBounds { tensor: "w".into() }]).is_empty());
    }
}
