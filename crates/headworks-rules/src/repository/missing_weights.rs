use std::collections::{BTreeMap, HashSet};

use headworks_types::{Confidence, Fact, FactKind, Severity, fact::GraphFact};

use super::{paths, shards};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for files of weights that another file names and that are not part of the artifact: shards of an
    /// index, and the data files of ONNX, OpenVINO and TensorFlow graphs.
    ///
    /// **Why it matters.** What is not here was not inspected, and a loader takes it from wherever it turns up
    /// later: a second download, a cache, the working directory. A verdict on the rest says nothing about it.
    ///
    /// **Example.** `model.safetensors.index.json` names `model-00003-of-00003.safetensors`, and the
    /// directory holds the first two.
    ///
    /// **What it misses.** Whether a file of that name is the one that the index was written for; see
    /// `disagreeing-index`.
    MISSING_WEIGHTS {
        id: "missing-weights",
        title: "Weights that a file names are not in the artifact",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["CWE-345", "CWE-829"],
        hint: "complete the copy and check the whole directory",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let present = paths(evidence);
    let shards = shards(evidence).map(|shard| (shard.fact, shard.file));
    let named: BTreeMap<(&str, &str), &Fact> = shards
        .chain(siblings(evidence))
        .filter(|(fact, file)| is_absent(fact, file, &present))
        .map(|(fact, file)| ((fact.location.place.file_path(), file), fact))
        .collect();
    let missing = named.into_iter().map(|((by, file), fact)| {
        Judgement::of(fact, file, format!("`{by}` names `{file}`, which is not part of the artifact"))
    });
    missing.collect()
}

fn siblings<'e>(evidence: &Evidence<'e>) -> impl Iterator<Item = (&'e Fact, &'e str)> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Graph(GraphFact::SiblingData { target, .. }) if fact.location.place.members().is_empty() => {
            Some((fact, target.as_str()))
        }
        _ => None,
    })
}

/// A name that leads out of the artifact is another rule's matter.
fn is_absent(fact: &Fact, file: &str, present: &HashSet<&str>) -> bool {
    fact.location.place.sibling(file).is_some_and(|path| !present.contains(path.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::fixtures::{fact, file, shard};

    const INDEX: &str = "m/model.safetensors.index.json";

    fn judge(facts: &[Fact]) -> Vec<String> {
        MISSING_WEIGHTS.judge(&Evidence::of(facts)).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_shard_that_is_not_there_is_reported_and_one_that_is_not() {
        let facts = [
            shard(INDEX, "a.safetensors", 1, ""),
            shard(INDEX, "b.safetensors", 1, ""),
            file("m/a.safetensors", "safetensors"),
        ];
        assert_eq!(judge(&facts), [format!("`{INDEX}` names `b.safetensors`, which is not part of the artifact")]);
    }

    #[test]
    fn data_of_a_graph_is_reported_once_however_many_tensors_it_holds() {
        let data = |start| {
            let (framework, target) = ("onnx".to_owned(), "w.bin".to_owned());
            fact("model.onnx", GraphFact::SiblingData { framework, target, start, end: start + 4 })
        };
        assert_eq!(judge(&[data(0), data(64)]).len(), 1);
    }

    #[test]
    fn a_shard_outside_of_the_artifact_is_another_rules_matter() {
        assert_eq!(judge(&[shard("model.safetensors.index.json", "../b.safetensors", 1, "")]), [""; 0]);
    }
}
