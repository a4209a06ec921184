//! Which files a loader takes for the weights of one model, and which of several copies first.

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::{FactKind, fact::TensorFact};

use super::split;
use crate::Evidence;

/// The weights of one model in one form: one file, or its shards.
#[derive(Debug, Default)]
pub(super) struct Copy<'e> {
    /// The files, sorted.
    pub(super) files: BTreeSet<&'e str>,
    /// Elements of all tensors.
    pub(super) parameters: u64,
    /// Elements of the largest embedding whose shape is known.
    pub(super) embedding: u64,
    /// Shapes that are stated, by the name of the tensor.
    pub(super) shapes: BTreeMap<&'e str, &'e [u64]>,
    /// Layers of each stack, added up over the shards.
    pub(super) layers: BTreeMap<&'e str, u64>,
}

/// Stems that one loader takes for the same weights, and the order in which it looks for their forms.
///
/// Source: `from_pretrained` of transformers, diffusers and peft, `Transformer.load` of sentence-transformers.
const STEMS: &[(&str, &str)] = &[
    ("adapter_model", "adapter_model"),
    ("diffusion_pytorch_model", "diffusion_pytorch_model"),
    ("model", "model"),
    ("pytorch_model", "model"),
];

/// Order of preference: safetensors before pickle, one file before shards.
const FORMS: &[(&str, bool)] = &[(".safetensors", false), (".safetensors", true), (".bin", false), (".bin", true)];

/// All copies of each model, in the order in which loaders prefer them, by directory and stem.
pub(super) fn copies<'e>(evidence: &Evidence<'e>) -> BTreeMap<(&'e str, &'static str), Vec<Copy<'e>>> {
    let mut by_form = BTreeMap::<(&str, &str), BTreeMap<usize, Copy<'_>>>::new();
    for fact in evidence.facts {
        let FactKind::Tensor(tensor) = &fact.kind else { continue };
        let path = fact.location.place.file_path();
        let (directory, name) = split(path);
        let Some((stem, form)) = recognise(name) else { continue };
        let copy = by_form.entry((directory, stem)).or_default().entry(form).or_default();
        match tensor {
            TensorFact::Table { parameters, .. } => {
                copy.files.insert(path);
                copy.parameters = copy.parameters.saturating_add(*parameters);
            }
            TensorFact::Shape { tensor, shape } => {
                let elements = shape.iter().fold(1u64, |product, &length| product.saturating_mul(length));
                copy.embedding = copy.embedding.max(elements);
                copy.shapes.insert(tensor, shape);
            }
            TensorFact::Layers { prefix, count } => {
                let layers = copy.layers.entry(prefix).or_default();
                *layers = layers.saturating_add(*count);
            }
            _ => {}
        }
    }
    let listed = by_form.into_iter().map(|(of, forms)| (of, Vec::from_iter(forms.into_values())));
    listed.collect()
}

/// The stem, and the position among the forms.
fn recognise(name: &str) -> Option<(&'static str, usize)> {
    let (whole, ending) = name.rsplit_once('.')?;
    let (stem, is_shard) = match number(whole) {
        Some((stem, _, _)) => (stem, true),
        None => (whole, false),
    };
    let (_, stem) = STEMS.iter().find(|(known, _)| *known == stem)?;
    let form = FORMS.iter().position(|(form, shards)| form.strip_prefix('.') == Some(ending) && *shards == is_shard)?;
    Some((stem, form))
}

/// `model`, 1 and 3 of `model-00001-of-00003`.
pub(super) fn number(whole: &str) -> Option<(&str, u64, u64)> {
    let (rest, of) = whole.rsplit_once("-of-")?;
    let (stem, number) = rest.rsplit_once('-')?;
    Some((stem, number.parse().ok()?, of.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart_by_stem_ending_and_number() {
        assert_eq!(recognise("model.safetensors"), Some(("model", 0)));
        assert_eq!(recognise("model-00001-of-00002.safetensors"), Some(("model", 1)));
        assert_eq!(recognise("pytorch_model.bin"), Some(("model", 2)));
        assert_eq!(recognise("training_args.bin"), None);
        assert_eq!(recognise("model.onnx"), None);
    }
}
