use headworks_types::{Confidence, Severity};

use super::reported::reported;
use crate::Evidence;
use crate::profiles::Answer;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for imports and calls in a pickle stream whose target is computed by the stream: the
    /// result of an earlier call, or a module or name that is no plain string.
    ///
    /// **Why it matters.** No reader of the bytes can know what will be called, so no allow-list can
    /// list it. Libraries do not write such streams; a way around a scanner needs one.
    ///
    /// **Example.** `STACK_GLOBAL` with a name that `REDUCE` returned; `REDUCE` on the result of
    /// `builtins.getattr`.
    ///
    /// **What it misses.** A callable that computes a callable and calls it by itself; those are on no
    /// profile.
    COMPUTED_CALLABLE {
        id: "computed-callable",
        title: "A pickle calls something that it computes",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "CWE-913", "AML.T0011.000"],
        hint: "do not load this file; ask its publisher for weights in safetensors",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let groups = reported(evidence, |answer| answer == Answer::Computed);
    groups.iter().map(|group| group.judgement(", which only loading it would reveal")).collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::Severity;
    use headworks_types::fact::{Callee, PickleFact, PickleOpcode, Shape};

    use super::*;
    use crate::pickle::constructed::{call, facts, instance};

    fn judge(event: PickleFact) -> Vec<headworks_types::Finding> {
        COMPUTED_CALLABLE.judge(&Evidence::of(&facts(vec![event])))
    }

    #[test]
    fn a_call_of_a_result_is_reported() {
        let callee = Callee::Computed { value: Box::new(instance("builtins.getattr")) };
        let findings = judge(PickleFact::Call { callee, opcode: PickleOpcode::Reduce, arguments: vec![] });
        assert_eq!(findings[0].severity, Severity::High);
    }

    #[test]
    fn the_result_of_a_listed_callable_is_no_callable() {
        let callee = Callee::Computed { value: Box::new(instance("collections.OrderedDict")) };
        assert_eq!(judge(PickleFact::Call { callee, opcode: PickleOpcode::Reduce, arguments: vec![] }).len(), 1);
    }

    #[test]
    fn an_import_by_a_computed_name_is_reported() {
        let callee = Callee::Computed { value: Box::new(Shape::Unknown) };
        assert_eq!(judge(PickleFact::Import { callee, opcode: PickleOpcode::StackGlobal }).len(), 1);
    }

    #[test]
    fn a_call_by_name_is_not() {
        assert!(judge(call("posix", "system", &[])).is_empty());
    }
}
