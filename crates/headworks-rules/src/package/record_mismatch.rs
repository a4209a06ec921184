use headworks_types::fact::PackageFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for wheels without `RECORD`, files that `RECORD` leaves out, files whose digest or size is another
    /// than it says, and names in it of files that are not there.
    ///
    /// **Why it matters.** `RECORD` is what uninstallers and auditors go by, and installers differ: pip installs a
    /// wheel with a wrong, incomplete or absent list, uv refuses some of those. A file added to a wheel after it was
    /// built shows here, and so does one that replaced another.
    ///
    /// **Example.** `toy.pth` in the archive and not in `toy-1.0.dist-info/RECORD`.
    ///
    /// **What it misses.** A wheel that was changed and its list with it; digests other than SHA-256, which hold the
    /// artifact.
    RECORD_MISMATCH {
        id: "record-mismatch",
        title: "A wheel and its list of files disagree",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-03"],
        references: &["CWE-354", "CWE-345"],
        hint: "get the wheel again from its index and compare its digest",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Package(PackageFact::MissingRecord) => Some(Judgement::of(
                fact,
                "RECORD",
                "the wheel has no list of its files, which pip accepts and uv does not",
            )),
            FactKind::Package(PackageFact::UnrecordedMember { path }) => Some(Judgement::of(
                fact,
                path,
                format!("`{path}` is not in the wheel's list of files, or without a digest"),
            )),
            FactKind::Package(PackageFact::RecordMismatch { path, field, recorded, actual }) => {
                let message = format!("`{path}` is not the file that the wheel's list describes: its {field} differs");
                Some(Judgement::of(fact, path, message).with_evidence(format!("listed {recorded}, found {actual}")))
            }
            FactKind::Package(PackageFact::RecordedAbsentMember { path }) => {
                let message = format!("the wheel's list names `{path}`, which is not there");
                Some(Judgement::of(fact, path, message).with_severity(Severity::Medium))
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
        RECORD_MISMATCH.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn each_disagreement_is_reported() {
        let path = || "a.py".to_owned();
        assert_eq!(severities("a.whl", PackageFact::MissingRecord), [Severity::High]);
        assert_eq!(severities("a.whl", PackageFact::UnrecordedMember { path: path() }), [Severity::High]);
        assert_eq!(severities("a.whl", PackageFact::RecordedAbsentMember { path: path() }), [Severity::Medium]);
    }

    #[test]
    fn what_the_wheel_installs_is_another_rule() {
        assert_eq!(severities("a.whl", PackageFact::TopLevelModule { name: "a".into() }), []);
    }
}
