use std::collections::HashMap;

use headworks_types::fact::{OciFact, digest_in_path};
use headworks_types::{Confidence, Digest, Fact, FactKind, FileEntry, Place, Severity};

use super::named;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for blobs of OCI layouts and model stores whose bytes do not have the digest that their name, or the
    /// descriptor that leads to them, states; in directories and in archives.
    ///
    /// **Why it matters.** Manifests and signatures name blobs by digest only. A blob with other bytes under that
    /// name is taken for the one that was signed by every reader that does not compute the digest again, as when a
    /// layout is loaded from disk or a store is filled by hand.
    ///
    /// **Example.** `blobs/sha256/9f86…0a08` in which one byte of the weights was changed.
    ///
    /// **What it misses.** Blobs named by other algorithms than SHA-256, which hold the layout as not understood. The
    /// digests of unpacked layers in the configuration of an image. Where digests are not computed, blobs in a
    /// directory and large ones in an archive are not compared; a note says so of each.
    BLOB_DIGEST_MISMATCH {
        id: "blob-digest-mismatch",
        title: "A blob is not the one that its name states",
        severity: Severity::Critical,
        confidence: Confidence::High,
        controls: &["HW-INT-01"],
        references: &["CWE-345", "CWE-354", "AML.T0010.003"],
        hint: "fetch the blob again from its registry, by digest; if it stays, do not use the layout",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut found: Vec<Judgement> = evidence.facts.iter().filter_map(in_archive).collect();
    let stated = stated(evidence);
    let blobs = || evidence.files.iter().filter_map(|file| Some((file, *stated.get(file.path.as_str())?)));
    found.extend(blobs().filter_map(|(file, stated)| {
        let actual = file.digest.filter(|actual| *actual != stated)?;
        Some(about(file, &stated.to_string(), format!("`{}` should be {stated} and is {actual}", file.path)))
    }));
    found.extend(blobs().find(|(file, _)| file.digest.is_none()).map(|(file, _)| not_compared(file)));
    found
}

/// The digests that names and descriptors state for files.
fn stated(evidence: &Evidence<'_>) -> HashMap<String, Digest> {
    let by_descriptor = named(evidence).filter_map(|named| Some((named.digest.parse().ok()?, named.places)));
    let by_descriptor = by_descriptor.flat_map(|(digest, places): (Digest, _)| places.map(|place| (place, digest)));
    let of_files = by_descriptor.filter(|(place, _)| place.members().is_empty());
    let mut stated: HashMap<String, Digest> =
        of_files.map(|(place, digest)| (place.file_path().to_owned(), digest)).collect();
    let by_name = evidence.files.iter().filter_map(|file| Some((file.path.clone(), digest_in_path(&file.path)?)));
    stated.extend(by_name);
    stated
}

fn in_archive(fact: &Fact) -> Option<Judgement> {
    if fact.kind == FactKind::Oci(OciFact::NotCompared) {
        let (file, count) = (fact.location.place.file_path(), fact.times);
        let message = format!("`{file}` was not hashed, so {count} blobs in it were not compared with their digests");
        let judgement = Judgement::of(fact, "not compared", message);
        return Some(judgement.with_severity(Severity::Info).with_hint("check again with digests"));
    }
    let FactKind::Oci(OciFact::NotItsDigest { stated, actual }) = &fact.kind else { return None };
    let message = format!("`{}` is said to be {stated} and is {actual}", fact.location.place.innermost());
    Some(Judgement::of(fact, stated.to_string(), message))
}

fn not_compared(file: &FileEntry) -> Judgement {
    let message =
        format!("`{}` and other blobs were not hashed, so they were not compared with their names", file.path);
    about(file, "not compared", message).with_severity(Severity::Info).with_hint("check again with digests")
}

fn about(file: &FileEntry, subject: &str, message: String) -> Judgement {
    let location = Place::file(file.path.clone()).at(0..file.bytes);
    let subject = subject.to_owned();
    Judgement { location, times: 1, subject, message, evidence: Vec::new(), severity: None, hint: None }
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::BlobRole;

    use super::*;
    use crate::oci::fixtures::{descriptor, fact, path};

    fn severities(name: &str, digest: Option<Digest>) -> Vec<Severity> {
        let files = [FileEntry { path: name.into(), bytes: 3, digest }];
        let findings = BLOB_DIGEST_MISMATCH.judge(&Evidence::of(&[]).with_files(&files));
        findings.into_iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn other_bytes_under_the_name_are_critical() {
        assert_eq!(severities(&path("toy"), Some(Digest::of(b"joy"))), [Severity::Critical]);
    }

    #[test]
    fn the_right_bytes_and_files_with_other_names_are_not_reported() {
        assert_eq!(severities(&path("toy"), Some(Digest::of(b"toy"))), []);
        assert_eq!(severities("model.safetensors", Some(Digest::of(b"joy"))), []);
    }

    /// Skopeo's `dir:` keeps blobs beside their manifest, under the bare digits.
    #[test]
    fn a_blob_beside_its_manifest_is_compared_with_its_descriptor() {
        let facts = [descriptor(&Place::file("d/manifest.json"), BlobRole::Layer, "x", "toy")];
        let judge = |content: &[u8]| {
            let path = format!("d/{}", Digest::of(b"toy").hex());
            let files = [FileEntry { path, bytes: 3, digest: Some(Digest::of(content)) }];
            BLOB_DIGEST_MISMATCH.judge(&Evidence::of(&facts).with_files(&files)).len()
        };
        assert_eq!((judge(b"joy"), judge(b"toy")), (1, 0));
    }

    #[test]
    fn without_a_digest_the_comparison_that_was_not_made_is_noted() {
        assert_eq!(severities(&path("toy"), None), [Severity::Info]);
    }

    #[test]
    fn blobs_of_an_archive_that_were_not_compared_are_noted_as_well() {
        let facts = [fact(&Place::file("x.tar").member(path("toy")), 3, OciFact::NotCompared)];
        let findings = BLOB_DIGEST_MISMATCH.judge(&Evidence::of(&facts));
        assert_eq!(findings.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Info]);
    }

    #[test]
    fn a_member_of_an_archive_is_reported_by_its_fact() {
        let place = Place::file("x.tar").member(path("toy"));
        let facts = [fact(&place, 3, OciFact::NotItsDigest { stated: Digest::of(b"toy"), actual: Digest::of(b"joy") })];
        assert_eq!(BLOB_DIGEST_MISMATCH.judge(&Evidence::of(&facts)).len(), 1);
    }
}
