use headworks_types::fact::ConfigurationFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a key that occurs twice in one object.
    ///
    /// **Why it matters.** JSON and YAML leave open which one counts. Python takes the last, other
    /// readers the first or none, so a reviewer, a scanner and a loader can each see another
    /// configuration in the same bytes.
    ///
    /// **Example.** `{"auto_map": null, "auto_map": {"AutoModel": "owner/code--m.Model"}}`.
    ///
    /// **What it misses.** Keys that differ only in Unicode normalisation or case; few loaders fold those.
    DUPLICATE_CONFIGURATION_KEY {
        id: "duplicate-configuration-key",
        title: "A configuration key occurs twice",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-01"],
        references: &["CWE-436"],
        hint: "keep one of the two and see which value loaders have used so far",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let duplicates = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Configuration(ConfigurationFact::DuplicateKey { key }) => {
            Some(Judgement::of(fact, key, format!("`{key}` occurs twice; readers differ in which value they take")))
        }
        _ => None,
    });
    duplicates.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::ReferenceKind;

    use super::*;
    use crate::configuration::fixtures::{fact, reference};

    #[test]
    fn a_duplicate_is_reported_by_its_path() {
        let duplicate = fact(ConfigurationFact::DuplicateKey { key: "model.vocab.a".into() });
        let findings = DUPLICATE_CONFIGURATION_KEY.judge(&Evidence::of(&[duplicate]));
        assert!(findings.first().is_some_and(|finding| finding.message.contains("`model.vocab.a`")));
    }

    #[test]
    fn a_key_of_two_different_objects_is_no_duplicate() {
        let facts = [("a.x", "/data/a"), ("b.x", "/data/b")]
            .map(|(key, value)| reference(key, ReferenceKind::EscapingPath, value));
        assert_eq!(DUPLICATE_CONFIGURATION_KEY.judge(&Evidence::of(&facts)), []);
    }
}
