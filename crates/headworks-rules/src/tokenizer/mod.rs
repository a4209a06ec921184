//! Rules about tokenizers: what makes a text something else on its way to the model or back.

pub(crate) mod ambiguous_token;
pub(crate) mod disagreeing_added_tokens;
pub(crate) mod hidden_plain_word;
pub(crate) mod inserted_word;
pub(crate) mod text_rewriting_tokenizer;
pub(crate) mod token_beyond_embedding;
pub(crate) mod unknown_tokenizer_part;

use headworks_types::{Fact, FactKind, fact::TokenizerFact};

use crate::Evidence;

/// All facts of the family.
fn facts<'e>(evidence: &Evidence<'e>) -> impl Iterator<Item = (&'e Fact, &'e TokenizerFact)> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Tokenizer(of) => Some((fact, of)),
        _ => None,
    })
}

/// Whether the text holds a word of at least `letters_min` letters in a row.
fn has_word(text: &str, letters_min: usize) -> bool {
    text.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() >= letters_min)
}

#[cfg(test)]
mod fixtures {
    use headworks_types::{Finding, Place};

    use super::*;
    use crate::Rule;

    pub(super) fn fact(path: &str, kind: TokenizerFact) -> Fact {
        Fact { location: Place::file(path).at(0..9), times: 1, kind: kind.into() }
    }

    pub(super) fn findings(rule: &Rule, kind: TokenizerFact) -> Vec<Finding> {
        rule.judge(&Evidence::of(&[fact("tokenizer.json", kind)]))
    }

    pub(super) fn added(path: &str, id: u64, content: &str, special: bool) -> Fact {
        fact(path, TokenizerFact::AddedToken { id, content: content.into(), special })
    }
}
