use headworks_types::{Confidence, FactKind, Severity, fact::ArchiveFact};

use crate::Evidence;
use crate::oci::layers::ImageLayers;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for archive members whose path leads out of the folder the archive is extracted to: through
    /// `..`, from the root, or from a Windows drive or share. The root of a layer of a container image is the image's
    /// own, so that a path from it is only noted there. The paths that manifests of models give their blobs count too.
    ///
    /// **Why it matters.** A loader that extracts an archive into its cache writes such a member wherever
    /// the path says (zip slip): over a start-up script, a credential, another model. No tool that packs a
    /// folder makes such paths.
    ///
    /// **Example.** A checkpoint with a member `../../.bashrc`.
    ///
    /// **What it misses.** Paths that are harmless by themselves and lead out through a link that another
    /// member makes; `archive-link` reports the link.
    ESCAPING_MEMBER_PATH {
        id: "escaping-member-path",
        title: "A member's path leaves the folder it is extracted to",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-22", "AML.T0011.000"],
        hint: "do not extract the archive; ask its publisher for one that was packed from a folder",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let layers = ImageLayers::of(evidence);
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Archive(ArchiveFact::EscapingPath { path }) => {
            let message = format!("member `{path}` is extracted outside the archive's own folder");
            let judgement = Judgement::of(fact, path, message);
            let climbs = path.contains("..") || path.contains(['\\', ':']) || path.contains(".wh.");
            let is_at_home = !climbs && layers.contains(&fact.location.place);
            Some(if is_at_home { judgement.with_severity(Severity::Info) } else { judgement })
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
    fn a_path_that_escapes_is_reported() {
        let found = judge(&ESCAPING_MEMBER_PATH, ArchiveFact::EscapingPath { path: "../up".into() });
        assert_eq!(found[0].message, "member `../up` is extracted outside the archive's own folder");
    }

    #[test]
    fn a_path_that_is_there_twice_is_another_rules_business() {
        assert!(judge(&ESCAPING_MEMBER_PATH, ArchiveFact::DuplicateMember { path: "../up".into() }).is_empty());
    }
}
