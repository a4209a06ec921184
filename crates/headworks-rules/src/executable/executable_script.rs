use headworks_types::{Confidence, FactKind, Severity, fact::ExecutableFact};

use crate::Evidence;
use crate::package::Packages;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for scripts with an interpreter line. Beside the weights of a repository they are common and only
    /// noted; inside a container of weights they have no business at all. Files of a container image are not looked at:
    /// a system is made of them.
    ///
    /// **Why it matters.** A script is meant to be run, and a repository of weights is not where people expect
    /// to have to review one. Inside a checkpoint it can only be meant for something that unpacks it.
    ///
    /// **Example.** `download.sh` in a repository (low); `archive/data/run.sh` within `pytorch_model.bin` (high).
    ///
    /// **What it misses.** Scripts without an interpreter line, such as batch files and PowerShell. What a script
    /// does is judged by the rules about code.
    EXECUTABLE_SCRIPT {
        id: "executable-script",
        title: "A script lies beside or inside the weights",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["AML.T0011", "CWE-506"],
        hint: "read the script before anyone runs it; loading the weights does not need it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let packages = Packages::of(evidence);
    let scripts = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Executable(ExecutableFact::Script { interpreter }) if !packages.is_in_image(&fact.location.place) => {
            let place = &fact.location.place;
            let message = format!("`{}` is a script for `{interpreter}`", place.innermost());
            let judgement = Judgement::of(fact, interpreter, message);
            // Programs are what a package is made of.
            let is_inside = !place.members().is_empty() && !packages.contains(place);
            Some(if is_inside { judgement.with_severity(Severity::High) } else { judgement })
        }
        _ => None,
    });
    scripts.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn severities(place: &Place, kind: ExecutableFact) -> Vec<Severity> {
        let facts = [Fact { location: place.at(0..20), times: 1, kind: kind.into() }];
        let findings = EXECUTABLE_SCRIPT.judge(&Evidence::of(&facts));
        findings.iter().map(|finding| finding.severity).collect()
    }

    fn script() -> ExecutableFact {
        ExecutableFact::Script { interpreter: "/bin/sh".into() }
    }

    #[test]
    fn a_script_inside_a_container_is_worse_than_one_beside_it() {
        let inside = Place::file("pytorch_model.bin").member("archive/data/run.sh");
        assert_eq!(severities(&inside, script()), [Severity::High]);
    }

    /// Honest repositories ship one to fetch the weights: worth knowing, and no reason to hold.
    #[test]
    fn a_download_script_beside_the_weights_does_not_decide() {
        assert_eq!(severities(&Place::file("download.sh"), script()), [Severity::Low]);
    }

    #[test]
    fn a_native_program_is_another_rule_s_business() {
        let native = ExecutableFact::Native { container: "PE".into(), architecture: "x86".into() };
        assert_eq!(severities(&Place::file("a.dll"), native), []);
    }
}
