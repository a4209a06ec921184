use headworks_types::fact::PackageFact;
use headworks_types::{Confidence, FactKind, Severity};

use super::is_outermost;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for code that runs when somebody builds a source distribution: commands given to `setup()` (`cmdclass`), a
    /// build backend inside the tree, custom hooks of Hatch and PDM, build scripts of Poetry, requirements of the build
    /// that name a place instead of a package.
    ///
    /// **Why it matters.** `pip install` builds whatever has no wheel, with the rights of whoever installs and without
    /// asking. Most honest packages with native parts have such code, so it is listed for information and says where to
    /// look; what the code does is judged by `build-time-effect`. Classes that cannot be told are rated low. What is fetched
    /// from a place of its own and run at once is held.
    ///
    /// **Example.** `setup(cmdclass={"install": PostInstall})`; `backend-path = ["_build"]` in `pyproject.toml`.
    ///
    /// **What it misses.** Plugins of build tools that come from other packages, and the rest of `setup.py`, which runs
    /// too.
    BUILD_TIME_CODE {
        id: "build-time-code",
        title: "Building the package runs code that it brings or names",
        severity: Severity::Info,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-03"],
        references: &["CWE-829", "AML.T0010.001"],
        hint: "install from wheels only (`--only-binary :all:`), or read what the code does",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judged = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Package(PackageFact::BuildCode { hook, target }) if is_outermost(&fact.location.place) => {
            let named = if target.is_empty() { String::new() } else { format!(": `{target}`") };
            let message = format!("building the package runs code by `{hook}`{named}");
            let judgement = Judgement::of(fact, format!("{hook} {target}"), message);
            let severity = match hook.as_str() {
                "build-system.requires" | "setup_requires" => Severity::Medium,
                _ if target.contains("computed") => Severity::Low,
                _ => Severity::Info,
            };
            Some(judgement.with_severity(severity))
        }
        _ => None,
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn severities(member: &str, target: &str) -> Vec<Severity> {
        let hook = if target.contains("://") { "build-system.requires" } else { "cmdclass" };
        let kind = PackageFact::BuildCode { hook: hook.into(), target: target.into() };
        let place = Place::file("toy-1.0.tar.gz").member("toy-1.0.tar").member(member);
        let facts = [Fact { location: place.at(0..9), times: 1, kind: kind.into() }];
        BUILD_TIME_CODE.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn commands_are_listed_and_computed_ones_are_rated_low() {
        assert_eq!(severities("toy-1.0/setup.py", "BuildExt"), [Severity::Info]);
        assert_eq!(severities("toy-1.0/setup.py", "a computed class"), [Severity::Low]);
    }

    #[test]
    fn a_place_that_a_build_fetches_its_tools_from_holds() {
        assert_eq!(severities("toy-1.0/pyproject.toml", "https://packages.invalid/helper.whl"), [Severity::Medium]);
    }

    /// Test suites of build tools are full of projects.
    #[test]
    fn projects_within_the_project_are_not_built() {
        assert_eq!(severities("toy-1.0/tests/pkg/setup.py", "BuildExt"), []);
    }
}
