use headworks_types::fact::OciFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for blobs with places of their own (`urls`) from which clients fetch them instead of the registry.
    ///
    /// **Why it matters.** Whoever pulls the image connects to a host that the manifest chooses, and the bytes pass
    /// no registry that could look at them: CVE-2020-15157 sent the credentials of the registry along. The
    /// specification deprecates such layers.
    ///
    /// **Example.** A layer with `"urls": ["https://files.invalid/layer.tar"]`.
    ///
    /// **What it misses.** Nothing of this kind in manifests that are read.
    FOREIGN_LAYER {
        id: "foreign-layer",
        title: "A blob is fetched from outside the registry",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-INV-01", "HW-DEP-04"],
        references: &["CVE-2020-15157", "CWE-829"],
        hint: "push the blob to a controlled registry and publish a manifest without `urls`",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let foreign = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Oci(OciFact::ForeignUrl { digest, url }) => {
            let message = format!("clients fetch `{digest}` from `{url}`");
            Some(Judgement::of(fact, format!("{digest} {url}"), message))
        }
        _ => None,
    });
    foreign.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;
    use headworks_types::fact::BlobRole;

    use super::*;
    use crate::oci::fixtures::{descriptor, fact};

    #[test]
    fn a_place_of_its_own_is_reported_and_a_plain_layer_is_not() {
        let manifest = Place::file("manifest.json");
        let url = OciFact::ForeignUrl { digest: "sha256:0".into(), url: "https://files.invalid/x".into() };
        assert_eq!(FOREIGN_LAYER.judge(&Evidence::of(&[fact(&manifest, 9, url)])).len(), 1);
        let layer = descriptor(&manifest, BlobRole::Layer, "x", "toy");
        assert_eq!(FOREIGN_LAYER.judge(&Evidence::of(&[layer])).len(), 0);
    }
}
