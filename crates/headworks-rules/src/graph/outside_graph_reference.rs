use headworks_types::fact::{ExternalKind, GraphFact};
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for places outside of the artifact that a graph of TensorFlow or TensorFlow Lite names: assets and
    /// buffers by a path that leads out, and attributes that are URLs.
    ///
    /// **Why it matters.** The loader joins the path of an asset to the folder of the model and hands it to the
    /// graph, and `PrintV2` appends to whatever file its attribute names. So a model reads or writes files of the
    /// host, or speaks to a server, with the rights of the process that runs it.
    ///
    /// **Example.** An asset `../../../.ssh/id_ed25519`; a node `PrintV2` with `output_stream` `file:///etc/cron.d/x`.
    ///
    /// **What it misses.** Paths that the graph puts together at run time: operators that open such are reported
    /// by `effectful-operator`, whatever the path is. Assets by plain names are honest and not reported.
    OUTSIDE_GRAPH_REFERENCE {
        id: "outside-graph-reference",
        title: "A graph names a path or a server outside of the artifact",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-03", "HW-SER-04"],
        references: &["CWE-22", "CWE-73", "CWE-918"],
        hint: "ask the publisher why the model needs it; a graph for inference does not",
        check,
    }
}

/// Frameworks whose references this rule judges.
const FRAMEWORKS: [&str; 2] = ["tensorflow", "tflite"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::External { framework, kind, holder, target }) = &fact.kind else {
            return None;
        };
        let (severity, words) = match kind {
            ExternalKind::Sibling => return None,
            ExternalKind::Url if !target.starts_with("file:") => (Severity::Medium, "a server"),
            _ => (Severity::High, "a file outside of the artifact"),
        };
        let message = format!("`{holder}` names {words}: `{target}`");
        let judgement = Judgement::of(fact, format!("{holder} {target}"), message).with_severity(severity);
        FRAMEWORKS.contains(&framework.as_str()).then_some(judgement)
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::findings;

    fn external(kind: ExternalKind, target: &str) -> GraphFact {
        GraphFact::External { framework: "tensorflow".into(), kind, holder: "asset".into(), target: target.into() }
    }

    #[test]
    fn an_asset_that_climbs_out_and_a_stream_to_a_file_are_high() {
        let facts = [
            external(ExternalKind::EscapingPath, "../../.bashrc"),
            external(ExternalKind::Url, "file:///tmp/headworks-marker"),
        ];
        let severities = findings(&OUTSIDE_GRAPH_REFERENCE, facts).into_iter().map(|finding| finding.severity);
        assert_eq!(Vec::from_iter(severities), [Severity::High, Severity::High]);
    }

    #[test]
    fn a_server_holds() {
        let found = findings(&OUTSIDE_GRAPH_REFERENCE, [external(ExternalKind::Url, "grpc://192.0.2.1:6064")]);
        assert_eq!(found[0].severity, Severity::Medium);
    }

    /// Vocabularies are assets of most models of text.
    #[test]
    fn an_asset_beside_the_model_is_not_reported() {
        assert!(findings(&OUTSIDE_GRAPH_REFERENCE, [external(ExternalKind::Sibling, "vocabulary.txt")]).is_empty());
    }
}
