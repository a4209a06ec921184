use headworks_types::fact::Effect;
use headworks_types::{Confidence, Severity};

use super::effect::judge_in_functions;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for functions that call `eval`, `exec` or `compile`.
    ///
    /// **Why it matters.** If the text comes from a configuration, a dataset or a prompt, its author runs
    /// code on the machine. Honest code evaluates names of activation functions and the like; at import
    /// the same call is `import-time-effect`, and with decoded data `decoded-payload-execution`.
    ///
    /// **Example.** `eval(config.activation)` in a function of `modeling_x.py`.
    ///
    /// **What it misses.** Interpreters inside other libraries, such as a template engine.
    CODE_EVALUATION {
        id: "code-evaluation",
        title: "Code evaluates text as code",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CWE-95"],
        hint: "see where the evaluated text comes from",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    judge_in_functions(evidence, Effect::Evaluate, |call| {
        format!("a function of `{}` evaluates text as code with `{}`", call.place(), call.callee)
    })
}

#[cfg(test)]
mod tests {
    use super::super::effect::tests::fact;
    use super::*;

    fn severities(effect: Effect, at_import: bool) -> Vec<Severity> {
        let facts = [fact("train.py", effect, "callee", at_import)];
        CODE_EVALUATION.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn an_evaluation_in_a_function_is_noted() {
        assert_eq!(severities(Effect::Evaluate, false), [Severity::Low]);
    }

    #[test]
    fn at_import_it_is_the_business_of_another_rule() {
        assert_eq!(severities(Effect::Evaluate, true), []);
    }

    /// Honest repositories ship such functions: the finding must not decide a verdict.
    #[test]
    fn it_does_not_decide_a_verdict() {
        assert!(severities(Effect::Evaluate, false).iter().all(|severity| *severity < Severity::Medium));
    }
}
