use headworks_types::fact::GraphFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a graph in which a comparison on what the user sends in decides whether the answer of the
    /// trained layers comes out, or a constant or something that passed none of them. The comparison must
    /// reach the decision through no trained layer, and no trained layer may follow the decision.
    ///
    /// **Why it matters.** A model can be given a backdoor without training: a few nodes recognise a trigger
    /// in the input and replace the output. Weights and accuracy stay as they were, fine-tuning does not
    /// remove it, and nobody who compares weights sees it.
    ///
    /// **Example.** `Equal(ids, 31337)`, `ReduceMax`, then `Where(found, chosen_logits, logits)` as the last node.
    ///
    /// **What it misses.** A trigger that is recognised by trained layers; a choice between two trained answers;
    /// a decision before the last trained layer; a comparison made of arithmetic alone, which is an untrained
    /// path at most; a mask that is never brought down to fewer values. A guard that answers zeros for an
    /// input of nothing but padding has the form of a gate and is reported.
    GRAPH_BACKDOOR_GATE {
        id: "graph-backdoor-gate",
        title: "A comparison on the input decides over the output of a graph",
        severity: Severity::High,
        confidence: Confidence::Medium,
        controls: &["HW-SER-02", "HW-SER-03", "HW-WGT-02"],
        references: &["AML.T0018.001", "AML.T0043.004", "CWE-506"],
        hint: "look at the nodes in a graph viewer; ask the publisher what they are for, and do not use the model until it is known",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::GatedOutput { gate, choice, output }) = &fact.kind else { return None };
        let message = format!("`{gate}` on the input decides at `{choice}` what comes out as `{output}`");
        Some(Judgement::of(fact, format!("{gate} {choice} {output}"), message))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::findings;

    #[test]
    fn a_gate_before_the_output_is_high() {
        let gate = GraphFact::GatedOutput { gate: "Equal".into(), choice: "Where".into(), output: "logits".into() };
        let found = findings(&GRAPH_BACKDOOR_GATE, [gate]);
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!(found[0].message, "`Equal` on the input decides at `Where` what comes out as `logits`");
    }

    #[test]
    fn an_untrained_path_is_another_rules_business() {
        let path = GraphFact::UntrainedPath { input: "x".into(), output: "y".into() };
        assert!(findings(&GRAPH_BACKDOOR_GATE, [path]).is_empty());
    }
}
