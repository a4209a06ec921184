//! SPDX 3.0 as JSON-LD, in the compact form that the specification prescribes for it.

use std::collections::BTreeMap;

use headworks_types::Severity;
use serde_json::Value;

use super::{Document, ReadError, Reading, complete, digest, list, stated, text};
use crate::bom::model::{Component, DataDescription, FileOf, Kind, Link, Metric, ModelDescription, Relation, Weakness};

/// How the names of our own documents begin.
const OWN: &str = "urn:headworks:bom:";

pub(super) fn read(document: &Value) -> Result<Document, ReadError> {
    let graph = list(document, "@graph");
    let of_kind = |kind: &'static str| graph.iter().filter(move |element| text(element, "type") == Some(kind));
    let creation = of_kind("CreationInfo").next();
    let version = creation.and_then(|creation| text(creation, "specVersion")).unwrap_or_default();
    if !version.starts_with("3.0") {
        return Err(ReadError::Version { format: "SPDX", version: version.to_owned() });
    }
    let names: BTreeMap<&str, &str> =
        graph.iter().filter_map(|element| Some((text(element, "spdxId")?, text(element, "name")?))).collect();
    let expressions: BTreeMap<&str, &str> = of_kind("simplelicensing_LicenseExpression")
        .filter_map(|element| Some((text(element, "spdxId")?, text(element, "simplelicensing_licenseExpression")?)))
        .collect();
    let mut reading = Reading::new();
    let created = creation.and_then(|creation| text(creation, "created")?.parse::<jiff::Timestamp>().ok());
    reading.bom.created_ms = created.map_or(0, |time| time.as_millisecond());
    let creators =
        creation.map(|creation| list(creation, "createdBy")).unwrap_or_default().iter().filter_map(Value::as_str);
    reading.bom.authors = creators.map(|id| stated(names.get(id).copied().unwrap_or(id))).collect();
    let root = of_kind("software_Sbom").find_map(|sbom| list(sbom, "rootElement").first()?.as_str());
    for (index, element) in graph.iter().enumerate() {
        let place = format!("@graph[{index}]");
        let Some(kind) = kind(element) else { continue };
        let component = reading.element(element, kind, &place, &names);
        if root == Some(component.reference.as_str()) {
            reading.bom.system = Component { kind: Kind::System, ..component };
        } else {
            reading.add(component)?;
        }
    }
    if reading.bom.system.reference.is_empty() {
        reading.problem("the document does not say what it is about (no `rootElement` that is a package)");
    }
    let places = reading.places();
    for relationship in
        graph.iter().filter(|element| text(element, "type").is_some_and(|kind| kind.ends_with("Relationship")))
    {
        reading.relation(relationship, &expressions, &places);
    }
    for weakness in of_kind("security_Vulnerability") {
        let id = text(weakness, "spdxId").unwrap_or_default();
        let name = text(weakness, "name").unwrap_or(id).to_owned();
        let affecting = graph
            .iter()
            .filter(|edge| text(edge, "from") == Some(id) && text(edge, "relationshipType") == Some("affects"));
        let affects =
            affecting.flat_map(|edge| list(edge, "to")).filter_map(Value::as_str).map(str::to_owned).collect();
        let description = text(weakness, "description").unwrap_or_default().to_owned();
        reading.bom.weaknesses.push(Weakness {
            id: name,
            source: String::new(),
            severity: Severity::Info,
            description,
            affects,
        });
    }
    reading.fold_files();
    Ok(reading.finish("SPDX", version, false))
}

fn kind(element: &Value) -> Option<Kind> {
    match text(element, "type")? {
        "ai_AIPackage" => Some(Kind::Model),
        "dataset_DatasetPackage" => Some(Kind::Dataset),
        "software_File" => Some(Kind::File),
        "software_Package" => Some(match text(element, "software_primaryPurpose").unwrap_or_default() {
            "application" => Kind::Application,
            "framework" => Kind::Framework,
            "container" => Kind::Container,
            "operatingSystem" => Kind::OperatingSystem,
            "device" => Kind::Device,
            "firmware" => Kind::Firmware,
            "platform" => Kind::Platform,
            "model" => Kind::Model,
            "data" => Kind::Dataset,
            "file" => Kind::File,
            _ => Kind::Library,
        }),
        _ => None,
    }
}

impl Reading {
    /// In our own documents a file belongs to what contains it, with its role in words.
    fn fold_files(&mut self) {
        let is_ours = |component: &Component| component.kind == Kind::File && component.reference.starts_with(OWN);
        let (files, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.bom.components).into_iter().partition(is_ours);
        self.bom.components = others;
        let files: BTreeMap<String, FileOf> =
            files.into_iter().map(|file| (file.reference.clone(), as_file(file))).collect();
        let places = self.places();
        for edge in self.bom.edges.iter().filter(|edge| edge.relation == Relation::Contains) {
            let Some(file) = files.get(&edge.to) else { continue };
            let holder = match places.get(&edge.from) {
                Some(place) => self.bom.components.get_mut(*place),
                None => Some(&mut self.bom.system).filter(|system| system.reference == edge.from),
            };
            holder.into_iter().for_each(|holder| holder.files.push(file.clone()));
        }
        self.bom.edges.retain(|edge| !files.contains_key(&edge.to));
    }

    fn element(&mut self, value: &Value, kind: Kind, place: &str, names: &BTreeMap<&str, &str>) -> Component {
        let (name, reference) = (text(value, "name"), text(value, "spdxId"));
        if name.is_none() || reference.is_none() {
            self.problem(format!("`{place}` has no name or no spdxId"));
        }
        let mut component = Component::new(kind, reference.unwrap_or(place), name.unwrap_or_default());
        component.version = text(value, "software_packageVersion").map(stated);
        component.purl = text(value, "software_packageUrl").map(str::to_owned);
        component.description = text(value, "description").map(stated);
        component.released = text(value, "releaseTime").map(stated);
        let origins = list(value, "originatedBy").first().and_then(Value::as_str);
        let supplier = text(value, "suppliedBy").or(origins);
        component.supplier = supplier.map(|id| stated(names.get(id).copied().unwrap_or(id)));
        let download = text(value, "software_downloadLocation");
        component.links =
            download.map(|url| Link { kind: "distribution".into(), url: url.to_owned() }).into_iter().collect();
        for hash in list(value, "verifiedUsing") {
            match (text(hash, "algorithm"), text(hash, "hashValue")) {
                (Some(algorithm), Some(digits)) => digest(&mut component, algorithm, digits),
                _ => self.problem(format!("`{place}` is verified by something that is not read")),
            }
        }
        for identifier in list(value, "externalIdentifier") {
            let (Some(kind), Some(id)) = (text(identifier, "externalIdentifierType"), text(identifier, "identifier"))
            else {
                continue;
            };
            match kind {
                "packageUrl" if component.purl.is_none() => component.purl = Some(id.to_owned()),
                "cpe22" | "cpe23" => component.identifiers.push(("cpe".into(), id.to_owned())),
                kind => component.identifiers.push((kind.to_owned(), id.to_owned())),
            }
        }
        // What has no field of its own stands in the comment, line by line.
        for (name, value) in text(value, "comment").unwrap_or_default().lines().filter_map(|line| line.split_once(": "))
        {
            match name {
                "versions" => component.range = Some(value.to_owned()),
                "headworks:kind" if value == "adapter" => component.kind = Kind::Adapter,
                name => component.properties.push((name.to_owned(), value.to_owned())),
            }
        }
        match kind {
            Kind::Model => component.model = Some(model(value)),
            Kind::Dataset => component.data = Some(data(value)),
            _ => {}
        }
        complete(&mut component);
        component
    }

    fn relation(&mut self, value: &Value, expressions: &BTreeMap<&str, &str>, places: &BTreeMap<String, usize>) {
        let (Some(from), Some(kind)) = (text(value, "from"), text(value, "relationshipType")) else {
            return self.problem("a relationship has no `from` or no type");
        };
        let to: Vec<&str> = list(value, "to").iter().filter_map(Value::as_str).collect();
        let (relation, is_turned) = match kind {
            "contains" | "describes" | "hasDataFile" => (Relation::Contains, false),
            "dependsOn"
            | "hasPrerequisite"
            | "hasDynamicLink"
            | "hasStaticLink"
            | "hasOptionalDependency"
            | "hasProvidedDependency" => (Relation::DependsOn, false),
            "descendantOf" => (Relation::DerivedFrom, false),
            "ancestorOf" | "generates" => (Relation::DerivedFrom, true),
            "trainedOn" => (Relation::TrainedOn, false),
            "testedOn" => (Relation::TestedOn, false),
            "hasDeclaredLicense" | "hasConcludedLicense" => return self.licence(from, &to, expressions, places),
            // Read with the vulnerability.
            "affects" => return,
            kind => return self.problem(format!("the relationship `{kind}` from `{from}` is not read")),
        };
        for end in to {
            let (from, to) = if is_turned { (end, from) } else { (from, end) };
            self.link(from, relation, to);
        }
    }

    fn licence(&mut self, of: &str, to: &[&str], expressions: &BTreeMap<&str, &str>, places: &BTreeMap<String, usize>) {
        let component = match places.get(of) {
            Some(place) => self.bom.components.get_mut(*place),
            None => Some(&mut self.bom.system).filter(|system| system.reference == of),
        };
        let Some(component) = component else { return };
        for expression in to.iter().filter_map(|id| expressions.get(id)).filter(|text| **text != "NOASSERTION") {
            if !component.licences.iter().any(|known| known.value == *expression) {
                component.licences.push(stated(expression));
            }
        }
    }
}

impl Reading {
    /// Where the component of each reference stands.
    fn places(&self) -> BTreeMap<String, usize> {
        let components = self.bom.components.iter().enumerate();
        components.map(|(place, component)| (component.reference.clone(), place)).collect()
    }
}

fn as_file(component: Component) -> FileOf {
    let role = component.properties.iter().find(|(name, _)| name == "role").map(|(_, role)| role.clone());
    FileOf {
        path: component.name,
        bytes: 0,
        digest: component.digests.first().copied(),
        role: role.unwrap_or_default(),
        format: String::new(),
    }
}

fn model(value: &Value) -> ModelDescription {
    let texts = |key: &str| text(value, key).map(stated).into_iter().collect();
    let entries = |key: &str| -> Vec<(String, String)> {
        let entries = list(value, key).iter();
        entries
            .filter_map(|entry| {
                Some((text(entry, "key")?.to_owned(), text(entry, "value").unwrap_or_default().to_owned()))
            })
            .collect()
    };
    let first = |key: &str| list(value, key).first().and_then(Value::as_str).map(stated);
    let metrics = entries("ai_metric").into_iter();
    ModelDescription {
        family: first("ai_typeOfModel"),
        architecture: list(value, "ai_typeOfModel").get(1).and_then(Value::as_str).map(stated),
        task: first("ai_domain"),
        hyperparameters: entries("ai_hyperparameter").into_iter().map(|(name, value)| (name, stated(&value))).collect(),
        metrics: metrics
            .map(|(name, value)| Metric { name, claim: stated(&value), value, dataset: String::new() })
            .collect(),
        uses: texts("ai_informationAboutApplication"),
        limitations: texts("ai_limitation"),
        training: texts("ai_informationAboutTraining"),
        ..ModelDescription::default()
    }
}

fn data(value: &Value) -> DataDescription {
    let size = value.get("dataset_datasetSize").map(|size| ("bytes".to_owned(), stated(&size.to_string())));
    DataDescription {
        content: size.into_iter().collect(),
        provenance: text(value, "dataset_dataCollectionProcess").map(stated).into_iter().collect(),
        ..DataDescription::default()
    }
}
