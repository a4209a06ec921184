use headworks_types::fact::ReferenceKind;
use headworks_types::{Confidence, Place, Severity};

use super::{Reference, last_part, references};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for configuration that names a file outside the artifact, or a URL where a file is due.
    ///
    /// **Why it matters.** A loader that opens the file reads what the artifact's author chose on the
    /// machine of whoever loads it: credentials, another model's weights, a network share that is sent a
    /// password hash. A path through `..` or into a system directory has no honest use.
    ///
    /// **Example.** `"weight_map": {"lm_head.weight": "../../other/model.safetensors"}`.
    ///
    /// **What it misses.** Paths that code puts together. The directory an exporter wrote down about
    /// itself (`_name_or_path`, `tokenizer_file`) is nothing that travels with the artifact and is listed
    /// for information, and so is a schema that refers to another one of the same package.
    ESCAPING_CONFIGURATION_PATH {
        id: "escaping-configuration-path",
        title: "Configuration names a file outside the artifact",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-01"],
        references: &["CWE-22", "CWE-73"],
        hint: "name a file of the artifact by its plain relative path",
        check,
    }
}

/// Keys under which exporters leave the path they worked in.
const RECORDED: [&str; 6] = [
    "_name_or_path",
    "all_model_checkpoint_paths",
    "model_checkpoint_path",
    "name_or_path",
    "special_tokens_map_file",
    "tokenizer_file",
];

/// Where no exporter works.
const SYSTEM: [&str; 12] =
    ["/boot", "/dev/", "/etc/", "/proc/", "/run/", "/sys/", "/var/run/", "\\\\", "//", "~/.", "file:", "/root/.ssh"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let paths = references(evidence, ReferenceKind::EscapingPath).map(|reference| {
        let (key, value) = (reference.key, reference.value);
        let message = format!("`{key}` names a file outside the artifact: `{value}`");
        Judgement::of(reference.fact, key, message).with_severity(severity(&reference))
    });
    let urls = references(evidence, ReferenceKind::Url).map(|reference| {
        let (key, value) = (reference.key, reference.value);
        let message = format!("`{key}` names a URL: `{value}`");
        let is_file = last_part(key).ends_with("_file");
        let severity = if is_file { Severity::Medium } else { Severity::Info };
        Judgement::of(reference.fact, key, message).with_severity(severity)
    });
    paths.chain(urls).collect()
}

fn severity(reference: &Reference<'_>) -> Severity {
    let Reference { key, value, .. } = reference;
    let is_recorded = RECORDED.contains(&last_part(key));
    let climbs = value.split(['/', '\\']).any(|part| part == "..");
    let is_system = SYSTEM.iter().any(|prefix| value.starts_with(prefix));
    // Schemas of a package refer to each other by relative paths.
    if last_part(key) == "$ref" && stays_inside(&reference.fact.location.place, value) {
        return Severity::Info;
    }
    match (is_recorded, climbs || is_system) {
        // A model that was trained from `../base` says so; nobody opens the path.
        (true, true) if last_part(key).ends_with("name_or_path") => Severity::Info,
        (true, false) => Severity::Info,
        (_, true) => Severity::High,
        (false, false) => {
            if key.contains("weight_map") {
                Severity::High
            } else {
                Severity::Medium
            }
        }
    }
}

/// Whether a relative path leads to another file of the same artifact or archive.
fn stays_inside(place: &Place, value: &str) -> bool {
    let path = value.split('#').next().unwrap_or(value);
    // Archives of packages have one folder, and what is outside of it is outside of the package.
    let outermost = usize::from(!place.members().is_empty());
    let depth = place.innermost().matches('/').count().checked_sub(outermost);
    let step = |depth: usize, part: &str| match part {
        "" | "." => Some(depth),
        ".." => depth.checked_sub(1),
        _ => Some(depth + 1),
    };
    let is_relative = !path.starts_with(['/', '\\', '~']) && !path.contains([':', '\\']);
    is_relative && depth.and_then(|depth| path.split('/').try_fold(depth, step)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::fixtures::reference;

    /// webpack's schemas of plugins refer to those of its options.
    #[test]
    fn a_schema_of_the_same_package_is_only_listed() {
        let within = |member: &str, value: &str| {
            let mut fact = reference("$ref", ReferenceKind::EscapingPath, value);
            fact.location.place = Place::file("toy-1.0.0.tgz").member("toy.tar").member(member);
            ESCAPING_CONFIGURATION_PATH.judge(&Evidence::of(&[fact])).first().map(|finding| finding.severity)
        };
        assert_eq!(within("package/schemas/plugins/a.json", "../b.json#/definitions/B"), Some(Severity::Info));
        assert_eq!(within("package/schemas/plugins/a.json", "../../../b.json"), Some(Severity::High));
        assert_eq!(within("package/schemas/plugins/a.json", "/etc/passwd"), Some(Severity::High));
        assert_eq!(within("package/a.json", "../b.json"), Some(Severity::High));
    }

    fn judge(key: &str, value: &str) -> Option<Severity> {
        let facts = [reference(key, ReferenceKind::EscapingPath, value)];
        ESCAPING_CONFIGURATION_PATH.judge(&Evidence::of(&facts)).first().map(|finding| finding.severity)
    }

    #[test]
    fn a_path_that_climbs_or_leads_into_the_system_is_high() {
        assert_eq!(judge("weight_map.lm_head", "../../x.safetensors"), Some(Severity::High));
        assert_eq!(judge("weight_map.lm_head", "/data/x.safetensors"), Some(Severity::High));
        assert_eq!(judge("tokenizer_file", "/etc/shadow"), Some(Severity::High));
        assert_eq!(judge("vocab_file", "\\\\192.0.2.1\\share"), Some(Severity::High));
    }

    #[test]
    fn the_exporters_own_directory_is_only_listed() {
        assert_eq!(judge("_name_or_path", "/home/someone/checkpoints/step-100"), Some(Severity::Info));
        assert_eq!(judge("model_checkpoint_path", "/tmp/train/model.ckpt-1000"), Some(Severity::Info));
        assert_eq!(judge("special_tokens_map_file", "/content/tokens.json"), Some(Severity::Info));
        assert_eq!(judge("tokenizer_file", "/home/someone/.cache/tokenizer.json"), Some(Severity::Info));
    }

    #[test]
    fn another_absolute_path_holds() {
        assert_eq!(judge("vocab_file", "/data/vocab.txt"), Some(Severity::Medium));
    }
}
