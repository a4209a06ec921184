//! `tokenizer_config.json`: the added tokens as transformers keeps them, beside those of `tokenizer.json`.
//!
//! Source: `added_tokens_decoder` of transformers' `PreTrainedTokenizerBase`, numbers as keys.

use headworks_types::fact::TokenizerFact;

use super::{Step, is_at};
use crate::document::Scalar;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Added tokens of one file that are stated. Models with placeholders for images have a thousand.
const STATED_MAX: usize = 2048;

/// Added tokens in the order of the document.
#[derive(Default)]
pub(super) struct AddedTokens {
    pub(super) tokens: Vec<AddedToken>,
    latest: Partial,
}

/// One added token.
pub(super) struct AddedToken {
    pub(super) id: u64,
    pub(super) content: String,
    pub(super) special: bool,
}

#[derive(Default)]
struct Partial {
    id: Option<u64>,
    content: Option<String>,
    special: bool,
}

impl AddedTokens {
    pub(super) fn scalar(&mut self, path: &[Step<'_>], scalar: &Scalar<'_>) {
        let [.., token, own] = path else { return };
        if is_at(path, &["added_tokens_decoder", "*", "*"]) {
            self.latest.id = token.key.parse().ok();
        } else if !is_at(path, &["added_tokens", "[]", "*"]) {
            return;
        }
        match (&*own.key, scalar) {
            ("id", Scalar::Number(digits)) => self.latest.id = digits.parse().ok(),
            ("content", Scalar::Text(text)) => self.latest.content = Some(text.clone().into_owned()),
            ("special", Scalar::Bool(special)) => self.latest.special = *special,
            _ => {}
        }
    }

    /// An object or array at `path` has ended.
    pub(super) fn closed(&mut self, path: &[Step<'_>]) {
        if is_at(path, &["added_tokens_decoder", "*"]) || is_at(path, &["added_tokens", "[]"]) {
            let Partial { id, content, special } = std::mem::take(&mut self.latest);
            if let (Some(id), Some(content)) = (id, content) {
                self.tokens.push(AddedToken { id, content, special });
            }
        }
    }

    pub(super) fn state(&self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        let whole = input.place.at(0..input.bytes.size());
        for AddedToken { id, content, special } in self.tokens.iter().take(STATED_MAX) {
            let (id, content, special) = (*id, shortened(content), *special);
            inspection.fact(whole.clone(), TokenizerFact::AddedToken { id, content, special });
        }
        let more = self.tokens.len().saturating_sub(STATED_MAX);
        if more > 0 {
            inspection.fact_times(whole, TokenizerFact::MoreAddedTokens, more as u64);
        }
    }
}
