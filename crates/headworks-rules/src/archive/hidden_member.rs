use headworks_types::{Confidence, Severity, fact::ArchiveFact};

use super::each;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for members of an archive that its directory does not list: in a zip, a local record in bytes that
    /// nothing else explains; in a 7z, a part of a folder that no file is.
    ///
    /// **Why it matters.** Tools that go by the directory, which is nearly all scanners, do not see the
    /// member; readers that stream from the first byte do. The member is inspected all the same and what
    /// is found in it is reported below its path.
    ///
    /// **Example.** `data.pkl` lies between two members, and the directory goes from one to the other.
    ///
    /// **What it misses.** Records whose signature was changed, which no reader takes for a member either.
    HIDDEN_MEMBER {
        id: "hidden-member",
        title: "An archive holds a member that its directory does not list",
        severity: Severity::High,
        confidence: Confidence::Medium,
        controls: &["HW-SER-02"],
        references: &["CWE-436", "AML.T0076"],
        hint: "pack the files again with an ordinary tool, or ask the publisher to",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    each(evidence, |fact| match fact {
        ArchiveFact::HiddenMember { path } => {
            Some((path.clone(), format!("member `{path}` lies in the archive and its directory does not list it")))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::judge;

    #[test]
    fn a_member_that_no_directory_lists_is_reported() {
        assert_eq!(judge(&HIDDEN_MEMBER, ArchiveFact::HiddenMember { path: "data.pkl".into() }).len(), 1);
    }

    #[test]
    fn bytes_that_are_no_member_are_another_rules_business() {
        assert!(judge(&HIDDEN_MEMBER, ArchiveFact::Gap).is_empty());
    }
}
