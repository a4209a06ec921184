use headworks_types::fact::{ExternalKind, GraphFact};
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for what makes a parser of XML fetch or expand something in a model written in XML (PMML,
    /// OpenVINO): document types, entities, XInclude, style sheets.
    ///
    /// **Why it matters.** An external entity becomes part of the document: a file of the host or an
    /// answer from its network, which then leaves with an error message or a prediction (XXE). Entities
    /// that name each other grow to gigabytes. PMML is read by parsers of many libraries, and their
    /// defaults differ. A document type that only names a DTD holds the artifact, as old exporters of
    /// PMML wrote one.
    ///
    /// **Example.** `<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>`.
    ///
    /// **What it misses.** Schema locations, which parsers fetch only when they are told to validate.
    XML_EXTERNAL_ENTITY {
        id: "xml-external-entity",
        title: "A model in XML makes its parser fetch or expand something",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-03"],
        references: &["CWE-611", "CWE-776", "CWE-918"],
        hint: "ask the publisher for the file without a document type",
        check,
    }
}

/// Frameworks whose models are XML.
const FRAMEWORKS: [&str; 2] = ["openvino", "pmml"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::External { framework, kind, holder, target }) = &fact.kind else { return None };
        // The constants of OpenVINO lie beside it, as its format has it.
        if !FRAMEWORKS.contains(&framework.as_str()) || (*kind == ExternalKind::Sibling && holder == "layers") {
            return None;
        }
        let names_only = *kind == ExternalKind::Entity && !target.contains('[');
        let severity = if names_only || *kind == ExternalKind::Sibling { Severity::Medium } else { Severity::High };
        let message = format!("`{holder}` makes a parser fetch or expand `{target}`");
        Some(Judgement::of(fact, format!("{holder} {target}"), message).with_severity(severity))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::findings;

    fn severities(kind: ExternalKind, holder: &str, target: &str) -> Vec<Severity> {
        let (framework, holder, target) = ("pmml".into(), holder.into(), target.into());
        let found = findings(&XML_EXTERNAL_ENTITY, [GraphFact::External { framework, kind, holder, target }]);
        found.iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn an_entity_of_its_own_is_high() {
        let entity = "PMML [<!ENTITY x SYSTEM \"http://a.invalid\">]";
        assert_eq!(severities(ExternalKind::Entity, "DOCTYPE", entity), [Severity::High]);
        assert_eq!(severities(ExternalKind::EscapingPath, "include", "/etc/hostname"), [Severity::High]);
    }

    /// PMML 2 asked for it.
    #[test]
    fn the_document_type_of_old_exporters_holds() {
        let named = "PMML PUBLIC \"PMML 2.0\" \"http://www.dmg.org/v2-0/pmml_v2_0.dtd\"";
        assert_eq!(severities(ExternalKind::Entity, "DOCTYPE", named), [Severity::Medium]);
    }

    #[test]
    fn the_constants_beside_an_openvino_graph_are_not_reported() {
        assert_eq!(severities(ExternalKind::Sibling, "layers", "m.bin"), []);
    }
}
