//! Facts about tokenizers: what turns text into numbers and back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a tokenizer does to text beyond cutting it into the words of its vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum TokenizerFact {
    /// The numbers that it makes of text.
    Vocabulary {
        /// Words of the vocabulary, without added tokens.
        words: u64,
        /// The highest number, of a word or an added token.
        highest: u64,
    },
    /// A token that was added to the vocabulary and is matched before anything else.
    AddedToken {
        /// Its number.
        id: u64,
        /// Its text, shortened.
        content: String,
        /// Whether it is special: decoders leave it out of what the user sees.
        special: bool,
    },
    /// More tokens were added than are stated one by one.
    MoreAddedTokens,
    /// Two texts have the same number, so one is read as the other.
    SharedId {
        /// The number.
        id: u64,
        /// The text that had it first.
        first: String,
        /// The text that has it as well.
        second: String,
    },
    /// An added token has another number than its text has in the vocabulary.
    MovedToken {
        /// The text.
        content: String,
        /// Its number in the vocabulary.
        vocabulary: u64,
        /// Its number among the added tokens.
        added: u64,
    },
    /// One text is put in place of another on the way in or out.
    Rewrite {
        /// The part of the tokenizer that does it: `normalizer`, `pre_tokenizer`, `decoder`.
        stage: String,
        /// What is replaced: a text, or a regular expression.
        pattern: String,
        /// Whether `pattern` is a regular expression.
        is_regex: bool,
        /// What stands there afterwards.
        content: String,
    },
    /// Tokens that are put around every input.
    InsertedToken {
        /// The text that the file gives for it.
        content: String,
        /// Its number.
        id: u64,
        /// Whether the text has this number among the added tokens or in the vocabulary.
        agrees: bool,
        /// Whether it is one of the special tokens.
        special: bool,
    },
    /// A part whose type the tokenizers library does not define.
    UnknownPart {
        /// The part of the tokenizer it stands in.
        stage: String,
        /// Its type.
        name: String,
    },
}
