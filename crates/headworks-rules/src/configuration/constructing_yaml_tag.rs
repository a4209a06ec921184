use headworks_types::fact::ConfigurationFact;
use headworks_types::{Confidence, FactKind, Severity};

use super::callable::{Standing, standing};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for YAML tags that make a loader construct an object.
    ///
    /// **Why it matters.** `!!python/object/apply:os.system` runs a command in PyYAML's `unsafe_load`,
    /// in `Loader` before 6.0, and in every program that registers such constructors. Tags of the
    /// document's own (`!new:`, `!include`) do what the loading program decided; HyperPyYAML imports and
    /// calls what they name.
    ///
    /// **Example.** `!!python/object/apply:os.system ["…"]`.
    ///
    /// **What it misses.** What a constructor does that a program registered for a plain tag.
    CONSTRUCTING_YAML_TAG {
        id: "constructing-yaml-tag",
        title: "A YAML tag constructs an object",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-01"],
        references: &["CVE-2017-18342", "CVE-2020-14343", "CWE-502"],
        hint: "replace the tag with plain data, or review what the program makes of it",
        check,
    }
}

/// Tags of HyperPyYAML, OmegaConf-like loaders and others that copy, point or build tuples.
const HARMLESS: [&str; 6] = ["!copy", "!ref", "!tuple", "!!python/tuple", "!!python/unicode", "!!python/str"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let tags = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Configuration(ConfigurationFact::ConstructingTag { tag }) => {
            let message = format!("the YAML tag `{tag}` makes a loader construct an object");
            Some(Judgement::of(fact, tag, message).with_severity(severity(tag)))
        }
        _ => None,
    });
    tags.collect()
}

fn severity(tag: &str) -> Severity {
    if HARMLESS.contains(&tag) {
        return Severity::Info;
    }
    if tag.contains("python/") || tag.contains("ruby/") || tag.contains("java") {
        return Severity::Critical;
    }
    // HyperPyYAML: `!new:package.Class`, `!name:package.function`, `!apply:package.function`.
    match tag.split_once(':').map(|(_, callee)| standing(callee)) {
        Some(Standing::Dangerous) => Severity::Critical,
        Some(Standing::Known) => Severity::Info,
        Some(Standing::Unknown) | None => Severity::Medium,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::fixtures::fact;

    fn judge(tag: &str) -> Option<Severity> {
        let tag = fact(ConfigurationFact::ConstructingTag { tag: tag.into() });
        CONSTRUCTING_YAML_TAG.judge(&Evidence::of(&[tag])).first().map(|finding| finding.severity)
    }

    #[test]
    fn objects_of_python_are_critical() {
        assert_eq!(judge("!!python/object/apply:os.system"), Some(Severity::Critical));
        assert_eq!(judge("!!python/name:builtins.eval"), Some(Severity::Critical));
        assert_eq!(judge("!apply:os.system"), Some(Severity::Critical));
    }

    #[test]
    fn an_unknown_tag_holds() {
        assert_eq!(judge("!include"), Some(Severity::Medium));
    }

    #[test]
    fn the_recipes_of_speechbrain_and_tuples_do_not_count() {
        assert_eq!(judge("!new:speechbrain.nnet.RNN.LSTM"), Some(Severity::Info));
        assert_eq!(judge("!!python/tuple"), Some(Severity::Info));
    }
}
