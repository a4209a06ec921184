use headworks_types::fact::{ExternalKind, GraphFact};
use headworks_types::{Confidence, FactKind, Severity};

use super::EXTERNAL_DATA;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for tensors whose data lies outside of the artifact: behind an absolute path, behind `..`, behind
    /// a URL, or behind one of the marks by which onnxruntime names its own memory.
    ///
    /// **Why it matters.** The loader opens the file with its own rights, and what it reads becomes weights
    /// that can be read back: any file of the host (CVE-2022-25882, CVE-2024-27318), and in tools that write
    /// the data out, any file that can be written (CVE-2025-51480, CVE-2026-34447). A mark for memory makes
    /// the runtime take a number of the file for a pointer.
    ///
    /// **Example.** `location: ../../../etc/passwd` in the external data of an initializer.
    ///
    /// **What it misses.** A plain name behind which a link lies (CVE-2026-27489, CVE-2026-34446); links that
    /// leave the artifact are reported where they lie, as `out-of-tree-link`.
    ESCAPING_EXTERNAL_DATA {
        id: "escaping-external-data",
        title: "Tensor data is taken from outside of the artifact",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03", "HW-SER-04"],
        references: &[
            "CVE-2022-25882", "CVE-2024-27318", "CVE-2025-51480", "CVE-2026-27489", "CVE-2026-34446", "CVE-2026-34447",
            "GHSA-6rq9-53c3-f7vj", "CWE-22", "CWE-73",
        ],
        hint: "do not load this file; ask its publisher for one whose data lies beside it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::External { framework, kind, holder, target }) = &fact.kind else { return None };
        let words = match kind {
            ExternalKind::EscapingPath => "a path out of the artifact",
            ExternalKind::Url => "a URL",
            _ => return None,
        };
        let judged = EXTERNAL_DATA.contains(&framework.as_str());
        let message = format!("the data of `{holder}` is taken from {words}: `{target}`");
        judged.then(|| Judgement::of(fact, target, message))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::findings;

    fn external(kind: ExternalKind, target: &str) -> GraphFact {
        GraphFact::External { framework: "onnx".into(), kind, holder: "w".into(), target: target.into() }
    }

    #[test]
    fn paths_out_of_the_artifact_and_urls_are_high() {
        for (kind, target) in
            [(ExternalKind::EscapingPath, "../../etc/passwd"), (ExternalKind::Url, "https://weights.invalid/x")]
        {
            assert_eq!(findings(&ESCAPING_EXTERNAL_DATA, [external(kind, target)])[0].severity, Severity::High);
        }
    }

    #[test]
    fn a_file_beside_the_model_is_how_large_models_are_written() {
        assert!(findings(&ESCAPING_EXTERNAL_DATA, [external(ExternalKind::Sibling, "model.onnx.data")]).is_empty());
    }
}
