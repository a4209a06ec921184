use headworks_types::fact::GraphFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a graph that adds something to the answer of its trained layers which the input was brought
    /// down to without any of them, through an operator that is no straight line: a maximum, a sign, an
    /// exponential.
    ///
    /// **Why it matters.** That is how an architectural backdoor detects its trigger: a fixed detector beside
    /// the layers that pushes the output its way, and that survives training from scratch.
    ///
    /// **Example.** `MaxPool` of a corner of the image, `Exp`, and `Add` to the logits.
    ///
    /// **What it misses.** A detector that is multiplied with the answer, one that goes through a trained layer
    /// on its way, and one of straight lines only. Connections around layers, scaling by the mean and the
    /// deviation of the input, and masks are honest and are not reported.
    UNTRAINED_PATH {
        id: "untrained-path",
        title: "A path around the trained layers reaches the output",
        severity: Severity::Medium,
        confidence: Confidence::Low,
        controls: &["HW-SER-03", "HW-WGT-02"],
        references: &["AML.T0018.001", "AML.T0043.004"],
        hint: "look at the path in a graph viewer, and ask the publisher what it is for",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::UntrainedPath { input, output }) = &fact.kind else { return None };
        let message = format!("`{input}` is brought down and added to `{output}` around all trained layers");
        Some(Judgement::of(fact, format!("{input} {output}"), message))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::findings;

    #[test]
    fn a_path_around_the_layers_holds() {
        let path = GraphFact::UntrainedPath { input: "image".into(), output: "logits".into() };
        assert_eq!(findings(&UNTRAINED_PATH, [path])[0].severity, Severity::Medium);
    }

    #[test]
    fn a_gate_is_another_rules_business() {
        let gate = GraphFact::GatedOutput { gate: "Equal".into(), choice: "Where".into(), output: "y".into() };
        assert!(findings(&UNTRAINED_PATH, [gate]).is_empty());
    }
}
