use headworks_types::{Confidence, FactKind, Severity, fact::ArchiveFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for members of a zip that its directory does not list: a local record in bytes that nothing
    /// else explains.
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
        title: "A zip holds a member that its directory does not list",
        severity: Severity::High,
        confidence: Confidence::Medium,
        controls: &["HW-SER-02"],
        references: &["CWE-436", "AML.T0076"],
        hint: "pack the files again with an ordinary zip tool, or ask the publisher to",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Archive(ArchiveFact::HiddenMember { path }) => {
            let message = format!("member `{path}` lies in the archive and its directory does not list it");
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
    fn a_member_that_no_directory_lists_is_reported() {
        assert_eq!(judge(ArchiveFact::HiddenMember { path: "data.pkl".into() }).len(), 1);
    }

    #[test]
    fn bytes_that_are_no_member_are_another_rules_business() {
        assert!(judge(ArchiveFact::Gap).is_empty());
    }
}
