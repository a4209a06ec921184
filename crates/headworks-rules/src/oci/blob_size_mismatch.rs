use headworks_types::{Confidence, Severity};

use super::{Present, named};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Holds the size that a descriptor states against the blob.
    ///
    /// **Why it matters.** Clients reserve, truncate and verify by the stated size. A blob of another size is cut, or
    /// was put there after the manifest was written; no honest tool writes such a pair.
    ///
    /// **Example.** A layer of 4096 bytes whose descriptor states 2048: some readers take half of it.
    ///
    /// **What it misses.** Blobs that are not in the artifact, see `missing-blob`.
    BLOB_SIZE_MISMATCH {
        id: "blob-size-mismatch",
        title: "A blob has another size than its descriptor states",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-INT-01"],
        references: &["CWE-345", "CWE-130"],
        hint: "fetch manifest and blob again from their registry",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let present = Present::of(evidence);
    let differing = named(evidence).filter_map(|named| {
        let (stated, actual) = (named.bytes?, present.any(&named.places)?.bytes?);
        let message = format!("the descriptor of `{}` states {stated} bytes and there are {actual}", named.digest);
        (stated != actual).then(|| Judgement::of(named.fact, named.digest, message))
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;
    use headworks_types::fact::BlobRole;

    use super::*;
    use crate::oci::fixtures::{descriptor, identified, path};

    fn judge(bytes: u64) -> usize {
        let manifest = Place::file("index.json");
        let facts =
            [descriptor(&manifest, BlobRole::Layer, "x", "toy"), identified(&Place::file(path("toy")), bytes, "text")];
        BLOB_SIZE_MISMATCH.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn another_size_is_reported_and_the_stated_one_is_not() {
        assert_eq!((judge(4), judge(3)), (1, 0));
    }
}
