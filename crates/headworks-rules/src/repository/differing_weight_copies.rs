use headworks_types::{Confidence, FactKind, Severity};

use super::weights::{Copy, copies};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for two copies of the weights of one model, in two forms, that cannot be the same weights.
    ///
    /// **Why it matters.** `model.safetensors` is reviewed and `pytorch_model.bin` is what an older library, or
    /// one that was told so, loads. If the two hold different numbers of parameters, embeddings of the same name
    /// and another shape, or stacks of the same name and another number of layers, one of them is another model.
    ///
    /// **Example.** A safetensors file of 110 million parameters beside a PyTorch file of 66 million.
    ///
    /// **What it misses.** Other values in tensors of the same number; that takes a comparison of tensors.
    /// Copies may differ by the input and output embeddings (tied weights are stored once or twice), by a task
    /// head and by buffers, and so in the names of their tensors: a difference of two embeddings and a twentieth of the
    /// parameters is allowed. Layers are compared only where each copy is one file.
    DIFFERING_WEIGHT_COPIES {
        id: "differing-weight-copies",
        title: "Two copies of the weights are not the same model",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        controls: &["HW-SER-04"],
        references: &["AML.T0018", "CWE-436"],
        hint: "keep the copy that was reviewed and remove the other",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut found = Vec::new();
    for of_model in copies(evidence).into_values() {
        let Some((preferred, others)) = of_model.split_first() else { continue };
        for other in others {
            let Some(difference) = difference(preferred, other) else { continue };
            let (Some(first), Some(second)) = (preferred.files.first(), other.files.first()) else { continue };
            let is_of = |fact: &&headworks_types::Fact| {
                fact.location.place.file_path() == *second && matches!(fact.kind, FactKind::Tensor(_))
            };
            let Some(fact) = evidence.facts.iter().find(is_of) else { continue };
            let Difference { what, kept, odd } = difference;
            let message = format!("`{second}` holds {odd} {what} and `{first}` holds {kept}");
            found.push(Judgement::of(fact, *second, message));
        }
    }
    found
}

/// What two copies have different numbers of.
struct Difference {
    what: String,
    kept: u64,
    odd: u64,
}

fn difference(kept: &Copy<'_>, odd: &Copy<'_>) -> Option<Difference> {
    let embeddings = kept.embedding.max(odd.embedding).saturating_mul(2);
    let allowed = embeddings.saturating_add(kept.parameters.max(odd.parameters) / 20);
    if kept.parameters.abs_diff(odd.parameters) > allowed {
        return Some(Difference { what: "parameters".into(), kept: kept.parameters, odd: odd.parameters });
    }
    let shape = kept.shapes.iter().find(|(name, shape)| odd.shapes.get(*name).is_some_and(|other| other != *shape));
    if let Some((name, shape)) = shape {
        let elements = |shape: &[u64]| shape.iter().fold(1u64, |product, &length| product.saturating_mul(length));
        let odd = odd.shapes.get(name).map_or(0, |shape| elements(shape));
        return Some(Difference { what: format!("elements of `{name}`"), kept: elements(shape), odd });
    }
    // A layer may be cut in two by shards, and is counted in both.
    let is_whole = kept.files.len() == 1 && odd.files.len() == 1;
    let mut stacks = kept.layers.iter().filter(|_| is_whole);
    let stack = stacks.find(|(prefix, count)| odd.layers.get(*prefix).is_some_and(|other| other != *count));
    stack.map(|(prefix, count)| Difference {
        what: format!("layers of `{prefix}`"),
        kept: *count,
        odd: odd.layers.get(prefix).copied().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, fact::TensorFact};

    use super::*;
    use crate::repository::fixtures::{fact, shape, table};

    fn judge(facts: &[Fact]) -> usize {
        DIFFERING_WEIGHT_COPIES.judge(&Evidence::of(facts)).len()
    }

    #[test]
    fn a_copy_with_half_the_parameters_is_another_model() {
        assert_eq!(judge(&[table("model.safetensors", 1000, 0), table("pytorch_model.bin", 500, 0)]), 1);
    }

    #[test]
    fn tied_embeddings_that_are_stored_once_or_twice_are_no_difference() {
        let wte = shape("model.safetensors", "transformer.wte.weight", &[50, 8]);
        assert_eq!(judge(&[table("model.safetensors", 1000, 0), wte, table("pytorch_model.bin", 1400, 0)]), 0);
    }

    #[test]
    fn an_embedding_of_the_same_name_has_the_same_shape_in_every_copy() {
        let copies = |shape_of_bin: &[u64]| {
            let [first, second] = ["model.safetensors", "pytorch_model.bin"];
            let facts = [
                table(first, 1000, 0),
                shape(first, "wte.weight", &[50, 8]),
                table(second, 1000, 0),
                shape(second, "wte.weight", shape_of_bin),
            ];
            judge(&facts)
        };
        assert_eq!((copies(&[50, 8]), copies(&[25, 16])), (0, 1));
    }

    #[test]
    fn another_number_of_layers_is_another_model_where_no_shard_cuts_one() {
        let layers = |path: &str, count| fact(path, TensorFact::Layers { prefix: "h".into(), count });
        let copies = |second: &str, count| {
            let first = "model.safetensors";
            judge(&[table(first, 1000, 0), layers(first, 4), table(second, 1000, 0), layers(second, count)])
        };
        assert_eq!((copies("pytorch_model.bin", 4), copies("pytorch_model.bin", 3)), (0, 1));
        let (cut, rest) = ("pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin");
        let facts = [table("model.safetensors", 1000, 0), layers("model.safetensors", 4)];
        let shards = [table(cut, 500, 0), layers(cut, 3), table(rest, 500, 0), layers(rest, 2)];
        assert_eq!(judge(&[&facts[..], &shards].concat()), 0);
    }

    #[test]
    fn shards_count_together_and_other_directories_apart() {
        let shards = |n| table(["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"][n], 500, 0);
        assert_eq!(judge(&[table("model.safetensors", 1000, 0), shards(0), shards(1)]), 0);
        assert_eq!(judge(&[table("unet/model.safetensors", 1000, 0), table("vae/model.safetensors", 5, 0)]), 0);
    }
}
