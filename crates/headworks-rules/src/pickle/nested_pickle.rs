use std::collections::HashSet;

use headworks_types::fact::PickleFact;
use headworks_types::{Confidence, Place, Severity};

use super::reported::{events, line};
use crate::Evidence;
use crate::profiles::Answer;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for literals inside a pickle stream that are themselves a pickle.
    ///
    /// **Why it matters.** Something has to unpickle the literal. The callables that would do so are on
    /// no profile, but the code around the model may, and a payload is hidden one level down. What the
    /// inner stream imports and calls is judged at its own place.
    ///
    /// **Example.** A bytes literal that begins with `\x80\x04` and calls `posix.system`.
    ///
    /// **What it misses.** A pickle that is compressed or encoded in a way the parser does not try.
    NESTED_PICKLE {
        id: "nested-pickle",
        title: "A literal inside a pickle is a pickle",
        severity: Severity::Info,
        confidence: Confidence::Medium,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "AML.T0011.000"],
        hint: "find out what unpickles the literal; whatever it calls is judged as part of the file",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let running = above_unlisted(evidence);
    let nested = events(evidence).filter(|(_, event)| matches!(event, PickleFact::NestedStream));
    let judgements = nested.map(|(fact, event)| {
        let place = &fact.location.place;
        let severity = if running.contains(&path(place)) { Severity::Medium } else { Severity::Info };
        let message = format!("`{place}` holds a pickle inside a literal");
        Judgement::of(fact, "nested pickle", message).with_evidence(line(fact, event)).with_severity(severity)
    });
    judgements.collect()
}

/// The places above a stream that does what no profile lists.
fn above_unlisted<'a>(evidence: &Evidence<'a>) -> HashSet<(&'a str, &'a [String])> {
    let unlisted = events(evidence).filter(|(_, event)| {
        let answer = evidence.profiles.answer(event, evidence.artifact);
        answer.is_some_and(|answer| answer != Answer::Allowed)
    });
    let above = unlisted.flat_map(|(fact, _)| {
        let (file, members) = path(&fact.location.place);
        (0..members.len()).filter_map(move |depth| Some((file, members.get(..depth)?)))
    });
    above.collect()
}

fn path(place: &Place) -> (&str, &[String]) {
    (place.file_path(), place.members())
}

#[cfg(test)]
mod tests {
    use headworks_types::Fact;

    use super::*;
    use crate::pickle::constructed::{facts, import, place};

    fn severities(inner: PickleFact) -> Vec<Severity> {
        let mut facts = facts(vec![PickleFact::NestedStream]);
        facts.push(Fact { location: place().member("literal").at(0..1), times: 1, kind: inner.into() });
        NESTED_PICKLE.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_nested_payload_holds() {
        assert_eq!(severities(import("posix", "system")), [Severity::Medium]);
    }

    #[test]
    fn nested_values_are_worth_knowing_only() {
        assert_eq!(severities(import("collections", "OrderedDict")), [Severity::Info]);
    }

    #[test]
    fn a_payload_elsewhere_is_not_the_literals() {
        let mut facts = facts(vec![PickleFact::NestedStream]);
        facts.push(Fact {
            location: Place::file("other.pkl").at(0..1),
            times: 1,
            kind: import("posix", "system").into(),
        });
        assert_eq!(NESTED_PICKLE.judge(&Evidence::of(&facts))[0].severity, Severity::Info);
    }

    #[test]
    fn a_stream_without_one_is_not_reported() {
        assert!(NESTED_PICKLE.judge(&Evidence::of(&facts(vec![import("posix", "system")]))).is_empty());
    }
}
