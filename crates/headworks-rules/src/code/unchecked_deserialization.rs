use headworks_types::fact::Effect;
use headworks_types::{Confidence, Severity};

use super::effect::{calls, judge_each};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for calls that load a format which can carry code: `pickle.load`, `torch.load` without
    /// `weights_only=True`, `joblib.load`, `numpy.load(allow_pickle=True)`, `yaml.load` without a safe loader.
    ///
    /// **Why it matters.** Whoever can exchange the file that is loaded runs code in the process that
    /// loads it. The files of this artifact are inspected by themselves; the finding says that the code
    /// would also load others.
    ///
    /// **Example.** `torch.load(path)` in `convert.py`.
    ///
    /// **What it misses.** Loaders inside other libraries.
    UNCHECKED_DESERIALIZATION {
        id: "unchecked-deserialization",
        title: "Code loads data that can carry code",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CWE-502"],
        hint: "use the loader's own switch for data only, such as `weights_only=True`",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    judge_each(calls(evidence).filter(|call| call.effect == Effect::Deserialize), |call| {
        format!("`{}` loads data that can carry code with `{}`", call.place(), call.callee)
    })
}

#[cfg(test)]
mod tests {
    use super::super::effect::tests::fact;
    use super::*;

    fn severities(effect: Effect) -> Vec<Severity> {
        let facts = [fact("convert.py", effect, "callee", false)];
        UNCHECKED_DESERIALIZATION.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn the_call_is_noted_and_does_not_decide_a_verdict() {
        assert_eq!(severities(Effect::Deserialize), [Severity::Low]);
    }

    #[test]
    fn a_call_with_another_effect_is_not_reported() {
        assert_eq!(severities(Effect::FileWrite), []);
    }
}
