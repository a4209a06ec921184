use headworks_types::fact::ReferenceKind;
use headworks_types::{Confidence, Severity};

use super::references;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for an attention or kernel setting that names a hub repository.
    ///
    /// **Why it matters.** The setting takes the name of a built-in implementation (`sdpa`,
    /// `flash_attention_2`) or of a repository with a kernel. A kernel is code, and transformers 4.56 to
    /// 5.2 fetched and imported it from the internal key of a configuration without asking
    /// (CVE-2026-4372).
    ///
    /// **Example.** `"_attn_implementation_internal": "someone/kernel"`.
    ///
    /// **What it misses.** Kernels that a loader is told to use by its caller.
    ATTENTION_HOOK_REPOSITORY {
        id: "attention-hook-repository",
        title: "An attention setting names a repository with code",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-01"],
        references: &["CVE-2026-4372", "CWE-829", "AML.T0010"],
        hint: "remove the key, or name an implementation that the library has built in",
        check,
    }
}

/// Parts of the key paths that choose an implementation.
const KEYS: [&str; 3] = ["attn_implementation", "experts_implementation", "kernel_repo"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let repositories = references(evidence, ReferenceKind::Repository);
    let hooks = repositories.filter(|reference| KEYS.iter().any(|key| reference.key.contains(key))).map(|reference| {
        let (key, value) = (reference.key, reference.value);
        Judgement::of(reference.fact, key, format!("`{key}` makes the loader fetch code from `{value}`"))
    });
    hooks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::fixtures::reference;

    fn judge(key: &str, value: &str) -> usize {
        let facts = [reference(key, ReferenceKind::Repository, value)];
        ATTENTION_HOOK_REPOSITORY.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn a_repository_behind_an_attention_key_is_reported() {
        assert_eq!(judge("_attn_implementation_internal", "someone/kernel"), 1);
        assert_eq!(judge("attn_implementation.text_config", "someone/kernel@main:fn"), 1);
    }

    #[test]
    fn the_base_model_of_an_adapter_is_not() {
        assert_eq!(judge("base_model_name_or_path", "owner/base"), 0);
    }
}
