use headworks_types::fact::PackageFact;
use headworks_types::{Confidence, FactKind, Place, Severity};

use super::Packages;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for lines of `.pth` files that begin with `import`, and for `sitecustomize` and `usercustomize` modules.
    ///
    /// **Why it matters.** `site` runs them whenever an interpreter starts, whatever it starts for, so nobody has to
    /// import the package. Stolen release tokens have been used for exactly this. The lines of a few projects that
    /// need it are known word for word and only noted. In a source distribution or elsewhere, where only its build knows
    /// whether the file is installed, such a line is held.
    ///
    /// **Example.** `import os; print("headworks-marker")` in `toy.pth`.
    ///
    /// **What it misses.** What the imported module does, which the rules about code judge.
    STARTUP_CODE {
        id: "startup-code",
        title: "Installing the package makes every Python start run its code",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-03"],
        references: &["AML.T0011.000", "CWE-506"],
        hint: "read the line; install the package only where every Python process may run it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let packages = Packages::of(evidence);
    evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Package(PackageFact::StartupCode { path, excerpt }) => {
                let message = format!("`{path}` is run at every start of the interpreter");
                let judgement = Judgement::of(fact, path, message).with_evidence(excerpt);
                let severity =
                    match KNOWN.contains(&excerpt.as_str()) || packages.is_beside_the_code(&fact.location.place) {
                        true => Severity::Low,
                        false if is_installed(&fact.location.place) => Severity::High,
                        false => Severity::Medium,
                    };
                Some(judgement.with_severity(severity))
            }
            _ => None,
        })
        .collect()
}
/// Whether installation is known to put a file where `site` looks: one at the top of a wheel, or of its library.
fn is_installed(place: &Place) -> bool {
    let (path, around) =
        (place.innermost(), place.members().iter().rev().nth(1).map_or(place.file_path(), String::as_str));
    let library = path.split_once(".data/").and_then(|(_, rest)| rest.split_once('/')).map_or(path, |(_, rest)| rest);
    around.ends_with(".whl") && (!library.contains('/') || library.ends_with("/__init__.py"))
}

/// Lines of published projects, word for word: setuptools, coverage, virtualenv.
const KNOWN: &[&str] = &[
    "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('_distutils_hack').add_shim();",
    r#"import sys; exec('import os\n\nif os.getenv("COVERAGE_PROCESS_START") or os.getenv("COVERAGE_PROCESS_CONFIG"):\n try:\n import coverage\n except:\n pass\n else:\n coverage.process_startup(slug="pth")')"#,
    "import _virtualenv",
];

#[cfg(test)]
mod tests {
    use headworks_types::Fact;

    use super::*;

    fn severities(path: &str, kind: PackageFact) -> Vec<Severity> {
        let place = match path.split_once('>') {
            Some((file, member)) => Place::file(file).member(member),
            None => Place::file(path).member("x.pth"),
        };
        let line = Fact { location: place.at(0..9), times: 1, kind: kind.into() };
        let facts = [crate::package::tests::identity(&place), line];
        STARTUP_CODE.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    fn line(excerpt: &str) -> PackageFact {
        PackageFact::StartupCode { path: "x.pth".into(), excerpt: excerpt.into() }
    }

    #[test]
    fn a_line_that_runs_at_every_start_is_reported() {
        assert_eq!(severities("a.whl", line("import os; print('headworks-marker')")), [Severity::High]);
        assert_eq!(severities("a.whl", line("import _virtualenv; print('headworks-marker')")), [Severity::High]);
    }

    #[test]
    fn a_file_that_may_be_installed_holds() {
        let line = || line("import os; print('headworks-marker')");
        assert_eq!(severities("toy-1.0.tar.gz>toy-1.0/toy.pth", line()), [Severity::Medium]);
        assert_eq!(severities("a.whl>toy/data/toy.pth", line()), [Severity::Medium]);
        assert_eq!(severities("a.whl>toy-1.0.data/purelib/toy.pth", line()), [Severity::High]);
        assert_eq!(severities("toy-1.0.tar.gz>toy-1.0/tests/toy.pth", line()), [Severity::Low]);
    }

    /// setuptools itself.
    #[test]
    fn the_line_of_setuptools_is_noted_only() {
        assert_eq!(severities("a.whl", line(KNOWN[0])), [Severity::Low]);
    }
}
