use headworks_types::{Confidence, Fact, FactKind, Severity, fact::ArchiveFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for bytes before an archive's first member, between members and after its end.
    ///
    /// **Why it matters.** An archive is found from its tail, so anything can stand before it: one file is
    /// then a picture to one tool and a checkpoint to another. Bytes that nothing accounts for are also
    /// where content hides that only its author's loader knows how to find.
    ///
    /// **Example.** `model.pt` begins with a program and ends with an archive.
    ///
    /// **What it misses.** Bytes within members: comments, padding in extra fields, the unused end of a
    /// compressed stream. Self-extracting archives look the same and are held too.
    BYTES_OUTSIDE_MEMBERS {
        id: "bytes-outside-members",
        title: "Bytes of an archive belong to no member",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        controls: &["HW-SER-02"],
        references: &["CWE-436", "AML.T0076"],
        hint: "pack the files again with an ordinary tool, or ask the publisher to",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Archive(ArchiveFact::Prefix) => Some(judgement(fact, "before the archive's first member")),
        FactKind::Archive(ArchiveFact::Gap) => Some(judgement(fact, "between members or after the end")),
        _ => None,
    });
    judgements.collect()
}

fn judgement(fact: &Fact, whereabouts: &str) -> Judgement {
    let name = fact.location.place.base_name();
    let bytes = fact.location.end.saturating_sub(fact.location.start);
    Judgement::of(fact, whereabouts, format!("`{name}` has {bytes} bytes {whereabouts} that nothing explains"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::judge;

    #[test]
    fn bytes_before_and_after_are_reported() {
        let found = judge(&BYTES_OUTSIDE_MEMBERS, ArchiveFact::Prefix);
        assert_eq!(found[0].message, "`model.pt` has 64 bytes before the archive's first member that nothing explains");
        assert_eq!(judge(&BYTES_OUTSIDE_MEMBERS, ArchiveFact::Gap).len(), 1);
    }

    #[test]
    fn a_hidden_member_is_another_rules_business() {
        assert!(judge(&BYTES_OUTSIDE_MEMBERS, ArchiveFact::HiddenMember { path: "data.pkl".into() }).is_empty());
    }
}
