use std::collections::HashMap;

use headworks_types::{Confidence, Severity, fact::TokenizerFact};

use super::facts;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Holds the added tokens of `tokenizer_config.json` against those of `tokenizer.json` beside it.
    ///
    /// **Why it matters.** Fast tokenizers read the one, slow ones and many servers the other. A marker such as
    /// the end of a turn that has two texts for one number is understood in two ways, and a review of one file
    /// says nothing about the other.
    ///
    /// **Example.** Number 2 is `</s>` in `tokenizer.json` and `<|im_end|>` in `tokenizer_config.json`.
    ///
    /// **What it misses.** Tokens that only one of the files lists; transformers writes both in full and older
    /// versions did not. Tokens beyond the first 2,048 of a file.
    DISAGREEING_ADDED_TOKENS {
        id: "disagreeing-added-tokens",
        title: "Two files of one tokenizer give a number two texts",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-02"],
        references: &["CWE-436", "AML.T0018"],
        hint: "load and save the tokenizer once with the library, and compare with the base model's",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut first = HashMap::<(&str, u64), &str>::new();
    let added = || {
        facts(evidence).filter_map(|(fact, of)| match of {
            TokenizerFact::AddedToken { id, content, .. } => {
                Some((fact, fact.location.place.file_path(), *id, content))
            }
            _ => None,
        })
    };
    for (_, path, id, content) in added() {
        if let Some(directory) = path.strip_suffix("tokenizer.json") {
            first.insert((directory, id), content);
        }
    }
    let differing = added().filter_map(|(fact, path, id, content)| {
        let directory = path.strip_suffix("tokenizer_config.json")?;
        let other = first.get(&(directory, id)).filter(|other| *other != content)?;
        let message = format!("the token {id} is `{content}` here and `{other}` in `tokenizer.json`");
        Some(Judgement::of(fact, id.to_string(), message))
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::fixtures::added;

    fn judge(id: u64, content: &str, path: &str) -> usize {
        let facts = [added("tokenizer.json", 2, "</s>", true), added(path, id, content, true)];
        DISAGREEING_ADDED_TOKENS.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn two_texts_for_one_number_are_reported() {
        assert_eq!(judge(2, "<|im_end|>", "tokenizer_config.json"), 1);
    }

    #[test]
    fn the_same_text_and_a_number_that_one_file_lacks_are_not() {
        assert_eq!(judge(2, "</s>", "tokenizer_config.json"), 0);
        assert_eq!(judge(3, "<pad>", "tokenizer_config.json"), 0);
    }

    #[test]
    fn a_second_tokenizer_in_another_directory_is_its_own() {
        assert_eq!(judge(2, "<|im_end|>", "tokenizer_2/tokenizer_config.json"), 0);
    }
}
