//! PMML: models in XML, from 2.0 to 4.4.
//!
//! Source: the schemas of the Data Mining Group; JPMML for what an evaluator does beyond them, above
//! all that it takes the name of a function it does not know for that of a Java class to load.
//! Numbers and structure of the models are not checked: an evaluator computes with them and no more.
//!
//! Not covered: numbers and structure of the models.

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::fact::GraphFact;
use headworks_types::{Fault, Location};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::{shortened, state_metadata};
use crate::xml::{self, Element, Sink};

/// Predictive Model Markup Language.
pub(crate) static FORMAT: Format = Format { id: "pmml", title: "PMML model", claims, inspect };

/// Bytes of a script that are kept for its excerpt.
const SCRIPT_BYTES_KEPT: usize = 1024;

fn claims(probe: &Probe<'_>) -> bool {
    xml::has_root(probe, "PMML")
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut document = Document::default();
    xml::walk(FORMAT.id, input, &mut document, inspection);
    document.state(input, inspection);
}

/// What one document holds.
#[derive(Default)]
struct Document {
    version: Option<String>,
    /// Kinds of models, with the number of each.
    models: BTreeMap<String, u64>,
    defined: BTreeSet<String>,
    called: BTreeMap<String, Location>,
    /// Elements around the current place.
    depth: usize,
    script: Option<Script>,
}

/// An element that holds a program.
struct Script {
    depth: usize,
    holder: String,
    language: String,
    source: String,
    at: Location,
}

impl Document {
    fn state(self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        let models: Vec<_> = self.models.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let version = self.version.as_deref().map_or("without version".into(), |version| format!("PMML {version}"));
        inspection.identified(input, FORMAT.id, format!("{version}, {}", models.join(", ")));
        if self.version.is_none() {
            let problem = "the outermost element is no `PMML` with a version".into();
            let fault = Fault::Malformed { format: FORMAT.id.into(), problem };
            inspection.fact(input.place.at(0..input.bytes.size()), fault);
        }
        for (name, at) in self.called.into_iter().filter(|(name, _)| !self.defined.contains(name)) {
            let (domain, name) = name.rsplit_once('.').unwrap_or(("", &name));
            let (domain, name) = (shortened(domain), shortened(name));
            inspection.fact(at, GraphFact::Operator { framework: FORMAT.id.into(), domain, name });
        }
    }

    fn element(&mut self, element: &Element<'_>, at: &Location, inspection: &mut Inspection<'_>) {
        match element.name {
            "PMML" if element.depth == 0 => {
                self.version = Some(element.attribute("version").map_or("of no version".into(), shortened));
            }
            "DefineFunction" => self.defined.extend(element.attribute("name").map(str::to_owned)),
            "Apply" => {
                if let Some(name) = element.attribute("function") {
                    self.called.entry(name.to_owned()).or_insert_with(|| at.clone());
                }
            }
            "Extension" => {
                let key = element.attribute("name").unwrap_or("Extension").to_owned();
                if let Some(value) = element.attribute("value") {
                    state_metadata(at.clone(), &key, value, inspection);
                }
            }
            "TableLocator" => {
                let feature = "a table outside of the document".into();
                inspection.fact(at.clone(), Fault::Unsupported { format: FORMAT.id.into(), feature });
            }
            name if name.ends_with("Model") || matches!(name, "Scorecard" | "NeuralNetwork") => {
                let count = self.models.entry(shortened(name)).or_default();
                *count = count.saturating_add(1);
            }
            name if is_script(name) && self.script.is_none() => {
                let language = element.attribute("language").unwrap_or("script");
                let (holder, language, source) = (shortened(name), shortened(language), String::new());
                self.script = Some(Script { depth: element.depth, holder, language, source, at: at.clone() });
            }
            _ => {}
        }
    }
}

/// PMML itself has no such element; extensions of several vendors do.
fn is_script(name: &str) -> bool {
    name.to_ascii_lowercase().contains("script")
}

impl Sink for Document {
    fn open(&mut self, element: &Element<'_>, at: Location, inspection: &mut Inspection<'_>) {
        self.depth = element.depth.saturating_add(1);
        self.element(element, &at, inspection);
    }

    fn text(&mut self, text: &str) {
        if let Some(script) = self.script.as_mut().filter(|script| script.source.len() < SCRIPT_BYTES_KEPT) {
            script.source.extend(text.chars().take(SCRIPT_BYTES_KEPT));
        }
    }

    fn close(&mut self, inspection: &mut Inspection<'_>) {
        self.depth = self.depth.saturating_sub(1);
        if let Some(script) = self.script.take_if(|script| script.depth >= self.depth) {
            let Script { holder, language, source, at, .. } = script;
            let excerpt = shortened(source.trim());
            inspection.fact(at, GraphFact::EmbeddedCode { framework: FORMAT.id.into(), language, holder, excerpt });
        }
    }
}
