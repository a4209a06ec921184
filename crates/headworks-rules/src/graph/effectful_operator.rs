use headworks_types::{Confidence, Severity};

use super::operators::{Standing, operators};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for operators that reach outside of the graph: that call Python, open or write files, start
    /// programs, load libraries or speak to the network.
    ///
    /// **Why it matters.** A graph is expected to compute on tensors. An operator that acts on the host runs
    /// with all rights of the process that runs the model, at every inference or as soon as the model is
    /// loaded.
    ///
    /// **Example.** A node `PyOp` of the domain `ai.onnx.contrib`, which calls the Python function it names.
    ///
    /// **What it misses.** Nothing rests on this list: an operator that no list has holds the artifact as
    /// unlisted. What a listed operator does in a manipulated runtime is no question of the file.
    EFFECTFUL_OPERATOR {
        id: "effectful-operator",
        title: "A graph has an operator that acts on the host",
        severity: Severity::Critical,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &["AML.T0011", "AML.T0018.002", "CWE-94", "CWE-829"],
        hint: "do not run this graph; ask its publisher for one without the operator",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = operators(evidence).filter_map(|operator| {
        let Standing::Effectful(effect) = operator.standing() else { return None };
        let name = operator.dotted();
        let message = format!("the graph runs `{name}`, which {}", effect.why);
        let judgement = Judgement::of(operator.fact, name, message).with_severity(effect.severity);
        Some(judgement.with_evidence(format!("known from: {}", effect.source)))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{findings, operator};

    #[test]
    fn an_operator_that_calls_python_is_critical_in_any_domain() {
        for domain in ["ai.onnx.contrib", "com.microsoft", "acme"] {
            let found = findings(&EFFECTFUL_OPERATOR, [operator("onnx", domain, "PythonOp")]);
            assert_eq!(found[0].severity, Severity::Critical, "{domain}");
        }
    }

    #[test]
    fn an_operator_that_sends_its_inputs_away_is_high() {
        let sending = operator("onnx", "com.microsoft.extensions", "OpenAIAudioToText");
        assert_eq!(findings(&EFFECTFUL_OPERATOR, [sending])[0].severity, Severity::High);
    }

    #[test]
    fn mathematics_is_not_reported() {
        assert!(findings(&EFFECTFUL_OPERATOR, [operator("onnx", "", "MatMul")]).is_empty());
    }

    #[test]
    fn a_tokenizer_of_the_same_domain_is_not_reported() {
        let tokenizer = operator("onnx", "ai.onnx.contrib", "SentencepieceTokenizer");
        assert!(findings(&EFFECTFUL_OPERATOR, [tokenizer]).is_empty());
    }
}
