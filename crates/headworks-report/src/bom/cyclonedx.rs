//! CycloneDX 1.6 and 1.7 as JSON.
//!
//! Source: ECMA-424 and its JSON schemas. A base model is the ancestor in a pedigree, a dataset a component of type
//! `data`, a range of versions `versionRange` with `isExternal` (1.7) and never a version. What a value rests on
//! stands in properties named `headworks:basis:` and the field, and in 1.7 in `citations` as well.

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::{Digest, Severity};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::licence::{self, Licence};
use super::model::{Basis, Bom, Claim, Component, FileOf, Kind, Phase, Relation, Weakness};

/// A version of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Of 2024.
    V1_6,
    /// Of 2025.
    V1_7,
}

impl Version {
    fn number(self) -> &'static str {
        match self {
            Self::V1_6 => "1.6",
            Self::V1_7 => "1.7",
        }
    }
}

/// How the tool is referred to.
const TOOL: &str = "tool:headworks";

pub(super) fn document(bom: &Bom, version: Version) -> Value {
    let writer = Writer { bom, version };
    let number = version.number();
    let listed: Vec<&Component> = bom.components.iter().filter(|component| is_listed(component)).collect();
    let components: Vec<Value> = listed.iter().map(|component| writer.component(component)).collect();
    let services: Vec<Value> = bom.components.iter().filter(|c| c.kind == Kind::Service).map(service).collect();
    let mut document = object(json!({
        "$schema": format!("http://cyclonedx.org/schema/bom-{number}.schema.json"),
        "bomFormat": "CycloneDX",
        "specVersion": number,
        "serialNumber": serial(bom, number),
        "version": 1,
        "metadata": writer.metadata(),
        "components": components,
        "dependencies": dependencies(bom),
        "compositions": [compositions(bom)],
    }));
    put(&mut document, "services", services);
    put(&mut document, "vulnerabilities", bom.weaknesses.iter().map(vulnerability).collect());
    put_value(&mut document, "declarations", declarations(bom));
    if version == Version::V1_7 {
        put(&mut document, "citations", citations(bom, &listed));
    }
    Value::Object(document)
}

struct Writer<'a> {
    bom: &'a Bom,
    version: Version,
}

/// Services have a place of their own, and a model that is only named is an ancestor of those made from it.
fn is_listed(component: &Component) -> bool {
    component.kind != Kind::Service && !(component.is_model() && component.is_external)
}

impl Writer<'_> {
    fn metadata(&self) -> Value {
        let bom = self.bom;
        let phase = match bom.phase {
            Phase::PreBuild => "pre-build",
            Phase::PostBuild => "post-build",
        };
        let mut metadata = object(json!({
            "timestamp": time(bom.created_ms),
            "lifecycles": [{ "phase": phase }],
            "tools": { "components": [
                { "type": "application", "bom-ref": TOOL, "name": "headworks", "version": bom.tool_version },
            ] },
            "component": self.component(&bom.system),
        }));
        put(&mut metadata, "authors", bom.authors.iter().map(|author| json!({ "name": author.value })).collect());
        let supplier = bom.system.supplier.as_ref().map(organisation);
        put_value(&mut metadata, "supplier", supplier);
        let digest = bom.artifact.map(|digest| property("headworks:artifact", &digest.to_string()));
        put(&mut metadata, "properties", digest.into_iter().collect());
        Value::Object(metadata)
    }

    fn component(&self, component: &Component) -> Value {
        let mut written =
            object(json!({ "type": kind(component.kind), "bom-ref": component.reference, "name": component.name }));
        put_value(&mut written, "group", component.group.as_ref().map(|group| json!(group)));
        self.version(component, &mut written);
        let text = |claim: &Option<Claim>| claim.as_ref().map(|claim| json!(claim.value));
        put_value(&mut written, "description", text(&component.description));
        put_value(&mut written, "supplier", component.supplier.as_ref().map(organisation));
        put_value(&mut written, "publisher", text(&component.supplier));
        put_value(&mut written, "purl", component.purl.as_ref().map(|purl| json!(purl)));
        let others = component.other_digests.iter().map(|(alg, content)| json!({ "alg": alg, "content": content }));
        put(&mut written, "hashes", component.digests.iter().map(hash).chain(others).collect());
        for (name, value) in &component.identifiers {
            let value = if name == "cpe" { json!(value) } else { json!([value]) };
            put_value(&mut written, name, Some(value));
        }
        put(&mut written, "licenses", licences(&component.licences));
        put(
            &mut written,
            "externalReferences",
            component.links.iter().map(|link| json!({ "type": link.kind, "url": iri(&link.url) })).collect(),
        );
        put(&mut written, "components", component.files.iter().map(|file| self.file(component, file)).collect());
        put_value(&mut written, "pedigree", self.pedigree(component));
        put_value(&mut written, "modelCard", self.model_card(component));
        put(&mut written, "data", data(component));
        put(&mut written, "properties", properties(component));
        Value::Object(written)
    }

    /// A range is none of the versions in it.
    fn version(&self, component: &Component, written: &mut Map<String, Value>) {
        if let Some(version) = &component.version {
            written.insert("version".into(), json!(version.value));
        } else if let (Version::V1_7, Some(range)) = (self.version, &component.range) {
            written.insert("versionRange".into(), json!(range));
            written.insert("isExternal".into(), json!(true));
        }
    }

    fn file(&self, of: &Component, file: &FileOf) -> Value {
        let mut written = object(json!({
            "type": "file",
            "bom-ref": format!("file:{}#{}", of.reference, file.path),
            "name": file.path,
        }));
        put(&mut written, "hashes", file.digest.iter().map(hash).collect());
        let format = (!file.format.is_empty()).then(|| property("headworks:format", &file.format));
        let facts = [property("headworks:role", &file.role), property("headworks:bytes", &file.bytes.to_string())];
        put(&mut written, "properties", facts.into_iter().chain(format).collect());
        Value::Object(written)
    }

    fn pedigree(&self, component: &Component) -> Option<Value> {
        let ancestors = self.bom.related(&component.reference, Relation::DerivedFrom);
        let ancestors: Vec<Value> = ancestors
            .filter_map(|edge| self.bom.component(&edge.to))
            .filter(|ancestor| ancestor.is_external)
            .map(|ancestor| self.component(ancestor))
            .collect();
        (!ancestors.is_empty()).then(|| json!({ "ancestors": ancestors }))
    }

    fn model_card(&self, component: &Component) -> Option<Value> {
        let model = component.model.as_ref()?;
        let text = |claim: &Option<Claim>| claim.as_ref().map(|claim| json!(claim.value));
        let format = |claim: &Claim| json!({ "format": claim.value });
        let mut parameters = Map::new();
        put_value(&mut parameters, "task", text(&model.task));
        put_value(&mut parameters, "architectureFamily", text(&model.family));
        put_value(&mut parameters, "modelArchitecture", text(&model.architecture));
        let datasets = self.bom.related(&component.reference, Relation::TrainedOn);
        put(&mut parameters, "datasets", datasets.map(|edge| json!({ "ref": edge.to })).collect());
        put(&mut parameters, "inputs", model.inputs.iter().map(format).collect());
        put(&mut parameters, "outputs", model.outputs.iter().map(format).collect());
        let metrics = model.metrics.iter().map(|metric| {
            let mut written = object(json!({ "type": metric.name, "value": metric.value }));
            put_value(&mut written, "slice", (!metric.dataset.is_empty()).then(|| json!(metric.dataset)));
            Value::Object(written)
        });
        let metrics: Vec<Value> = metrics.collect();
        let texts = |claims: &[Claim]| claims.iter().map(|claim| json!(claim.value)).collect::<Vec<_>>();
        let mut considerations = Map::new();
        put(&mut considerations, "useCases", texts(&model.uses));
        put(&mut considerations, "technicalLimitations", texts(&model.limitations));
        put(
            &mut considerations,
            "ethicalConsiderations",
            model.risks.iter().map(|claim| json!({ "name": claim.value })).collect(),
        );
        let environment: Vec<Value> =
            model.environment.iter().map(|(name, claim)| property(name, &claim.value)).collect();
        let environment = (!environment.is_empty()).then(|| json!({ "properties": environment }));
        put_value(&mut considerations, "environmentalConsiderations", environment);
        let hyperparameters = model.hyperparameters.iter().map(|(name, claim)| property(name, &claim.value));
        let training = model.training.iter().map(|claim| property("training", &claim.value));
        let mut card = Map::new();
        put_value(&mut card, "modelParameters", (!parameters.is_empty()).then_some(Value::Object(parameters)));
        put_value(
            &mut card,
            "quantitativeAnalysis",
            (!metrics.is_empty()).then(|| json!({ "performanceMetrics": metrics })),
        );
        put_value(&mut card, "considerations", (!considerations.is_empty()).then_some(Value::Object(considerations)));
        put(&mut card, "properties", hyperparameters.chain(training).collect());
        (!card.is_empty()).then_some(Value::Object(card))
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::System | Kind::Application | Kind::Service => "application",
        Kind::Model | Kind::Adapter => "machine-learning-model",
        Kind::Dataset => "data",
        Kind::Library => "library",
        Kind::Container => "container",
        Kind::Device => "device",
        Kind::Framework => "framework",
        Kind::OperatingSystem => "operating-system",
        Kind::Platform => "platform",
        Kind::Firmware => "firmware",
        Kind::File | Kind::Other => "file",
    }
}

fn service(component: &Component) -> Value {
    let endpoints = component.properties.iter().filter(|(name, _)| name == "headworks:endpoint");
    let endpoints: Vec<&str> = endpoints.map(|(_, url)| url.as_str()).collect();
    json!({ "bom-ref": component.reference, "name": component.name, "endpoints": endpoints })
}

fn data(component: &Component) -> Vec<Value> {
    let Some(data) = &component.data else { return Vec::new() };
    let mut written = object(json!({ "type": "dataset", "name": component.name }));
    let mut contents = Map::new();
    let url = component.links.iter().find(|link| link.kind == "distribution").map(|link| json!(iri(&link.url)));
    put_value(&mut contents, "url", url);
    put(&mut contents, "properties", data.content.iter().map(|(name, claim)| property(name, &claim.value)).collect());
    put_value(&mut written, "contents", (!contents.is_empty()).then_some(Value::Object(contents)));
    put_value(&mut written, "description", component.description.as_ref().map(|claim| json!(claim.value)));
    put(&mut written, "sensitiveData", data.sensitivity.iter().map(|claim| json!(claim.value)).collect());
    let owner = data.owner.as_ref().map(|owner| json!({ "owners": [{ "organization": { "name": owner.value } }] }));
    put_value(&mut written, "governance", owner);
    vec![Value::Object(written)]
}

/// An expression stands alone; beside others it is quoted as a name.
fn licences(claims: &[Claim]) -> Vec<Value> {
    let is_alone = claims.len() == 1;
    let written = claims.iter().map(|claim| match licence::read(&claim.value) {
        Licence::Id(id) if licence::is_in_cyclonedx(&id) => {
            json!({ "license": { "id": id, "acknowledgement": "declared" } })
        }
        Licence::Id(expression) | Licence::Expression(expression) if is_alone => {
            json!({ "expression": expression, "acknowledgement": "declared" })
        }
        Licence::Id(name) | Licence::Expression(name) | Licence::Name(name) => {
            json!({ "license": { "name": name, "acknowledgement": "declared" } })
        }
    });
    written.collect()
}

fn properties(component: &Component) -> Vec<Value> {
    let own = component.properties.iter().map(|(name, value)| property(name, value));
    let released = component.released.iter().map(|claim| property("headworks:timestamp", &claim.value));
    let sources = component.data.iter().flat_map(|data| &data.provenance);
    let sources = sources.map(|claim| property("headworks:provenance", &claim.value));
    let kind = (component.kind == Kind::Adapter).then(|| property("headworks:kind", "adapter"));
    let bases = bases(component).into_iter().map(|(field, claim)| {
        property(&format!("headworks:basis:{field}"), &format!("{}: {}", claim.basis.word(), claim.source))
    });
    own.chain(released).chain(sources).chain(kind).chain(bases).collect()
}

/// The fields of a component whose values rest on something, by their names in this format.
fn bases(component: &Component) -> Vec<(&'static str, &Claim)> {
    let fields = [
        ("version", component.version.as_ref()),
        ("description", component.description.as_ref()),
        ("supplier", component.supplier.as_ref()),
        ("licenses", component.licences.first()),
    ];
    fields.into_iter().filter_map(|(name, claim)| Some((name, claim?))).collect()
}

/// Who says what, by pointers into the document.
fn citations(bom: &Bom, listed: &[&Component]) -> Vec<Value> {
    let places = listed.iter().enumerate().map(|(index, component)| (format!("/components/{index}"), *component));
    let places = std::iter::once(("/metadata/component".to_owned(), &bom.system)).chain(places);
    let mut citations = Vec::new();
    for (place, component) in places {
        for (field, claim) in bases(component) {
            citations.push(json!({
                "pointers": [format!("{place}/{field}")],
                "timestamp": time(bom.created_ms),
                "attributedTo": TOOL,
                "note": format!("{}: {}", claim.basis.word(), claim.source),
            }));
        }
    }
    citations
}

/// Everything that something contains, depends on, or was made from; what has none is said to have none.
fn dependencies(bom: &Bom) -> Vec<Value> {
    let mut ends: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for edge in &bom.edges {
        ends.entry(&edge.from).or_default().insert(&edge.to);
    }
    let written = bom.all().map(|component| {
        let on = ends.get(component.reference.as_str()).cloned().unwrap_or_default();
        json!({ "ref": component.reference, "dependsOn": on })
    });
    written.collect()
}

fn compositions(bom: &Bom) -> Value {
    let aggregate = if bom.incomplete.is_empty() { "complete" } else { "incomplete" };
    json!({ "aggregate": aggregate, "assemblies": [bom.system.reference] })
}

fn vulnerability(weakness: &Weakness) -> Value {
    let severity = match weakness.severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    };
    json!({
        "bom-ref": format!("weakness:{}:{}", weakness.id, weakness.affects.join(",")),
        "id": weakness.id,
        "source": { "name": weakness.source },
        "ratings": [{ "severity": severity, "method": "other" }],
        "description": weakness.description,
        "affects": weakness.affects.iter().map(|reference| json!({ "ref": reference })).collect::<Vec<_>>(),
    })
}

/// What was decided of each control, as claims about the whole.
fn declarations(bom: &Bom) -> Option<Value> {
    let claims = bom.controls.iter().map(|(control, outcome, title)| {
        json!({
            "bom-ref": format!("claim:{control}"),
            "target": bom.system.reference,
            "predicate": format!("{control} {title}"),
            "reasoning": format!("headworks: {outcome}"),
        })
    });
    let claims: Vec<Value> = claims.collect();
    (!claims.is_empty()).then(|| json!({ "claims": claims }))
}

/// A URL, or a path as a relative reference (RFC 3987); what must not stand in one is escaped.
fn iri(written: &str) -> String {
    let is_url = written.contains("://");
    let mut iri = String::with_capacity(written.len());
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        let escapes = || rest.as_str().bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        let stays = match c {
            '%' => is_url && escapes(),
            ':' | '?' | '#' | '[' | ']' => is_url,
            c if c.is_ascii() => c.is_ascii_alphanumeric() || "-._~/@!$&'()*+,;=".contains(c),
            // What the grammar calls `ucschar`, without what has no letters in it.
            c => c.is_alphanumeric(),
        };
        if stays {
            iri.push(c);
        } else {
            c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| iri.push_str(&format!("%{byte:02X}")));
        }
    }
    iri
}

fn organisation(claim: &Claim) -> Value {
    json!({ "name": claim.value })
}

fn hash(digest: &Digest) -> Value {
    json!({ "alg": "SHA-256", "content": digest.hex() })
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

/// One document, and no other: its identity follows from what it describes, when, and by which version.
fn serial(bom: &Bom, number: &str) -> String {
    let what = bom.artifact.map_or_else(|| bom.system.reference.clone(), |digest| digest.to_string());
    let words = format!("{what} {} {} {number}", bom.created_ms, bom.tool_version);
    let hex = Digest::of(words.as_bytes()).hex();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    // RFC 9562: version 8, made by a rule of our own.
    format!("urn:uuid:{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// RFC 3339, to the second.
pub(super) fn time(ms: i64) -> String {
    let whole = ms.div_euclid(1000);
    Timestamp::from_second(whole).map(|time| time.to_string()).unwrap_or_default()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn put(map: &mut Map<String, Value>, name: &str, values: Vec<Value>) {
    if !values.is_empty() {
        map.insert(name.to_owned(), Value::Array(values));
    }
}

fn put_value(map: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value);
    }
}

/// Whether a value was found and not merely asserted.
pub(super) fn is_shown(basis: Basis) -> bool {
    matches!(basis, Basis::Verified | Basis::Observed | Basis::Inferred)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls_become_references() {
        assert_eq!(iri("a b/w\u{e9}ights #1.md"), "a%20b/w\u{e9}ights%20%231.md");
        assert_eq!(iri("https://x.invalid/a?b=%41#c d"), "https://x.invalid/a?b=%41#c%20d");
        assert_eq!(iri("a:b%zz"), "a%3Ab%25zz");
    }
}
