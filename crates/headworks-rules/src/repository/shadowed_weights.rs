use headworks_types::{Confidence, FactKind, Severity};

use super::weights::copies;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for weights that a loader passes over because it prefers another copy in the same directory.
    ///
    /// **Why it matters.** transformers, diffusers and peft take safetensors before pickle and one file before
    /// shards. The other copy is loaded by older versions, by `use_safetensors=False` and by other tools, so
    /// it counts as much for whoever uses those and is looked at by nobody else. vLLM falls back to the
    /// pickle when the first load fails.
    ///
    /// **Example.** `pytorch_model.bin` beside `model.safetensors`.
    ///
    /// **What it misses.** Weights of other libraries in the same directory, which are meant for others.
    SHADOWED_WEIGHTS {
        id: "shadowed-weights",
        title: "Weights that loaders pass over",
        severity: Severity::Info,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["AML.T0010"],
        hint: "remove the copy that is not needed; without it there is nothing to fall back to",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut found = Vec::new();
    for of_model in copies(evidence).into_values() {
        let Some((preferred, others)) = of_model.split_first() else { continue };
        let first = preferred.files.first().copied().unwrap_or_default();
        for other in others {
            let Some(second) = other.files.first().copied() else { continue };
            let is_of = |fact: &&headworks_types::Fact| {
                fact.location.place.file_path() == second && matches!(fact.kind, FactKind::Tensor(_))
            };
            let message = format!("`{second}` is passed over for `{first}`, except by loaders that are told otherwise");
            found.extend(evidence.facts.iter().find(is_of).map(|fact| Judgement::of(fact, second, message)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::fixtures::table;

    fn judge(second: &str) -> usize {
        SHADOWED_WEIGHTS.judge(&Evidence::of(&[table("model.safetensors", 1, 4), table(second, 1, 4)])).len()
    }

    #[test]
    fn a_pickle_beside_safetensors_is_told() {
        assert_eq!(judge("pytorch_model.bin"), 1);
        assert_eq!(judge("model-00001-of-00001.safetensors"), 1);
    }

    #[test]
    fn weights_of_another_part_are_not() {
        assert_eq!(judge("adapter_model.bin"), 0);
        assert_eq!(judge("vae/pytorch_model.bin"), 0);
    }
}
