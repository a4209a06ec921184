//! Datasets: folders with records, and what cards and statements name.

use std::collections::BTreeSet;

use headworks_types::Digest;

use super::{Learnt, folder, last_part};
use crate::bom::model::{Basis, Claim, Component, DataDescription, FileOf, Kind, Link, Relation};

/// Fields of a dataset's card that say what its records are.
const CONTENT: [&str; 10] = [
    "task_categories",
    "task_ids",
    "language",
    "size_categories",
    "modality",
    "multilinguality",
    "annotations_creators",
    "language_creators",
    "dataset_info.dataset_size",
    "dataset_info.download_size",
];

impl Learnt<'_> {
    pub(super) fn datasets(&mut self) {
        let folders: BTreeSet<String> =
            self.files.iter().filter(|file| file.role == "data").map(|file| folder(&file.path).to_owned()).collect();
        for folder in folders {
            let component = self.dataset(&folder);
            self.add(component);
        }
        let models: Vec<Component> =
            self.bom.components.iter().filter(|c| c.is_model() && !c.is_external).cloned().collect();
        for (index, model) in models.iter().enumerate() {
            let of = model.files.iter().find(|file| file.role == "weights").map(|file| folder(&file.path).to_owned());
            let attested = if index == 0 { self.provenance("datasets") } else { Vec::new() };
            let stated: Vec<Claim> = of.iter().flat_map(|of| self.card(of, "datasets")).collect();
            for claim in attested.iter().chain(&stated) {
                let dataset = self.named(claim, of.as_deref().unwrap_or_default());
                self.link(&model.reference, Relation::TrainedOn, &dataset, claim);
            }
            let metrics = model.model.iter().flat_map(|described| &described.metrics);
            for metric in metrics.filter(|metric| !metric.dataset.is_empty()) {
                let claim = Claim { value: metric.dataset.clone(), ..metric.claim.clone() };
                let dataset = self.named(&claim, "");
                self.link(&model.reference, Relation::TestedOn, &dataset, &claim);
            }
        }
    }

    /// Records that lie in the artifact.
    fn dataset(&self, of: &str) -> Component {
        let pretty = self.card(of, "pretty_name").next().map(|claim| claim.value);
        let name = pretty
            .unwrap_or_else(|| if of.is_empty() { self.bom.system.name.clone() } else { last_part(of).to_owned() });
        let mut dataset =
            Component::new(Kind::Dataset, format!("dataset:{}", if of.is_empty() { "." } else { of }), name);
        let is_model = self.files_in(of).any(|file| file.role == "weights");
        let of_data = |file: &&FileOf| file.role == "data" || (file.role == "card" && !is_model);
        dataset.files = self.files_in(of).filter(of_data).cloned().collect();
        dataset.digests =
            dataset.files.iter().filter(|file| file.role == "data").filter_map(|file| file.digest).collect();
        if !is_model {
            dataset.licences = self.card(of, "license").collect();
            dataset.description = self
                .sections(of, &["description", "summary"])
                .into_iter()
                .next()
                .or_else(|| self.sections(of, &[""]).into_iter().next());
        }
        let rows: u64 = dataset.files.iter().map(|file| file.bytes).sum();
        let bytes = Claim::new(Basis::Observed, rows.to_string(), of);
        let fields = CONTENT.iter().flat_map(|key| self.card(of, key).map(|claim| ((*key).to_owned(), claim)));
        let content = fields.chain([("bytes".to_owned(), bytes)]).collect();
        let sources = self
            .card(of, "source_datasets")
            .chain(self.sections(of, &["source data", "data collection", "provenance"]));
        let sensitivity = self.sections(of, &["personal and sensitive", "sensitive information", "privacy"]);
        dataset.data = Some(DataDescription { content, provenance: sources.collect(), sensitivity, owner: None });
        let card = dataset.files.iter().find(|file| file.role == "card").map(|file| file.path.clone());
        dataset.links = card.into_iter().map(|url| Link { kind: "documentation".into(), url }).collect();
        dataset
    }

    /// The dataset of a name: one of the artifact's own, or one that is only named.
    fn named(&mut self, claim: &Claim, card: &str) -> String {
        let short = last_part(&claim.value).to_lowercase();
        let own = self.bom.components.iter().find(|known| {
            known.kind == Kind::Dataset
                && (known.name.to_lowercase() == short || last_part(&known.reference).to_lowercase() == short)
        });
        if let Some(own) = own {
            return own.reference.clone();
        }
        let reference = format!("dataset:{}", claim.value);
        let mut dataset = Component::new(Kind::Dataset, reference.clone(), last_part(&claim.value));
        dataset.group = claim.value.rsplit_once('/').map(|(owner, _)| owner.to_owned());
        dataset.is_external = true;
        // A file that a signer names by its digest, or a name of the Hub.
        let is_hub = dataset.group.as_ref().is_some_and(|owner| !owner.contains([':', '/', ' ']));
        dataset.links = is_hub
            .then(|| Link { kind: "distribution".into(), url: format!("hf://datasets/{}", claim.value) })
            .into_iter()
            .collect();
        dataset.digests =
            claim.value.strip_prefix("sha256:").and_then(|_| claim.value.parse::<Digest>().ok()).into_iter().collect();
        dataset.description = self.sections(card, &["training data", "dataset"]).into_iter().next();
        dataset.data = Some(DataDescription { provenance: vec![claim.clone()], ..DataDescription::default() });
        self.add(dataset);
        reference
    }
}
