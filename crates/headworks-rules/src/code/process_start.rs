use headworks_types::fact::Effect;
use headworks_types::{Confidence, Severity};

use super::effect::judge_in_functions;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for functions that start a process: `subprocess`, `os.system`, `os.exec*`, `pty.spawn` and kin.
    ///
    /// **Why it matters.** Whoever calls the function runs a program that no inspection of the artifact
    /// has seen. Training and evaluation scripts do so for good reasons, so the finding names the place
    /// and decides nothing; at import the same call is `import-time-effect`.
    ///
    /// **Example.** `subprocess.run(["ffmpeg", ...])` in a function of `processing.py`.
    ///
    /// **What it misses.** Processes that libraries start, and names that the running program computes.
    PROCESS_START {
        id: "process-start",
        title: "Code can start processes",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CWE-78", "AML.T0050"],
        hint: "see which program it starts, and whether your use calls the function",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    judge_in_functions(evidence, Effect::Process, |call| {
        format!("a function of `{}` starts a process with `{}`", call.place(), call.callee)
    })
}

#[cfg(test)]
mod tests {
    use super::super::effect::tests::fact;
    use super::*;

    fn severities(effect: Effect, at_import: bool) -> Vec<Severity> {
        let facts = [fact("train.py", effect, "callee", at_import)];
        PROCESS_START.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_process_in_a_function_is_noted() {
        assert_eq!(severities(Effect::Process, false), [Severity::Low]);
    }

    #[test]
    fn at_import_it_is_the_business_of_another_rule() {
        assert_eq!(severities(Effect::Process, true), []);
    }

    /// Honest repositories ship such functions: the finding must not decide a verdict.
    #[test]
    fn it_does_not_decide_a_verdict() {
        assert!(severities(Effect::Process, false).iter().all(|severity| *severity < Severity::Medium));
    }
}
