use headworks_types::{Confidence, Severity, fact::TokenizerFact};

use super::facts;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for parts of a `tokenizer.json` whose type the tokenizers library does not define.
    ///
    /// **Why it matters.** What the part does to a text is not known here, so nothing can be said about the
    /// text that the model gets. The library refuses the file; a loader of another make reads it in its own way.
    ///
    /// **Example.** `{"type": "WordSwap"}` in `normalizer`.
    ///
    /// **What it misses.** Parts that are defined in Python and attached by code.
    UNKNOWN_TOKENIZER_PART {
        id: "unknown-tokenizer-part",
        title: "A part of the tokenizer is of an unknown type",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        controls: &["HW-CFG-02"],
        references: &["CWE-1284"],
        hint: "use a version of the tokenizer that the library can load",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let unknown = facts(evidence).filter_map(|(fact, of)| match of {
        TokenizerFact::UnknownPart { stage, name } => {
            Some(Judgement::of(fact, name, format!("`{stage}` has a part of the unknown type `{name}`")))
        }
        _ => None,
    });
    unknown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::fixtures::findings;

    #[test]
    fn a_part_of_unknown_type_is_reported() {
        let part = TokenizerFact::UnknownPart { stage: "normalizer".into(), name: "WordSwap".into() };
        assert_eq!(findings(&UNKNOWN_TOKENIZER_PART, part).len(), 1);
    }

    #[test]
    fn more_tokens_than_are_stated_are_no_part() {
        assert_eq!(findings(&UNKNOWN_TOKENIZER_PART, TokenizerFact::MoreAddedTokens), []);
    }
}
