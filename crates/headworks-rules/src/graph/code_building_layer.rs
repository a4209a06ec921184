use headworks_types::{Confidence, Severity};

use super::is_legacy;
use super::object::{Standing, objects};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for Keras layers that are built from code or from another model: `Lambda`, `TFSMLayer`,
    /// `TorchModuleWrapper`, `JaxLayer` and `FlaxLayer`.
    ///
    /// **Why it matters.** A `Lambda` is marshalled byte code or the name of a function, and runs when
    /// the model is loaded or called (CVE-2024-3660). Keras 3 asks for `safe_mode=False` first, but the
    /// check has been passed before (CVE-2025-9906), does not exist for legacy HDF5 files
    /// (CVE-2025-9905), and was missing for wrapped torch modules (CVE-2025-49655). In a legacy file
    /// the finding is critical for that reason.
    ///
    /// **Example.** `{"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__", …}}}`.
    ///
    /// **What it misses.** Layers of other packages that do the same; those are unlisted objects.
    CODE_BUILDING_LAYER {
        id: "code-building-layer",
        title: "A model has a layer that is built from code",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &["CVE-2024-3660", "CVE-2025-9905", "CVE-2025-9906", "CVE-2025-49655", "CWE-502", "AML.T0011"],
        hint: "ask the publisher for the model with layers of Keras in place of this one",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = objects(evidence).filter_map(|object| {
        let Standing::BuildsCode(why) = object.standing(evidence) else { return None };
        let name = object.dotted();
        let message = format!("`{}` builds `{name}`, which {why}", object.key);
        let severity = if is_legacy(object.fact) { Severity::Critical } else { Severity::High };
        Some(Judgement::of(object.fact, format!("{} {name}", object.key), message).with_severity(severity))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{findings, findings_in_attribute, object};

    #[test]
    fn a_lambda_is_high_and_in_a_legacy_file_critical() {
        let lambda = || [object("keras", "keras.layers", "Lambda")];
        assert_eq!(findings(&CODE_BUILDING_LAYER, lambda())[0].severity, Severity::High);
        assert_eq!(findings_in_attribute(&CODE_BUILDING_LAYER, lambda())[0].severity, Severity::Critical);
    }

    #[test]
    fn a_layer_of_mathematics_is_not_reported() {
        let layers = [object("keras", "keras.layers", "Dense"), object("keras", "keras.callbacks", "LambdaCallback")];
        assert!(findings(&CODE_BUILDING_LAYER, layers).is_empty());
    }

    #[test]
    fn an_operation_of_tensorflow_by_name_is_no_code() {
        assert!(findings(&CODE_BUILDING_LAYER, [object("keras", "", "TFOpLambda")]).is_empty());
    }
}
