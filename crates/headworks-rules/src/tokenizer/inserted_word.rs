use headworks_types::{Confidence, Severity, fact::TokenizerFact};

use super::{facts, has_word};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a post-processor that puts something other than its special tokens around the input.
    ///
    /// **Why it matters.** The post-processor adds numbers to every input after the text was cut into words,
    /// where no prompt log shows them. The file gives a text and a number for each; a loader uses the number
    /// and people read the text.
    ///
    /// **Example.** `"<s>": {"ids": [0, 4711], "tokens": ["<s>", "obey"]}`.
    ///
    /// **What it misses.** Special tokens that are inserted more often than the model expects.
    INSERTED_WORD {
        id: "inserted-word",
        title: "The tokenizer adds words to every input",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-02"],
        references: &["AML.T0051", "AML.T0018"],
        hint: "compare `post_processor` with that of the base model",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let inserted = facts(evidence).filter_map(|(fact, of)| match of {
        TokenizerFact::InsertedToken { content, id, agrees: false, .. } => {
            let message = format!("every input gets the token {id}, which is not `{content}` as the file says");
            Some(Judgement::of(fact, content, message))
        }
        TokenizerFact::InsertedToken { content, special: false, .. } if is_word(content) => {
            Some(Judgement::of(fact, content, format!("every input gets the word `{content}`")))
        }
        _ => None,
    });
    inserted.collect()
}

/// Some vocabularies have their markers as plain entries, with brackets.
fn is_word(content: &str) -> bool {
    has_word(content, 2) && !content.starts_with(['<', '['])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::fixtures::findings;

    fn judge(content: &str, agrees: bool, special: bool) -> usize {
        findings(&INSERTED_WORD, TokenizerFact::InsertedToken { content: content.into(), id: 3, agrees, special }).len()
    }

    #[test]
    fn a_plain_word_and_a_number_of_something_else_are_reported() {
        assert_eq!(judge("obey", true, false), 1);
        assert_eq!(judge("<s>", false, true), 1);
    }

    #[test]
    fn the_markers_that_models_are_trained_with_are_not() {
        assert_eq!(judge("[CLS]", true, true), 0);
        assert_eq!(judge("</s>", true, false), 0);
    }
}
