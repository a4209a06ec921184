use headworks_types::{Confidence, Severity, fact::ArchiveFact};

use super::each;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for archive members whose bytes overlap those of another member or of the directory.
    ///
    /// **Why it matters.** A zip bomb points thousands of members at one compressed kernel and decodes to
    /// petabytes. Overlap also lets one run of bytes be two files, of which a scanner sees the harmless
    /// one. No writer makes such an archive.
    ///
    /// **Example.** Forty directory entries that all name the record at offset 0.
    ///
    /// **What it misses.** Bombs of one member, which the limit on decoded bytes ends.
    OVERLAPPING_MEMBERS {
        id: "overlapping-members",
        title: "Archive members share their bytes",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-409", "CVE-2019-13232"],
        hint: "do not extract the archive",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    each(evidence, |fact| match fact {
        ArchiveFact::OverlappingMembers { path } => {
            Some((path.clone(), format!("the bytes of `{path}` are another member's too")))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::judge;

    #[test]
    fn a_member_that_shares_bytes_is_reported() {
        assert_eq!(judge(&OVERLAPPING_MEMBERS, ArchiveFact::OverlappingMembers { path: "bomb".into() }).len(), 1);
    }

    #[test]
    fn a_path_that_is_there_twice_is_another_rules_business() {
        assert!(judge(&OVERLAPPING_MEMBERS, ArchiveFact::DuplicateMember { path: "bomb".into() }).is_empty());
    }
}
