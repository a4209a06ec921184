use std::collections::HashMap;

use headworks_types::fact::{TensorFact, TokenizerFact};
use headworks_types::{Confidence, FactKind, Severity};

use super::facts;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a tokenizer that makes numbers for which the embedding of the weights beside it has no row.
    ///
    /// **Why it matters.** The number is an index into the embedding. A runtime that checks it fails on the text that holds
    /// such a token, one that does not check reads memory behind the table, and either way tokenizer and weights do not
    /// belong together.
    ///
    /// **Example.** `tokenizer.json` with the number 50,000 beside an embedding of 32,000 rows.
    ///
    /// **What it misses.** Tokenizers in other forms, and weights whose embedding has an unusual name. More rows than
    /// numbers are padding. A token for padding or chat that somebody added without a row for it is common in honest
    /// repositories, which is why this is low.
    TOKEN_BEYOND_EMBEDDING {
        id: "token-beyond-embedding",
        title: "The tokenizer makes numbers that the weights have no row for",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        controls: &["HW-SER-04"],
        references: &["CWE-129", "CWE-345"],
        hint: "take tokenizer and weights of one revision from their source again",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut rows = HashMap::<&str, (u64, &str)>::new();
    for fact in evidence.facts {
        if let FactKind::Tensor(TensorFact::Shape { tensor, shape }) = &fact.kind
            && let [count, _] = shape.as_slice()
        {
            let most = rows.entry(directory(fact.location.place.file_path())).or_insert((*count, tensor));
            *most = (*most).max((*count, tensor));
        }
    }
    let beyond = facts(evidence).filter_map(|(fact, of)| {
        let TokenizerFact::Vocabulary { highest, .. } = of else { return None };
        let (rows, tensor) = rows.get(directory(fact.location.place.file_path()))?;
        let message = format!("the tokenizer makes numbers up to {highest} and `{tensor}` has {rows} rows");
        (highest >= rows).then(|| Judgement::of(fact, *tensor, message))
    });
    beyond.collect()
}

fn directory(path: &str) -> &str {
    path.rfind('/').map_or("", |end| &path[..end])
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn judge(highest: u64, weights: &str, shape: &[u64]) -> usize {
        let fact = |path: &str, kind: FactKind| Fact { location: Place::file(path).at(0..9), times: 1, kind };
        let tensor = "model.embed_tokens.weight".to_owned();
        let facts = [
            fact("tokenizer.json", TokenizerFact::Vocabulary { words: 100, highest }.into()),
            fact(weights, TensorFact::Shape { tensor, shape: shape.to_vec() }.into()),
        ];
        TOKEN_BEYOND_EMBEDDING.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn a_number_without_a_row_is_reported() {
        assert_eq!(judge(100, "model.safetensors", &[100, 8]), 1);
    }

    #[test]
    fn the_last_row_and_rows_that_pad_are_none() {
        assert_eq!(judge(99, "model.safetensors", &[100, 8]), 0);
        assert_eq!(judge(99, "model.safetensors", &[128, 8]), 0);
    }

    /// Diffusion pipelines have several models, each in a folder of its own.
    #[test]
    fn the_embedding_of_another_model_does_not_count() {
        assert_eq!(judge(100, "text_encoder/model.safetensors", &[10, 8]), 0);
    }
}
