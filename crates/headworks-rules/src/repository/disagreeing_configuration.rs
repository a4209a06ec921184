use std::collections::HashMap;

use headworks_types::{Confidence, Fact, FactKind, Severity, fact::RepositoryFact, fact::TensorFact};

use super::split;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Holds `config.json` against the weights beside it: words of the vocabulary against rows of the embedding,
    /// hidden size against its columns, layers against the numbers in the tensors' names.
    ///
    /// **Why it matters.** Configuration and weights of one model agree, for the library builds the model from
    /// the one and fills it from the other. Where they do not, what is missing is filled with random numbers
    /// and what is left over is dropped with a warning: the weights, or the configuration, come from another
    /// model than the page says.
    ///
    /// **Example.** `"num_hidden_layers": 32` beside weights of 16 layers.
    ///
    /// **What it misses.** Sharded weights' layers, models whose layers have names without numbers, and
    /// embeddings of another width than the hidden size, which some architectures have on purpose. More rows
    /// than words are padding, and one more layer than stated predicts further tokens.
    DISAGREEING_CONFIGURATION {
        id: "disagreeing-configuration",
        title: "Configuration and weights are of different models",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        controls: &["HW-SER-04"],
        references: &["CWE-345", "AML.T0074"],
        hint: "compare both with the publisher's own revision",
        check,
    }
}

const WORDS: &[&str] = &["vocab_size"];
const WIDTH: &[&str] = &["d_model", "hidden_size", "n_embd"];
const DEPTH: &[&str] = &["n_layer", "num_hidden_layers"];

/// Embeddings of decoders that read them without a projection.
const PLAIN_EMBEDDINGS: &[&str] = &["model.embed_tokens.weight", "transformer.wte.weight", "wte.weight"];

/// Stacks of which a text model has exactly one.
const STACKS: &[&str] = &["model.layers", "transformer.h", "h", "bert.encoder.layer", "encoder.layer"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut configured = HashMap::<&str, Vec<(&str, u64)>>::new();
    for fact in evidence.facts {
        if let FactKind::Repository(RepositoryFact::Setting { key, value }) = &fact.kind
            && let Ok(number) = value.parse()
        {
            let (directory, _) = split(fact.location.place.file_path());
            let own = key.strip_prefix("text_config.").unwrap_or(key);
            configured.entry(directory).or_default().push((own, number));
        }
    }
    let judged = evidence.facts.iter().filter_map(|fact| {
        let (directory, name) = split(fact.location.place.file_path());
        let settings = configured.get(directory).filter(|_| is_of_transformers(name))?;
        judge(fact, name, settings)
    });
    judged.collect()
}

/// Whether a library that reads `config.json` loads a file of this name.
fn is_of_transformers(name: &str) -> bool {
    name.ends_with(".safetensors") || name.starts_with("pytorch_model") && name.ends_with(".bin")
}

fn judge(fact: &Fact, file: &str, settings: &[(&str, u64)]) -> Option<Judgement> {
    let values = |keys: &[&str]| -> Vec<u64> {
        settings.iter().filter(|(key, _)| keys.contains(key)).map(|(_, value)| *value).collect()
    };
    match &fact.kind {
        FactKind::Tensor(TensorFact::Shape { tensor, shape }) => {
            let [rows, columns] = shape.as_slice() else { return None };
            let (words, width) = (values(WORDS), values(WIDTH));
            if !words.is_empty() && words.iter().all(|words| rows < words) {
                let message = format!("`{tensor}` has {rows} rows and the configuration states {words:?} words");
                return Some(Judgement::of(fact, tensor, message));
            }
            let is_plain = PLAIN_EMBEDDINGS.contains(&tensor.as_str());
            let message = format!("`{tensor}` has {columns} columns and the configuration states a width of {width:?}");
            (is_plain && !width.is_empty() && !width.contains(columns)).then(|| Judgement::of(fact, tensor, message))
        }
        FactKind::Tensor(TensorFact::Layers { prefix, count }) if STACKS.contains(&prefix.as_str()) => {
            let depth = values(DEPTH);
            let agrees = |stated: &u64| *count == *stated || *count == stated.saturating_add(1);
            let is_shard = file.contains("-of-");
            let message = format!("`{prefix}` has {count} layers and the configuration states {depth:?}");
            let differs = !is_shard && !depth.is_empty() && !depth.iter().any(agrees);
            differs.then(|| Judgement::of(fact, prefix, message))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::fixtures::{fact, setting, shape};

    fn count(weights: Fact) -> usize {
        let settings = [("vocab_size", "100"), ("hidden_size", "8"), ("num_hidden_layers", "4")];
        let mut facts = settings.map(|(key, value)| setting("config.json", key, value)).to_vec();
        facts.push(weights);
        DISAGREEING_CONFIGURATION.judge(&Evidence::of(&facts)).len()
    }

    fn layers(path: &str, count: u64) -> Fact {
        fact(path, TensorFact::Layers { prefix: "model.layers".into(), count })
    }

    #[test]
    fn an_embedding_of_too_few_words_or_another_width_is_reported() {
        assert_eq!(count(shape("model.safetensors", "model.embed_tokens.weight", &[50, 8])), 1);
        assert_eq!(count(shape("model.safetensors", "model.embed_tokens.weight", &[100, 16])), 1);
    }

    #[test]
    fn rows_that_pad_and_embeddings_that_are_projected_are_not() {
        assert_eq!(count(shape("model.safetensors", "model.embed_tokens.weight", &[128, 8])), 0);
        assert_eq!(count(shape("model.safetensors", "electra.embeddings.word_embeddings.weight", &[100, 4])), 0);
    }

    #[test]
    fn layers_that_are_missing_are_reported_and_those_of_one_shard_are_not() {
        assert_eq!(count(layers("model.safetensors", 2)), 1);
        assert_eq!(count(layers("model.safetensors", 5)), 0);
        assert_eq!(count(layers("pytorch_model.bin", 2)), 1);
        assert_eq!(count(layers("optimizer.bin", 2)), 0);
        assert_eq!(count(layers("model-00001-of-00002.safetensors", 2)), 0);
    }

    #[test]
    fn the_configuration_of_another_directory_does_not_count() {
        assert_eq!(count(layers("draft/model.safetensors", 2)), 0);
    }
}
