use headworks_types::{Confidence, FactKind, Severity, fact::ArchiveFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for two members of one archive with the same path, and in PyTorch archives also for paths
    /// that differ in case only.
    ///
    /// **Why it matters.** Readers differ in which of the two they take: the first, the last, whichever
    /// the file system kept. A scanner that inspects one vouches for a file that the loader never opens.
    /// PyTorch looks members up without regard to case, so `DATA.PKL` and `data.pkl` are one name to it.
    ///
    /// **Example.** Two members `archive/data.pkl`, an honest pickle and one that starts a process.
    ///
    /// **What it misses.** Paths that a file system makes equal by Unicode normalisation.
    DUPLICATE_MEMBER {
        id: "duplicate-member",
        title: "Two members of an archive have the same path",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-694", "CWE-436"],
        hint: "ask the publisher for an archive in which every path is there once",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Archive(ArchiveFact::DuplicateMember { path }) => {
            let message = format!("two members have the path `{path}`; loaders differ in which they take");
            Some(Judgement::of(fact, path, message))
        }
        _ => None,
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn judge(kind: ArchiveFact) -> Vec<Judgement> {
        let facts = [Fact { location: Place::file("model.pt").at(0..64), times: 1, kind: kind.into() }];
        check(&Evidence::of(&facts))
    }

    #[test]
    fn a_path_that_is_there_twice_is_reported() {
        assert_eq!(judge(ArchiveFact::DuplicateMember { path: "data.pkl".into() }).len(), 1);
    }

    #[test]
    fn members_that_share_bytes_are_another_rules_business() {
        assert!(judge(ArchiveFact::OverlappingMembers { path: "data.pkl".into() }).is_empty());
    }
}
