use headworks_types::{Confidence, FactKind, Severity, fact::TensorFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for two tensors of one file that claim the same bytes.
    ///
    /// **Why it matters.** A safetensors file must not have any, and the reference reader refuses it. A reader
    /// that does not check lets one tensor's bytes be chosen by way of another: what is reviewed, hashed or
    /// compared as one layer is loaded as two.
    ///
    /// **Example.** `a` at bytes 0..4096 and `b` at bytes 2048..6144 of the data.
    ///
    /// **What it misses.** Views of one storage in a PyTorch checkpoint, which are normal there (tied weights).
    OVERLAPPING_TENSORS {
        id: "overlapping-tensors",
        title: "Two tensors claim the same bytes",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-04"],
        references: &["CWE-436", "CWE-1284"],
        hint: "no writer produces this; take the file from its source again and compare digests",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let overlaps = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Tensor(TensorFact::Overlap { tensor, with }) => {
            let message = format!("the tensor `{tensor}` shares bytes with `{with}`");
            Some(Judgement::of(fact, tensor, message))
        }
        _ => None,
    });
    overlaps.collect()
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::tests::findings;

    #[test]
    fn shared_bytes_are_reported() {
        let overlap = TensorFact::Overlap { tensor: "b".into(), with: "a".into() };
        assert_eq!(findings(&OVERLAPPING_TENSORS, [overlap]).len(), 1);
    }

    #[test]
    fn a_table_without_overlap_is_not() {
        let table = TensorFact::Table { tensors: 2, parameters: 8, bytes: 8, dtypes: vec!["U8".into()] };
        assert!(findings(&OVERLAPPING_TENSORS, [table]).is_empty());
    }
}
