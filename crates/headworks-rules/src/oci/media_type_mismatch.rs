use headworks_types::{Confidence, Severity};

use super::{Known, Named, Present, named};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Holds the media type that a descriptor states for a blob against the formats of its bytes.
    ///
    /// **Why it matters.** Registries, scanners and policies go by the media type; clients look at the bytes, or
    /// hand them to a loader that does. A blob that is said to be a text and is a pickle passes the first and
    /// reaches the second. Programs and pickles under another type refuse, other differences hold. That an archive is
    /// compressed otherwise than stated is noted: clients look at the bytes, and tools that convert images do it.
    ///
    /// **Example.** A layer `application/vnd.ollama.image.template` whose bytes are a pickle.
    ///
    /// **What it misses.** Types that say nothing about the bytes, such as `…model.weight.v1.raw`; what those blobs
    /// are is judged by the rules of their formats.
    MEDIA_TYPE_MISMATCH {
        id: "media-type-mismatch",
        title: "A blob is of another type than its descriptor states",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["CWE-436", "CWE-646", "AML.T0074"],
        hint: "ask the publisher for a manifest that states what the blobs are",
        check,
    }
}

/// Endings and whole names of media types, each with the formats that keep what they say.
const PROMISES: &[(&str, &[&str])] = &[
    ("application/vnd.oci.image.manifest.v1+json", &["oci"]),
    ("application/vnd.oci.image.index.v1+json", &["oci"]),
    ("application/vnd.docker.distribution.manifest.v2+json", &["oci"]),
    ("application/vnd.docker.distribution.manifest.list.v2+json", &["oci"]),
    ("+json", &["json"]),
    ("application/vnd.ollama.image.params", &["json"]),
    ("application/vnd.ollama.image.messages", &["json"]),
    ("application/vnd.ollama.image.model", &["gguf", "ggml", "safetensors"]),
    ("application/vnd.ollama.image.projector", &["gguf", "ggml", "safetensors"]),
    ("application/vnd.ollama.image.adapter", &["gguf", "ggml", "safetensors"]),
    ("application/vnd.ollama.image.template", &["text"]),
    ("application/vnd.ollama.image.system", &["text"]),
    ("application/vnd.ollama.image.prompt", &["text"]),
    ("application/vnd.ollama.image.license", &["text"]),
    ("tar+gzip", &["gzip"]),
    ("tar.gzip", &["gzip"]),
    ("tar+zstd", &["zstd"]),
    ("tar.zstd", &["zstd"]),
    (".tar", &["tar"]),
];

/// Formats that nobody wants under another name.
const RUNS: &[&str] = &["executable", "pickle", "torch"];

/// Ways to pack the files of a layer.
const PACKINGS: &[&str] = &["gzip", "tar", "zstd"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let present = Present::of(evidence);
    named(evidence).filter_map(|named| judge(&named, present.any(&named.places)?)).collect()
}

fn judge(named: &Named<'_>, blob: &Known<'_>) -> Option<Judgement> {
    let (_, formats) = PROMISES.iter().find(|(ending, _)| named.media_type.ends_with(ending))?;
    let has = |any: &[&str]| blob.formats.iter().any(|format| any.contains(format));
    // A pickle of protocol 0 is text, too.
    let severity = if has(&["pickle", "torch"]) {
        Severity::High
    } else if has(formats) || has(&["blob", "empty"]) {
        // What has a name of its own in the manifest is judged under that.
        return None;
    } else if has(RUNS) {
        Severity::High
    } else if formats.iter().any(|format| PACKINGS.contains(format)) && has(PACKINGS) {
        Severity::Low
    } else {
        Severity::Medium
    };
    let found = if blob.formats.is_empty() { "of no known format".to_owned() } else { blob.formats.join(" and ") };
    let message = format!("`{}` is said to be `{}` and is {found}", named.digest, named.media_type);
    Some(Judgement::of(named.fact, named.digest, message).with_severity(severity))
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;
    use headworks_types::fact::BlobRole;

    use super::*;
    use crate::oci::fixtures::{blob, descriptor};

    fn severities(media_type: &str, format: &str) -> Vec<Severity> {
        let facts = [blob("toy", format), descriptor(&Place::file("index.json"), BlobRole::Layer, media_type, "toy")];
        MEDIA_TYPE_MISMATCH.judge(&Evidence::of(&facts)).into_iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_pickle_that_is_said_to_be_a_text_refuses() {
        assert_eq!(severities("application/vnd.ollama.image.template", "pickle"), [Severity::High]);
    }

    #[test]
    fn another_type_holds() {
        assert_eq!(severities("application/vnd.ollama.image.model", "text"), [Severity::Medium]);
    }

    /// Skopeo keeps the type `tar+gzip` for layers that it unpacked on request.
    #[test]
    fn another_compression_is_noted() {
        assert_eq!(severities("application/vnd.oci.image.layer.v1.tar+gzip", "tar"), [Severity::Low]);
    }

    #[test]
    fn types_that_are_kept_or_promise_nothing_are_not_reported() {
        assert_eq!(severities("application/vnd.docker.image.rootfs.diff.tar.gzip", "gzip"), []);
        assert_eq!(severities("application/vnd.cncf.model.weight.v1.raw", "pickle"), []);
        assert_eq!(severities("application/vnd.oci.image.manifest.v1+json", "oci"), []);
    }
}
