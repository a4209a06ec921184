//! `tokenizer.json`: the pipeline of the tokenizers library, and what in it changes text.
//!
//! Source: the `Deserialize` code of huggingface/tokenizers 0.22 (models, normalizers, pre-tokenizers,
//! post-processors, decoders). The words of the vocabulary are compared by their numbers and never
//! looked at as text: among half a million of them there is every word and every URL.
//!
//! Not covered: the compiled character map of a `Precompiled` normalizer; merges, which can only make words of the
//! vocabulary.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use headworks_types::{Fault, fact::TokenizerFact};

use super::added_tokens::{AddedToken, AddedTokens};
use super::{Step, is_at};
use crate::document::Scalar;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Contradictions of one file that are stated.
const CONTRADICTIONS_MAX: usize = 64;

/// The types that the library defines for each part.
const PARTS: &[(&str, &[&str])] = &[
    ("model", &["BPE", "Unigram", "WordLevel", "WordPiece"]),
    (
        "normalizer",
        &[
            "BertNormalizer",
            "ByteLevel",
            "Lowercase",
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
            "Nmt",
            "Precompiled",
            "Prepend",
            "Replace",
            "Sequence",
            "Strip",
            "StripAccents",
        ],
    ),
    (
        "pre_tokenizer",
        &[
            "BertPreTokenizer",
            "ByteLevel",
            "CharDelimiterSplit",
            "Digits",
            "FixedLength",
            "Metaspace",
            "Punctuation",
            "Sequence",
            "Split",
            "UnicodeScripts",
            "Whitespace",
            "WhitespaceSplit",
        ],
    ),
    ("post_processor", &["BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing"]),
    (
        "decoder",
        &[
            "BPEDecoder",
            "ByteFallback",
            "ByteLevel",
            "CTC",
            "Fuse",
            "Metaspace",
            "Replace",
            "Sequence",
            "Strip",
            "WordPiece",
        ],
    ),
];

/// A tokenizer on its way.
#[derive(Default)]
pub(super) struct Tokenizer {
    words_max: u64,
    added: AddedTokens,
    words: Vec<Word>,
    rewrite: Rewrite,
    template: Template,
    inserted: Vec<(String, u64)>,
    facts: Vec<TokenizerFact>,
}

/// A word of the vocabulary: a hash of its text, its number, and where it stands.
struct Word {
    hash: u64,
    id: u64,
    at: usize,
}

/// A step that puts one text in place of another, as far as it has been read.
#[derive(Default)]
struct Rewrite {
    pattern: Option<(String, bool)>,
    content: Option<String>,
}

/// A special token of a post-processor, as far as it has been read.
#[derive(Default)]
struct Template {
    ids: Vec<u64>,
    tokens: Vec<String>,
}

impl Tokenizer {
    /// A tokenizer of which no more than `words_max` words are kept.
    pub(super) fn new(words_max: u64) -> Self {
        Self { words_max, ..Self::default() }
    }

    pub(super) fn scalar(&mut self, path: &[Step<'_>], scalar: &Scalar<'_>, at: usize) {
        let Some((top, own)) = path.first().zip(path.last()) else { return };
        match &*top.key {
            "added_tokens" => self.added.scalar(path, scalar),
            "model" if path.len() > 2 => self.word(path, own, scalar, at),
            "post_processor" => {
                self.part(&top.key, own, scalar);
                self.inserted(path, own, scalar);
            }
            stage => {
                self.part(stage, own, scalar);
                self.rewritten(path, own, scalar);
            }
        }
    }

    /// An object or array at `path` has ended.
    pub(super) fn closed(&mut self, path: &[Step<'_>]) {
        self.added.closed(path);
        let Some((top, own)) = path.first().zip(path.last()) else { return };
        let is_pattern = !own.is_array && own.key == "pattern";
        if matches!(&*top.key, "normalizer" | "pre_tokenizer" | "decoder") && !is_pattern {
            let Rewrite { pattern, content } = std::mem::take(&mut self.rewrite);
            if let (Some((pattern, is_regex)), Some(content)) = (pattern, content) {
                let (stage, pattern, content) = (top.key.to_string(), shortened(&pattern), shortened(&content));
                self.facts.push(TokenizerFact::Rewrite { stage, pattern, is_regex, content });
            }
        }
        if top.key == "post_processor" && !matches!(&*own.key, "ids" | "tokens") {
            let Template { ids, tokens } = std::mem::take(&mut self.template);
            self.inserted.extend(tokens.into_iter().zip(ids));
        }
    }

    fn part(&mut self, stage: &str, own: &Step<'_>, scalar: &Scalar<'_>) {
        let Some(name) = scalar.text().filter(|_| own.key == "type") else { return };
        let known = PARTS.iter().find(|(part, _)| *part == stage);
        if known.is_some_and(|(_, names)| !names.contains(&name)) {
            let (stage, name) = (stage.to_owned(), shortened(name));
            self.facts.push(TokenizerFact::UnknownPart { stage, name });
        }
    }

    /// `{word: number}`, or for Unigram `[word, score]` with the position as number.
    fn word(&mut self, path: &[Step<'_>], own: &Step<'_>, scalar: &Scalar<'_>, at: usize) {
        // One more than allowed is kept, to tell.
        if self.words.len() as u64 > self.words_max {
            return;
        }
        match scalar {
            Scalar::Number(digits) if is_at(path, &["model", "vocab", "*"]) => {
                if let Ok(id) = digits.parse() {
                    self.words.push(Word { hash: hash(&own.key), id, at: own.key_at });
                }
            }
            Scalar::Text(text) if own.index == 0 && is_at(path, &["model", "vocab", "[]", "[]"]) => {
                let id = path.get(2).map_or(0, |entry| entry.index);
                self.words.push(Word { hash: hash(text), id, at });
            }
            _ => {}
        }
    }

    fn rewritten(&mut self, path: &[Step<'_>], own: &Step<'_>, scalar: &Scalar<'_>) {
        let Scalar::Text(text) = scalar else { return };
        let above = path.iter().rev().nth(1);
        match &*own.key {
            "String" | "Regex" if above.is_some_and(|above| above.key == "pattern") => {
                self.rewrite.pattern = Some((text.clone().into_owned(), own.key == "Regex"));
            }
            "content" => self.rewrite.content = Some(text.clone().into_owned()),
            "prepend" => {
                let content = shortened(text);
                let (stage, pattern) = (path.first().map_or("", |top| &top.key).to_owned(), "^".to_owned());
                self.facts.push(TokenizerFact::Rewrite { stage, pattern, is_regex: true, content });
            }
            _ => {}
        }
    }

    /// `special_tokens.*.{ids,tokens}` of a template, or the pairs `sep` and `cls`.
    fn inserted(&mut self, path: &[Step<'_>], own: &Step<'_>, scalar: &Scalar<'_>) {
        let above = path.iter().rev().nth(1).filter(|_| own.is_array);
        match (above.map(|above| &*above.key), scalar) {
            (Some("ids" | "sep" | "cls"), Scalar::Number(digits)) => {
                self.template.ids.extend(digits.parse::<u64>().ok());
            }
            (Some("tokens" | "sep" | "cls"), Scalar::Text(text)) => {
                self.template.tokens.push(text.clone().into_owned());
            }
            _ => {}
        }
    }

    pub(super) fn state(mut self, input: &Input<'_>, text: &str, inspection: &mut Inspection<'_>) {
        let whole = input.place.at(0..input.bytes.size());
        let max = self.words_max;
        if self.words.len() as u64 > max {
            let fault = Fault::Budget { limit: "tokenizer_words_max".into(), max };
            inspection.fact(whole.clone(), fault);
        }
        self.added.state(input, inspection);
        self.state_vocabulary();
        self.state_numbers(text);
        self.state_inserted();
        self.facts.into_iter().for_each(|fact| inspection.fact(whole.clone(), fact));
    }

    fn state_vocabulary(&mut self) {
        let added = self.added.tokens.iter().map(|token| token.id);
        let highest = self.words.iter().map(|word| word.id).chain(added).max();
        let words = self.words.len() as u64;
        self.facts.extend(highest.map(|highest| TokenizerFact::Vocabulary { words, highest }));
    }

    /// Numbers that two texts have, and texts that have two numbers.
    fn state_numbers(&mut self, text: &str) {
        let by_hash: HashMap<u64, u64> = self.words.iter().map(|word| (word.hash, word.id)).collect();
        self.words.sort_unstable_by_key(|word| (word.id, word.at));
        let mut found = Vec::new();
        for (first, second) in self.words.iter().zip(self.words.iter().skip(1)) {
            if first.id == second.id && first.hash != second.hash && found.len() < CONTRADICTIONS_MAX {
                let shown = |word: &Word| shortened(written_at(text, word.at));
                found.push(TokenizerFact::SharedId { id: first.id, first: shown(first), second: shown(second) });
            }
        }
        let mut added = HashMap::<u64, &AddedToken>::new();
        for token in &self.added.tokens {
            let AddedToken { id, content, .. } = token;
            let before = added.insert(*id, token).map(|before| before.content.as_str());
            let word = self.word_with(*id, content).map(|word| written_at(text, word.at));
            if let Some(first) = before.filter(|before| before != content).or(word) {
                let (first, second) = (shortened(first), shortened(content));
                found.push(TokenizerFact::SharedId { id: *id, first, second });
            }
            if let Some(&vocabulary) = by_hash.get(&hash(content)).filter(|vocabulary| *vocabulary != id) {
                found.push(TokenizerFact::MovedToken { content: shortened(content), vocabulary, added: *id });
            }
        }
        self.facts.extend(found.into_iter().take(CONTRADICTIONS_MAX));
    }

    /// A word with this number, when no word with it is `content`. The words are sorted by number.
    fn word_with(&self, id: u64, content: &str) -> Option<&Word> {
        let first = self.words.partition_point(|word| word.id < id);
        let mut same = self.words.get(first..)?.iter().take_while(|word| word.id == id).peekable();
        let word = same.peek().copied();
        let hash = hash(content);
        if same.any(|word| word.hash == hash) { None } else { word }
    }

    fn state_inserted(&mut self) {
        let inserted = std::mem::take(&mut self.inserted);
        for (content, id) in inserted.into_iter().take(CONTRADICTIONS_MAX) {
            let added = self.added.tokens.iter().find(|token| token.content == content);
            let special = added.is_some_and(|token| token.special);
            let word = || self.words.iter().any(|word| word.id == id && word.hash == hash(&content));
            let agrees = added.is_some_and(|token| token.id == id) || word();
            self.facts.push(TokenizerFact::InsertedToken { content: shortened(&content), id, agrees, special });
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// The string that begins at `at`, as it is written.
fn written_at(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    rest.get(..rest.find('"').unwrap_or(rest.len())).unwrap_or_default()
}
