use headworks_types::{Confidence, Severity};

use super::object::{Standing, objects};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for classes and functions that a model file makes its loader import and build by name, and
    /// that are on no list: for Keras the classes of Keras itself and of its sister packages, for skops
    /// what the allow-list profiles of pickles list, for Triton the backends that its maintainers publish, for
    /// Orbax its own handlers and the types that they restore, for TensorRT the plugins that it ships.
    ///
    /// **Why it matters.** Keras imported whatever module a configuration named (CVE-2025-1550), and
    /// found dangerous functions within its own modules after that was closed (CVE-2025-8747); skops
    /// built other types than it showed (CVE-2025-54412, CVE-2025-54413, CVE-2025-54886). What is
    /// known to run code, open files or resolve names is critical; anything else that is unlisted holds
    /// the artifact.
    ///
    /// **Example.** `{"module": "os", "class_name": "function", "config": "system"}`.
    ///
    /// **What it misses.** What a listed layer does with its arguments, and a class that a program
    /// registers under the name of a listed one.
    UNLISTED_OBJECT {
        id: "unlisted-object",
        title: "A model file builds an object that no list has",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &[
            "CVE-2025-1550", "CVE-2025-8747", "CVE-2025-54412", "CVE-2025-54413", "CVE-2025-54886", "CWE-470", "AML.T0011",
        ],
        hint: "read what the class does when it is built, or ask the publisher for weights without it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = objects(evidence).filter_map(|object| {
        let name = object.dotted();
        let (severity, words) = match object.standing(evidence) {
            Standing::Dangerous(why) => (Severity::Critical, format!("which {why}")),
            Standing::Unlisted => (Severity::Medium, "which is on no list".to_owned()),
            Standing::Listed | Standing::BuildsCode(_) => return None,
        };
        let message = format!("`{}` builds `{name}`, {words}", object.key);
        Some(Judgement::of(object.fact, format!("{} {name}", object.key), message).with_severity(severity))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{findings, object};

    #[test]
    fn a_function_of_the_operating_system_is_critical() {
        let found = findings(&UNLISTED_OBJECT, [object("keras", "os", "system")]);
        assert_eq!(found[0].severity, Severity::Critical);
        assert!(found[0].message.starts_with("`config.layers[]` builds `os.system`, which "), "{}", found[0].message);
    }

    #[test]
    fn a_class_of_somebody_is_held() {
        let found = findings(&UNLISTED_OBJECT, [object("keras", "acme.layers", "Attention")]);
        assert_eq!(found[0].severity, Severity::Medium);
    }

    #[test]
    fn estimators_that_pickles_may_build_may_be_built_by_skops() {
        assert!(findings(&UNLISTED_OBJECT, [object("skops", "sklearn.svm._classes", "SVC")]).is_empty());
        assert_eq!(findings(&UNLISTED_OBJECT, [object("skops", "acme", "Model")]).len(), 1);
    }

    /// Half of the estimators keep one.
    #[test]
    fn generators_of_random_numbers_are_restored_by_skops() {
        let generators = [
            object("skops", "numpy.random.mtrand", "RandomState"),
            object("skops", "numpy.random._generator", "Generator"),
        ];
        assert!(findings(&UNLISTED_OBJECT, generators).is_empty());
    }

    #[test]
    fn a_handler_that_somebody_registers_with_orbax_is_held() {
        let handler = object("orbax", "acme.handlers", "RunsCodeHandler");
        assert_eq!(findings(&UNLISTED_OBJECT, [handler])[0].severity, Severity::Medium);
        let own =
            object("orbax", "orbax.checkpoint._src.handlers.standard_checkpoint_handler", "StandardCheckpointHandler");
        assert!(findings(&UNLISTED_OBJECT, [own]).is_empty());
    }

    #[test]
    fn the_layers_of_a_genuine_model_are_not_reported() {
        let layers = [object("keras", "keras.layers", "Dense"), object("keras", "", "BatchNormalizationV1")];
        assert!(findings(&UNLISTED_OBJECT, layers).is_empty());
    }
}
