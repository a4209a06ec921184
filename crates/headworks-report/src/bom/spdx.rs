//! SPDX 3.0.1 as JSON-LD, with the software, AI and dataset profiles.
//!
//! Source: the SPDX 3.0.1 specification. The AI and dataset profiles make more fields mandatory than the official
//! shapes check; a document claims conformance to a profile only when each of its components has them all, and
//! [`unmet`] says what is missing. Names are references below a namespace of the document's own.

use std::collections::BTreeSet;

use headworks_types::Digest;
use serde_json::{Map, Value, json};

use super::cyclonedx::time;
use super::licence::{self, Licence};
use super::model::{Bom, Claim, Component, FileOf, Kind, Relation};

/// The context that validators know.
const CONTEXT: &str = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";
/// Everything in a document was created at one time, by one tool.
const CREATION: &str = "_:creation";

pub(super) fn document(bom: &Bom) -> Value {
    let mut graph = Graph { bom, elements: Vec::new(), agents: BTreeSet::new(), licences: BTreeSet::new(), count: 0 };
    graph.components();
    graph.edges();
    graph.document()
}

/// What the AI and dataset profiles ask for and the document lacks, by component.
pub(super) fn unmet(bom: &Bom) -> Vec<String> {
    let mut missing = Vec::new();
    for component in bom.components.iter().filter(|component| !component.is_external) {
        let download = component.links.iter().any(|link| link.kind == "distribution") || component.purl.is_some();
        let wanted: &[(&str, bool)] = match component.kind {
            Kind::Model | Kind::Adapter => &[
                ("suppliedBy", component.supplier.is_some()),
                ("releaseTime", instant(component.released.as_ref()).is_some()),
                ("packageVersion", component.version.is_some()),
                ("downloadLocation", download),
            ],
            Kind::Dataset => &[
                ("originatedBy", component.supplier.is_some() || component.group.is_some()),
                ("builtTime", instant(component.released.as_ref()).is_some()),
                ("releaseTime", instant(component.released.as_ref()).is_some()),
                ("downloadLocation", download),
            ],
            _ => &[],
        };
        missing.extend(
            wanted.iter().filter(|(_, met)| !met).map(|(field, _)| format!("{}: {field}", component.reference)),
        );
    }
    missing
}

struct Graph<'a> {
    bom: &'a Bom,
    elements: Vec<Value>,
    agents: BTreeSet<String>,
    licences: BTreeSet<String>,
    count: usize,
}

impl Graph<'_> {
    /// An IRI for something in the document; other characters are escaped as in a URI.
    fn id(&self, part: &str) -> String {
        let space = Digest::of(
            format!("{} {:?} {}", self.bom.system.reference, self.bom.artifact, self.bom.created_ms).as_bytes(),
        )
        .hex();
        let space = space.get(..32).unwrap_or_default();
        let mut id = format!("urn:headworks:bom:{space}:");
        for byte in part.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'@' => {
                    id.push(char::from(byte));
                }
                byte => id.push_str(&format!("%{byte:02X}")),
            }
        }
        id
    }

    fn element(&mut self, kind: &str, part: &str, fields: Value) -> String {
        let id = self.id(part);
        let mut element = Map::new();
        element.insert("type".into(), json!(kind));
        element.insert("spdxId".into(), json!(id));
        element.insert("creationInfo".into(), json!(CREATION));
        if let Value::Object(fields) = fields {
            element.extend(fields.into_iter().filter(|(_, value)| !is_empty(value)));
        }
        self.elements.push(Value::Object(element));
        id
    }

    fn relate(&mut self, from: &str, kind: &str, to: &[String], comment: &str) {
        self.count += 1;
        let part = format!("relationship/{}", self.count);
        self.element(
            "Relationship",
            &part,
            json!({ "from": from, "relationshipType": kind, "to": to, "comment": comment }),
        );
    }

    fn agent(&mut self, name: &str) -> String {
        let part = format!("agent/{name}");
        if self.agents.insert(name.to_owned()) {
            return self.element("Organization", &part, json!({ "name": name }));
        }
        self.id(&part)
    }

    fn licence(&mut self, expression: &str) -> String {
        let part = format!("licence/{expression}");
        if self.licences.insert(expression.to_owned()) {
            return self.element(
                "simplelicensing_LicenseExpression",
                &part,
                json!({ "simplelicensing_licenseExpression": expression }),
            );
        }
        self.id(&part)
    }

    fn components(&mut self) {
        for component in std::iter::once(&self.bom.system).chain(&self.bom.components) {
            let fields = self.fields(component);
            let kind = match component.kind {
                // What is only named can have nothing that a profile asks for.
                Kind::Model | Kind::Adapter if !component.is_external => "ai_AIPackage",
                Kind::Dataset if !component.is_external => "dataset_DatasetPackage",
                _ => "software_Package",
            };
            let id = self.element(kind, &component.reference, fields);
            self.licensed(&id, component);
            let files: Vec<String> = component.files.iter().map(|file| self.file(component, file)).collect();
            if !files.is_empty() {
                self.relate(&id, "contains", &files, "");
            }
        }
    }

    fn fields(&mut self, component: &Component) -> Value {
        let supplier = component.supplier.as_ref().map(|claim| self.agent(&claim.value));
        let origin = component.supplier.as_ref().map(|claim| claim.value.clone()).or_else(|| component.group.clone());
        let origin = origin.filter(|_| component.kind == Kind::Dataset).map(|name| vec![self.agent(&name)]);
        let name = component
            .group
            .as_ref()
            .map_or_else(|| component.name.clone(), |group| format!("{group}/{}", component.name));
        let released = instant(component.released.as_ref());
        let distribution = component.links.iter().find(|link| link.kind == "distribution").map(|link| link.url.clone());
        let mut fields = json!({
            "name": name,
            "description": component.description.as_ref().map(|claim| claim.value.clone()),
            "suppliedBy": supplier,
            "originatedBy": origin,
            "releaseTime": released,
            "software_packageVersion": component.version.as_ref().map(|claim| claim.value.clone()),
            "software_packageUrl": component.purl,
            "software_downloadLocation": distribution.or_else(|| component.purl.clone().filter(|_| component.is_model())),
            "software_primaryPurpose": purpose(component.kind),
            "verifiedUsing": component.digests.iter().map(hash).collect::<Vec<_>>(),
            "comment": comment(component),
        });
        let more = match component.kind {
            _ if component.is_external => Value::Null,
            Kind::Model | Kind::Adapter => model(component),
            Kind::Dataset => dataset(component, released.as_deref()),
            _ => Value::Null,
        };
        if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
            fields.extend(more);
        }
        fields
    }

    /// Both relations exactly once, as the AI profile asks; nobody here concludes anything about a licence.
    fn licensed(&mut self, id: &str, component: &Component) {
        let is_described = !component.is_external && (component.is_model() || component.kind == Kind::Dataset);
        if component.licences.is_empty() && !is_described {
            return;
        }
        let words: Vec<String> = component.licences.iter().map(|claim| expression(&claim.value)).collect();
        let declared = match words.as_slice() {
            [] => "NOASSERTION".to_owned(),
            [one] => one.clone(),
            several => several.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" AND "),
        };
        let declared = self.licence(&declared);
        let concluded = self.licence("NOASSERTION");
        self.relate(id, "hasDeclaredLicense", &[declared], "");
        self.relate(id, "hasConcludedLicense", &[concluded], "");
    }

    fn file(&mut self, of: &Component, file: &FileOf) -> String {
        let part = format!("{}#{}", of.reference, file.path);
        let purpose = match file.role.as_str() {
            "weights" => "model",
            "data" => "data",
            "code" => "source",
            "card" => "documentation",
            "configuration" => "configuration",
            _ => "file",
        };
        let digest: Vec<Value> = file.digest.iter().map(hash).collect();
        self.element(
            "software_File",
            &part,
            json!({ "name": file.path, "verifiedUsing": digest, "software_primaryPurpose": purpose, "comment": format!("role: {}", file.role) }),
        )
    }

    fn edges(&mut self) {
        for edge in &self.bom.edges {
            let kind = match edge.relation {
                Relation::Contains => "contains",
                Relation::DependsOn => "dependsOn",
                Relation::DerivedFrom => "descendantOf",
                Relation::TrainedOn => "trainedOn",
                Relation::TestedOn => "testedOn",
            };
            let (from, to) = (self.id(&edge.from), self.id(&edge.to));
            self.relate(&from, kind, &[to], &format!("{}: {}", edge.basis.word(), edge.source));
        }
        for (index, weakness) in self.bom.weaknesses.iter().enumerate() {
            let fields = json!({ "name": weakness.id, "description": weakness.description });
            let id = self.element("security_Vulnerability", &format!("weakness/{index}"), fields);
            let affected: Vec<String> = weakness.affects.iter().map(|reference| self.id(reference)).collect();
            self.relate(&id, "affects", &affected, "");
        }
    }

    fn document(mut self) -> Value {
        let system = self.id(&self.bom.system.reference);
        let authors: Vec<String> = self.bom.authors.iter().map(|author| author.value.clone()).collect();
        let mut creators: Vec<String> = authors.iter().map(|name| self.agent(name)).collect();
        let version = &self.bom.tool_version;
        let tool = self.element("Tool", "tool/headworks", json!({ "name": format!("headworks {version}") }));
        if creators.is_empty() {
            // Somebody must have created it, and all that is known is by what.
            creators.push(self.element(
                "SoftwareAgent",
                "agent/headworks",
                json!({ "name": format!("headworks {version}") }),
            ));
        }
        let elements: Vec<Value> = self.elements.iter().filter_map(|element| element.get("spdxId").cloned()).collect();
        let unmet = unmet(self.bom);
        let lacks = |is: fn(&Component) -> bool| {
            self.bom.components.iter().any(|component| {
                is(component) && unmet.iter().any(|missing| missing.starts_with(&format!("{}: ", component.reference)))
            })
        };
        let mut profiles = vec!["core", "software", "simpleLicensing"];
        profiles.extend((!lacks(Component::is_model)).then_some("ai"));
        profiles.extend((!lacks(|component| component.kind == Kind::Dataset)).then_some("dataset"));
        profiles.extend((!self.bom.weaknesses.is_empty()).then_some("security"));
        let phase = json!(["analyzed"]);
        let sbom = self.element(
            "software_Sbom",
            "sbom",
            json!({ "rootElement": [system], "element": elements, "software_sbomType": phase, "profileConformance": profiles }),
        );
        let name = format!("Bill of materials of {}", self.bom.system.name);
        let document =
            json!({ "rootElement": [sbom], "element": [sbom], "name": name, "profileConformance": profiles });
        self.element("SpdxDocument", "document", document);
        let creation = json!({
            "type": "CreationInfo",
            "@id": CREATION,
            "specVersion": "3.0.1",
            "created": time(self.bom.created_ms),
            "createdBy": creators,
            "createdUsing": [tool],
        });
        let graph: Vec<Value> = std::iter::once(creation).chain(self.elements).collect();
        json!({ "@context": CONTEXT, "@graph": graph })
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::System | Kind::Application | Kind::Service => "application",
        Kind::Model | Kind::Adapter => "model",
        Kind::Dataset => "data",
        Kind::Library => "library",
        Kind::Container => "container",
        Kind::Device => "device",
        Kind::Framework => "framework",
        Kind::OperatingSystem => "operatingSystem",
        Kind::Platform => "platform",
        Kind::Firmware => "firmware",
        Kind::File => "file",
        Kind::Other => "other",
    }
}

fn model(component: &Component) -> Value {
    let Some(model) = &component.model else { return Value::Null };
    let entry = |key: &str, value: &str| json!({ "type": "DictionaryEntry", "key": key, "value": value });
    let text = |claims: &[Claim]| claims.iter().map(|claim| claim.value.clone()).collect::<Vec<_>>().join("\n");
    let kinds: Vec<&str> =
        [&model.family, &model.architecture].into_iter().flatten().map(|claim| claim.value.as_str()).collect();
    let sides: Vec<String> = [("inputs", &model.inputs), ("outputs", &model.outputs)]
        .into_iter()
        .filter(|(_, claims)| !claims.is_empty())
        .map(|(side, claims)| {
            format!("{side}: {}", claims.iter().map(|claim| claim.value.as_str()).collect::<Vec<_>>().join(", "))
        })
        .collect();
    json!({
        "ai_typeOfModel": kinds,
        "ai_domain": model.task.iter().map(|claim| claim.value.clone()).collect::<Vec<_>>(),
        "ai_informationAboutApplication": sides.into_iter().chain(model.uses.iter().map(|claim| claim.value.clone())).collect::<Vec<_>>().join("\n"),
        "ai_informationAboutTraining": text(&model.training),
        "ai_limitation": text(&model.limitations),
        "ai_hyperparameter": model.hyperparameters.iter().map(|(name, claim)| entry(name, &claim.value)).collect::<Vec<_>>(),
        "ai_metric": model.metrics.iter().map(|metric| entry(&metric.name, &metric.value)).collect::<Vec<_>>(),
    })
}

fn dataset(component: &Component, released: Option<&str>) -> Value {
    let Some(data) = &component.data else { return json!({ "dataset_datasetType": ["noAssertion"] }) };
    let sources: Vec<&str> = data.provenance.iter().map(|claim| claim.value.as_str()).collect();
    let bytes =
        data.content.iter().find(|(name, _)| name == "bytes").and_then(|(_, claim)| claim.value.parse::<u64>().ok());
    json!({
        "builtTime": released,
        "dataset_datasetType": ["noAssertion"],
        "dataset_datasetSize": bytes,
        "dataset_dataCollectionProcess": sources.join("\n"),
    })
}

/// What has no field of its own.
fn comment(component: &Component) -> Option<String> {
    let own = component.properties.iter().map(|(name, value)| format!("{name}: {value}"));
    let kind = (component.kind == Kind::Adapter).then(|| "headworks:kind: adapter".to_owned());
    let range = component.range.iter().map(|range| format!("versions: {range}"));
    let lines: Vec<String> = own.chain(kind).chain(range).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn hash(digest: &Digest) -> Value {
    json!({ "type": "Hash", "algorithm": "sha256", "hashValue": digest.hex() })
}

/// A name outside of the SPDX list becomes a reference of its own.
fn expression(written: &str) -> String {
    match licence::read(written) {
        Licence::Id(text) | Licence::Expression(text) => text,
        Licence::Name(name) => {
            let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
            format!("LicenseRef-{}", name.chars().map(plain).collect::<String>())
        }
    }
}

/// A time as the specification writes one: UTC, to the second.
fn instant(claim: Option<&Claim>) -> Option<String> {
    let written = claim?.value.as_str();
    let day = || format!("{written}T00:00:00Z").parse::<jiff::Timestamp>().ok();
    let moment = written.parse::<jiff::Timestamp>().ok().or_else(day)?;
    Some(time(moment.as_millisecond()))
}
