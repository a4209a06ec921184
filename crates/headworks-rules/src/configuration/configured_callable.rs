use headworks_types::fact::ReferenceKind;
use headworks_types::{Confidence, Severity};

use super::callable::{Standing, standing};
use super::references;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for configuration that names a class or function of the loader's environment.
    ///
    /// **Why it matters.** Hydra's `_target_`, jsonargparse's `class_path`, torchtune's `_component_`,
    /// the `type` of sentence-transformers and PEFT's `auto_mapping` are imported and called with
    /// arguments from the same document. A name there does what the same name does in a pickle: NeMo,
    /// Uni2TS and others ran commands from metadata this way (CVE-2025-23304, CVE-2026-24157).
    /// What runs commands, opens files or resolves names is critical; classes of libraries that are
    /// configured this way are listed for information; anything else holds the artifact.
    ///
    /// **Example.** `_target_: os.system`.
    ///
    /// **What it misses.** An allowed class that acts on the host through its arguments.
    CONFIGURED_CALLABLE {
        id: "configured-callable",
        title: "Configuration names a callable",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-01"],
        references: &["CVE-2025-23304", "CVE-2026-24157", "CWE-470", "AML.T0011"],
        hint: "look the callable up and see what it does with the arguments beside it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let callables = references(evidence, ReferenceKind::Callable).map(|reference| {
        let (key, value) = (reference.key, reference.value);
        let (severity, words) = match standing(value) {
            Standing::Dangerous => (Severity::Critical, "calls something that acts on the host"),
            Standing::Known => (Severity::Info, "names a class of a library that is configured this way"),
            Standing::Unknown => (Severity::Medium, "names a callable that is on no list"),
        };
        Judgement::of(reference.fact, format!("{key} {value}"), format!("`{key}` {words}: `{value}`"))
            .with_severity(severity)
    });
    callables.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::fixtures::reference;

    fn severity(value: &str) -> Option<Severity> {
        let facts = [reference("model._target_", ReferenceKind::Callable, value)];
        CONFIGURED_CALLABLE.judge(&Evidence::of(&facts)).first().map(|finding| finding.severity)
    }

    #[test]
    fn a_command_is_critical_and_an_unknown_name_holds() {
        assert_eq!(severity("os.system"), Some(Severity::Critical));
        assert_eq!(severity("somebodys_package.Model"), Some(Severity::Medium));
    }

    #[test]
    fn the_modules_of_every_sentence_transformer_do_not_count() {
        assert_eq!(severity("sentence_transformers.models.Pooling"), Some(Severity::Info));
    }

    #[test]
    fn other_references_are_none_of_this_rule() {
        let fact = reference("auto_map.AutoModel", ReferenceKind::LocalModule, "os.system");
        assert_eq!(CONFIGURED_CALLABLE.judge(&Evidence::of(&[fact])), []);
    }
}
