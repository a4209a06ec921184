use headworks_types::fact::{PickleFact, Shape};
use headworks_types::{Confidence, Severity};

use super::reported::{Reported, reported};
use crate::Evidence;
use crate::profiles::Answer;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for APPEND, ADDITEMS and SETITEM in a pickle stream on something that is no built-in
    /// container and that no profile lists as one.
    ///
    /// **Why it matters.** On such an object these opcodes call a method (`append`, `extend`, `add`,
    /// `__setitem__`) with data from the stream. An early version of PyTorch's restricted unpickler
    /// applied SETITEM to any object, and that was enough to break out.
    ///
    /// **Example.** SETITEMS on the result of `numpy.core.multiarray._reconstruct` (CVE-2026-24747).
    ///
    /// **What it misses.** A listed container whose method is replaced on the loading machine.
    MUTATION_OF_UNLISTED_OBJECT {
        id: "mutation-of-unlisted-object",
        title: "A pickle adds items to something that is no container",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "CWE-843", "CVE-2026-24747"],
        hint: "compare with a file that the library itself writes; ask for weights in safetensors",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let groups = reported(evidence, |answer| answer == Answer::Mutation);
    let about = ", which no allow-list profile lists as a container";
    groups.iter().map(|group| group.judgement(about).with_severity(severity(group))).collect()
}

fn severity(group: &Reported<'_>) -> Severity {
    let worse = group
        .events
        .iter()
        .any(|(_, event)| matches!(event, PickleFact::Mutation { target: Shape::Unknown | Shape::Global(_), .. }));
    if worse { Severity::High } else { Severity::Medium }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::constructed::{facts, global, instance, mutation};

    fn severities(target: Shape) -> Vec<Severity> {
        let findings = MUTATION_OF_UNLISTED_OBJECT.judge(&Evidence::of(&facts(vec![mutation(target)])));
        findings.iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn items_of_a_tensor_or_an_array_hold() {
        assert_eq!(severities(instance("torch._utils._rebuild_tensor_v2")), [Severity::Medium]);
        assert_eq!(severities(instance("numpy._core.multiarray._reconstruct")), [Severity::Medium]);
    }

    #[test]
    fn items_of_something_unknown_or_of_a_class_refuse() {
        assert_eq!(severities(Shape::Unknown), [Severity::High]);
        assert_eq!(severities(global("collections.OrderedDict")), [Severity::High]);
    }

    #[test]
    fn a_plain_ordered_dictionary_is_not_reported() {
        // fickling 0.1.12 flags the nested OrderedDicts of every checkpoint, because update() is a call.
        for name in ["collections.OrderedDict", "collections.deque", "collections.defaultdict", "collections.Counter"] {
            assert!(severities(instance(name)).is_empty(), "{name}");
        }
    }
}
