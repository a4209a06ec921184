use headworks_types::{Confidence, FactKind, Severity, fact::ArchiveFact};

use crate::Evidence;
use crate::oci::layers::ImageLayers;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for archive members that are devices, pipes or sockets. In the layers of container images all but disks are
    /// only noted: older images of systems bring `/dev/null` along.
    ///
    /// **Why it matters.** Extracted by a privileged tool they open a disk or stop the process that reads
    /// them. Weights and code are plain files; nothing that packs a model makes anything else.
    ///
    /// **Example.** A member `weights.bin` that is a pipe: the loader waits for ever.
    ///
    /// **What it misses.** Modes that only one platform's tools read.
    SPECIAL_MEMBER {
        id: "special-member",
        title: "An archive member is a device, pipe or socket",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-66"],
        hint: "ask the publisher for an archive of plain files",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let layers = ImageLayers::of(evidence);
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Archive(ArchiveFact::SpecialMember { path, kind }) => {
            let judgement = Judgement::of(fact, path, format!("member `{path}` is no file but a {kind}"));
            let is_at_home = kind != "block device" && layers.contains(&fact.location.place);
            Some(if is_at_home { judgement.with_severity(Severity::Low) } else { judgement })
        }
        _ => None,
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::judge;

    #[test]
    fn a_pipe_is_reported_by_its_name() {
        let found =
            judge(&SPECIAL_MEMBER, ArchiveFact::SpecialMember { path: "weights.bin".into(), kind: "pipe".into() });
        assert_eq!(found[0].message, "member `weights.bin` is no file but a pipe");
    }

    #[test]
    fn a_link_is_another_rules_business() {
        assert!(
            judge(&SPECIAL_MEMBER, ArchiveFact::Link { path: "a".into(), target: "b".into(), is_hard: false })
                .is_empty()
        );
    }
}
