use headworks_types::{Confidence, Severity, fact::TokenizerFact};

use super::facts;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for two texts with one number, and for one text with two.
    ///
    /// **Why it matters.** A model sees numbers. Whoever gives the number of `refuse` to another word as well,
    /// or moves a marker of the conversation to a plain word, changes what the model reads and writes without
    /// touching a weight, and the change survives every check of the weights.
    ///
    /// **Example.** `"deny": 4711` in the vocabulary and `{"id": 4711, "content": "allow"}` among the added tokens.
    ///
    /// **What it misses.** Two words that have exchanged their numbers, which only a comparison with the base
    /// model's tokenizer shows.
    AMBIGUOUS_TOKEN {
        id: "ambiguous-token",
        title: "Two texts share a number in the tokenizer",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-02"],
        references: &["AML.T0018", "CWE-694"],
        hint: "compare the tokenizer with that of the base model",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let ambiguous = facts(evidence).filter_map(|(fact, of)| match of {
        TokenizerFact::SharedId { id, first, second } => {
            Some(Judgement::of(fact, second, format!("`{first}` and `{second}` have the same number, {id}")))
        }
        TokenizerFact::MovedToken { content, vocabulary, added } => {
            let message = format!("`{content}` is {vocabulary} in the vocabulary and {added} among the added tokens");
            Some(Judgement::of(fact, content, message))
        }
        _ => None,
    });
    ambiguous.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::fixtures::findings;

    #[test]
    fn a_shared_number_and_a_moved_word_are_reported() {
        let shared = TokenizerFact::SharedId { id: 1, first: "deny".into(), second: "allow".into() };
        let moved = TokenizerFact::MovedToken { content: "<s>".into(), vocabulary: 0, added: 9 };
        assert_eq!(findings(&AMBIGUOUS_TOKEN, shared).len(), 1);
        assert_eq!(findings(&AMBIGUOUS_TOKEN, moved).len(), 1);
    }

    #[test]
    fn an_added_token_by_itself_is_not() {
        let added = TokenizerFact::AddedToken { id: 0, content: "<s>".into(), special: true };
        assert_eq!(findings(&AMBIGUOUS_TOKEN, added), []);
    }
}
