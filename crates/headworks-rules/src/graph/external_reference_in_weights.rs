use headworks_types::fact::{ExternalKind, GraphFact};
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for weights and layers that take data from another file or from the network: external
    /// links, external storage and virtual datasets of HDF5, and arguments of Keras layers that name a
    /// file or a URL (`vocabulary`, `filepath`, `origin`); libraries that the configuration of a model of Triton loads.
    ///
    /// **Why it matters.** A loader follows the reference with the rights of its process: a file of the
    /// host becomes part of the model and can leave with it (CVE-2025-12058, CVE-2025-12060,
    /// CVE-2026-1669). What is read that way was never inspected. Paths out of the artifact, URLs and
    /// links of HDF5 are high; a file beside the model and a filter library hold the artifact.
    ///
    /// **Example.** A dataset `kernel` whose bytes are those of `/etc/passwd`.
    ///
    /// **What it misses.** References in arguments that no list names.
    EXTERNAL_REFERENCE_IN_WEIGHTS {
        id: "external-reference-in-weights",
        title: "A model file takes data from elsewhere",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-03", "HW-SER-04"],
        references: &["CVE-2025-12058", "CVE-2025-12060", "CVE-2026-1669", "CWE-73", "CWE-918"],
        hint: "ask the publisher for a file that holds its own data",
        check,
    }
}

/// Frameworks whose references this rule judges.
const FRAMEWORKS: [&str; 4] = ["hdf5", "keras", "skops", "triton"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::External { framework, kind, holder, target }) = &fact.kind else {
            return None;
        };
        if !FRAMEWORKS.contains(&framework.as_str()) {
            return None;
        }
        let (severity, words) = match kind {
            // A model of Triton is a folder of files that its configuration names.
            ExternalKind::Sibling if framework == "triton" => return None,
            ExternalKind::Sibling => (Severity::Medium, "a file beside it"),
            ExternalKind::Library => (Severity::Medium, "a library"),
            ExternalKind::EscapingPath => (Severity::High, "a file outside of the artifact"),
            ExternalKind::Url => (Severity::High, "the network"),
            ExternalKind::Link | ExternalKind::Entity => (Severity::High, "another file"),
        };
        let message = format!("`{holder}` takes data from {words}: `{target}`");
        Some(Judgement::of(fact, format!("{holder} {target}"), message).with_severity(severity))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::findings;

    fn external(framework: &str, kind: ExternalKind) -> GraphFact {
        GraphFact::External { framework: framework.into(), kind, holder: "kernel".into(), target: "x".into() }
    }

    #[test]
    fn a_link_out_of_the_file_is_high_and_a_sibling_holds() {
        for (kind, severity) in [
            (ExternalKind::Link, Severity::High),
            (ExternalKind::EscapingPath, Severity::High),
            (ExternalKind::Url, Severity::High),
            (ExternalKind::Sibling, Severity::Medium),
            (ExternalKind::Library, Severity::Medium),
        ] {
            assert_eq!(findings(&EXTERNAL_REFERENCE_IN_WEIGHTS, [external("hdf5", kind)])[0].severity, severity);
        }
    }

    #[test]
    fn external_tensors_of_graphs_are_another_rules_business() {
        assert!(findings(&EXTERNAL_REFERENCE_IN_WEIGHTS, [external("onnx", ExternalKind::Sibling)]).is_empty());
    }
}
