//! Documents of OCI image layouts, of `docker save`, and of models that are shipped like images.
//!
//! Sources: the OCI image specification 1.1 (index, manifest, configuration, layout, descriptors), Docker's
//! image manifest version 2 schema 2 and its image specification 1.2, the CNCF ModelPack model specification,
//! the media types of KitOps and Ollama. Blobs have no names, so documents are recognised by their keys.
//! Stated is what a document says of the blobs beside it, and what an image would run; whether the blobs are
//! those is for rules that see all files. Blobs themselves are read by the formats that claim their bytes.
//!
//! Blobs in a tar are compared with their digests and read under the names of their manifest as those in a
//! directory are; blobs in a zip are not.
//!
//! Not covered: schema 1 of Docker's manifests (a fault), digests other than SHA-256 (a fault), the order and
//! the digests of unpacked layers (`diff_ids`), signatures, tensors of one file that lie in another blob.

pub(crate) mod blob;
mod config;
mod descriptor;

use headworks_types::Fault;
use headworks_types::fact::{OciDocument, OciFact};

use crate::fields::{self, Field, Syntax};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::text::count;

/// Documents of image layouts.
pub(crate) static FORMAT: Format = Format { id: "oci", title: "OCI image or model manifest", claims, inspect };

/// The keys of descriptors and documents, for those that differ in case only: Go takes them for the same.
const KEYS: &[&str] =
    &["mediaType", "digest", "size", "urls", "annotations", "manifests", "layers", "config", "schemaVersion", "data"];

fn claims(probe: &Probe<'_>) -> bool {
    let head = probe.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(probe.head).trim_ascii_start();
    let has =
        |key: &str| [probe.head, probe.tail].iter().any(|part| memchr::memmem::find(part, key.as_bytes()).is_some());
    let is_manifest = || {
        has("\"schemaVersion\"")
            && (has("\"manifests\"") || has("\"layers\"") || has("\"config\"") || has("\"fsLayers\""))
            && (has("\"digest\"")
                || has("\"blobSum\"")
                || has("\"application/vnd.oci.image.")
                || has("\"application/vnd.docker."))
    };
    let is_config = || {
        (has("\"rootfs\"") && has("\"diff_ids\""))
            || (has("\"modelfs\"") && (has("\"diffIds\"") || has("\"diff_ids\"")))
    };
    match head.first() {
        Some(b'{') => has("\"imageLayoutVersion\"") || is_manifest() || is_config(),
        Some(b'[') => probe.name() == "manifest.json" && has("\"Config\"") && has("\"Layers\""),
        _ => false,
    }
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let fields = fields::read(input, Syntax::Json, FORMAT.id, inspection);
    let whole = input.place.at(0..input.bytes.size());
    if fields.iter().any(|field| field.is(&["schemaVersion"]) && field.value == "1") && has(&fields, "fsLayers") {
        inspection.identified(input, FORMAT.id, "image manifest, schema 1");
        let feature = "schema 1 of Docker's manifests".into();
        return inspection.fact(whole, Fault::Unsupported { format: FORMAT.id.into(), feature });
    }
    // The words stand elsewhere in some other document.
    let Some(kind) = kind(&fields) else { return };
    let blobs = match kind {
        OciDocument::SavedList => descriptor::state_saved(input, &fields, inspection),
        _ => descriptor::state(input, &fields, inspection),
    };
    let summary = match kind {
        OciDocument::Marker => "mark of an image layout".to_owned(),
        OciDocument::Index => format!("image index, {}", count(blobs, "manifest")),
        OciDocument::Manifest => format!("{}, {}", config::title(&fields), count(blobs, "blob")),
        OciDocument::Config => "image configuration".to_owned(),
        OciDocument::ModelConfig => "model configuration".to_owned(),
        OciDocument::SavedList => format!("list of saved images, {}", count(blobs, "file")),
    };
    inspection.identified(input, FORMAT.id, summary);
    inspection.fact(whole.clone(), OciFact::Document { kind });
    if kind == OciDocument::Config {
        config::state(input, &fields, inspection);
    }
    // Configurations, and what Docker saves, spell some of these with a capital.
    let is_spelled_so = matches!(kind, OciDocument::Index | OciDocument::Manifest | OciDocument::Marker);
    for key in ambiguous_keys(&fields).into_iter().filter(|_| is_spelled_so) {
        let problem = format!("the key `{key}` differs from one of the format in case only");
        inspection.fact(whole.clone(), Fault::Malformed { format: FORMAT.id.into(), problem });
    }
}

/// What the document is, by the keys of its outermost object.
fn kind(fields: &[Field]) -> Option<OciDocument> {
    let is_versioned = fields.iter().any(|field| field.is(&["schemaVersion"]));
    if has(fields, "imageLayoutVersion") {
        Some(OciDocument::Marker)
    } else if is_versioned && has(fields, "manifests") {
        Some(OciDocument::Index)
    } else if is_versioned && (has(fields, "layers") || has(fields, "config")) {
        Some(OciDocument::Manifest)
    } else if has(fields, "modelfs") {
        Some(OciDocument::ModelConfig)
    } else if has(fields, "rootfs") {
        Some(OciDocument::Config)
    } else if fields.iter().any(|field| field.is(&["*", "Config"])) {
        Some(OciDocument::SavedList)
    } else {
        // An index without manifests has no fields but its version.
        fields.iter().find(|field| field.is(&["mediaType"])).and_then(|field| match field.value.as_str() {
            "application/vnd.oci.image.index.v1+json" => Some(OciDocument::Index),
            "application/vnd.oci.image.manifest.v1+json" => Some(OciDocument::Manifest),
            _ => None,
        })
    }
}

fn has(fields: &[Field], key: &str) -> bool {
    fields.iter().any(|field| field.part(0) == key)
}

/// Keys within the document's own objects that only some readers take for those of the format.
fn ambiguous_keys(fields: &[Field]) -> Vec<&str> {
    let is_own = |field: &&Field| !field.path.iter().any(|part| part == "annotations" || part == "Labels");
    let parts = fields.iter().filter(is_own).flat_map(|field| &field.path).map(String::as_str);
    let differs = |part: &&str| KEYS.iter().any(|key| key.eq_ignore_ascii_case(part) && key != part);
    let mut found: Vec<&str> = parts.filter(differs).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits, Place};

    use super::*;

    fn facts(name: &str, text: &str) -> Vec<FactKind> {
        let facts = crate::inspect(&text.as_bytes().to_vec(), Place::file(name), &Limits::default());
        facts.into_iter().map(|fact| fact.kind).collect()
    }

    fn kind_of(name: &str, text: &str) -> Option<OciDocument> {
        facts(name, text).into_iter().find_map(|kind| match kind {
            FactKind::Oci(OciFact::Document { kind }) => Some(kind),
            _ => None,
        })
    }

    #[test]
    fn documents_are_told_apart_by_their_keys() {
        let of = |text: &str| kind_of("x", text);
        assert_eq!(of(r#"{"imageLayoutVersion": "1.0.0"}"#), Some(OciDocument::Marker));
        assert_eq!(of(r#"{"schemaVersion": 2, "manifests": [{"digest": "sha256:0"}]}"#), Some(OciDocument::Index));
        assert_eq!(of(r#"{"schemaVersion": 2, "config": {"digest": "sha256:0"}}"#), Some(OciDocument::Manifest));
        assert_eq!(of(r#"{"rootfs": {"type": "layers", "diff_ids": ["a"]}}"#), Some(OciDocument::Config));
        assert_eq!(of(r#"{"modelfs": {"type": "layers", "diffIds": ["a"]}}"#), Some(OciDocument::ModelConfig));
        assert_eq!(
            kind_of("manifest.json", r#"[{"Config": "a.json", "Layers": ["a/layer.tar"]}]"#),
            Some(OciDocument::SavedList)
        );
    }

    /// Browser extensions, web applications and renovate have a `manifest.json` or a `schemaVersion` too.
    #[test]
    fn documents_of_other_tools_are_none() {
        for text in [
            r#"{"name": "x", "manifest_version": 3, "icons": {}}"#,
            r#"{"schemaVersion": 2, "config": {"a": 1}, "layers": [{"name": "conv"}]}"#,
            r#"{"a": {"schemaVersion": 2, "config": {"digest": "x"}}}"#,
            r#"[{"Config": 1}]"#,
        ] {
            assert_eq!(kind_of("manifest.json", text), None, "{text}");
        }
    }

    #[test]
    fn a_key_that_only_some_readers_know_is_a_fault() {
        let text = r#"{"schemaVersion": 2, "config": {"digest": "x", "mediaType": "y", "size": 1, "Digest": "z"}}"#;
        assert!(facts("x", text).iter().any(
            |kind| matches!(kind, FactKind::Fault(Fault::Malformed { problem, .. }) if problem.contains("`Digest`"))
        ));
    }
}
