use headworks_types::fact::ReferenceKind;
use headworks_types::{Confidence, Severity};

use super::references;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for configuration that loads a module file of the artifact itself.
    ///
    /// **Why it matters.** The artifact is a program then, not only weights: whoever loads it with
    /// `trust_remote_code` imports the module, and its top level runs before any weight is read. The
    /// module is part of the artifact and can be reviewed, which is why this holds and does not refuse.
    ///
    /// **Example.** `"AutoModelForCausalLM": "modeling_fast.FastForCausalLM"` in `auto_map`.
    ///
    /// **What it misses.** Loaders that import a module by convention, without a key that names it.
    LOCAL_CODE_REFERENCE {
        id: "local-code-reference",
        title: "Configuration loads code of the artifact",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-01"],
        references: &["CWE-829", "AML.T0011"],
        hint: "review the module, or use a release whose architecture the library has built in",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let local = references(evidence, ReferenceKind::LocalModule).map(|reference| {
        let (key, value) = (reference.key, reference.value);
        Judgement::of(reference.fact, key, format!("`{key}` loads code of the artifact: `{value}`"))
    });
    local.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::fixtures::reference;

    #[test]
    fn a_module_of_the_artifact_holds_it() {
        let fact = reference("auto_map.AutoModel", ReferenceKind::LocalModule, "modeling.Model");
        let findings = LOCAL_CODE_REFERENCE.judge(&Evidence::of(&[fact]));
        assert_eq!(findings.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Medium]);
    }

    #[test]
    fn a_callable_of_the_environment_is_another_rules_matter() {
        let fact = reference("_target_", ReferenceKind::Callable, "torch.nn.Linear");
        assert_eq!(LOCAL_CODE_REFERENCE.judge(&Evidence::of(&[fact])), []);
    }
}
