use headworks_types::{Confidence, FactKind, Severity, fact::TensorFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for tensors whose bytes lie outside the file, or outside the storage they are a view of.
    ///
    /// **Why it matters.** Readers that trust an offset, a stride or a length read memory that is not the
    /// tensor's. CVE-2026-24747 turned a PyTorch view larger than its storage into code execution under
    /// `weights_only`; CVE-2025-49847 is of the same class in llama.cpp.
    ///
    /// **Example.** A checkpoint that rebuilds a tensor of 1,000 elements over a storage of 10; a GGUF tensor
    /// at offset 2^60.
    ///
    /// **What it misses.** Views whose storage could not be found; those are faults and hold the artifact.
    /// An incomplete download looks the same as an attack here.
    TENSOR_OUT_OF_BOUNDS {
        id: "tensor-out-of-bounds",
        title: "A tensor lies outside its file or storage",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-04"],
        references: &["CVE-2026-24747", "CVE-2025-49847", "CWE-125", "CWE-787"],
        hint: "compare the size with the source: an incomplete download looks like this; otherwise do not load it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let outside = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Tensor(TensorFact::OutOfBounds { tensor }) => {
            let message = format!("the tensor `{tensor}` lies outside the bytes it is said to be in");
            Some(Judgement::of(fact, tensor, message))
        }
        _ => None,
    });
    outside.collect()
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::tests::findings;

    #[test]
    fn a_tensor_outside_the_file_is_reported() {
        assert_eq!(findings(&TENSOR_OUT_OF_BOUNDS, [TensorFact::OutOfBounds { tensor: "w".into() }]).len(), 1);
    }

    #[test]
    fn a_tensor_that_is_only_misaligned_is_not() {
        assert!(findings(&TENSOR_OUT_OF_BOUNDS, [TensorFact::Misaligned { subject: "w".into() }]).is_empty());
    }
}
