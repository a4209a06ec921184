use headworks_types::fact::Effect;
use headworks_types::{Confidence, Severity};

use super::effect::{calls, judge_each};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for imports and look-ups whose name the source does not spell out: `importlib.import_module(name)`,
    /// a module loaded from a path, `getattr(os, name)`, `trust_remote_code=True` handed to a loader.
    ///
    /// **Why it matters.** What runs is decided by data: a configuration, a file name, another repository.
    /// Frameworks do this in their registries, so the finding only says where.
    ///
    /// **Example.** `importlib.import_module(config.module)` in `pipeline.py`.
    ///
    /// **What it misses.** Names that pass through objects the source does not name.
    COMPUTED_IMPORT {
        id: "computed-import",
        title: "Code imports modules whose name is computed",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CWE-470"],
        hint: "see where the name comes from",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    judge_each(calls(evidence).filter(|call| call.effect == Effect::DynamicImport), |call| {
        format!("`{}` reaches code by a computed name with `{}`", call.place(), call.callee)
    })
}

#[cfg(test)]
mod tests {
    use super::super::effect::tests::fact;
    use super::*;

    fn severities(effect: Effect) -> Vec<Severity> {
        let facts = [fact("convert.py", effect, "callee", false)];
        COMPUTED_IMPORT.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn the_call_is_noted_and_does_not_decide_a_verdict() {
        assert_eq!(severities(Effect::DynamicImport), [Severity::Low]);
    }

    #[test]
    fn a_call_with_another_effect_is_not_reported() {
        assert_eq!(severities(Effect::FileWrite), []);
    }
}
