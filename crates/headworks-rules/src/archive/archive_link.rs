use headworks_types::{
    Confidence, FactKind, Severity,
    fact::{ArchiveFact, link_escapes},
};

use crate::Evidence;
use crate::oci::layers::ImageLayers;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for symbolic and hard links among the members of an archive. Severity is high when the link
    /// leads out of the folder the archive is extracted to, medium when it stays within. In the layers of container
    /// images symbolic links are at home and not reported: their targets count from the root of the image. A hard link
    /// whose target climbs above that root is.
    ///
    /// **Why it matters.** Extraction follows links that earlier members made: a link to `/etc` and then a
    /// member below it write outside without any `..`. Readers also differ in whether they make links at
    /// all, so what lies on disk afterwards depends on the tool.
    ///
    /// **Example.** Member `weights` links to `/home/user/.ssh`, member `weights/authorized_keys` follows.
    ///
    /// **What it misses.** Links made through fields that only one platform's tools read.
    ARCHIVE_LINK {
        id: "archive-link",
        title: "An archive member is a link",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-59", "CWE-61"],
        hint: "ask the publisher for an archive of plain files",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let layers = ImageLayers::of(evidence);
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Archive(ArchiveFact::Link { path, target, is_hard }) => {
            let escapes = match layers.contains(&fact.location.place) {
                true if !*is_hard || !link_escapes("", target.trim_start_matches('/')) => return None,
                true => true,
                false if layers.is_other_name(&fact.location.place, path, target) => return None,
                // The target of a hard link counts from the root of the archive.
                false => link_escapes(if *is_hard { "" } else { path }, target),
            };
            let where_to = if escapes { "out of the archive's own folder" } else { "to another member's place" };
            let message = format!("member `{path}` is a link that leads {where_to}, to `{target}`");
            let severity = if escapes { Severity::High } else { Severity::Medium };
            Some(Judgement::of(fact, path, message).with_severity(severity))
        }
        _ => None,
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;

    use super::*;
    use crate::archive::tests::judge;

    fn severity(path: &str, target: &str) -> Option<Severity> {
        judge(&ARCHIVE_LINK, ArchiveFact::Link { path: path.into(), target: target.into(), is_hard: false })[0].severity
    }

    #[test]
    fn a_link_that_leads_out_is_high() {
        assert_eq!(severity("weights", "/etc"), Some(Severity::High));
        assert_eq!(severity("a/weights", "../../etc"), Some(Severity::High));
    }

    #[test]
    fn a_link_that_stays_within_is_medium() {
        assert_eq!(severity("lib/libx.so", "libx.so.1"), Some(Severity::Medium));
        assert_eq!(severity("a/weights", "../b"), Some(Severity::Medium));
    }

    #[test]
    fn a_hard_link_counts_from_the_root_of_the_archive() {
        let hard = |target: &str| {
            judge(&ARCHIVE_LINK, ArchiveFact::Link { path: "a/b/c".into(), target: target.into(), is_hard: true })[0]
                .severity
        };
        assert_eq!(hard("../../etc/passwd"), Some(Severity::High));
        assert_eq!(hard("a/d"), Some(Severity::Medium));
    }

    /// `/usr/bin/awk` is a link to `/etc/alternatives/awk` in every image of Debian.
    #[test]
    fn links_in_the_layer_of_an_image_are_at_home_and_hard_links_out_of_it_are_not() {
        use crate::oci::fixtures::{descriptor, fact, path};
        use headworks_types::fact::BlobRole;
        let in_layer = |target: &str, is_hard| {
            let (manifest, config) = (Place::file("index.json"), "application/vnd.oci.image.config.v1+json");
            let link = ArchiveFact::Link { path: "usr/bin/awk".into(), target: target.into(), is_hard };
            let facts = [
                descriptor(&manifest, BlobRole::Config, config, "config"),
                descriptor(&manifest, BlobRole::Layer, "application/vnd.oci.image.layer.v1.tar+gzip", "layer"),
                fact(&Place::file(path("layer")).member("decoded"), 512, link),
            ];
            check(&Evidence::of(&facts)).len()
        };
        assert_eq!((in_layer("/etc/alternatives/awk", false), in_layer("../../../x", false)), (0, 0));
        assert_eq!((in_layer("usr/bin/gawk", true), in_layer("/usr/bin/gawk", true)), (0, 0));
        assert_eq!(in_layer("../../etc/passwd", true), 1);
    }

    /// `docker save`, and skopeo for it, write a link for each layer that has an older name.
    #[test]
    fn the_second_name_of_a_layer_in_a_saved_image_is_not_reported() {
        use crate::oci::fixtures::fact;
        use headworks_types::fact::{OciDocument, OciFact};
        let links = |with_list: bool| {
            let archive = Place::file("x.tar");
            let (path, target) = (format!("{}/layer.tar", "0a".repeat(32)), format!("../{}.tar", "0b".repeat(32)));
            let link = fact(&archive, 512, ArchiveFact::Link { path, target, is_hard: false });
            let list = OciFact::Document { kind: OciDocument::SavedList };
            let list = fact(&archive.member(if with_list { "manifest.json" } else { "other.json" }), 9, list);
            check(&Evidence::of(&[link, list])).len()
        };
        assert_eq!((links(true), links(false)), (0, 1));
    }

    #[test]
    fn a_plain_member_is_not_reported() {
        assert!(judge(&ARCHIVE_LINK, ArchiveFact::Gap).is_empty());
    }
}
