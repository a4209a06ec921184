use headworks_types::{Confidence, FactKind, Severity, fact::ExecutableFact};

use crate::Evidence;
use crate::package::Packages;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for native programs and libraries: ELF, PE and Mach-O files, also under another name and within
    /// containers. Files of a container image are not looked at: a system is made of programs.
    ///
    /// **Why it matters.** Weights are data. A program beside them, or inside them, is code that no loader
    /// needs and that nobody reviewed; custom operators and `dlopen` are ways to run it when the model loads.
    ///
    /// **Example.** `libcustom_op.so` in a model repository; an ELF file named `pytorch_model.bin`.
    ///
    /// **What it misses.** Programs inside other bytes that no container format explains, and code in byte form
    /// for other machines (Java classes, WebAssembly), which holds the artifact because no parser knows it.
    NATIVE_EXECUTABLE {
        id: "native-executable",
        title: "A native program or library lies in the artifact",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["AML.T0011", "AML.T0018", "CWE-506"],
        hint: "remove the program, or build it from source you have reviewed",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let packages = Packages::of(evidence);
    let programs = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        // Packages hold programs; whether this one may is `unexpected-native-code`.
        FactKind::Executable(ExecutableFact::Native { container, architecture })
            if !packages.contains(&fact.location.place) =>
        {
            let place = fact.location.place.innermost();
            let message = format!("`{place}` is a native program: {container} for {architecture}");
            Some(Judgement::of(fact, format!("{container} {architecture}"), message))
        }
        _ => None,
    });
    programs.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn judge(kind: ExecutableFact) -> usize {
        let facts = [Fact { location: Place::file("pytorch_model.bin").at(0..64), times: 1, kind: kind.into() }];
        NATIVE_EXECUTABLE.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn a_program_named_like_weights_is_reported() {
        assert_eq!(judge(ExecutableFact::Native { container: "ELF".into(), architecture: "x86_64".into() }), 1);
    }

    #[test]
    fn a_script_is_another_rule_s_business() {
        assert_eq!(judge(ExecutableFact::Script { interpreter: "/bin/sh".into() }), 0);
    }
}
