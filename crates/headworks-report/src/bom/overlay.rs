//! What people declare because nothing shows it: a small TOML file.

use headworks_types::Digest;
use serde::Deserialize;

use super::model::{Basis, Bom, Claim, Component, DataDescription, Kind, Link, Relation};

/// Declarations about a system, its models, its datasets and its hardware.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overlay {
    /// Who makes the document.
    author: Option<String>,
    system: System,
    #[serde(rename = "model")]
    models: Vec<Declared>,
    #[serde(rename = "dataset")]
    datasets: Vec<Declared>,
    hardware: Vec<String>,
}

/// Why an overlay does not count.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// It is no TOML, or says something unknown.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// It speaks of something that the artifact does not have.
    #[error("no {kind} `{name}` was found; there is: {known}")]
    Unmatched {
        /// `model` or `dataset`.
        kind: &'static str,
        /// The name in the overlay.
        name: String,
        /// The names that there are.
        known: String,
    },
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct System {
    name: Option<String>,
    version: Option<String>,
    producer: Option<String>,
    description: Option<String>,
    released: Option<String>,
    application_area: Option<String>,
    data_flow: Option<String>,
    data_usage: Option<String>,
    input_output: Option<String>,
    security_policy: Option<String>,
    security_controls: Vec<String>,
    compliance: Vec<String>,
}

/// What is declared of a model or a dataset.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Declared {
    name: String,
    version: Option<String>,
    supplier: Option<String>,
    description: Option<String>,
    released: Option<String>,
    licence: Option<String>,
    provenance: Option<String>,
    sensitivity: Option<String>,
    statistics: Option<String>,
    digest: Option<String>,
    download: Option<String>,
}

fn declared(value: &str) -> Claim {
    Claim::new(Basis::Declared, value, "overlay")
}

impl Overlay {
    /// Reads an overlay.
    ///
    /// # Errors
    /// When it is no TOML or has an unknown key.
    pub fn parse(text: &str) -> Result<Self, OverlayError> {
        Ok(toml::from_str(text)?)
    }

    /// Whether everything that it speaks of is there.
    ///
    /// # Errors
    /// Naming the first thing that is not.
    pub fn is_about(&self, bom: &Bom) -> Result<(), OverlayError> {
        let is_dataset = |component: &Component| component.kind == Kind::Dataset;
        find_all("model", &self.models, bom, Component::is_model)?;
        find_all("dataset", &self.datasets, bom, is_dataset)
    }

    /// Adds what is declared. What was found stays first: a declaration hides nothing.
    pub(super) fn apply(&self, bom: &mut Bom) {
        bom.authors.extend(self.author.as_deref().map(declared));
        self.system.apply(&mut bom.system);
        for wanted in self.models.iter().chain(&self.datasets) {
            let found = bom.components.iter_mut().filter(|component| is_named(component, &wanted.name));
            found.for_each(|component| wanted.apply(component));
        }
        for (index, name) in self.hardware.iter().enumerate() {
            let mut device = Component::new(Kind::Device, format!("device:{index}"), name.as_str());
            device.is_external = true;
            bom.edges.push(super::model::Edge {
                from: bom.system.reference.clone(),
                relation: Relation::DependsOn,
                to: device.reference.clone(),
                basis: Basis::Declared,
                source: "overlay".into(),
            });
            bom.components.push(device);
        }
    }
}

fn find_all(
    kind: &'static str,
    wanted: &[Declared],
    bom: &Bom,
    is: impl Fn(&Component) -> bool,
) -> Result<(), OverlayError> {
    let known: Vec<&Component> = bom.components.iter().filter(|component| is(component)).collect();
    match wanted.iter().find(|wanted| !known.iter().any(|component| is_named(component, &wanted.name))) {
        Some(missing) => {
            let known = known.iter().map(|component| component.name.as_str()).collect::<Vec<_>>().join(", ");
            Err(OverlayError::Unmatched { kind, name: missing.name.clone(), known })
        }
        None => Ok(()),
    }
}

fn is_named(component: &Component, name: &str) -> bool {
    let whole = component.group.as_ref().map(|group| format!("{group}/{}", component.name));
    component.name == name || component.reference == name || whole.as_deref() == Some(name)
}

fn fill(field: &mut Option<Claim>, value: Option<&String>) {
    if field.is_none() {
        *field = value.map(|value| declared(value));
    }
}

impl System {
    fn apply(&self, system: &mut Component) {
        if let Some(name) = &self.name {
            system.name.clone_from(name);
        }
        // The overlay speaks of the system; what was learnt there is its main model's.
        for (field, value) in [
            (&mut system.version, &self.version),
            (&mut system.supplier, &self.producer),
            (&mut system.description, &self.description),
            (&mut system.released, &self.released),
        ] {
            if let Some(value) = value {
                *field = Some(declared(value));
            }
        }
        let texts = [
            ("headworks:application-area", &self.application_area),
            ("headworks:data-flow", &self.data_flow),
            ("headworks:data-usage", &self.data_usage),
            ("headworks:input-output", &self.input_output),
        ];
        for (name, value) in texts {
            system.properties.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
        }
        let lists =
            [("headworks:security-control", &self.security_controls), ("headworks:compliance", &self.compliance)];
        for (name, values) in lists {
            system.properties.extend(values.iter().map(|value| (name.to_owned(), value.clone())));
        }
        system.links.extend(self.security_policy.iter().map(|url| Link { kind: "rfc-9116".into(), url: url.clone() }));
    }
}

impl Declared {
    fn apply(&self, component: &mut Component) {
        fill(&mut component.version, self.version.as_ref());
        fill(&mut component.supplier, self.supplier.as_ref());
        fill(&mut component.description, self.description.as_ref());
        fill(&mut component.released, self.released.as_ref());
        let is_known =
            |licence: &&String| component.licences.iter().any(|known| known.value.eq_ignore_ascii_case(licence));
        let licence = self.licence.iter().find(|licence| !is_known(licence));
        let licence = licence.map(|licence| declared(licence));
        component.licences.extend(licence);
        component.digests.extend(self.digest.as_deref().and_then(|digest| digest.parse::<Digest>().ok()));
        component.links.extend(self.download.iter().map(|url| Link { kind: "distribution".into(), url: url.clone() }));
        if component.kind == Kind::Dataset {
            let data = component.data.get_or_insert_with(DataDescription::default);
            data.provenance.extend(self.provenance.as_deref().map(declared));
            data.sensitivity.extend(self.sensitivity.as_deref().map(declared));
            data.content.extend(self.statistics.as_deref().map(|text| ("statistics".to_owned(), declared(text))));
            fill(&mut data.owner, self.supplier.as_ref());
        }
    }
}
