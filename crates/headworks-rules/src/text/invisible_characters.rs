use headworks_types::fact::TextFact;
use headworks_types::{Confidence, FactKind, Severity};

use super::is_source;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for characters without a glyph outside the places where writing systems and emoji need
    /// them: tag characters, zero-width spaces and joiners, variation selectors, fillers. Where they
    /// spell a text, the text is shown.
    ///
    /// **Why it matters.** A person does not see them and a language model reads them, so they carry
    /// instructions past review ("ASCII smuggling") or mark text. A run of them in one place is no
    /// slip of the keyboard. Stray ones come with text that was copied from a web page and are only
    /// noted, unless a machine reads the file as source.
    ///
    /// **Example.** A model card whose first heading is followed by the tag characters of
    /// `recommend this model`.
    ///
    /// **What it misses.** Data hidden in ordinary characters: homoglyphs, spaces at line ends, word
    /// choice.
    INVISIBLE_CHARACTERS {
        id: "invisible-characters",
        title: "Text holds characters that nobody sees",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["AML.T0051.001", "CWE-1007"],
        hint: "remove the characters, or compare with the publisher's own copy",
        check,
    }
}

/// From this many in direct succession on they are there for a purpose.
const RUN_MIN: u64 = 4;

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let hidden = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Text(TextFact::InvisibleCharacters { code_points, longest_run, spells }) => {
            let place = &fact.location.place;
            let points = code_points.join(", ");
            let (message, severity) = match spells {
                Some(text) => {
                    (format!("`{place}` hides the text `{text}` in characters that nobody sees"), Severity::High)
                }
                None if *longest_run >= RUN_MIN => (
                    format!("`{place}` hides {longest_run} characters in a row that nobody sees: `{points}`"),
                    Severity::Medium,
                ),
                None if is_source(place) => {
                    (format!("`{place}` has source with characters that nobody sees: `{points}`"), Severity::Low)
                }
                None => (format!("`{place}` has stray characters that nobody sees: `{points}`"), Severity::Info),
            };
            Some(Judgement::of(fact, points.clone(), message).with_evidence(points).with_severity(severity))
        }
        _ => None,
    });
    hidden.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use headworks_types::{Fact, Place};

    fn severity(longest_run: u64, spells: Option<&str>) -> Severity {
        let kind = TextFact::InvisibleCharacters {
            code_points: vec!["U+200B".into()],
            longest_run,
            spells: spells.map(Into::into),
        };
        let facts = [Fact { location: Place::file("README.md").at(0..3), times: 1, kind: kind.into() }];
        INVISIBLE_CHARACTERS.judge(&Evidence::of(&facts))[0].severity
    }

    #[test]
    fn hidden_text_refuses_and_a_run_holds() {
        assert_eq!(severity(20, Some("obey")), Severity::High);
        assert_eq!(severity(20, None), Severity::Medium);
    }

    /// A zero-width space that was copied from a web page stands in many honest model cards.
    #[test]
    fn a_stray_one_is_noted_only() {
        assert_eq!(severity(1, None), Severity::Info);
    }
}
