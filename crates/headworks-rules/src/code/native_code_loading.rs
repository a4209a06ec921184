use headworks_types::fact::Effect;
use headworks_types::{Confidence, Severity};

use super::effect::judge_in_functions;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for functions that load a shared library or compile one: `ctypes`, `cffi`,
    /// `torch.ops.load_library`, `torch.utils.cpp_extension.load`.
    ///
    /// **Why it matters.** Native code is beyond what a reader of Python sees, and building it runs a
    /// compiler on the machine that loads the model. Models with kernels of their own do so in a
    /// function; at import the same call is `import-time-effect`.
    ///
    /// **Example.** `torch.utils.cpp_extension.load(name="wkv", sources=[...])` in `modeling_rwkv.py`.
    ///
    /// **What it misses.** Extension modules that a plain `import` loads; the inspection of executables
    /// reports their files.
    NATIVE_CODE_LOADING {
        id: "native-code-loading",
        title: "Code can load or build native code",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CWE-114"],
        hint: "see which library or source it names, and whether that file was inspected too",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    judge_in_functions(evidence, Effect::NativeCode, |call| {
        format!("a function of `{}` loads native code with `{}`", call.place(), call.callee)
    })
}

#[cfg(test)]
mod tests {
    use super::super::effect::tests::fact;
    use super::*;

    fn severities(effect: Effect, at_import: bool) -> Vec<Severity> {
        let facts = [fact("train.py", effect, "callee", at_import)];
        NATIVE_CODE_LOADING.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_library_loaded_in_a_function_is_noted() {
        assert_eq!(severities(Effect::NativeCode, false), [Severity::Low]);
    }

    #[test]
    fn at_import_it_is_the_business_of_another_rule() {
        assert_eq!(severities(Effect::NativeCode, true), []);
    }

    /// Honest repositories ship such functions: the finding must not decide a verdict.
    #[test]
    fn it_does_not_decide_a_verdict() {
        assert!(severities(Effect::NativeCode, false).iter().all(|severity| *severity < Severity::Medium));
    }
}
