//! SPDX 2.2 and 2.3 as JSON.

use serde_json::Value;

use super::{Document, ReadError, Reading, complete, digest, list, stated, text};
use crate::bom::model::{Component, Kind, Link, Relation};

/// The document itself, which relations may begin with.
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

pub(super) fn read(document: &Value) -> Result<Document, ReadError> {
    let version = text(document, "spdxVersion").unwrap_or_default();
    let Some(number) = version.strip_prefix("SPDX-").filter(|number| matches!(*number, "2.2" | "2.3")) else {
        return Err(ReadError::Version { format: "SPDX", version: version.to_owned() });
    };
    let mut reading = Reading::new();
    let none = Value::Null;
    let creation = document.get("creationInfo").unwrap_or(&none);
    let created = text(creation, "created").and_then(|time| time.parse::<jiff::Timestamp>().ok());
    reading.bom.created_ms = created.map_or(0, |time| time.as_millisecond());
    reading.bom.authors = list(creation, "creators").iter().filter_map(Value::as_str).map(stated).collect();
    reading.bom.system = Component::new(Kind::System, DOCUMENT, text(document, "name").unwrap_or_default());
    for (index, package) in list(document, "packages").iter().enumerate() {
        reading.package(package, &format!("packages[{index}]"))?;
    }
    for (index, file) in list(document, "files").iter().enumerate() {
        reading.file_element(file, &format!("files[{index}]"))?;
    }
    for described in list(document, "documentDescribes").iter().filter_map(Value::as_str) {
        reading.link(DOCUMENT, Relation::Contains, described);
    }
    for relationship in list(document, "relationships") {
        reading.relationship(relationship);
    }
    Ok(reading.finish("SPDX", number, false))
}

impl Reading {
    fn package(&mut self, value: &Value, place: &str) -> Result<(), ReadError> {
        let kind = match text(value, "primaryPackagePurpose").unwrap_or_default() {
            "APPLICATION" => Kind::Application,
            "FRAMEWORK" => Kind::Framework,
            "CONTAINER" => Kind::Container,
            "OPERATING-SYSTEM" => Kind::OperatingSystem,
            "DEVICE" => Kind::Device,
            "FIRMWARE" => Kind::Firmware,
            "FILE" => Kind::File,
            _ => Kind::Library,
        };
        let mut package = self.described(value, kind, place);
        package.version = text(value, "versionInfo").map(stated);
        package.supplier = text(value, "supplier")
            .filter(|text| *text != "NOASSERTION")
            .map(|text| stated(text.split_once(": ").map_or(text, |(_, name)| name)));
        package.description = text(value, "description").or_else(|| text(value, "summary")).map(stated);
        let download = text(value, "downloadLocation").filter(|url| !matches!(*url, "NOASSERTION" | "NONE"));
        package.links.extend(download.map(|url| Link { kind: "distribution".into(), url: url.to_owned() }));
        for reference in list(value, "externalRefs") {
            let (Some(kind), Some(locator)) = (text(reference, "referenceType"), text(reference, "referenceLocator"))
            else {
                self.problem(format!("`{place}` has an external reference without type or locator"));
                continue;
            };
            match kind {
                "purl" if package.purl.is_none() => package.purl = Some(locator.to_owned()),
                "cpe22Type" | "cpe23Type" => package.identifiers.push(("cpe".into(), locator.to_owned())),
                kind => package.identifiers.push((kind.to_owned(), locator.to_owned())),
            }
        }
        let is_model = package
            .purl
            .as_deref()
            .is_some_and(|purl| purl.starts_with("pkg:huggingface/") || purl.starts_with("pkg:mlflow/"));
        if is_model {
            package.kind = Kind::Model;
        }
        complete(&mut package);
        self.add(package)
    }

    fn file_element(&mut self, value: &Value, place: &str) -> Result<(), ReadError> {
        let file = self.described(value, Kind::File, place);
        self.add(file)
    }

    /// What packages and files have in common.
    fn described(&mut self, value: &Value, kind: Kind, place: &str) -> Component {
        let name = text(value, "name").or_else(|| text(value, "fileName"));
        let reference = text(value, "SPDXID");
        if name.is_none() || reference.is_none() {
            self.problem(format!("`{place}` has no name or no SPDXID"));
        }
        let mut component = Component::new(kind, reference.unwrap_or(place), name.unwrap_or_default());
        for checksum in list(value, "checksums") {
            match (text(checksum, "algorithm"), text(checksum, "checksumValue")) {
                (Some(algorithm), Some(digits)) => digest(&mut component, algorithm, digits),
                _ => self.problem(format!("`{place}` has a checksum without algorithm or value")),
            }
        }
        let licences = ["licenseDeclared", "licenseConcluded"].into_iter().filter_map(|key| text(value, key));
        for licence in licences.filter(|licence| !matches!(*licence, "NOASSERTION" | "NONE")) {
            if !component.licences.iter().any(|known| known.value == licence) {
                component.licences.push(stated(licence));
            }
        }
        component
    }

    fn relationship(&mut self, value: &Value) {
        let parts = (text(value, "spdxElementId"), text(value, "relationshipType"), text(value, "relatedSpdxElement"));
        let (Some(from), Some(kind), Some(to)) = parts else {
            return self.problem("a relationship has no two elements or no type");
        };
        if matches!(to, "NOASSERTION" | "NONE") {
            return;
        }
        let (relation, is_turned) = match kind {
            "DESCRIBES" | "CONTAINS" => (Relation::Contains, false),
            "DESCRIBED_BY" | "CONTAINED_BY" => (Relation::Contains, true),
            "GENERATED_FROM" | "DESCENDANT_OF" => (Relation::DerivedFrom, false),
            "GENERATES" | "ANCESTOR_OF" => (Relation::DerivedFrom, true),
            kind if kind.ends_with("DEPENDENCY_OF") || kind == "PREREQUISITE_FOR" => (Relation::DependsOn, true),
            "DEPENDS_ON" | "HAS_PREREQUISITE" | "DYNAMIC_LINK" | "STATIC_LINK" => (Relation::DependsOn, false),
            kind => return self.problem(format!("the relationship `{kind}` from `{from}` is not read")),
        };
        let (from, to) = if is_turned { (to, from) } else { (from, to) };
        self.link(from, relation, to);
    }
}
