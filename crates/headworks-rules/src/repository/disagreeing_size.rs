use headworks_types::fact::{CardFact, TensorFact};
use headworks_types::{Confidence, FactKind, Severity};

use super::split;
use super::weights::copies;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Holds the size that a card claims, as in `7B`, against the parameters that are counted in the weights beside it.
    ///
    /// **Why it matters.** People choose a model by its size, and a small model under a large one's card is not the one
    /// that was evaluated.
    ///
    /// **Example.** `model_name: toy-7B` in `README.md`, and safetensors files of 1.1 billion parameters.
    ///
    /// **What it misses.** Sizes in the name of the repository or in the prose of the card. Half and twice the claim count
    /// as agreeing: embeddings are counted by some and not by others. A mixture (`8x7B`), quantised weights, whose
    /// packed numbers are no parameters, adapters, and models that say they are tiny, random or made for tests are
    /// not compared; of several sizes one that fits is enough.
    DISAGREEING_SIZE {
        id: "disagreeing-size",
        title: "The card claims another size than the weights have",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        controls: &["HW-INV-01"],
        references: &["AML.T0010", "CWE-345"],
        hint: "compare the weights with the publisher's own revision",
        check,
    }
}

/// Keys of a card whose values name the model itself.
const NAMES: &[&str] = &["model_name", "tags"];

/// Words of a name that say the model is not of the size it is named after.
const STAND_INS: &[&str] = &["debug", "dummy", "mini", "random", "test", "tiny", "toy-random"];

/// Types of elements that are one parameter each, in the words of safetensors and of torch.
const WHOLE: &[&str] =
    &["BF16", "BFloat16Storage", "F16", "F32", "F64", "DoubleStorage", "FloatStorage", "HalfStorage"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let counted = copies(evidence);
    let mut found = Vec::new();
    for fact in evidence.facts {
        let FactKind::Card(CardFact::Field { key, value }) = &fact.kind else { continue };
        let (directory, _) = split(fact.location.place.file_path());
        let copy = counted.get(&(directory, "model")).and_then(|copies| copies.first());
        let Some(copy) = copy.filter(|_| NAMES.contains(&key.as_str())) else { continue };
        let claims = claims(value);
        let agrees = |claim: &u64| (claim / 2..=claim.saturating_mul(2)).contains(&copy.parameters);
        let is_whole = copy.parameters > 0 && copy.files.iter().all(|file| is_whole(evidence, file));
        if !claims.is_empty() && is_whole && !claims.iter().any(agrees) {
            let message =
                format!("the card calls the model `{value}` and its weights hold {} parameters", copy.parameters);
            found.push(Judgement::of(fact, format!("{key} {value}"), message));
        }
    }
    found
}

/// Whether every element of the file's tensors is a parameter.
fn is_whole(evidence: &Evidence<'_>, file: &str) -> bool {
    let mut of_file = evidence.facts.iter().filter(|fact| fact.location.place.file_path() == file);
    of_file.all(|fact| match &fact.kind {
        FactKind::Tensor(TensorFact::Table { dtypes, .. }) => {
            dtypes.iter().all(|dtype| WHOLE.contains(&dtype.as_str()))
        }
        _ => true,
    })
}

/// Parameters that a name claims: numbers with `B` or `M` between the separators of a name.
fn claims(name: &str) -> Vec<u64> {
    let lower = name.to_ascii_lowercase();
    let words = || lower.split(['-', '_', ' ', '/', ':']);
    if words().any(|word| STAND_INS.contains(&word) || is_mixture(word)) {
        return Vec::new();
    }
    words().filter_map(claim).collect()
}

/// `8x7b`: experts share layers, so that the product is not what is counted.
fn is_mixture(word: &str) -> bool {
    let parts = word.split_once('x');
    parts.is_some_and(|(experts, size)| experts.parse::<u64>().is_ok() && claim(size).is_some())
}

/// 7,000,000,000 of `7b`, 500,000,000 of `0.5b`.
fn claim(word: &str) -> Option<u64> {
    let (digits, unit) = match word.strip_suffix('b') {
        Some(digits) => (digits, 1_000_000_000),
        None => (word.strip_suffix('m')?, 1_000_000),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return None;
    }
    let scale = 10u64.pow(u32::try_from(part.len()).ok()?);
    let number: u64 = format!("{whole}{part}").parse().ok()?;
    (number > 0).then(|| number.saturating_mul(unit) / scale)
}

#[cfg(test)]
mod tests {
    use headworks_types::Fact;

    use super::*;
    use crate::repository::fixtures::{fact, table};

    fn judge(name: &str, weights: Fact) -> usize {
        let card = CardFact::Field { key: "model_name".into(), value: name.into() };
        DISAGREEING_SIZE.judge(&Evidence::of(&[fact("README.md", card), weights])).len()
    }

    const BILLION: u64 = 1_000_000_000;

    #[test]
    fn a_small_model_under_the_card_of_a_large_one_is_reported() {
        assert_eq!(judge("owner/toy-7B-chat", table("model.safetensors", BILLION, 0)), 1);
        assert_eq!(judge("toy-350m", table("pytorch_model.bin", 7 * BILLION, 0)), 1);
    }

    #[test]
    fn sizes_that_are_rounded_or_leave_out_embeddings_agree() {
        for (name, parameters) in
            [("toy-7B", 8 * BILLION), ("toy-0.5B", BILLION / 2), ("toy-1.5b", BILLION), ("toy-2", 9)]
        {
            assert_eq!(judge(name, table("model.safetensors", parameters, 0)), 0, "{name}");
        }
    }

    /// Mixtral has 46.7 billion; a draft is named after the model that it drafts for.
    #[test]
    fn mixtures_stand_ins_and_names_of_several_sizes_are_not_compared() {
        for name in ["toy-8x7B", "tiny-random-toy-7b", "toy-30B-A3B-draft-1B", "toy-E2B", "toy-v2b3"] {
            assert_eq!(judge(name, table("model.safetensors", BILLION, 0)), 0, "{name}");
        }
    }

    #[test]
    fn quantised_weights_adapters_and_other_directories_are_not_compared() {
        let packed =
            TensorFact::Table { tensors: 1, parameters: BILLION, bytes: 0, dtypes: vec!["F16".into(), "I32".into()] };
        assert_eq!(judge("toy-7B", fact("model.safetensors", packed)), 0);
        assert_eq!(judge("toy-7B", table("adapter_model.safetensors", BILLION, 0)), 0);
        assert_eq!(judge("toy-7B", table("draft/model.safetensors", BILLION, 0)), 0);
    }
}
