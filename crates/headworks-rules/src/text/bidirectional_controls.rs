use headworks_types::fact::TextFact;
use headworks_types::{Confidence, FactKind, Severity};

use super::is_source;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for Unicode direction controls that make a line read other than it is stored: any
    /// embedding, override or isolate in source, an override or an unclosed one in prose.
    ///
    /// **Why it matters.** A reviewer sees a comment where the interpreter sees code, or a file name
    /// whose end is another than it seems. Arabic and Hebrew text gets by with marks and closed
    /// isolates, which are not reported.
    ///
    /// **Example.** A line of `modeling_x.py` in which U+202E turns `return` into part of a comment.
    ///
    /// **What it misses.** Letters that merely look alike.
    BIDIRECTIONAL_CONTROLS {
        id: "bidirectional-controls",
        title: "Text reads other than it is stored",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CVE-2021-42574", "CWE-1007"],
        hint: "look at the line in an editor that shows the controls, and remove them",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let controls = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Text(TextFact::BidirectionalControls { code_points }) => {
            let place = &fact.location.place;
            let points = code_points.join(", ");
            let message = format!("`{place}` has direction controls that change how it reads: `{points}`");
            let severity = if is_source(place) { Severity::High } else { Severity::Medium };
            Some(Judgement::of(fact, points.clone(), message).with_evidence(points).with_severity(severity))
        }
        _ => None,
    });
    controls.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use headworks_types::{Fact, Place};

    fn severities(path: &str, kind: TextFact) -> Vec<Severity> {
        let facts = [Fact { location: Place::file(path).at(0..3), times: 1, kind: kind.into() }];
        BIDIRECTIONAL_CONTROLS.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn source_refuses_and_prose_holds() {
        let controls = || TextFact::BidirectionalControls { code_points: vec!["U+202E".into()] };
        assert_eq!(severities("modeling_x.py", controls()), [Severity::High]);
        assert_eq!(severities("README.md", controls()), [Severity::Medium]);
    }

    #[test]
    fn other_remarks_on_text_are_not_reported() {
        assert_eq!(severities("README.md", TextFact::HiddenInstruction { excerpt: String::new() }), []);
    }
}
