use headworks_types::fact::ExecutableFact;
use headworks_types::{Confidence, FactKind, Severity};

use super::Packages;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for native programs and libraries in packages that say they run on every system.
    ///
    /// **Why it matters.** A wheel tagged `py3-none-any` holds no native code by its own word, and reviewers pass
    /// over it as source. A program in it runs on one system only: the one it was meant for.
    ///
    /// **Example.** `toy/_fast.so` in `toy-1.0-py3-none-any.whl`.
    ///
    /// **What it misses.** What the native code of an honestly tagged package does.
    UNEXPECTED_NATIVE_CODE {
        id: "unexpected-native-code",
        title: "A package for every system holds native code",
        severity: Severity::High,
        confidence: Confidence::Medium,
        controls: &["HW-CFG-03", "HW-DEP-03"],
        references: &["CWE-506", "AML.T0010.001"],
        hint: "build the native part from source, or ask the publisher for wheels that are tagged for their system",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let packages = Packages::of(evidence);
    let programs = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Executable(ExecutableFact::Native { container, architecture }) => {
            let place = &fact.location.place;
            if !packages.contains(place) || packages.is_in_image(place) || packages.is_built_for_a_system(place) {
                return None;
            }
            let message = format!(
                "`{}` is native code, {container} for {architecture}, in a package that is not built for a system",
                place.innermost()
            );
            let judgement = Judgement::of(fact, place.innermost(), message);
            // Launchers that installers copy are Windows programs in packages for every system.
            Some(match container.as_str() {
                "PE" => judgement.with_severity(Severity::Low),
                _ if packages.claims_every_system(place) => judgement,
                // npm packages and source distributions say nothing about systems.
                _ => judgement.with_severity(Severity::Medium),
            })
        }
        _ => None,
    });
    programs.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::{Ecosystem, PackageFact};
    use headworks_types::{Fact, FactKind, Place};

    use super::*;

    fn severities(tag: &str, container: &str) -> Vec<Severity> {
        let place = Place::file("toy-1.0-x.whl");
        let fact = |place: Place, kind: FactKind| Fact { location: place.at(0..9), times: 1, kind };
        let facts = [
            fact(
                place.member("toy-1.0.dist-info/METADATA"),
                PackageFact::Identity { ecosystem: Ecosystem::Python, name: "toy".into(), version: "1.0".into() }
                    .into(),
            ),
            fact(place.clone(), PackageFact::Platform { tag: tag.into(), is_any: tag.ends_with("-any") }.into()),
            fact(
                place.member("toy/_fast.so"),
                ExecutableFact::Native { container: container.into(), architecture: "x86_64".into() }.into(),
            ),
        ];
        UNEXPECTED_NATIVE_CODE.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_library_in_a_package_for_every_system_is_reported() {
        assert_eq!(severities("py3-none-any", "ELF"), [Severity::High]);
    }

    #[test]
    fn a_wheel_for_one_system_may_hold_native_code() {
        assert_eq!(severities("cp312-cp312-manylinux_2_28_x86_64", "ELF"), []);
    }

    /// pip, setuptools and distlib ship the launchers that Windows needs.
    #[test]
    fn windows_launchers_are_noted_only() {
        assert_eq!(severities("py3-none-any", "PE"), [Severity::Low]);
    }
}
