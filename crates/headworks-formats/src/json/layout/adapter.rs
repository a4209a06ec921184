//! `adapter_config.json`: what an adapter says that it changes, and in which model.
//!
//! Source: `PeftConfig` and `LoraConfig` of PEFT 0.21. The model it names and the classes of `auto_mapping` are read as
//! in any configuration; stated here is what the tensors beside it must agree with.

use headworks_types::Fault;
use headworks_types::fact::RepositoryFact;

use super::{Step, is_at};
use crate::document::Scalar;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Keys with one value each.
const KEYS: &[&str] = &[
    "base_model_name_or_path",
    "bias",
    "exclude_modules",
    "inference_mode",
    "peft_type",
    "r",
    "revision",
    "target_modules",
];

/// Keys with a list, or a table of values by name.
const LISTS: &[&str] = &[
    "alpha_pattern",
    "exclude_modules",
    "layers_to_transform",
    "modules_to_save",
    "rank_pattern",
    "target_modules",
    "target_parameters",
    "trainable_token_indices",
];

/// The settings so far.
pub(super) struct Adapter {
    settings: Vec<RepositoryFact>,
    max: u64,
    is_full: bool,
}

impl Adapter {
    /// Settings of which no more than `max` values are kept.
    pub(super) fn new(max: u64) -> Self {
        Self { settings: Vec::new(), max, is_full: false }
    }

    pub(super) fn scalar(&mut self, path: &[Step<'_>], scalar: &Scalar<'_>) {
        let key = match path {
            [own] if !own.is_array && KEYS.contains(&&*own.key) => own.key.to_string(),
            [above, own] if LISTS.contains(&&*above.key) => match own.is_array {
                true => format!("{}[]", above.key),
                false => format!("{}.{}", above.key, own.key),
            },
            path if is_at(path, &["trainable_token_indices", "*", "[]"]) => "trainable_token_indices[]".to_owned(),
            _ => return,
        };
        self.is_full |= self.settings.len() as u64 >= self.max;
        if !self.is_full {
            let value = match scalar {
                Scalar::Null => "null".to_owned(),
                Scalar::Bool(value) => value.to_string(),
                Scalar::Number(digits) => shortened(digits),
                Scalar::Text(text) => serde_json::Value::from(shortened(text)).to_string(),
            };
            self.settings.push(RepositoryFact::Setting { key: shortened(&key), value });
        }
    }

    pub(super) fn state(self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        let whole = input.place.at(0..input.bytes.size());
        self.settings.into_iter().for_each(|setting| inspection.fact(whole.clone(), setting));
        if self.is_full {
            inspection.fact(whole, Fault::Budget { limit: "manifest_values_max".into(), max: self.max });
        }
    }
}
