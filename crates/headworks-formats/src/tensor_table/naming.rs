//! What the names of tensors say: which ones there are, how many layers, which shapes are stated elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::digest::Hasher;
use headworks_types::{Digest, fact::TensorFact};

use crate::metadata::shortened;

/// Shapes of one file that are stated.
pub(crate) const SHAPES_MAX: usize = 16;

/// Stacks of layers of one file that are stated; a text model with a vision tower has two or three.
const STACKS_MAX: usize = 16;

/// The parts of a name before the number of a layer.
const STACKS: &[&str] = &["blk", "block", "blocks", "h", "layer", "layers"];

/// Input and output embeddings, by the ends of their names in transformers and llama.cpp.
const STATED_SHAPES: &[&str] = &[
    "embed_tokens.weight",
    "lm_head.weight",
    "shared.weight",
    "token_embd.weight",
    "tok_embeddings.weight",
    "word_embeddings.weight",
    "wte.weight",
];

/// Whether the configuration states the shape of a tensor of this name too.
pub(crate) fn has_stated_shape(name: &str) -> bool {
    STATED_SHAPES.iter().any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// All names as one fact; none when there are none.
pub(crate) fn names<'n>(names: impl Iterator<Item = &'n str>) -> Option<TensorFact> {
    let mut sorted: Vec<&str> = names.collect();
    sorted.sort_unstable();
    (!sorted.is_empty()).then(|| TensorFact::Names { tensors: sorted.len() as u64, digest: digest(&sorted) })
}

/// Digest of names that are sorted.
pub(crate) fn digest(sorted: &[&str]) -> Digest {
    let mut hasher = Hasher::default();
    for name in sorted {
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
    }
    hasher.finish()
}

/// The stacks of numbered layers.
pub(crate) fn layers<'n>(names: impl Iterator<Item = &'n str>) -> Vec<TensorFact> {
    let mut stacks = BTreeMap::<&str, BTreeSet<u32>>::new();
    for (prefix, number) in names.filter_map(layer) {
        if stacks.len() < STACKS_MAX || stacks.contains_key(prefix) {
            stacks.entry(prefix).or_default().insert(number);
        }
    }
    let stated = stacks
        .into_iter()
        .map(|(prefix, numbers)| TensorFact::Layers { prefix: shortened(prefix), count: numbers.len() as u64 });
    stated.collect()
}

/// `model.layers` and 31 of `model.layers.31.mlp.up_proj.weight`.
fn layer(name: &str) -> Option<(&str, u32)> {
    let mut end: usize = 0;
    let mut above = "";
    for part in name.split('.') {
        if STACKS.contains(&above)
            && let Ok(number) = part.parse()
        {
            return Some((name.get(..end.saturating_sub(1))?, number));
        }
        above = part;
        end = end.saturating_add(part.len()).saturating_add(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_number_below_a_stack_is_the_layer() {
        assert_eq!(layer("model.layers.31.experts.7.weight"), Some(("model.layers", 31)));
        assert_eq!(layer("blk.0.attn_q.weight"), Some(("blk", 0)));
        assert_eq!(layer("conv.3.weight"), None);
        assert_eq!(layer("layers"), None);
    }

    #[test]
    fn the_order_of_names_does_not_matter_and_their_borders_do() {
        assert_eq!(names(["b", "a"].into_iter()), names(["a", "b"].into_iter()));
        assert_ne!(names(["ab", "c"].into_iter()), names(["a", "bc"].into_iter()));
    }

    #[test]
    fn embeddings_are_known_by_the_end_of_their_name() {
        assert!(has_stated_shape("model.embed_tokens.weight"));
        assert!(has_stated_shape("lm_head.weight"));
        assert!(!has_stated_shape("film_head.weight"));
    }
}
