use std::collections::HashSet;

use headworks_types::fact::{BlobRole, OciFact, digest_in_path};
use headworks_types::{Confidence, FactKind, Place, Severity};

use super::{Present, named, places, root};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for blobs of a layout that no document of the artifact names.
    ///
    /// **Why it matters.** No client reads such a blob, so it was left over from another image, or it is there to be
    /// swapped in by a changed index that alone would look like a small edit. It also says that the layout is not the
    /// one that somebody exported.
    ///
    /// **Example.** A second set of weights in `blobs/sha256` beside a manifest that names the first.
    ///
    /// **What it misses.** Files outside `blobs/`.
    UNNAMED_BLOB {
        id: "unnamed-blob",
        title: "A blob that no manifest names",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["CWE-1284"],
        hint: "remove the blob, or find out which index named it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut known: HashSet<Place> = named(evidence).flat_map(|named| named.places).collect();
    for fact in evidence.facts {
        let place = &fact.location.place;
        match &fact.kind {
            FactKind::Oci(OciFact::SavedFile { path, .. }) => {
                known.insert(place.beside(format!("{}{path}", root(place.innermost()))));
            }
            FactKind::Oci(OciFact::Descriptor { role: BlobRole::Subject, digest, .. }) => {
                known.extend(places(place, digest));
            }
            _ => {}
        }
    }
    let mut unnamed: Vec<Judgement> = Present::of(evidence)
        .all()
        .filter(|(place, _)| digest_in_path(place.innermost()).is_some() && !known.contains(*place))
        .filter_map(|(place, of)| {
            let path = place.innermost();
            Some(Judgement::of(of.fact?, path, format!("no manifest of the artifact names `{path}`")))
        })
        .collect();
    unnamed.sort_by(|a, b| a.location.cmp(&b.location));
    unnamed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::fixtures::{blob, descriptor};

    fn judge(named: &str) -> usize {
        let facts = [blob("toy", "text"), descriptor(&Place::file("index.json"), BlobRole::Manifest, "x", named)];
        UNNAMED_BLOB.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn a_blob_that_nobody_names_is_reported_and_one_that_is_named_is_not() {
        assert_eq!((judge("joy"), judge("toy")), (1, 0));
    }

    /// The same name in another layout does not vouch for this one.
    #[test]
    fn a_document_names_the_blobs_of_its_own_layout_only() {
        let facts = [blob("toy", "text"), descriptor(&Place::file("other/index.json"), BlobRole::Manifest, "x", "toy")];
        assert_eq!(UNNAMED_BLOB.judge(&Evidence::of(&facts)).len(), 1);
    }
}
