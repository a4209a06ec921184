//! Rules about OCI layouts: image layouts, archives of `docker save`, models that are shipped like images.

pub(crate) mod blob_digest_mismatch;
pub(crate) mod blob_size_mismatch;
pub(crate) mod foreign_layer;
pub(crate) mod layers;
pub(crate) mod media_type_mismatch;
pub(crate) mod missing_blob;
pub(crate) mod unnamed_blob;

use std::collections::HashMap;

use headworks_types::fact::{BlobRole, FileFact, OciFact, digest_in_path};
use headworks_types::{Fact, FactKind, Place};

use crate::Evidence;

/// A blob that a document names.
pub(crate) struct Named<'e> {
    pub(crate) fact: &'e Fact,
    pub(crate) role: BlobRole,
    pub(crate) media_type: &'e str,
    pub(crate) digest: &'e str,
    pub(crate) bytes: Option<u64>,
    pub(crate) platform: &'e str,
    pub(crate) embedded: bool,
    /// Where it lies if it is part of the layout: one for each way in which stores lay out their blobs.
    pub(crate) places: [Place; 3],
}

/// All blobs that descriptors name, but for subjects, which may lie anywhere.
pub(crate) fn named<'e>(evidence: &Evidence<'e>) -> impl Iterator<Item = Named<'e>> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Oci(OciFact::Descriptor { role, media_type, digest, bytes, platform, embedded, .. })
            if *role != BlobRole::Subject =>
        {
            let (role, bytes, embedded) = (*role, *bytes, *embedded);
            let places = places(&fact.location.place, digest);
            Some(Named { fact, role, media_type, digest, bytes, platform, embedded, places })
        }
        _ => None,
    })
}

/// Where a blob lies that the document at `place` names: in a layout, in a model store, beside its manifest.
fn places(place: &Place, digest: &str) -> [Place; 3] {
    let path = place.innermost();
    let (root, folder) = (root(path), path.get(..path.rfind('/').map_or(0, |slash| slash + 1)).unwrap_or_default());
    let hex = digest.split_once(':').map_or(digest, |(_, hex)| hex);
    [
        format!("{root}blobs/{}", digest.replacen(':', "/", 1)),
        format!("{root}blobs/{}", digest.replacen(':', "-", 1)),
        format!("{folder}{hex}"),
    ]
    .map(|path| place.beside(path))
}

/// The folder of the layout that a document lies in, with its slash.
fn root(path: &str) -> &str {
    let end = if digest_in_path(path).is_some() {
        path.rfind("blobs/")
    } else {
        // Model stores keep their manifests by registry, owner and name.
        let is_folder = |at: &usize| path.get(..*at).is_some_and(|above| above.is_empty() || above.ends_with('/'));
        let store = path.match_indices("manifests/").map(|(at, _)| at).find(is_folder);
        store.or_else(|| path.rfind('/').map(|slash| slash + 1))
    };
    path.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// What is known of all files and members: about each there is a fact.
#[derive(Default)]
pub(crate) struct Present<'e> {
    of: HashMap<&'e Place, Known<'e>>,
}

/// One file or member.
#[derive(Default)]
pub(crate) struct Known<'e> {
    /// Its size, when some format read it.
    pub(crate) bytes: Option<u64>,
    /// The formats that read it.
    pub(crate) formats: Vec<&'e str>,
    /// The first fact about it.
    pub(crate) fact: Option<&'e Fact>,
}

impl<'e> Present<'e> {
    pub(crate) fn of(evidence: &Evidence<'e>) -> Self {
        let mut present = Self::default();
        for fact in evidence.facts {
            let known = present.of.entry(&fact.location.place).or_default();
            known.fact.get_or_insert(fact);
            if let FactKind::File(FileFact::Identified { format, .. }) = &fact.kind {
                known.formats.push(format);
                known.bytes = known.bytes.max(Some(fact.location.end));
            }
        }
        present
    }

    /// The first of these places that is there.
    pub(crate) fn any(&self, places: &[Place]) -> Option<&Known<'e>> {
        places.iter().find_map(|place| self.of.get(place))
    }

    /// All places with what is known of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'e Place, &Known<'e>)> {
        self.of.iter().map(|(place, known)| (*place, known))
    }
}

#[cfg(test)]
pub(crate) mod fixtures {
    use headworks_types::Digest;

    use super::*;

    pub(crate) fn fact(place: &Place, bytes: u64, kind: impl Into<FactKind>) -> Fact {
        Fact { location: place.at(0..bytes), times: 1, kind: kind.into() }
    }

    pub(crate) fn identified(place: &Place, bytes: u64, format: &str) -> Fact {
        fact(place, bytes, FileFact::Identified { format: format.into(), summary: String::new() })
    }

    /// Path of the blob with this content.
    pub(crate) fn path(content: &str) -> String {
        format!("blobs/sha256/{}", Digest::of(content.as_bytes()).hex())
    }

    pub(crate) fn blob(content: &str, format: &str) -> Fact {
        identified(&Place::file(path(content)), content.len() as u64, format)
    }

    pub(crate) fn descriptor(by: &Place, role: BlobRole, media_type: &str, content: &str) -> Fact {
        let digest = Digest::of(content.as_bytes()).to_string();
        let bytes = Some(content.len() as u64);
        let (media_type, platform, path) = (media_type.into(), String::new(), String::new());
        fact(by, 9, OciFact::Descriptor { role, media_type, digest, bytes, platform, path, embedded: false })
    }

    #[test]
    fn the_root_of_a_layout_is_found_from_each_of_its_documents() {
        let blob = path("x");
        assert_eq!(root("index.json"), "");
        assert_eq!(root("a/b/index.json"), "a/b/");
        assert_eq!(root(&blob), "");
        assert_eq!(root(&format!("a/{blob}")), "a/");
        assert_eq!(root("models/manifests/registry.invalid/library/toy/latest"), "models/");
    }
}
