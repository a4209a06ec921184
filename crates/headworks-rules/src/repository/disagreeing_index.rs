use std::collections::HashMap;

use headworks_types::{Confidence, Digest, FactKind, Severity, fact::RepositoryFact, fact::TensorFact};

use super::shards;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Holds an index of shards against the shards: the names of the tensors in each, and the bytes of all.
    ///
    /// **Why it matters.** A loader that follows the index takes each tensor from the shard that it names.
    /// A tensor that lies in a shard and not in the index is never loaded, one that is only in the index
    /// is filled with random numbers or ends the load; either way the shards are not those that the index was
    /// written for, and one of them was exchanged.
    ///
    /// **Example.** The index puts 100 tensors into the first shard, which holds 101.
    ///
    /// **What it misses.** Other numbers under the same names. Of PyTorch shards the names count where their pickle
    /// spells them out, and the bytes do not. A wrong total of bytes alone is rated low: some writers count tied
    /// weights twice.
    DISAGREEING_INDEX {
        id: "disagreeing-index",
        title: "An index and its shards do not belong together",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-04"],
        references: &["CWE-345", "AML.T0018"],
        hint: "take index and shards of one revision from their source again",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut names = HashMap::<&str, (u64, Digest)>::new();
    let mut bytes = HashMap::<&str, u64>::new();
    for fact in evidence.facts.iter().filter(|fact| fact.location.place.members().is_empty()) {
        let path = fact.location.place.file_path();
        match &fact.kind {
            FactKind::Tensor(TensorFact::Names { tensors, digest }) => _ = names.insert(path, (*tensors, *digest)),
            FactKind::Tensor(TensorFact::Table { bytes: of_file, .. }) => _ = bytes.insert(path, *of_file),
            _ => {}
        }
    }
    let mut found = Vec::new();
    let mut sums = HashMap::<&str, Option<u64>>::new();
    for shard in shards(evidence) {
        let path = shard.path.as_deref().unwrap_or_default();
        let sum = sums.entry(shard.fact.location.place.file_path()).or_insert(Some(0));
        *sum = sum.zip(bytes.get(path)).map(|(sum, of_file)| sum.saturating_add(*of_file));
        let Some((tensors, digest)) = names.get(path) else { continue };
        if *digest != shard.names {
            let (file, stated) = (shard.file, shard.tensors);
            let difference = if *tensors == stated { "others".to_owned() } else { tensors.to_string() };
            let message = format!("the index puts {stated} tensors into `{file}`, which holds {difference}");
            found.push(Judgement::of(shard.fact, file, message));
        }
    }
    found.extend(totals(evidence, &sums));
    found
}

/// Totals that are not the sum over the shards, where all shards are known.
fn totals(evidence: &Evidence<'_>, sums: &HashMap<&str, Option<u64>>) -> Vec<Judgement> {
    let differing = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Repository(RepositoryFact::IndexTotal { bytes }) = &fact.kind else { return None };
        let sum = (*sums.get(fact.location.place.file_path())?)?;
        let message = format!("the index states `total_size` {bytes} and the shards hold {sum} bytes of tensors");
        (sum != *bytes).then(|| Judgement::of(fact, "total_size", message).with_severity(Severity::Low))
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::fixtures::{fact, names, shard, table};

    const INDEX: &str = "model.safetensors.index.json";

    fn severities(stated: &str, held: &str, total: u64) -> Vec<Severity> {
        let facts = [
            shard(INDEX, "a.safetensors", 1, stated),
            fact(INDEX, RepositoryFact::IndexTotal { bytes: total }),
            names("a.safetensors", 1, held),
            table("a.safetensors", 4, 8),
        ];
        DISAGREEING_INDEX.judge(&Evidence::of(&facts)).into_iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn other_names_than_the_index_states_are_reported() {
        assert_eq!(severities("w", "v", 8), [Severity::Medium]);
    }

    #[test]
    fn a_wrong_total_alone_is_low() {
        assert_eq!(severities("w", "w", 16), [Severity::Low]);
    }

    #[test]
    fn names_in_a_pytorch_shard_are_held_against_its_index_as_well() {
        let index = "pytorch_model.bin.index.json";
        let file = "pytorch_model-00001-of-00001.bin";
        let judge = |held: &str| {
            DISAGREEING_INDEX.judge(&Evidence::of(&[shard(index, file, 1, "w"), names(file, 1, held)])).len()
        };
        assert_eq!((judge("v"), judge("w")), (1, 0));
    }

    #[test]
    fn an_index_that_agrees_is_silent() {
        assert_eq!(severities("w", "w", 8), []);
    }

    #[test]
    fn a_total_over_a_shard_of_unknown_size_is_no_contradiction() {
        let facts = [shard(INDEX, "a.bin", 1, "w"), fact(INDEX, RepositoryFact::IndexTotal { bytes: 8 })];
        assert_eq!(DISAGREEING_INDEX.judge(&Evidence::of(&facts)), []);
    }
}
