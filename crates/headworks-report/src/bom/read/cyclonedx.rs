//! CycloneDX as JSON.

use std::collections::BTreeSet;

use headworks_types::{Digest, Severity};
use serde_json::Value;

use super::{Document, ReadError, Reading, complete, digest, list, stated, text};
use crate::bom::model::{
    Basis, Claim, Component, DataDescription, FileOf, Kind, Link, Metric, ModelDescription, Relation, Weakness,
};

/// Components lie within components this deep at most.
const DEPTH_MAX: usize = 32;

pub(super) fn read(document: &Value) -> Result<Document, ReadError> {
    let version = text(document, "specVersion").unwrap_or_default();
    if !matches!(version, "1.2" | "1.3" | "1.4" | "1.5" | "1.6" | "1.7") {
        return Err(ReadError::Version { format: "CycloneDX", version: version.to_owned() });
    }
    let mut reading = Reading::new();
    let none = Value::Null;
    let metadata = document.get("metadata").unwrap_or(&none);
    reading.metadata(metadata);
    match metadata.get("component") {
        Some(component) => {
            reading.bom.system = reading.component(component, "metadata.component")?;
            let system = reading.bom.system.clone();
            reading.inner(component, &system, "metadata.component", 0)?;
        }
        None => reading.problem("the document does not say what it is about (no `metadata.component`)"),
    }
    for (index, component) in list(document, "components").iter().enumerate() {
        reading.nested(component, None, &format!("components[{index}]"), 0)?;
    }
    for (index, service) in list(document, "services").iter().enumerate() {
        reading.service(service, index)?;
    }
    reading.dependencies(document);
    reading.vulnerabilities(document);
    let gaps = list(document, "compositions").iter().filter(|set| text(set, "aggregate") != Some("complete"));
    reading.bom.incomplete =
        gaps.filter_map(|set| text(set, "aggregate")).map(|word| format!("the document calls itself {word}")).collect();
    Ok(reading.finish("CycloneDX", version, document.get("signature").is_some()))
}

impl Reading {
    fn metadata(&mut self, metadata: &Value) {
        let created = text(metadata, "timestamp").and_then(|time| time.parse::<jiff::Timestamp>().ok());
        self.bom.created_ms = created.map_or(0, |time| time.as_millisecond());
        self.bom.authors =
            list(metadata, "authors").iter().filter_map(|author| text(author, "name")).map(stated).collect();
        let tools =
            metadata.get("tools").map(|tools| tools.get("components").unwrap_or(tools)).and_then(Value::as_array);
        let tool = tools.and_then(|tools| tools.first());
        self.bom.tool_version = tool.and_then(|tool| text(tool, "version")).unwrap_or_default().to_owned();
        let properties = list(metadata, "properties").iter();
        let artifact = properties.filter(|property| text(property, "name") == Some("headworks:artifact"));
        self.bom.artifact = artifact.filter_map(|property| text(property, "value")?.parse::<Digest>().ok()).next();
    }

    fn nested(
        &mut self,
        value: &Value,
        within: Option<&Component>,
        place: &str,
        depth: usize,
    ) -> Result<(), ReadError> {
        let component = self.component(value, place)?;
        if let Some(outer) = within {
            self.link(&outer.reference.clone(), Relation::Contains, &component.reference);
        }
        self.inner(value, &component, place, depth)?;
        // Files of the component were taken by the component itself.
        let files = own_files(value);
        let component = Component { files, ..component };
        self.add(component)
    }

    fn inner(&mut self, value: &Value, component: &Component, place: &str, depth: usize) -> Result<(), ReadError> {
        if depth >= DEPTH_MAX {
            self.problem(format!("`{place}`: what lies deeper than {DEPTH_MAX} components is not read"));
            return Ok(());
        }
        for (index, inner) in list(value, "components").iter().enumerate().filter(|(_, inner)| !is_own_file(inner)) {
            self.nested(inner, Some(component), &format!("{place}.components[{index}]"), depth + 1)?;
        }
        let ancestors = value.get("pedigree").map(|pedigree| list(pedigree, "ancestors")).unwrap_or_default();
        for (index, ancestor) in ancestors.iter().enumerate() {
            let place = format!("{place}.pedigree.ancestors[{index}]");
            let mut known = self.component(ancestor, &place)?;
            known.is_external = true;
            self.link(&component.reference, Relation::DerivedFrom, &known.reference);
            if !self.references.contains(&known.reference) {
                self.add(known)?;
            }
        }
        let card = value.get("modelCard").and_then(|card| card.get("modelParameters"));
        for dataset in card.map(|card| list(card, "datasets")).unwrap_or_default() {
            match (text(dataset, "ref"), text(dataset, "name")) {
                (Some(reference), _) => self.link(&component.reference, Relation::TrainedOn, reference),
                (None, Some(name)) => {
                    let reference = format!("dataset:{name}");
                    self.link(&component.reference, Relation::TrainedOn, &reference);
                    if !self.references.contains(&reference) {
                        let mut known = Component::new(Kind::Dataset, reference, name);
                        known.data = Some(DataDescription::default());
                        known.is_external = true;
                        self.add(known)?;
                    }
                }
                (None, None) => self.problem(format!("`{place}`: a dataset of the model has neither `ref` nor name")),
            }
        }
        Ok(())
    }

    fn component(&mut self, value: &Value, place: &str) -> Result<Component, ReadError> {
        let Some(name) = text(value, "name") else {
            self.problem(format!("`{place}` has no name"));
            return Ok(Component::new(Kind::Other, place, ""));
        };
        let kind = self.kind(text(value, "type").unwrap_or_default(), place);
        let purl = text(value, "purl");
        let reference = text(value, "bom-ref").or(purl).unwrap_or(place);
        let mut component = Component::new(kind, reference, name);
        component.group = text(value, "group").map(str::to_owned);
        component.version = text(value, "version").map(stated);
        component.range = text(value, "versionRange").map(str::to_owned);
        component.purl = purl.map(str::to_owned);
        component.description = text(value, "description").map(stated);
        let organisation = ["supplier", "manufacturer"].into_iter().find_map(|key| text(value.get(key)?, "name"));
        component.supplier = organisation.or_else(|| text(value, "publisher")).map(stated);
        for hash in list(value, "hashes") {
            match (text(hash, "alg"), text(hash, "content")) {
                (Some(algorithm), Some(digits)) => digest(&mut component, algorithm, digits),
                _ => self.problem(format!("`{place}` has a hash without algorithm or content")),
            }
        }
        for (key, value) in
            [("cpe", value.get("cpe")), ("swhid", value.get("swhid")), ("omniborId", value.get("omniborId"))]
        {
            let several = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let all = value.and_then(Value::as_str).into_iter().chain(several);
            component.identifiers.extend(all.map(|text| (key.to_owned(), text.to_owned())));
        }
        component.licences = list(value, "licenses").iter().filter_map(licence).map(stated).collect();
        let links = list(value, "externalReferences").iter();
        component.links = links
            .filter_map(|link| Some(Link { kind: text(link, "type")?.to_owned(), url: text(link, "url")?.to_owned() }))
            .collect();
        component.is_external = value.get("isExternal").and_then(Value::as_bool).unwrap_or_default();
        self.properties(value, &mut component);
        component.files = own_files(value);
        component.model = value.get("modelCard").map(model);
        component.data = list(value, "data").first().map(|data| data_of(data, value));
        complete(&mut component);
        Ok(component)
    }

    fn properties(&mut self, value: &Value, component: &mut Component) {
        for property in list(value, "properties") {
            let (Some(name), value) = (text(property, "name"), text(property, "value").unwrap_or_default()) else {
                continue;
            };
            match name {
                "headworks:timestamp" => component.released = Some(stated(value)),
                "headworks:kind" if value == "adapter" => component.kind = Kind::Adapter,
                "headworks:provenance" => {}
                name if name.starts_with("headworks:basis:") => {}
                name => component.properties.push((name.to_owned(), value.to_owned())),
            }
        }
    }

    fn kind(&mut self, word: &str, place: &str) -> Kind {
        match word {
            "application" => Kind::Application,
            "framework" => Kind::Framework,
            "library" => Kind::Library,
            "container" => Kind::Container,
            "platform" => Kind::Platform,
            "operating-system" => Kind::OperatingSystem,
            "device" => Kind::Device,
            "device-driver" | "firmware" => Kind::Firmware,
            "file" => Kind::File,
            "machine-learning-model" => Kind::Model,
            "data" => Kind::Dataset,
            "cryptographic-asset" => Kind::Other,
            word => {
                self.problem(format!("`{place}` is of the unknown type `{word}`"));
                Kind::Other
            }
        }
    }

    fn service(&mut self, value: &Value, index: usize) -> Result<(), ReadError> {
        let place = format!("services[{index}]");
        let name = text(value, "name").unwrap_or_default();
        let mut service = Component::new(Kind::Service, text(value, "bom-ref").unwrap_or(&place), name);
        service.version = text(value, "version").map(stated);
        let endpoints = list(value, "endpoints").iter().filter_map(Value::as_str);
        service.properties = endpoints.map(|url| ("headworks:endpoint".to_owned(), url.to_owned())).collect();
        self.add(service)
    }

    /// One list for every relation: what is already known to be more is not said twice.
    fn dependencies(&mut self, document: &Value) {
        let known: BTreeSet<(String, String)> =
            self.bom.edges.iter().map(|edge| (edge.from.clone(), edge.to.clone())).collect();
        for entry in list(document, "dependencies") {
            let Some(from) = text(entry, "ref") else {
                self.problem("a dependency has no `ref`");
                continue;
            };
            for to in list(entry, "dependsOn").iter().filter_map(Value::as_str) {
                if !known.contains(&(from.to_owned(), to.to_owned())) {
                    self.link(from, Relation::DependsOn, to);
                }
            }
        }
    }

    fn vulnerabilities(&mut self, document: &Value) {
        for value in list(document, "vulnerabilities") {
            let Some(id) = text(value, "id").or_else(|| text(value, "bom-ref")) else {
                self.problem("a vulnerability has no id");
                continue;
            };
            let rated = list(value, "ratings").iter().filter_map(|rating| severity(text(rating, "severity")?)).max();
            let affects = list(value, "affects").iter().filter_map(|affected| text(affected, "ref")).map(str::to_owned);
            self.bom.weaknesses.push(Weakness {
                id: id.to_owned(),
                source: value.get("source").and_then(|source| text(source, "name")).unwrap_or_default().to_owned(),
                severity: rated.unwrap_or(Severity::Info),
                description: text(value, "description").unwrap_or_default().to_owned(),
                affects: affects.collect(),
            });
        }
    }
}

fn severity(word: &str) -> Option<Severity> {
    match word {
        "critical" => Some(Severity::Critical),
        "high" => Some(Severity::High),
        "medium" => Some(Severity::Medium),
        "low" => Some(Severity::Low),
        _ => None,
    }
}

/// An id, a name or an expression.
fn licence(value: &Value) -> Option<&str> {
    let inner = value.get("license");
    inner
        .and_then(|licence| text(licence, "id").or_else(|| text(licence, "name")))
        .or_else(|| text(value, "expression"))
}

/// A file that our own documents list within a component.
fn is_own_file(value: &Value) -> bool {
    text(value, "type") == Some("file")
        && text(value, "bom-ref").is_some_and(|reference| reference.starts_with("file:"))
}

fn own_files(value: &Value) -> Vec<FileOf> {
    let property = |file: &Value, wanted: &str| {
        let found = list(file, "properties").iter().find(|property| text(property, "name") == Some(wanted));
        found.and_then(|property| text(property, "value")).unwrap_or_default().to_owned()
    };
    let files = list(value, "components").iter().filter(|inner| is_own_file(inner));
    files
        .filter_map(|file| {
            let hash = list(file, "hashes").iter().find(|hash| text(hash, "alg") == Some("SHA-256"));
            Some(FileOf {
                path: text(file, "name")?.to_owned(),
                bytes: property(file, "headworks:bytes").parse().unwrap_or_default(),
                digest: hash.and_then(|hash| format!("sha256:{}", text(hash, "content")?).parse().ok()),
                role: property(file, "headworks:role"),
                format: property(file, "headworks:format"),
            })
        })
        .collect()
}

fn model(card: &Value) -> ModelDescription {
    let none = Value::Null;
    let parameters = card.get("modelParameters").unwrap_or(&none);
    let sides = |key: &str| list(parameters, key).iter().filter_map(|side| text(side, "format")).map(stated).collect();
    let considerations = card.get("considerations").unwrap_or(&none);
    let texts = |key: &str| list(considerations, key).iter().filter_map(Value::as_str).map(stated).collect();
    let metrics =
        card.get("quantitativeAnalysis").map(|analysis| list(analysis, "performanceMetrics")).unwrap_or_default();
    let metrics = metrics.iter().filter_map(|metric| {
        let value = text(metric, "value").unwrap_or_default();
        let dataset = text(metric, "slice").unwrap_or_default().to_owned();
        Some(Metric { name: text(metric, "type")?.to_owned(), value: value.to_owned(), dataset, claim: stated(value) })
    });
    let environment = considerations.get("environmentalConsiderations").unwrap_or(&none);
    let (training, hyperparameters): (Vec<_>, Vec<_>) = named(card).partition(|(name, _)| name == "training");
    ModelDescription {
        task: text(parameters, "task").map(stated),
        family: text(parameters, "architectureFamily").map(stated),
        architecture: text(parameters, "modelArchitecture").map(stated),
        inputs: sides("inputs"),
        outputs: sides("outputs"),
        hyperparameters,
        metrics: metrics.collect(),
        uses: texts("useCases"),
        limitations: texts("technicalLimitations"),
        risks: list(considerations, "ethicalConsiderations")
            .iter()
            .filter_map(|risk| text(risk, "name"))
            .map(stated)
            .collect(),
        training: training.into_iter().map(|(_, claim)| claim).collect(),
        environment: named(environment).collect(),
    }
}

fn named(value: &Value) -> impl Iterator<Item = (String, Claim)> {
    let properties = list(value, "properties").iter();
    properties.filter_map(|property| {
        Some((text(property, "name")?.to_owned(), stated(text(property, "value").unwrap_or_default())))
    })
}

fn data_of(data: &Value, component: &Value) -> DataDescription {
    let none = Value::Null;
    let contents = data.get("contents").unwrap_or(&none);
    let owner = data.get("governance").map(|governance| list(governance, "owners")).unwrap_or_default();
    let owner = owner.first().and_then(|owner| text(owner.get("organization")?, "name"));
    let provenance =
        list(component, "properties").iter().filter(|property| text(property, "name") == Some("headworks:provenance"));
    DataDescription {
        content: named(contents).collect(),
        provenance: provenance.filter_map(|property| text(property, "value")).map(stated).collect(),
        sensitivity: list(data, "sensitiveData").iter().filter_map(Value::as_str).map(stated).collect(),
        owner: owner.map(|name| Claim::new(Basis::Stated, name, "document")),
    }
}
