use headworks_types::{Confidence, Severity};

use super::reported::reported;
use crate::Evidence;
use crate::profiles::Answer;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for callables in a pickle stream that are known to run commands, load code, open files or
    /// connections, or reach the interpreter: `os`, `subprocess`, `builtins.eval`, `importlib`,
    /// `functools.partial`, `torch.hub` and some three hundred others with all their submodules. An
    /// import alone is reported too, because it runs the module.
    ///
    /// **Why it matters.** Unpickling calls what the stream names, with the arguments it gives. A
    /// stream that names one of these runs a program the moment somebody loads the file.
    ///
    /// **Example.** `GLOBAL posix system`, a command as a string, `REDUCE`.
    ///
    /// **What it misses.** Nothing rests on this list: a callable it lacks is reported as unlisted,
    /// since only the allow-list profiles let anything in.
    DANGEROUS_GLOBAL {
        id: "dangerous-global",
        title: "A pickle uses a callable that is known to run code",
        severity: Severity::Critical,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "AML.T0011.000", "CVE-2025-10157", "CVE-2025-1716", "GHSA-vvpj-8cmc-gx39"],
        hint: "do not load this file; ask its publisher for weights in safetensors and report it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let groups = reported(evidence, |answer| matches!(answer, Answer::Dangerous(_)));
    let judgements = groups.iter().filter_map(|group| {
        let Answer::Dangerous(danger) = group.answer else { return None };
        let known = format!("known from: {}", danger.source);
        Some(group.judgement(&format!(", which {}", danger.why)).with_evidence(known))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::Severity;
    use headworks_types::fact::{PickleOpcode, Shape};

    use super::*;
    use crate::pickle::constructed::{call, facts, import, python_2_import};

    fn judge(events: Vec<headworks_types::fact::PickleFact>) -> Vec<headworks_types::Finding> {
        DANGEROUS_GLOBAL.judge(&Evidence::of(&facts(events)))
    }

    #[test]
    fn a_command_is_one_finding_for_import_and_call() {
        let command = Shape::Str(Some("echo headworks-marker".into()));
        let findings = judge(vec![import("posix", "system"), call("posix", "system", &[command])]);
        assert_eq!(findings.len(), 1);
        let finding = &findings[0];
        assert_eq!(finding.severity, Severity::Critical);
        assert_eq!(
            finding.message,
            "`pytorch_model.bin > archive/data.pkl` calls `posix.system`, which runs a program or changes files"
        );
        assert_eq!(finding.evidence[0], "0x0 STACK_GLOBAL posix.system");
        assert_eq!(finding.evidence[1], "0x10 REDUCE posix.system(\"echo headworks-marker\")");
    }

    #[test]
    fn an_import_without_a_call_is_reported() {
        assert_eq!(judge(vec![import("webbrowser", "open")]).len(), 1);
    }

    #[test]
    fn the_spelling_of_python_2_is_shown() {
        let findings = judge(vec![python_2_import("builtins", "eval", "__builtin__ eval")]);
        assert_eq!(findings[0].evidence[0], "0x0 GLOBAL builtins.eval (spelled `__builtin__ eval`)");
    }

    #[test]
    fn a_universal_resolver_is_reported_with_harmless_arguments() {
        // GHSA-vvpj-8cmc-gx39: the dangerous name was data, the callable that resolved it was not listed.
        for (module, name) in [("pkgutil", "resolve_name"), ("pydoc", "locate"), ("operator", "methodcaller")] {
            let harmless = Shape::Str(Some("math:sqrt".into()));
            assert_eq!(judge(vec![call(module, name, &[harmless])]).len(), 1, "{module}.{name}");
        }
    }

    #[test]
    fn state_that_makes_a_bound_call_is_reported() {
        let build = headworks_types::fact::PickleFact::State {
            target: Shape::Instance("functools.partial".into()),
            state: Shape::Tuple(None),
        };
        assert_eq!(judge(vec![build]).len(), 1);
    }

    #[test]
    fn a_submodule_of_a_dangerous_module_is_reported() {
        let inst = headworks_types::fact::PickleFact::Import {
            callee: headworks_types::fact::Callee::Name {
                module: "asyncio.unix_events".into(),
                name: "_UnixSubprocessTransport._start".into(),
                spelled: None,
            },
            opcode: PickleOpcode::StackGlobal,
        };
        assert_eq!(judge(vec![inst]).len(), 1);
    }

    #[test]
    fn names_that_sound_alike_are_not_reported() {
        assert!(judge(vec![import("acme.os", "System"), import("pickleball", "Court")]).is_empty());
    }

    #[test]
    fn an_ordinary_checkpoint_is_not_reported() {
        assert!(judge(vec![import("collections", "OrderedDict"), call("collections", "OrderedDict", &[])]).is_empty());
    }
}
