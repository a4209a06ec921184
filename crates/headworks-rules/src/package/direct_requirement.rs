use headworks_types::fact::{PackageFact, RequirementKind};
use headworks_types::{Confidence, FactKind, Severity};

use super::Packages;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for requirements that name a URL, a repository or another package's name (npm alias) instead of a package.
    ///
    /// **Why it matters.** What stands behind a URL or a branch changes without a version, passes no index and no
    /// release-age check. A place with a digest or a full commit id names fixed bytes and is only noted, and so are a
    /// path on the same machine and an alias. Lists within a packed distribution are for those who work on it, and noted.
    ///
    /// **Example.** `toy @ https://packages.invalid/toy.whl`; `"a": "git+https://git.invalid/a"`.
    ///
    /// **What it misses.** Places that a build script asks for.
    DIRECT_REQUIREMENT {
        id: "direct-requirement",
        title: "A requirement names a place instead of a package",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-03"],
        references: &["CWE-829", "AML.T0010.001"],
        hint: "ask for the package by name from a controlled index, or pin the place to a digest or commit",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let packages = Packages::of(evidence);
    evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Package(PackageFact::Requirement { name, target, kind, .. }) => {
                let severity = match kind {
                    RequirementKind::Url | RequirementKind::Repository => Severity::Medium,
                    RequirementKind::HashedUrl | RequirementKind::RepositoryCommit | RequirementKind::Alias => {
                        Severity::Low
                    }
                    RequirementKind::Path => Severity::Info,
                    RequirementKind::Open | RequirementKind::Pinned | RequirementKind::Hashed => return None,
                };
                // Lists for those who work on a project are in its source distributions too. What its users need is
                // in its metadata, and what its build needs from a place is `build-time-code`.
                let place = &fact.location.place;
                let is_list = !matches!(place.base_name(), "METADATA" | "PKG-INFO" | "package.json" | "setup.py");
                let is_unread = packages.is_beside_the_code(place) || (packages.contains(place) && is_list);
                let severity = if is_unread { severity.min(Severity::Low) } else { severity };
                let message = format!("`{name}` is asked for by the place `{target}`");
                Some(Judgement::of(fact, target, message).with_severity(severity))
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
        DIRECT_REQUIREMENT.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    fn asked(kind: RequirementKind) -> PackageFact {
        PackageFact::Requirement {
            ecosystem: headworks_types::fact::Ecosystem::Python,
            name: "a".into(),
            target: "x".into(),
            kind,
        }
    }

    /// tqdm packs the environment of those who work on it.
    #[test]
    fn lists_within_a_packed_distribution_are_noted_only() {
        let within = |member: &str| Place::file("toy-1.0.tar.gz").member("toy-1.0.tar").member(member);
        let identity = PackageFact::Identity {
            ecosystem: headworks_types::fact::Ecosystem::Python,
            name: "toy".into(),
            version: "1.0".into(),
        };
        let severity = |member: &str| {
            let facts = [("toy-1.0/PKG-INFO", identity.clone()), (member, asked(RequirementKind::Url))];
            let facts = facts.map(|(at, kind)| Fact { location: within(at).at(0..9), times: 1, kind: kind.into() });
            DIRECT_REQUIREMENT.judge(&Evidence::of(&facts))[0].severity
        };
        assert_eq!(severity("toy-1.0/environment.yml"), Severity::Low);
        assert_eq!(severity("toy-1.0/PKG-INFO"), Severity::Medium);
    }

    #[test]
    fn a_url_and_a_branch_hold() {
        assert_eq!(severities("requirements.txt", asked(RequirementKind::Url)), [Severity::Medium]);
        assert_eq!(severities("requirements.txt", asked(RequirementKind::Repository)), [Severity::Medium]);
    }

    #[test]
    fn fixed_bytes_are_noted_only() {
        assert_eq!(severities("requirements.txt", asked(RequirementKind::RepositoryCommit)), [Severity::Low]);
    }

    /// Nearly every repository has an open requirement.
    #[test]
    fn a_name_with_a_range_is_not_reported() {
        assert_eq!(severities("requirements.txt", asked(RequirementKind::Open)), []);
    }
}
