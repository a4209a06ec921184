use headworks_types::{Confidence, FactKind, Severity, fact::ArchiveFact};

use crate::Evidence;
use crate::oci::layers::ImageLayers;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for archive members that run with the rights of their owner or group (setuid and setgid bits). In the
    /// layers of container images such programs are only noted, and not at all where a system keeps its programs.
    ///
    /// **Why it matters.** Extracted as root, such a member gives every user of the machine the rights of root. Weights
    /// and code that is packed with them have no use for it. An image of a system has `su` and `passwd`.
    ///
    /// **Example.** A member `helper` with mode `4755` in the archive of a checkpoint.
    ///
    /// **What it misses.** File capabilities, and modes in zip archives, which extractors of Python ignore.
    PRIVILEGED_MEMBER {
        id: "privileged-member",
        title: "An archive member runs with its owner's rights",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-250", "CWE-732"],
        hint: "ask the publisher for an archive without privileged files",
        check,
    }
}

/// Folders in which a system keeps its programs.
const FOLDERS: &[&str] =
    &["bin/", "sbin/", "usr/bin/", "usr/sbin/", "usr/lib/", "usr/libexec/", "lib/", "usr/local/bin/"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let layers = ImageLayers::of(evidence);
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Archive(ArchiveFact::PrivilegedMember { path, mode }) => {
            let plain = path.trim_start_matches("./").trim_start_matches('/');
            let severity = match layers.contains(&fact.location.place) {
                true if FOLDERS.iter().any(|folder| plain.starts_with(folder)) => return None,
                true => Severity::Low,
                false => Severity::Medium,
            };
            let message = format!("member `{path}` has mode {mode}: it runs with the rights of its owner or group");
            Some(Judgement::of(fact, path, message).with_severity(severity))
        }
        _ => None,
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;
    use headworks_types::fact::BlobRole;

    use super::*;
    use crate::oci::fixtures::{descriptor, fact, path};

    fn severities(place: &Place, member: &str) -> Vec<Severity> {
        let manifest = Place::file(path("manifest"));
        let config = "application/vnd.oci.image.config.v1+json";
        let facts = [
            descriptor(&manifest, BlobRole::Config, config, "config"),
            descriptor(&manifest, BlobRole::Layer, "application/vnd.oci.image.layer.v1.tar", "layer"),
            fact(place, 512, ArchiveFact::PrivilegedMember { path: member.into(), mode: "4755".into() }),
        ];
        PRIVILEGED_MEMBER.judge(&Evidence::of(&facts)).into_iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_privileged_member_of_an_ordinary_archive_holds() {
        assert_eq!(severities(&Place::file("model.tar"), "bin/su"), [Severity::Medium]);
    }

    /// Every image of a Linux system has `su`, `mount` and `passwd`.
    #[test]
    fn programs_of_a_system_in_an_image_are_not_reported_and_others_are_noted() {
        let layer = Place::file(path("layer"));
        assert_eq!(severities(&layer, "usr/bin/passwd"), []);
        assert_eq!(severities(&layer, "tmp/x"), [Severity::Low]);
    }
}
