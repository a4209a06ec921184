//! Models: a folder with weights is one, with the tokenizer, configuration, code and card beside them.

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::fact::{CardFact, ConfigurationFact, ReferenceKind, RepositoryFact, TensorFact};
use headworks_types::{Digest, FactKind};

use super::{Learnt, folder, last_part};
use crate::bom::model::{Basis, Claim, Component, FileOf, Kind, Link, Metric, ModelDescription, Relation};

/// What goes into and comes out of a model, by the Hub's word for its task.
const MODALITIES: [(&str, &str, &str); 22] = [
    ("audio-classification", "audio", "label"),
    ("automatic-speech-recognition", "audio", "text"),
    ("document-question-answering", "image text", "text"),
    ("feature-extraction", "text", "vector"),
    ("fill-mask", "text", "text"),
    ("image-classification", "image", "label"),
    ("image-segmentation", "image", "image"),
    ("image-text-to-text", "image text", "text"),
    ("image-to-image", "image", "image"),
    ("image-to-text", "image", "text"),
    ("object-detection", "image", "label"),
    ("question-answering", "text", "text"),
    ("sentence-similarity", "text", "vector"),
    ("summarization", "text", "text"),
    ("tabular-classification", "table", "label"),
    ("tabular-regression", "table", "number"),
    ("text-classification", "text", "label"),
    ("text-generation", "text", "text"),
    ("text-to-image", "text", "image"),
    ("text-to-speech", "text", "audio"),
    ("token-classification", "text", "label"),
    ("translation", "text", "text"),
];

/// Settings of a configuration that describe a model's size.
const SIZES: [&str; 8] = [
    "d_model",
    "hidden_size",
    "max_position_embeddings",
    "n_embd",
    "n_layer",
    "num_attention_heads",
    "num_hidden_layers",
    "vocab_size",
];

impl Learnt<'_> {
    pub(super) fn models(&mut self) {
        let folders: BTreeSet<String> =
            self.files.iter().filter(|file| file.role == "weights").map(|file| folder(&file.path).to_owned()).collect();
        // The folder nearest to the root is what the artifact is named after.
        let main =
            folders.iter().min_by_key(|folder| (folder.split('/').count() - usize::from(folder.is_empty()), *folder));
        for folder in &folders {
            let component = self.model(folder, main == Some(folder));
            let (reference, bases) = (component.reference.clone(), self.bases(folder, main == Some(folder)));
            self.add(component);
            for base in bases {
                self.base(&reference, &base);
            }
        }
    }

    fn model(&self, of: &str, is_main: bool) -> Component {
        let is_adapter = self.files_in(of).any(|file| last_part(&file.path) == "adapter_config.json");
        let kind = if is_adapter { Kind::Adapter } else { Kind::Model };
        let origin = self.provenance("origin").into_iter().find(|claim| claim.value.starts_with("pkg:") && is_main);
        let version = self.provenance("version").into_iter().next().filter(|_| is_main);
        let purl = origin.map(|origin| match &version {
            Some(version) => format!("{}@{}", origin.value, version.value),
            None => origin.value,
        });
        let name = match (&purl, of) {
            (Some(purl), _) => last_part(purl.split('@').next().unwrap_or(purl)).to_owned(),
            (None, "") => self.bom.system.name.clone(),
            (None, folder) => format!("{}/{folder}", self.bom.system.name),
        };
        let reference = purl.clone().unwrap_or_else(|| format!("model:{name}"));
        let mut model = Component::new(kind, reference, name);
        let path = purl.as_deref().and_then(|purl| purl.strip_prefix("pkg:"));
        model.group = path.and_then(|path| Some(path.split('@').next()?.split('/').rev().nth(1)?.to_owned()));
        model.files = self.files_in(of).filter(|file| belongs(file)).cloned().collect();
        model.digests = digests(&model.files);
        model.supplier = self.provenance("publisher").into_iter().next().filter(|_| is_main);
        model.licences = self.licences(of, is_main);
        model.description = self.description(of);
        model.released = self.card(of, "date").next();
        model.links = self.links(of, &model.files);
        model.properties = openness(&model.files, self.card(of, "datasets").next().is_some());
        model.model = Some(self.describe(of));
        (model.purl, model.version) = (purl, version);
        model
    }

    fn licences(&self, of: &str, is_main: bool) -> Vec<Claim> {
        let verified = if is_main { self.provenance("licence") } else { Vec::new() };
        // What `other` stands for is written beside it.
        let named = self.card(of, "license_name");
        let stated = self.card(of, "license").filter(|claim| claim.value != "other").chain(named);
        let weights = self.metadata(of, "general.license");
        let mut claims: Vec<Claim> = Vec::new();
        for claim in verified.into_iter().filter(|claim| claim.value != "other").chain(stated).chain(weights) {
            if !claims.iter().any(|known| known.value.eq_ignore_ascii_case(&claim.value)) {
                claims.push(claim);
            }
        }
        claims
    }

    /// Text that a file of weights keeps under a key.
    fn metadata<'s>(&'s self, of: &'s str, wanted: &'s str) -> impl Iterator<Item = Claim> + 's {
        self.described(of).filter_map(move |fact| match &fact.kind {
            FactKind::Tensor(TensorFact::Metadata { key, value }) if key == wanted => {
                Some(Claim::new(Basis::Observed, value, fact.location.place.file_path()))
            }
            _ => None,
        })
    }

    /// The card's own description, else what stands below its title.
    fn description(&self, of: &str) -> Option<Claim> {
        let described = self.sections(of, &["description", "model details", "summary", "overview"]).into_iter().next();
        let first = || {
            self.cards(of).find_map(|(path, fact)| match fact {
                CardFact::Section { text, .. } => Some(Claim::new(Basis::Stated, text, path)),
                _ => None,
            })
        };
        described.or_else(first).or_else(|| self.metadata(of, "general.description").next())
    }

    fn links(&self, of: &str, files: &[FileOf]) -> Vec<Link> {
        let card = files.iter().find(|file| file.role == "card").map(|file| ("model-card", file.path.clone()));
        let licence = files.iter().find(|file| file.role == "licence").map(|file| ("license", file.path.clone()));
        let linked = self.card(of, "license_link").next().map(|claim| ("license", claim.value));
        let all = card.into_iter().chain(licence).chain(linked);
        all.map(|(kind, url)| Link { kind: kind.to_owned(), url }).collect()
    }

    fn describe(&self, of: &str) -> ModelDescription {
        let setting = |key: &str| self.settings(of).find(|(known, _)| known == key).map(|(_, claim)| claim);
        let task = self.card(of, "pipeline_tag").next();
        let modality = task.as_ref().and_then(|task| MODALITIES.iter().find(|(name, ..)| *name == task.value));
        let side = |kinds: Option<&str>| {
            let kinds = kinds.into_iter().flat_map(|kinds| kinds.split(' '));
            kinds.map(|kind| Claim::new(Basis::Inferred, kind, "task")).collect()
        };
        let environment = ["emissions", "training_type", "geographical_location", "hardware_used"];
        let environment = environment.into_iter().filter_map(|key| {
            let field = format!("co2_eq_emissions.{key}");
            let short = (key == "emissions").then(|| self.card(of, "co2_eq_emissions").next()).flatten();
            Some((key.to_owned(), self.card(of, &field).next().or(short)?))
        });
        ModelDescription {
            family: setting("model_type").or_else(|| self.metadata(of, "general.architecture").next()),
            architecture: setting("architectures"),
            inputs: side(modality.map(|(_, inputs, _)| *inputs)),
            outputs: side(modality.map(|(_, _, outputs)| *outputs)),
            hyperparameters: self.sizes(of),
            metrics: self.metrics(of),
            uses: self.sections(of, &["intended use", "uses", "use case", "direct use", "how to use", "application"]),
            limitations: self.sections(of, &["limitation", "out-of-scope", "out of scope"]),
            risks: self.sections(of, &["bias", "risk", "ethic"]),
            training: self.sections(of, &["training procedure", "training details", "training hyperparameters"]),
            environment: environment.collect(),
            task,
        }
    }

    fn settings<'s>(&'s self, of: &'s str) -> impl Iterator<Item = (String, Claim)> + 's {
        self.described(of).filter_map(move |fact| match &fact.kind {
            FactKind::Repository(RepositoryFact::Setting { key, value }) => {
                let text = value.trim_matches('"').to_owned();
                Some((key.clone(), Claim::new(Basis::Observed, text, fact.location.place.file_path())))
            }
            _ => None,
        })
    }

    /// Parameters by the tensors of one file format, for copies in another hold the same; and the configuration's sizes.
    fn sizes(&self, of: &str) -> Vec<(String, Claim)> {
        let mut by_format: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
        for fact in self.described(of) {
            let path = fact.location.place.file_path();
            let FactKind::Tensor(TensorFact::Table { parameters, .. }) = &fact.kind else { continue };
            let Some(file) = self.files_in(of).find(|file| file.path == path) else { continue };
            let sum = by_format.entry(file.format.as_str()).or_insert((0, path));
            sum.0 = sum.0.saturating_add(*parameters);
        }
        let preferred = by_format.get("safetensors").or_else(|| by_format.values().next());
        let parameters = preferred
            .map(|(count, path)| ("parameters".to_owned(), Claim::new(Basis::Observed, count.to_string(), *path)));
        let sizes = self.settings(of).filter(|(key, _)| SIZES.contains(&key.as_str()));
        parameters.into_iter().chain(sizes).collect()
    }

    fn metrics(&self, of: &str) -> Vec<Metric> {
        let results = self.cards(of).filter_map(|(path, fact)| match fact {
            CardFact::Result { dataset, metric, value, .. } => Some(Metric {
                name: metric.clone(),
                value: value.clone(),
                dataset: dataset.clone(),
                claim: Claim::new(Basis::Stated, value, path),
            }),
            _ => None,
        });
        results.collect()
    }

    /// What a model was made from, by its card, its adapter's configuration, its weights, and signed statements.
    fn bases(&self, of: &str, is_main: bool) -> Vec<Claim> {
        let verified = if is_main { self.provenance("base_model") } else { Vec::new() };
        let configured = self.described(of).filter_map(|fact| match &fact.kind {
            FactKind::Configuration(ConfigurationFact::Reference { key, kind: ReferenceKind::Repository, value })
                if key.contains("base_model") =>
            {
                Some(Claim::new(Basis::Stated, value, fact.location.place.file_path()))
            }
            _ => None,
        });
        let weights = self.metadata(of, "general.base_model.0.name");
        let mut bases: Vec<Claim> = Vec::new();
        for base in verified.into_iter().chain(self.card(of, "base_model")).chain(configured).chain(weights) {
            if !bases.iter().any(|known| known.value == base.value) {
                bases.push(base);
            }
        }
        bases
    }

    fn base(&mut self, model: &str, base: &Claim) {
        // One that lies in the artifact itself is that one.
        let own =
            self.bom.components.iter().find(|known| known.is_model() && !known.is_external && known.name == base.value);
        let reference = match own {
            Some(own) => own.reference.clone(),
            None => {
                let component = external_model(base);
                let reference = component.reference.clone();
                self.add(component);
                reference
            }
        };
        self.link(model, Relation::DerivedFrom, &reference, base);
    }
}

/// A model that is only named. A name of the Hub has an owner; a purl is one already.
fn external_model(base: &Claim) -> Component {
    let value = base.value.as_str();
    let purl = match (value.strip_prefix("pkg:"), value.split_once('/')) {
        (Some(_), _) => Some(value.to_owned()),
        (None, Some((owner, name)))
            if !owner.is_empty() && !name.is_empty() && !name.contains('/') && !value.contains([':', ' ']) =>
        {
            Some(format!("pkg:huggingface/{owner}/{name}"))
        }
        _ => None,
    };
    let reference = purl.clone().unwrap_or_else(|| format!("model:{value}"));
    let mut component = Component::new(Kind::Model, reference, last_part(value.split('@').next().unwrap_or(value)));
    let version = purl.as_deref().and_then(|purl| purl.split_once('@')).map(|(_, version)| version.to_owned());
    component.version = version.map(|version| Claim::new(base.basis, version, &base.source));
    component.group = value
        .split_once('/')
        .map(|(owner, _)| owner.to_owned())
        .filter(|_| component.purl.is_none() && !value.starts_with("pkg:"));
    component.is_external = true;
    component.purl = purl;
    component
}

/// A file belongs to the model in its folder; records of data to none.
fn belongs(file: &FileOf) -> bool {
    matches!(
        file.role.as_str(),
        "weights" | "tokenizer" | "chat-template" | "configuration" | "card" | "code" | "licence"
    )
}

/// The digest of the only file of weights, or of each of several.
fn digests(files: &[FileOf]) -> Vec<Digest> {
    files.iter().filter(|file| file.role == "weights").filter_map(|file| file.digest).collect()
}

/// What of the model is there for everybody who has this artifact.
fn openness(files: &[FileOf], names_data: bool) -> Vec<(String, String)> {
    let has = |role: &str| files.iter().any(|file| file.role == role);
    let state = |is_there: bool, yes: &str| if is_there { yes.to_owned() } else { "not included".to_owned() };
    vec![
        ("openness:weights".into(), state(has("weights"), "included")),
        ("openness:architecture".into(), state(has("configuration") || has("code"), "included")),
        ("openness:data".into(), state(names_data, "named")),
    ]
}
