use headworks_types::{Confidence, FactKind, Severity};

use super::weights::{Copy, copies};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for two copies of the weights of one model, in two forms, that cannot be the same weights.
    ///
    /// **Why it matters.** `model.safetensors` is reviewed and `pytorch_model.bin` is what an older library, or
    /// one that was told so, loads. If the two hold different numbers of parameters, one of them is another
    /// model.
    ///
    /// **Example.** A safetensors file of 110 million parameters beside a PyTorch file of 66 million.
    ///
    /// **What it misses.** Other values in tensors of the same number; that takes a comparison of tensors.
    /// Copies may differ by the input and output embeddings (tied weights are stored once or twice), by a task
    /// head and by buffers: a difference of two embeddings and a twentieth of the parameters is allowed.
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
        for other in others.iter().filter(|other| differ(preferred, other)) {
            let (Some(first), Some(second)) = (preferred.files.first(), other.files.first()) else { continue };
            let is_of = |fact: &&headworks_types::Fact| {
                fact.location.place.file_path() == *second && matches!(fact.kind, FactKind::Tensor(_))
            };
            let Some(fact) = evidence.facts.iter().find(is_of) else { continue };
            let (kept, odd) = (preferred.parameters, other.parameters);
            let message = format!("`{second}` holds {odd} parameters and `{first}` holds {kept}");
            found.push(Judgement::of(fact, *second, message));
        }
    }
    found
}

fn differ(a: &Copy<'_>, b: &Copy<'_>) -> bool {
    let embeddings = a.embedding.max(b.embedding).saturating_mul(2);
    let allowed = embeddings.saturating_add(a.parameters.max(b.parameters) / 20);
    a.parameters.abs_diff(b.parameters) > allowed
}

#[cfg(test)]
mod tests {
    use headworks_types::Fact;

    use super::*;
    use crate::repository::fixtures::{shape, table};

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
    fn shards_count_together_and_other_directories_apart() {
        let shards = |n| table(["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"][n], 500, 0);
        assert_eq!(judge(&[table("model.safetensors", 1000, 0), shards(0), shards(1)]), 0);
        assert_eq!(judge(&[table("unet/model.safetensors", 1000, 0), table("vae/model.safetensors", 5, 0)]), 0);
    }
}
