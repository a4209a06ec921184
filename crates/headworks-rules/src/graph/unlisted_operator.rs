use headworks_types::{Confidence, Severity};

use super::operators::{Standing, operators};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for operators that claim to be a framework's own, and that no version of it is known to have.
    ///
    /// **Why it matters.** A runtime that loads the graph must get such an operator from somewhere: from a
    /// library that somebody registers, from a patched build, or from a version that is newer than this
    /// list. What it does cannot be told from the file.
    ///
    /// **Example.** A node `FusedSecretOp` of the domain `com.microsoft`.
    ///
    /// **What it misses.** A library that registers another implementation under a listed name.
    UNLISTED_OPERATOR {
        id: "unlisted-operator",
        title: "A graph has an operator that its framework is not known to have",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &["AML.T0018.002", "CWE-829"],
        hint: "find out which library implements the operator, and have it reviewed",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let unlisted = operators(evidence).filter(|operator| operator.standing() == Standing::Unlisted);
    let judgements = unlisted.map(|operator| {
        let name = operator.dotted();
        let message = format!("the graph runs `{name}`, which is on no list of operators");
        Judgement::of(operator.fact, name, message)
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{findings, operator};

    #[test]
    fn an_operator_that_no_version_has_holds() {
        let found = findings(&UNLISTED_OPERATOR, [operator("onnx", "", "Shell")]);
        assert_eq!(found[0].severity, Severity::Medium);
    }

    #[test]
    fn an_operator_of_another_domain_is_not_the_frameworks_own() {
        assert!(findings(&UNLISTED_OPERATOR, [operator("onnx", "acme", "Shell")]).is_empty());
        assert_eq!(findings(&UNLISTED_OPERATOR, [operator("onnx", "", "TreeEnsembleClassifier")]).len(), 1);
    }

    #[test]
    fn operators_of_old_exporters_are_listed() {
        let old = ["Affine", "ImageScaler", "Crop", "Upsample", "Scan", "GivenTensorFill"];
        assert!(findings(&UNLISTED_OPERATOR, old.map(|name| operator("onnx", "", name))).is_empty());
    }
}
