use headworks_types::{Confidence, Severity};

use super::adapter::adapters;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for adapters that name a model in another repository without a revision, and for whole layers of that model
    /// that they replace.
    ///
    /// **Why it matters.** An adapter is half a model. What it does depends on the weights that are fetched for it, and
    /// without a revision those are whatever the repository holds that day. `modules_to_save` names layers that are
    /// replaced as a whole, so that no small difference remains to look at. Nearly all published adapters name no
    /// revision, so both are listed for information.
    ///
    /// **Example.** `"base_model_name_or_path": "owner/model", "revision": null`
    ///
    /// **What it misses.** A revision that is a branch: only a commit names fixed bytes.
    UNPINNED_BASE_MODEL {
        id: "unpinned-base-model",
        title: "An adapter is made for whatever its base model is that day",
        severity: Severity::Info,
        confidence: Confidence::High,
        controls: &["HW-SER-04"],
        references: &["CWE-1357", "AML.T0010.003"],
        hint: "record the commit of the base model as `revision`, and check that model too",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judged = adapters(evidence).into_values().flat_map(|adapter| {
        let base = adapter.value("base_model_name_or_path").filter(|(_, name)| !name.is_empty());
        let is_pinned = adapter.value("revision").is_some_and(|(_, revision)| is_commit(revision));
        let unpinned = base.filter(|_| !is_pinned).map(|(fact, name)| {
            Judgement::of(fact, name, format!("the adapter is made for `{name}` at no commit of its repository"))
        });
        let replaced = adapter.values("modules_to_save").map(|(fact, name)| {
            Judgement::of(fact, format!("modules_to_save {name}"), format!("the adapter replaces all of `{name}`"))
        });
        Vec::from_iter(unpinned.into_iter().chain(replaced))
    });
    judged.collect()
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::super::adapter::fixtures::settings;
    use super::*;

    fn count(others: &[(&str, &str)]) -> usize {
        UNPINNED_BASE_MODEL.judge(&Evidence::of(&settings(others))).len()
    }

    #[test]
    fn a_model_without_a_commit_and_a_replaced_layer_are_listed() {
        assert_eq!(count(&[("base_model_name_or_path", "\"o/m\""), ("revision", "null")]), 1);
        assert_eq!(count(&[("base_model_name_or_path", "\"o/m\""), ("revision", "\"main\"")]), 1);
        assert_eq!(count(&[("modules_to_save[]", "\"lm_head\"")]), 1);
    }

    #[test]
    fn a_model_at_its_commit_is_not() {
        let commit = format!("\"{}\"", "a1".repeat(20));
        assert_eq!(count(&[("base_model_name_or_path", "\"o/m\""), ("revision", &commit)]), 0);
    }

    /// Adapters of models that were built from a configuration name none.
    #[test]
    fn an_adapter_without_a_model_is_not_reported() {
        assert_eq!(count(&[("base_model_name_or_path", "\"\"")]), 0);
    }
}
