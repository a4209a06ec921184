use headworks_types::{Confidence, Severity};

use super::operators::{Standing, operators};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for operators of a domain that is on no list: custom operators, which a native library or a
    /// plugin must bring. Operators that the file itself defines as functions are no custom ones.
    ///
    /// **Why it matters.** Such a graph runs only where somebody loads the library, and the library is
    /// program code with all rights of the process. The file names it and does not hold it.
    ///
    /// **Example.** A node `Detect` of the domain `acme.ops`.
    ///
    /// **What it misses.** What the library does. Domains of onnxruntime and of common exporters are
    /// listed with their operators and are not reported, `com.microsoft` above all.
    CUSTOM_OPERATOR_DOMAIN {
        id: "custom-operator-domain",
        title: "A graph needs an operator that a library outside of it brings",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &["AML.T0018.002", "CWE-829"],
        hint: "find out which library brings the operator, and have it reviewed before it is loaded",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let custom = operators(evidence).filter(|operator| operator.standing() == Standing::UnknownDomain);
    let judgements = custom.map(|operator| {
        let name = operator.dotted();
        let message = format!("the graph runs `{name}` of the custom domain `{}`", operator.domain);
        Judgement::of(operator.fact, name, message)
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{findings, operator};

    #[test]
    fn an_operator_of_somebodys_domain_holds() {
        let found = findings(&CUSTOM_OPERATOR_DOMAIN, [operator("onnx", "acme.ops", "Detect")]);
        assert_eq!(found[0].severity, Severity::Medium);
    }

    /// The alarm of modelaudit issue 400: domains that every optimizer writes are no custom ones.
    #[test]
    fn issue_400_domains_of_the_runtime_are_not_reported() {
        let known = [
            operator("onnx", "com.microsoft", "FusedMatMul"),
            operator("onnx", "ai.onnx.ml", "TreeEnsembleClassifier"),
            operator("onnx", "ai.onnx.preview.training", "Adam"),
            operator("onnx", "org.pytorch.aten", "ATen"),
        ];
        assert!(findings(&CUSTOM_OPERATOR_DOMAIN, known).is_empty());
    }

    #[test]
    fn a_domain_that_merely_begins_alike_is_custom() {
        let alike = operator("onnx", "com.microsoft.acme", "FusedMatMul");
        assert_eq!(findings(&CUSTOM_OPERATOR_DOMAIN, [alike]).len(), 1);
    }
}
