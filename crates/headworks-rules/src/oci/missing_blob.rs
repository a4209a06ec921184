use std::collections::{BTreeMap, HashSet};

use headworks_types::fact::{BlobRole, OciFact};
use headworks_types::{Confidence, FactKind, Severity};

use super::{Named, Present, named};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for blobs that a manifest or an index names and that are not part of the artifact.
    ///
    /// **Why it matters.** What is not here was not inspected. A client fetches it from a registry by its digest, so
    /// the bytes are fixed, and nobody has looked at them.
    ///
    /// **Example.** A manifest alone, without `blobs/`; a copy of a layout that was interrupted.
    ///
    /// **What it misses.** Blobs with places of their own outside the registry, see `foreign-layer`. An index of
    /// several platforms of which only some were copied is common: the others are noted, and rated low.
    MISSING_BLOB {
        id: "missing-blob",
        title: "Blobs that a manifest names are not in the artifact",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["CWE-345", "CWE-829"],
        hint: "copy the whole layout, and check that",
        check,
    }
}

/// Digests that a finding lists.
const LISTED_MAX: usize = 8;

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let present = Present::of(evidence);
    let foreign: HashSet<&str> = evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Oci(OciFact::ForeignUrl { digest, .. }) => Some(digest.as_str()),
            _ => None,
        })
        .collect();
    let is_here = |named: &Named<'_>| named.embedded || present.any(&named.places).is_some();
    // An index that was copied for one platform holds that one.
    let partly: HashSet<_> = named(evidence)
        .filter(|named| named.role == BlobRole::Manifest && is_here(named))
        .map(|named| &named.fact.location.place)
        .collect();
    let mut missing: BTreeMap<_, Vec<Named<'_>>> = BTreeMap::new();
    for named in named(evidence).filter(|named| !is_here(named) && !foreign.contains(named.digest)) {
        let place = &named.fact.location.place;
        let is_platform = named.role == BlobRole::Manifest && !named.platform.is_empty() && partly.contains(place);
        missing.entry((place, is_platform)).or_default().push(named);
    }
    missing.into_iter().filter_map(|((_, is_platform), blobs)| judgement(&blobs, is_platform)).collect()
}

/// One for each document.
fn judgement(blobs: &[Named<'_>], is_platform: bool) -> Option<Judgement> {
    let first = blobs.first()?;
    let (count, by) = (blobs.len(), first.fact.location.place.innermost());
    let what = if is_platform { "manifests of other platforms" } else { "blobs" };
    let message = format!("`{by}` names {count} {what} that are not part of the artifact");
    let judgement = Judgement::of(first.fact, what, message);
    let judgement = if is_platform { judgement.with_severity(Severity::Low) } else { judgement };
    let listed = blobs.iter().take(LISTED_MAX);
    Some(listed.fold(judgement, |judgement, named| {
        judgement.with_evidence(format!("{} {} {}", named.digest, named.media_type, named.platform).trim())
    }))
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;
    use crate::oci::fixtures::{blob, descriptor, fact};

    fn severities(facts: &[Fact]) -> Vec<Severity> {
        MISSING_BLOB.judge(&Evidence::of(facts)).into_iter().map(|finding| finding.severity).collect()
    }

    fn on(platform: &str, mut fact: Fact) -> Fact {
        if let FactKind::Oci(OciFact::Descriptor { platform: own, .. }) = &mut fact.kind {
            *own = platform.into();
        }
        fact
    }

    #[test]
    fn a_manifest_without_its_blobs_is_held_once() {
        let manifest = Place::file("manifest.json");
        let layers = ["a", "b"].map(|content| descriptor(&manifest, BlobRole::Layer, "x", content));
        assert_eq!(severities(&layers), [Severity::Medium]);
        assert_eq!(severities(&[blob("a", "text"), blob("b", "text"), layers[0].clone(), layers[1].clone()]), []);
    }

    #[test]
    fn platforms_that_were_not_copied_are_noted() {
        let index = Place::file("index.json");
        let manifest = |platform, content| on(platform, descriptor(&index, BlobRole::Manifest, "x", content));
        let facts = [manifest("linux/amd64", "a"), manifest("linux/arm64", "b"), blob("a", "oci")];
        assert_eq!(severities(&facts), [Severity::Low]);
        assert_eq!(severities(&facts[..2]), [Severity::Medium]);
    }

    #[test]
    fn a_subject_and_a_blob_with_a_place_of_its_own_are_other_matters() {
        let manifest = Place::file("manifest.json");
        let subject = descriptor(&manifest, BlobRole::Subject, "x", "a");
        let foreign = descriptor(&manifest, BlobRole::Layer, "x", "b");
        let FactKind::Oci(OciFact::Descriptor { digest, .. }) = &foreign.kind else { unreachable!() };
        let url = OciFact::ForeignUrl { digest: digest.clone(), url: "https://x.invalid".into() };
        let url = fact(&manifest, 9, url);
        assert_eq!(severities(&[subject, foreign, url]), []);
    }
}
