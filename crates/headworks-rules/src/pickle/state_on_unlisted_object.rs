use headworks_types::fact::{PickleFact, Shape};
use headworks_types::{Confidence, Severity};

use super::reported::{Reported, reported};
use crate::Evidence;
use crate::profiles::Answer;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for BUILD in a pickle stream on something that may not receive state: an object that is
    /// not known, a class or function itself, a container, or the result of a listed callable whose
    /// profile says nothing of state.
    ///
    /// **Why it matters.** BUILD calls `__setstate__`, or writes into `__dict__`, or calls `setattr`
    /// for each slot. On a class it replaces methods for the whole process; on an unknown object it
    /// calls code that nobody has read.
    ///
    /// **Example.** `GLOBAL acme Net`, then BUILD with `(None, {"forward": ...})`.
    ///
    /// **What it misses.** What the state holds; each callable in it is reported by its own import.
    STATE_ON_UNLISTED_OBJECT {
        id: "state-on-unlisted-object",
        title: "A pickle sets the state of something that takes none",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "CWE-915"],
        hint: "compare with a file that the library itself writes; ask for weights in safetensors",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let groups = reported(evidence, |answer| answer == Answer::State);
    let about = ", which no allow-list profile lets receive state";
    groups.iter().map(|group| group.judgement(about).with_severity(severity(group))).collect()
}

/// A class, a function or something unknown is no object that a library gives state.
fn severity(group: &Reported<'_>) -> Severity {
    let worse = group
        .events
        .iter()
        .any(|(_, event)| matches!(event, PickleFact::State { target: Shape::Unknown | Shape::Global(_), .. }));
    if worse { Severity::High } else { Severity::Medium }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::constructed::{facts, global, instance, state};

    fn severities(target: Shape) -> Vec<Severity> {
        let findings = STATE_ON_UNLISTED_OBJECT.judge(&Evidence::of(&facts(vec![state(target)])));
        findings.iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn state_of_something_unknown_refuses() {
        assert_eq!(severities(Shape::Unknown), [Severity::High]);
    }

    #[test]
    fn state_of_a_class_refuses_also_when_the_class_is_listed() {
        assert_eq!(severities(global("sklearn.svm._classes.SVC")), [Severity::High]);
    }

    #[test]
    fn state_of_a_listed_callables_result_holds_where_its_profile_gives_it_none() {
        assert_eq!(severities(instance("builtins.slice")), [Severity::Medium]);
        assert_eq!(severities(Shape::List), [Severity::Medium]);
    }

    #[test]
    fn state_of_an_estimator_an_array_or_a_state_dictionary_is_not_reported() {
        // torch sets `_metadata` on the OrderedDict of every state dictionary.
        for name in ["sklearn.svm._classes.SVC", "numpy.core.multiarray._reconstruct", "collections.OrderedDict"] {
            assert!(severities(instance(name)).is_empty(), "{name}");
        }
    }

    #[test]
    fn an_object_that_is_unlisted_itself_is_reported_as_such() {
        assert!(severities(instance("acme.Net")).is_empty());
    }
}
