use std::collections::HashSet;

use headworks_types::fact::{ExternalKind, GraphFact};
use headworks_types::{Confidence, Fact, FactKind, Severity};

use super::EXTERNAL_DATA;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for tensors whose data lies in a file beside the model that is not part of the artifact.
    ///
    /// **Why it matters.** The model is incomplete: what will be loaded in place of the missing file was never
    /// inspected. Where only the model itself was handed over, its data is missing by the same measure.
    ///
    /// **Example.** `location: model.onnx.data`, and no such file in the download.
    ///
    /// **What it misses.** A file that is there and is another one: the model states no digest that a loader
    /// would compare.
    MISSING_EXTERNAL_DATA {
        id: "missing-external-data",
        title: "Tensor data lies in a file that the artifact does not have",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-INV-01", "HW-SER-03"],
        references: &["CWE-353", "CWE-829"],
        hint: "fetch the whole repository, and check the directory instead of the single file",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let files: HashSet<&str> = evidence.facts.iter().map(|fact| fact.location.place.file_path()).collect();
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::External { framework, kind: ExternalKind::Sibling, holder, target }) =
            &fact.kind
        else {
            return None;
        };
        let judged = EXTERNAL_DATA.contains(&framework.as_str()) && is_a_file(fact);
        let message = format!("the data of `{holder}` lies in `{target}`, which is not there");
        let path = fact.location.place.sibling(&target.replace('\\', "/"))?;
        (judged && !files.contains(path.as_str())).then(|| Judgement::of(fact, target, message))
    });
    judgements.collect()
}

/// A model within an archive has its data within the archive, of which not every member has facts.
fn is_a_file(fact: &Fact) -> bool {
    fact.location.place.members().is_empty()
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;
    use headworks_types::fact::FileFact;

    use super::*;

    fn judge(target: &str, others: &[&str]) -> usize {
        let external = GraphFact::External {
            framework: "onnx".into(),
            kind: ExternalKind::Sibling,
            holder: "w".into(),
            target: target.into(),
        };
        let place = Place::file("onnx/model.onnx");
        let mut facts = vec![Fact { location: place.at(0..8), times: 1, kind: external.into() }];
        facts.extend(others.iter().map(|path| {
            let kind = FileFact::Identified { format: "empty".into(), summary: String::new() };
            Fact { location: Place::file(*path).at(0..0), times: 1, kind: kind.into() }
        }));
        MISSING_EXTERNAL_DATA.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn a_file_that_is_not_there_holds() {
        assert_eq!(judge("model.onnx.data", &["model.onnx.data", "onnx/other"]), 1);
    }

    #[test]
    fn a_file_beside_the_model_is_found_by_its_relative_path() {
        assert_eq!(judge("model.onnx.data", &["onnx/model.onnx.data"]), 0);
        assert_eq!(judge("./weights/0", &["onnx/weights/0"]), 0);
        assert_eq!(judge("../data/0", &["data/0"]), 0);
    }
}
