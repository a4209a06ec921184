//! Rules about archives and their members.

pub(crate) mod archive_link;
pub(crate) mod bytes_outside_members;
pub(crate) mod checksum_mismatch;
pub(crate) mod disagreeing_headers;
pub(crate) mod duplicate_member;
pub(crate) mod escaping_member_path;
pub(crate) mod hidden_member;
pub(crate) mod overlapping_members;
pub(crate) mod privileged_member;
pub(crate) mod special_member;

use headworks_types::{FactKind, fact::ArchiveFact};

use crate::Evidence;
use crate::rule::Judgement;

/// A judgement of each fact about an archive of which `say` gives a subject and a sentence.
fn each(evidence: &Evidence<'_>, say: impl Fn(&ArchiveFact) -> Option<(String, String)>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Archive(of_archive) = &fact.kind else { return None };
        say(of_archive).map(|(subject, message)| Judgement::of(fact, subject, message))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;
    use crate::Rule;

    /// What a rule says of one fact about `model.pt`.
    pub(super) fn judge(rule: &Rule, kind: ArchiveFact) -> Vec<Judgement> {
        let facts = [Fact { location: Place::file("model.pt").at(0..64), times: 1, kind: kind.into() }];
        (rule.check)(&Evidence::of(&facts))
    }
}
