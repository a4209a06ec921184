use std::collections::HashMap;

use headworks_types::fact::{CardFact, ConfigurationFact, ReferenceKind};
use headworks_types::{Confidence, FactKind, Severity};

use super::split;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Holds the base model that a card names against the one that the adapter beside it is loaded on.
    ///
    /// **Why it matters.** People choose by the card, lineage and licences are derived from it, and the loader
    /// goes by `adapter_config.json`. Where the two name different models, what is known about the one
    /// says nothing about the other.
    ///
    /// **Example.** `base_model: owner/base` in `README.md`, `"base_model_name_or_path": "other/base-tuned"` in
    /// `adapter_config.json`.
    ///
    /// **What it misses.** Cards without the field. A quantised copy of the base model is named often and in
    /// good faith, which is why this only informs.
    DISAGREEING_CARD {
        id: "disagreeing-card",
        title: "The card names another base model than the adapter loads",
        severity: Severity::Info,
        confidence: Confidence::Medium,
        controls: &["HW-INV-01"],
        references: &["AML.T0010", "CWE-345"],
        hint: "ask the publisher which base model the adapter was trained on",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut claimed = HashMap::<&str, Vec<&str>>::new();
    for fact in evidence.facts {
        if let FactKind::Card(CardFact::Field { key, value }) = &fact.kind
            && key == "base_model"
        {
            let (directory, _) = split(fact.location.place.file_path());
            claimed.entry(directory).or_default().push(value);
        }
    }
    let differing = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Configuration(ConfigurationFact::Reference { key, kind, value }) = &fact.kind else {
            return None;
        };
        let is_base = key == "base_model_name_or_path" && *kind == ReferenceKind::Repository && value.contains('/');
        let (directory, _) = split(fact.location.place.file_path());
        let claims = claimed.get(directory).filter(|_| is_base)?;
        let differs = !claims.iter().any(|claim| claim.eq_ignore_ascii_case(value));
        let message = format!("the adapter is loaded on `{value}` and the card names `{}`", claims.join("`, `"));
        differs.then(|| Judgement::of(fact, key, message))
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::fixtures::fact;

    fn judge(claim: &str, loaded: &str) -> usize {
        let card = CardFact::Field { key: "base_model".into(), value: claim.into() };
        let (key, value) = ("base_model_name_or_path".into(), loaded.into());
        let reference = ConfigurationFact::Reference { key, kind: ReferenceKind::Repository, value };
        let facts = [fact("README.md", card), fact("adapter_config.json", reference)];
        DISAGREEING_CARD.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn another_base_model_than_the_card_names_is_told() {
        assert_eq!(judge("owner/base", "other/base-tuned"), 1);
    }

    #[test]
    fn the_same_name_in_other_case_and_a_local_folder_are_not() {
        assert_eq!(judge("Owner/Base", "owner/base"), 0);
        assert_eq!(judge("owner/base", "base"), 0);
    }
}
