//! OpenVINO's intermediate representation: a graph in XML, its constants in a `.bin` beside it.
//!
//! Source: `xml_deserialize` and `xml_parse_utils` of openvinotoolkit/openvino. The reader takes the
//! `.bin` of the same name; each constant states where its bytes lie in there, so these extents are
//! stated, and what they leave of the file is for whoever sees both files. Layers are stated by type
//! and operator set; one of no set that the runtime knows comes from a native extension. Shapes and
//! edges are not checked. The strings of a tokenizer's `rt_info` that are chat templates are read.
//!
//! Not covered: shapes and edges, the values of constants, and what an extension's layer computes.

use std::collections::BTreeMap;
use std::ops::Range;

use headworks_types::fact::{ExternalKind, GraphFact};
use headworks_types::{Fault, Location};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::{shortened, state_metadata};
use crate::xml::{self, Element, Sink};

/// OpenVINO models.
pub(crate) static FORMAT: Format = Format { id: "openvino", title: "OpenVINO model", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    // Other XML has a root called `net` too, so the layers must be there or the file named for its `.bin`.
    let has_layers = || memchr::memmem::find(probe.head, b"<layer").is_some() || probe.name().ends_with(".xml");
    xml::has_root(probe, "net") && has_layers()
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut graph = Graph {
        input,
        version: None,
        layers: 0,
        path: Vec::new(),
        layer: String::new(),
        operators: BTreeMap::new(),
        extents: Vec::new(),
    };
    xml::walk(FORMAT.id, input, &mut graph, inspection);
    graph.state(inspection);
}

struct Graph<'i> {
    input: &'i Input<'i>,
    version: Option<String>,
    layers: u64,
    /// Names of the elements around the current place.
    path: Vec<String>,
    /// Name of the latest layer.
    layer: String,
    /// Operator sets and types, each with its first place and number.
    operators: BTreeMap<(String, String), (Location, u64)>,
    /// Where constants lie in the `.bin`.
    extents: Vec<Range<u64>>,
}

impl Graph<'_> {
    fn state(mut self, inspection: &mut Inspection<'_>) {
        let version = self.version.as_deref().unwrap_or("unknown");
        let summary =
            format!("OpenVINO IR version {version}, {} layers, {} constants", self.layers, self.extents.len());
        inspection.identified(self.input, FORMAT.id, summary);
        let whole = self.input.place.at(0..self.input.bytes.size());
        if self.version.is_none() {
            let problem = "the outermost element is no `net` with a version".into();
            inspection.fact(whole.clone(), Fault::Malformed { format: FORMAT.id.into(), problem });
        }
        for ((domain, name), (at, times)) in std::mem::take(&mut self.operators) {
            let operator = GraphFact::Operator { framework: FORMAT.id.into(), domain, name };
            inspection.fact_times(at, operator, times);
        }
        self.state_sibling(&whole, inspection);
    }

    /// The reader takes the `.bin` of the same name; a member of a container has its sibling there too.
    fn state_sibling(self, whole: &Location, inspection: &mut Inspection<'_>) {
        let name = self.input.place.base_name();
        let target = format!("{}.bin", name.strip_suffix(".xml").unwrap_or(name));
        let extents = joined(self.extents);
        if extents.is_empty() {
            return;
        }
        let (framework, holder) = (FORMAT.id.to_owned(), "layers".to_owned());
        let external = GraphFact::External { framework, kind: ExternalKind::Sibling, holder, target: target.clone() };
        inspection.fact(whole.clone(), external);
        for Range { start, end } in extents {
            let (framework, target) = (FORMAT.id.to_owned(), target.clone());
            inspection.fact(whole.clone(), GraphFact::SiblingData { framework, target, start, end });
        }
    }

    fn layer(&mut self, element: &Element<'_>, at: &Location) {
        self.layers = self.layers.saturating_add(1);
        self.layer = shortened(element.attribute("name").unwrap_or_default());
        let set = element.attribute("version").unwrap_or_default();
        // The sets of the standard are numbered; later ones contain earlier ones.
        let is_standard = set.strip_prefix("opset").is_some_and(|number| number.parse::<u8>().is_ok());
        let domain = if is_standard { String::new() } else { shortened(set) };
        let name = shortened(element.attribute("type").unwrap_or_default());
        let (_, times) = self.operators.entry((domain, name)).or_insert_with(|| (at.clone(), 0));
        *times = times.saturating_add(1);
    }

    /// `<data offset size>` of a constant, `<weights offset size>` of older versions.
    fn extent(&mut self, element: &Element<'_>, at: &Location, inspection: &mut Inspection<'_>) {
        let (Some(offset), Some(size)) = (element.attribute("offset"), element.attribute("size")) else { return };
        let (start, bytes) = (offset.trim().parse::<u64>().ok(), size.trim().parse::<u64>().ok());
        match start.zip(bytes).and_then(|(start, bytes)| Some(start..start.checked_add(bytes)?)) {
            Some(extent) => self.extents.push(extent),
            None => {
                let problem =
                    format!("constant `{}` at `{}` of `{}` bytes", self.layer, shortened(offset), shortened(size));
                inspection.fact(at.clone(), Fault::Malformed { format: FORMAT.id.into(), problem });
            }
        }
    }

    /// Everything below `rt_info` has its value in an attribute.
    fn information(&self, element: &Element<'_>, at: Location, inspection: &mut Inspection<'_>) {
        let Some(value) = element.attribute("value") else { return };
        let key = if element.name == "info" { element.attribute("name").unwrap_or("info") } else { element.name };
        if key.ends_with("chat_template") {
            let place = self.input.place.member(format!("chat_template.{}", shortened(key).replace('/', "_")));
            let bytes = value.as_bytes().to_vec();
            return inspection.member(&Input { bytes: &bytes, place });
        }
        state_metadata(at, key, value, inspection);
    }
}

impl Sink for Graph<'_> {
    fn open(&mut self, element: &Element<'_>, at: Location, inspection: &mut Inspection<'_>) {
        let is_information = self.path.iter().any(|name| name == "rt_info");
        match element.name {
            "net" if element.depth == 0 => {
                self.version = Some(element.attribute("version").map_or("unknown".into(), shortened));
            }
            _ if is_information => self.information(element, at, inspection),
            "layer" => self.layer(element, &at),
            _ if self.path.iter().any(|name| name == "layer") => self.extent(element, &at, inspection),
            _ => {}
        }
        self.path.push(shortened(element.name));
    }

    fn text(&mut self, _: &str) {}

    fn close(&mut self, _: &mut Inspection<'_>) {
        self.path.pop();
    }
}

/// The same bytes as extents that neither overlap nor touch; constants that are equal share theirs.
fn joined(mut extents: Vec<Range<u64>>) -> Vec<Range<u64>> {
    extents.retain(|extent| !extent.is_empty());
    extents.sort_unstable_by_key(|extent| (extent.start, extent.end));
    let mut joined: Vec<Range<u64>> = Vec::new();
    for extent in extents {
        match joined.last_mut() {
            Some(last) if extent.start <= last.end => last.end = last.end.max(extent.end),
            _ => joined.push(extent),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_that_touch_or_overlap_are_one() {
        assert_eq!(joined(vec![4..8, 0..4, 2..6, 16..20, 9..9]), [0..8, 16..20]);
    }
}
