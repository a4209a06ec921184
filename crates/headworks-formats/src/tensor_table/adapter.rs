//! The tensors of an adapter, gathered by what they change in the model that it is made for.
//!
//! Source: `get_peft_model_state_dict` of PEFT 0.21. A name is the path of a module, with `base_model.model.` in front,
//! and then the part of the adapter: `lora_A.weight`. What has no such part replaces a weight of the model.

use std::collections::BTreeMap;

use headworks_types::fact::TensorFact;

use crate::metadata::shortened;

/// What wrappers put into a path, which is none of the model's own modules.
const WRAPPERS: &[&str] = &["base_layer", "modules_to_save", "original_module"];

/// The tensors so far: how many of the same module, part and rank there are, layers aside.
#[derive(Default)]
pub(crate) struct Adapter(BTreeMap<(String, String, Option<u64>), u64>);

impl Adapter {
    /// Counts one tensor in.
    pub(super) fn add(&mut self, name: &str, shape: &[u64]) {
        let own = name.strip_prefix("base_model.model.").unwrap_or(name);
        let (module, part) = match own.find(".lora_").and_then(|at| own.split_at_checked(at)) {
            Some((module, part)) => (module, part.trim_start_matches('.')),
            None => own.rsplit_once('.').unwrap_or(("", own)),
        };
        let part = part.split('.').next().unwrap_or(part);
        // The first factor maps to as many numbers as the rank, whatever comes behind in a convolution.
        let rank = matches!(part, "lora_A" | "lora_embedding_A").then(|| shape.first().copied()).flatten();
        let times = self.0.entry((any_layer(module), shortened(part), rank)).or_insert(0);
        *times = times.saturating_add(1);
    }

    /// One fact for each module, part and rank, with how often it is there.
    pub(super) fn facts(&self) -> impl Iterator<Item = (TensorFact, u64)> {
        self.0.iter().map(|((module, part, rank), times)| {
            let (module, part) = (shortened(module), part.clone());
            (TensorFact::AdapterPart { module, part, rank: *rank }, *times)
        })
    }
}

/// The path of a module with `*` for each number.
fn any_layer(module: &str) -> String {
    let parts = module.split('.').filter(|part| !WRAPPERS.contains(part));
    let parts = parts.map(|part| if part.bytes().all(|byte| byte.is_ascii_digit()) { "*" } else { part });
    parts.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_one_module_and_ranks_are_told_apart() {
        let mut adapter = Adapter::default();
        for layer in 0..3 {
            let name = format!("base_model.model.model.layers.{layer}.self_attn.q_proj.lora_A.weight");
            adapter.add(&name, &[if layer == 2 { 16 } else { 8 }, 64]);
        }
        adapter.add("base_model.model.lm_head.modules_to_save.weight", &[100, 64]);
        let facts: Vec<(TensorFact, u64)> = adapter.facts().collect();
        let part =
            |module: &str, part: &str, rank| TensorFact::AdapterPart { module: module.into(), part: part.into(), rank };
        assert_eq!(
            facts,
            [
                (part("lm_head", "weight", None), 1),
                (part("model.layers.*.self_attn.q_proj", "lora_A", Some(8)), 2),
                (part("model.layers.*.self_attn.q_proj", "lora_A", Some(16)), 1),
            ]
        );
    }
}
