use headworks_types::fact::ReferenceKind;
use headworks_types::{Confidence, Severity};

use super::references;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for configuration that takes its code from another repository.
    ///
    /// **Why it matters.** `auto_map` may name `owner/repository--module.Class`. The loader then fetches
    /// the module from that repository and imports it, so the code is not part of what was inspected and
    /// its owner can change it after the check. vLLM fetched it even before it looked at its own
    /// `trust_remote_code` switch (CVE-2026-22807).
    ///
    /// **Example.** `"AutoConfig": "someone-else/assistant-code--configuration_fast.FastConfig"`.
    ///
    /// **What it misses.** Code that a local module downloads once it runs; `local-code-reference` holds
    /// the module itself.
    REMOTE_CODE_REFERENCE {
        id: "remote-code-reference",
        title: "Configuration takes code from another repository",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-01"],
        references: &["CVE-2026-22807", "CWE-829", "AML.T0010"],
        hint: "copy the module into the artifact, review it, and refer to it as `module.Class`",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let remote = references(evidence, ReferenceKind::RemoteModule).map(|reference| {
        let (key, value) = (reference.key, reference.value);
        let message = format!("`{key}` loads code from another repository: `{value}`");
        Judgement::of(reference.fact, key, message)
    });
    remote.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::fixtures::reference;

    fn judge(kind: ReferenceKind, value: &str) -> usize {
        REMOTE_CODE_REFERENCE.judge(&Evidence::of(&[reference("auto_map.AutoModel", kind, value)])).len()
    }

    #[test]
    fn a_module_of_another_repository_is_reported() {
        assert_eq!(judge(ReferenceKind::RemoteModule, "owner/code--modeling.Model"), 1);
    }

    #[test]
    fn a_module_of_this_repository_is_another_rules_matter() {
        assert_eq!(judge(ReferenceKind::LocalModule, "modeling.Model"), 0);
    }

    #[test]
    fn the_base_model_of_an_adapter_is_no_code() {
        let base = reference("base_model_name_or_path", ReferenceKind::Repository, "owner/base");
        assert_eq!(REMOTE_CODE_REFERENCE.judge(&Evidence::of(&[base])), []);
    }
}
