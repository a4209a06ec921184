//! Where the layers of container images lie: file systems, in which links and programs are at home.

use std::collections::HashSet;

use headworks_types::fact::{BlobRole, FileFact, OciDocument, OciFact, digest_in_path};
use headworks_types::{FactKind, Place};

use super::{named, root};
use crate::Evidence;

/// Media types of configurations that make a manifest one of a container image.
const IMAGE_CONFIGS: &[&str] =
    &["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/// How the media types of a file system's layers begin.
const LAYERS: &[&str] = &["application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."];

/// The layers of all container images of the artifact.
///
/// Layers of models do not count, whatever they are packed in, and neither does what torch would load.
pub(crate) struct ImageLayers {
    layers: HashSet<Place>,
    /// Archives that are a layer or lie in one: only what they hold is a file of the image.
    archives: HashSet<Place>,
    /// Lists of `docker save`.
    lists: HashSet<Place>,
}

impl ImageLayers {
    pub(crate) fn of(evidence: &Evidence<'_>) -> Self {
        let is_config =
            |named: &super::Named<'_>| named.role == BlobRole::Config && IMAGE_CONFIGS.contains(&named.media_type);
        let images: HashSet<&Place> =
            named(evidence).filter(is_config).map(|config| &config.fact.location.place).collect();
        let is_layer = |named: &super::Named<'_>| {
            named.role == BlobRole::Layer
                && images.contains(&named.fact.location.place)
                && LAYERS.iter().any(|start| named.media_type.starts_with(start))
        };
        let mut layers: HashSet<Place> = named(evidence).filter(is_layer).flat_map(|layer| layer.places).collect();
        layers.extend(saved(evidence));
        if !layers.is_empty() {
            drop_checkpoints(evidence, &mut layers);
        }
        let mut image = Self { layers, archives: HashSet::new(), lists: lists(evidence).cloned().collect() };
        let archives = identified(evidence, "tar").filter(|place| image.contains(place)).cloned().collect();
        image.archives = archives;
        image
    }

    /// Whether the place is one of the layers or lies within one.
    pub(crate) fn contains(&self, place: &Place) -> bool {
        !self.layers.is_empty() && place.way_in().any(|outer| self.layers.contains(outer))
    }

    /// Whether a link in the archive at `place` leads to a layer under its other name, as saved images have them.
    pub(crate) fn is_other_name(&self, place: &Place, path: &str, target: &str) -> bool {
        let is_layer = is_layer_name(path) && target.strip_prefix("../").is_some_and(is_layer_name);
        is_layer && self.lists.contains(&place.member("manifest.json"))
    }

    /// Whether the place is a file of an image, or lies within one.
    pub(crate) fn contains_file(&self, place: &Place) -> bool {
        let above = place.way_in().count().saturating_sub(1);
        !self.archives.is_empty() && place.way_in().take(above).any(|outer| self.archives.contains(outer))
    }
}

/// The name of a layer in an archive of `docker save`: by an id, or by the digest of its bytes.
fn is_layer_name(path: &str) -> bool {
    let is_id = |id: &str| id.len() == 64 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    path.strip_suffix(".tar").is_some_and(|stem| is_id(stem.strip_suffix("/layer").unwrap_or(stem)))
        || digest_in_path(path).is_some()
}

/// What torch would load is judged as what torch would load.
fn drop_checkpoints(evidence: &Evidence<'_>, layers: &mut HashSet<Place>) {
    for place in identified(evidence, "torch") {
        for outer in place.way_in() {
            layers.remove(outer);
        }
    }
}

fn identified<'e>(evidence: &Evidence<'e>, id: &'static str) -> impl Iterator<Item = &'e Place> {
    evidence.facts.iter().filter_map(move |fact| match &fact.kind {
        FactKind::File(FileFact::Identified { format, .. }) if format == id => Some(&fact.location.place),
        _ => None,
    })
}

/// The layers that lists of `docker save` name.
fn saved(evidence: &Evidence<'_>) -> impl Iterator<Item = Place> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Oci(OciFact::SavedFile { role: BlobRole::Layer, path }) => {
            let place = &fact.location.place;
            is_layer_name(path).then(|| place.beside(format!("{}{path}", root(place.innermost()))))
        }
        _ => None,
    })
}

fn lists<'e>(evidence: &Evidence<'e>) -> impl Iterator<Item = &'e Place> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Oci(OciFact::Document { kind: OciDocument::SavedList }) => Some(&fact.location.place),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::fixtures::{descriptor, fact, identified, path};

    const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

    fn is_in_layer(config: &str, layer: &str, format: &str) -> bool {
        let manifest = Place::file(path("manifest"));
        let tar = Place::file(path("layer")).member("decoded");
        let facts = [
            descriptor(&manifest, BlobRole::Config, config, "config"),
            descriptor(&manifest, BlobRole::Layer, layer, "layer"),
            identified(&tar, 9, format),
        ];
        ImageLayers::of(&Evidence::of(&facts)).contains(&tar.member("usr/bin/x"))
    }

    #[test]
    fn a_layer_of_an_image_contains_what_is_packed_in_it() {
        assert!(is_in_layer(CONFIG, LAYER, "tar"));
    }

    /// A program that is called a layer is no file of an image, whatever the manifest says.
    #[test]
    fn only_what_an_archive_holds_is_a_file_of_the_image() {
        let manifest = Place::file(path("manifest"));
        let layer = Place::file(path("layer"));
        let facts = [
            descriptor(&manifest, BlobRole::Config, CONFIG, "config"),
            descriptor(&manifest, BlobRole::Layer, LAYER, "layer"),
            identified(&layer.member("decoded"), 9, "tar"),
        ];
        let layers = ImageLayers::of(&Evidence::of(&facts));
        assert!(layers.contains_file(&layer.member("decoded").member("usr/bin/x")));
        assert!(!layers.contains_file(&layer.member("decoded")) && !layers.contains_file(&layer));
    }

    #[test]
    fn layers_of_models_and_checkpoints_in_disguise_do_not_count() {
        assert!(!is_in_layer("application/vnd.cncf.model.config.v1+json", LAYER, "tar"));
        assert!(!is_in_layer(CONFIG, "application/vnd.cncf.model.weight.v1.tar", "tar"));
        assert!(!is_in_layer(CONFIG, LAYER, "torch"));
    }

    #[test]
    fn a_list_of_saved_images_names_layers_by_their_path() {
        let list = Place::file("x.tar").member("manifest.json");
        let layer = |path: &str| {
            let facts = [fact(&list, 9, OciFact::SavedFile { role: BlobRole::Layer, path: path.into() })];
            ImageLayers::of(&Evidence::of(&facts)).contains(&Place::file("x.tar").member(path).member("bin/sh"))
        };
        let id = "0a".repeat(32);
        assert!(layer(&format!("{id}/layer.tar")));
        assert!(layer(&format!("{id}.tar")));
        assert!(!layer("pytorch_model.tar"));
    }
}
