use std::collections::{HashMap, HashSet};

use headworks_types::{Confidence, FactKind, Severity, fact::FileFact};

use super::{shards, split, weights::number};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for files that are numbered like a shard (`model-00004-of-00003.safetensors`) beside an index of
    /// the same weights that does not name them.
    ///
    /// **Why it matters.** No loader that follows the index reads the file, so it is left over from another
    /// export, or it is there to be swapped in by a changed index that alone would look like a small edit.
    ///
    /// **Example.** `model-00002-of-00002.safetensors` beside an index that puts all tensors into the first.
    ///
    /// **What it misses.** Files under any other name.
    UNLISTED_SHARD {
        id: "unlisted-shard",
        title: "A shard that no index names",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        controls: &["HW-INV-01"],
        references: &["CWE-1284"],
        hint: "remove the file, or take the index that belongs to it from the source",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut named = HashSet::new();
    let mut families = HashMap::new();
    for shard in shards(evidence) {
        let Some(path) = shard.path else { continue };
        families.extend(family(&path).map(|family| (family, shard.fact.location.place.file_path())));
        named.insert(path);
    }
    let unlisted = evidence.facts.iter().filter_map(|fact| {
        let FactKind::File(FileFact::Identified { .. }) = fact.kind else { return None };
        let path = fact.location.place.file_path();
        let index = families.get(&family(path)?)?;
        let is_unlisted = fact.location.place.members().is_empty() && !named.contains(path);
        is_unlisted.then(|| {
            Judgement::of(fact, path, format!("`{path}` is numbered like a shard and `{index}` does not name it"))
        })
    });
    unlisted.collect()
}

/// Directory, stem and ending of a numbered name.
fn family(path: &str) -> Option<(String, String, String)> {
    let (directory, name) = split(path);
    let (whole, ending) = name.rsplit_once('.')?;
    let (stem, _, _) = number(whole)?;
    Some((directory.to_owned(), stem.to_owned(), ending.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::fixtures::{file, shard};

    fn judge(path: &str) -> usize {
        let index = shard("model.safetensors.index.json", "model-00001-of-00001.safetensors", 1, "");
        let first = file("model-00001-of-00001.safetensors", "safetensors");
        UNLISTED_SHARD.judge(&Evidence::of(&[index, first, file(path, "safetensors")])).len()
    }

    #[test]
    fn a_number_that_the_index_does_not_know_is_reported() {
        assert_eq!(judge("model-00002-of-00001.safetensors"), 1);
    }

    #[test]
    fn shards_of_other_weights_and_files_without_a_number_are_not() {
        assert_eq!(judge("vae/model-00001-of-00002.safetensors"), 0);
        assert_eq!(judge("model.safetensors"), 0);
        assert_eq!(judge("gguf-00001-of-00002.gguf"), 0);
    }
}
