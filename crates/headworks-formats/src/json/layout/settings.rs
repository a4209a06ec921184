//! `config.json`: what weights and descriptions of a model must agree with.
//!
//! Source: transformers' `PretrainedConfig` and the classes that derive from it; a model of several
//! parts keeps those of its text part under `text_config`.

use headworks_types::fact::RepositoryFact;

use super::{Step, is_at};
use crate::document::Scalar;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// The keys, each under the name that its library gives it.
const KEYS: &[&str] = &[
    "d_model",
    "dtype",
    "hidden_size",
    "max_position_embeddings",
    "model_type",
    "n_embd",
    "n_layer",
    "num_attention_heads",
    "num_hidden_layers",
    "tie_word_embeddings",
    "torch_dtype",
    "transformers_version",
    "vocab_size",
];

/// Architectures that are stated; a configuration has one.
const SETTINGS_MAX: usize = 64;

/// The settings seen so far.
#[derive(Default)]
pub(super) struct Settings(Vec<RepositoryFact>);

impl Settings {
    pub(super) fn scalar(&mut self, path: &[Step<'_>], scalar: &Scalar<'_>) {
        let key = match path {
            [own] if !own.is_array && KEYS.contains(&&*own.key) => own.key.to_string(),
            [above, own] if above.key == "text_config" && KEYS.contains(&&*own.key) => {
                format!("text_config.{}", own.key)
            }
            path if is_at(path, &["architectures", "[]"]) => "architectures".to_owned(),
            _ => return,
        };
        let value = match scalar {
            Scalar::Null => return,
            Scalar::Bool(value) => value.to_string(),
            Scalar::Number(digits) => shortened(digits),
            Scalar::Text(text) => serde_json::Value::from(shortened(text)).to_string(),
        };
        if self.0.len() < SETTINGS_MAX {
            self.0.push(RepositoryFact::Setting { key, value });
        }
    }

    pub(super) fn state(self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        let whole = input.place.at(0..input.bytes.size());
        self.0.into_iter().for_each(|setting| inspection.fact(whole.clone(), setting));
    }
}
