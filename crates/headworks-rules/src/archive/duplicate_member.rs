use headworks_types::{Confidence, Severity, fact::ArchiveFact};

use super::each;
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
    each(evidence, |fact| match fact {
        ArchiveFact::DuplicateMember { path } => {
            Some((path.clone(), format!("two members have the path `{path}`; loaders differ in which they take")))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::judge;

    #[test]
    fn a_path_that_is_there_twice_is_reported() {
        assert_eq!(judge(&DUPLICATE_MEMBER, ArchiveFact::DuplicateMember { path: "data.pkl".into() }).len(), 1);
    }

    #[test]
    fn members_that_share_bytes_are_another_rules_business() {
        assert!(judge(&DUPLICATE_MEMBER, ArchiveFact::OverlappingMembers { path: "data.pkl".into() }).is_empty());
    }
}
