use headworks_types::{Confidence, Severity, fact::TokenizerFact};

use super::facts;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for special tokens that are plain words.
    ///
    /// **Why it matters.** Decoders leave special tokens out of what the user sees
    /// (`skip_special_tokens=True`, the default of most servers), and tokenizers match them before anything
    /// else. A word like `not` that is made special disappears from every answer, and can be written by a
    /// user to stand for a marker.
    ///
    /// **Example.** `{"content": "not", "special": true}`.
    ///
    /// **What it misses.** Words with a mark around or between them, as honest special tokens have.
    HIDDEN_PLAIN_WORD {
        id: "hidden-plain-word",
        title: "A plain word is a special token",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        controls: &["HW-CFG-02"],
        references: &["AML.T0018", "CWE-451"],
        hint: "compare the added tokens with those of the base model",
        check,
    }
}

/// Markers that old tokenizers write without brackets.
const MARKERS: &[&str] = &["bos", "cls", "eos", "mask", "pad", "sep", "unk"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let hidden = facts(evidence).filter_map(|(fact, of)| match of {
        TokenizerFact::AddedToken { content, special: true, id } if is_plain_word(content) => {
            let message = format!("`{content}` ({id}) is special: it is left out of what the user sees");
            Some(Judgement::of(fact, content, message))
        }
        _ => None,
    });
    hidden.collect()
}

fn is_plain_word(content: &str) -> bool {
    let word = content.trim_matches([' ', '▁', 'Ġ']);
    let letters = word.chars().count() > 1 && word.chars().all(|c| c.is_alphabetic() && c != '▁');
    letters && !MARKERS.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::fixtures::findings;

    fn judge(content: &str, special: bool) -> usize {
        findings(&HIDDEN_PLAIN_WORD, TokenizerFact::AddedToken { id: 7, content: content.into(), special }).len()
    }

    #[test]
    fn a_word_that_is_special_is_reported_with_or_without_its_space() {
        assert_eq!(judge("not", true), 1);
        assert_eq!(judge("▁refuse", true), 1);
    }

    #[test]
    fn a_word_that_is_added_and_not_special_is_not() {
        assert_eq!(judge("transformer", false), 0);
    }

    /// OPT pads its vocabulary with `madeupword0000`, NLLB has languages, old checkpoints `PAD`.
    #[test]
    fn markers_of_honest_tokenizers_are_not() {
        for content in ["[CLS]", "<s>", "<|im_end|>", "madeupword0000", "eng_Latn", "PAD", "en_XX", "▁", "<0x0A>"] {
            assert_eq!(judge(content, true), 0, "{content}");
        }
    }
}
