use headworks_types::fact::PackageFact;
use headworks_types::{Confidence, FactKind, Severity};

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
    evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Package(PackageFact::NamesDisagree { field, metadata, other, value }) => {
                let message = format!("the metadata state the {field} `{metadata}` and the {other} says `{value}`");
                Some(Judgement::of(fact, format!("{field} {other}"), message))
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

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
    fn a_name_alone_is_not() {
        assert_eq!(severities("a.whl", PackageFact::TopLevelModule { name: "a".into() }), []);
    }
}
