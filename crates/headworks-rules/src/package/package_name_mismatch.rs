use std::collections::HashMap;

use headworks_types::fact::{Ecosystem, PackageFact};
use headworks_types::{Confidence, FactKind, Place, Severity};

use super::{Packages, is_outermost};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for packages whose file name, folder and metadata do not name the same project and version.
    ///
    /// **Why it matters.** Resolvers choose by the file name, tools that list what is installed go by the metadata.
    /// Where the two differ, what was reviewed or blocked is not what is installed.
    ///
    /// **Example.** `requests-2.32.0-py3-none-any.whl` whose metadata say `toy 1.0`.
    ///
    /// **What it misses.** A name that agrees everywhere and belongs to somebody else.
    PACKAGE_NAME_MISMATCH {
        id: "package-name-mismatch",
        title: "A package is not the one that its name says",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-03"],
        references: &["CWE-345", "AML.T0010.001"],
        hint: "get the package again by name from its index",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let packages = Packages::of(evidence);
    let stated = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Package(PackageFact::NamesDisagree { field, metadata, other, value }) => {
            let message = format!("the metadata state the {field} `{metadata}` and the {other} says `{value}`");
            let judgement = Judgement::of(fact, format!("{field} {other}"), message);
            // Test suites of build tools have archives of every shape.
            let is_beside = packages.is_beside_the_code(&fact.location.place);
            Some(if is_beside { judgement.with_severity(Severity::Low) } else { judgement })
        }
        _ => None,
    });
    stated.chain(disagreeing_sources(evidence)).collect()
}

/// `PKG-INFO` of a source distribution beside a `pyproject.toml` or `setup.cfg` that names another project.
fn disagreeing_sources<'e>(evidence: &Evidence<'e>) -> Vec<Judgement> {
    let identities = |wanted: &'static [&'static str]| {
        evidence.facts.iter().filter_map(move |fact| match &fact.kind {
            FactKind::Package(PackageFact::Identity { ecosystem: Ecosystem::Python, name, version })
                if wanted.contains(&fact.location.place.base_name()) && is_outermost(&fact.location.place) =>
            {
                Some((fact, name.as_str(), version.as_str()))
            }
            _ => None,
        })
    };
    let metadata: HashMap<_, _> =
        identities(&["PKG-INFO"]).map(|(fact, name, _)| (folder(&fact.location.place), name)).collect();
    let judged = identities(&["pyproject.toml", "setup.cfg"]).filter_map(|(fact, name, _)| {
        let metadata =
            metadata.get(&folder(&fact.location.place)).filter(|metadata| normal(metadata) != normal(name))?;
        let file = fact.location.place.base_name();
        let message = format!("the metadata state the name `{metadata}` and `{file}` says `{name}`");
        Some(Judgement::of(fact, format!("name {file}"), message))
    });
    judged.collect()
}

/// The file, the members around, and the folder of a place within them.
fn folder(place: &Place) -> (&str, &[String], &str) {
    let around = place.members().split_last().map_or(&[][..], |(_, around)| around);
    (
        place.file_path().split('/').next_back().unwrap_or_default(),
        around,
        place.innermost().rsplit_once('/').map_or("", |(folder, _)| folder),
    )
}

/// A name as installers compare it.
fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use headworks_types::Fact;

    use super::*;

    fn severities(path: &str, kind: PackageFact) -> Vec<Severity> {
        let facts = [Fact { location: Place::file(path).at(0..9), times: 1, kind: kind.into() }];
        PACKAGE_NAME_MISMATCH.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_file_name_of_another_project_is_reported() {
        let kind = PackageFact::NamesDisagree {
            field: "name".into(),
            metadata: "toy".into(),
            other: "file name".into(),
            value: "requests".into(),
        };
        assert_eq!(severities("requests-1-py3-none-any.whl", kind), [Severity::High]);
    }

    #[test]
    fn metadata_and_build_configuration_of_two_projects_are_reported() {
        let named = |member: &str, name: &str| {
            let place = Place::file("toy-1.0.tar.gz").member("toy-1.0.tar").member(member);
            let kind = PackageFact::Identity { ecosystem: Ecosystem::Python, name: name.into(), version: "1.0".into() };
            Fact { location: place.at(0..9), times: 1, kind: kind.into() }
        };
        let count = |other: Fact| {
            PACKAGE_NAME_MISMATCH.judge(&Evidence::of(&[named("toy-1.0/PKG-INFO", "toy_x"), other])).len()
        };
        assert_eq!(count(named("toy-1.0/pyproject.toml", "other")), 1);
        assert_eq!(count(named("toy-1.0/pyproject.toml", "Toy.X")), 0);
        assert_eq!(count(named("toy-1.0/tests/pyproject.toml", "other")), 0);
    }

    #[test]
    fn a_name_alone_is_not() {
        assert_eq!(severities("a.whl", PackageFact::TopLevelModule { name: "a".into() }), []);
    }
}
