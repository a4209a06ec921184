//! Descriptors: a digest, a size and a media type that stand for a blob.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headworks_types::fact::{ArchiveFact, BlobRole, OciFact};
use headworks_types::{Digest, Fault, Location};

use super::FORMAT;
use crate::fields::Field;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::member_path::escapes_root;
use crate::metadata::shortened;
use crate::text::without_credentials;

/// Annotations by which clients name the file they make of a blob: ORAS, ModelPack and its predecessor.
const PATH_ANNOTATIONS: &[&str] =
    &["org.opencontainers.image.title", "org.cncf.model.filepath", "org.cnai.model.filepath"];

/// Characters of a path that a fact repeats; no file system takes more.
const PATH_BYTES_MAX: usize = 4096;

/// A descriptor on its way.
#[derive(Default)]
struct Descriptor<'f> {
    media_type: &'f str,
    digest: &'f str,
    size: Option<&'f str>,
    os: &'f str,
    architecture: &'f str,
    urls: Vec<&'f Field>,
    paths: Vec<&'f Field>,
    data: Option<&'f Field>,
    at: Option<Location>,
}

/// States every descriptor of a document; how many there are.
pub(super) fn state(input: &Input<'_>, fields: &[Field], inspection: &mut Inspection<'_>) -> usize {
    let mut found: BTreeMap<(BlobRole, usize), Descriptor<'_>> = BTreeMap::new();
    for field in fields {
        let Some((role, number, keys)) = place(field) else { continue };
        found.entry((role, number)).or_default().take(field, keys, input);
    }
    let count = found.len();
    for ((role, _), descriptor) in found {
        descriptor.state(role, input, inspection);
    }
    count
}

/// The paths that a manifest gives to layers which are single files, with their digests.
pub(super) fn names(fields: &[Field]) -> Vec<(Digest, String)> {
    let mut found: BTreeMap<usize, Descriptor<'_>> = BTreeMap::new();
    for field in fields {
        if let Some((BlobRole::Layer, number, keys)) = place(field) {
            found.entry(number).or_default().keep(field, keys);
        }
    }
    // Of an archive the path is that of what it unpacks to.
    let files = found.into_values().filter(|layer| !layer.media_type.contains(".tar"));
    files
        .filter_map(|layer| Some((layer.digest.parse().ok()?, layer.path().to_owned())))
        .filter(|(_, path)| !path.is_empty())
        .collect()
}

/// The descriptor that a field belongs to, and the keys below it.
fn place(field: &Field) -> Option<(BlobRole, usize, &[String])> {
    let (role, depth) = match field.part(0) {
        "manifests" => (BlobRole::Manifest, 2),
        "layers" | "blobs" => (BlobRole::Layer, 2),
        "config" => (BlobRole::Config, 1),
        "subject" => (BlobRole::Subject, 1),
        _ => return None,
    };
    let number = if depth == 2 { field.part(1).parse().ok()? } else { 0 };
    Some((role, number, field.path.get(depth..)?))
}

impl<'f> Descriptor<'f> {
    fn take(&mut self, field: &'f Field, keys: &'f [String], input: &Input<'_>) {
        if keys == ["digest"] {
            self.at = Some(field.location(input));
        }
        self.keep(field, keys);
    }

    /// The path that a client gives the blob; empty when none is stated.
    fn path(&self) -> &'f str {
        let path = self.paths.first().map_or("", |field| field.value.as_str());
        path.get(..path.floor_char_boundary(PATH_BYTES_MAX)).unwrap_or_default()
    }

    fn keep(&mut self, field: &'f Field, keys: &'f [String]) {
        let value = field.value.as_str();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        match keys.as_slice() {
            ["mediaType"] => self.media_type = value,
            ["digest"] => self.digest = value,
            ["size"] => self.size = Some(value),
            ["platform", "os"] => self.os = value,
            ["platform", "architecture"] => self.architecture = value,
            ["urls", _] => self.urls.push(field),
            ["annotations", name] if PATH_ANNOTATIONS.contains(name) => self.paths.push(field),
            ["data"] => self.data = Some(field),
            _ => {}
        }
    }

    fn state(self, role: BlobRole, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        // A configuration of an image has an object `config` too, without a digest.
        let Some(at) = self.at.clone() else {
            if role != BlobRole::Config || self.size.is_some() {
                let problem = "a descriptor has no digest".into();
                let fault = Fault::Malformed { format: FORMAT.id.into(), problem };
                inspection.fact(input.place.at(0..input.bytes.size()), fault);
            }
            return;
        };
        self.state_faults(&at, inspection);
        for field in &self.paths {
            // A client writes the blob there, as it would a member of an archive.
            if escapes_root(&field.value) {
                let fact = ArchiveFact::EscapingPath { path: shortened(&field.value) };
                inspection.fact(field.location(input), fact);
            }
        }
        for field in &self.urls {
            let url = shortened(&without_credentials(&field.value));
            inspection.fact(field.location(input), OciFact::ForeignUrl { digest: shortened(self.digest), url });
        }
        let embedded = self.data.is_some_and(|data| state_embedded(data, self.digest, input, inspection));
        let platform = match (self.os, self.architecture) {
            ("", "") => String::new(),
            (os, architecture) => shortened(&format!("{os}/{architecture}")),
        };
        let path = self.path().to_owned();
        let fact = OciFact::Descriptor {
            role,
            media_type: shortened(self.media_type),
            digest: shortened(self.digest),
            bytes: self.size.and_then(|size| size.parse().ok()),
            platform,
            path,
            embedded,
        };
        inspection.fact(at, fact);
    }

    fn state_faults(&self, at: &Location, inspection: &mut Inspection<'_>) {
        let fault = match self.digest.split_once(':') {
            Some(("sha256", hex)) if is_hex(hex, 64) => None,
            Some(("sha256", _)) | None => {
                let problem = format!("`{}` is no digest", shortened(self.digest));
                Some(Fault::Malformed { format: FORMAT.id.into(), problem })
            }
            Some((algorithm, _)) => {
                let feature = format!("the digest algorithm `{}`", shortened(algorithm));
                Some(Fault::Unsupported { format: FORMAT.id.into(), feature })
            }
        };
        fault.into_iter().for_each(|fault| inspection.fact(at.clone(), fault));
        if self.size.is_some_and(|size| size.parse::<u64>().is_err()) {
            let problem = format!("`{}` is no size", shortened(self.size.unwrap_or_default()));
            inspection.fact(at.clone(), Fault::Malformed { format: FORMAT.id.into(), problem });
        }
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads the bytes that the descriptor holds itself; whether they are those of its digest.
fn state_embedded(data: &Field, digest: &str, input: &Input<'_>, inspection: &mut Inspection<'_>) -> bool {
    let location = data.location(input);
    let Ok(bytes) = STANDARD.decode(data.value.as_bytes()) else {
        let problem = "the embedded data of a descriptor is no base64".into();
        inspection.fact(location, Fault::Malformed { format: FORMAT.id.into(), problem });
        return false;
    };
    let actual = Digest::of(&bytes);
    let stated = digest.parse::<Digest>().ok();
    if let Some(stated) = stated.filter(|stated| *stated != actual) {
        inspection.fact(location, OciFact::NotItsDigest { stated, actual });
    }
    let place = input.place.member(format!("data of {}", shortened(digest)));
    inspection.member(&Input { bytes: &bytes, place });
    stated == Some(actual)
}

/// The files of a list of `docker save` whose names are digests: configurations, and layers that skopeo wrote.
pub(super) fn saved_digests(fields: &[Field]) -> impl Iterator<Item = (String, Digest)> {
    fields.iter().filter(|field| field.is(&["*", "Config"]) || field.is(&["*", "Layers", "*"])).filter_map(|field| {
        let hex = field.value.strip_suffix(".json").or_else(|| field.value.strip_suffix(".tar"))?;
        Some((field.value.clone(), hex.parse().ok().filter(|_| is_hex(hex, 64))?))
    })
}

/// States the files of a list of `docker save`; how many there are.
pub(super) fn state_saved(input: &Input<'_>, fields: &[Field], inspection: &mut Inspection<'_>) -> usize {
    let mut count = 0usize;
    for field in fields {
        let role = if field.is(&["*", "Config"]) {
            BlobRole::Config
        } else if field.is(&["*", "Layers", "*"]) {
            BlobRole::Layer
        } else {
            continue;
        };
        count = count.saturating_add(1);
        if escapes_root(&field.value) {
            inspection.fact(field.location(input), ArchiveFact::EscapingPath { path: shortened(&field.value) });
        }
        inspection.fact(field.location(input), OciFact::SavedFile { role, path: shortened(&field.value) });
    }
    count
}
