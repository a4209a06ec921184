//! skops: scikit-learn models as a zip with a schema of the objects to build.
//!
//! Source: skops/io of skops 0.14. `schema.json` is a tree of nodes with `__class__`, `__module__` and
//! `__loader__`; the loader imports the class and builds it, after it has compared the type that a node
//! shows with a list. Some loaders build another type than that (CVE-2025-54412, CVE-2025-54413,
//! CVE-2025-54886), so what is stated here is what would be built. The schema is JSON, which hands it
//! over wherever it stands; arrays are `.npy` members of the zip and are read as such.
//!
//! Not covered: whether the arguments of an object fit its class.

use std::borrow::Cow;
use std::ops::Range;

use headworks_types::fact::GraphFact;

use crate::document::{Collection, Scalar, Sink};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::json;
use crate::json::objects::{self, Frame, Frames};
use crate::metadata::shortened;
use crate::zip;

/// Schemas of skops, in whatever file they lie.
pub(crate) static FORMAT: Format = Format { id: "skops", title: "skops model", claims, inspect };

/// Nothing is claimed: the JSON format finds schemas in what it reads.
fn claims(_: &Probe<'_>) -> bool {
    false
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut head = [0; 2];
    _ = input.bytes.read_at(0, &mut head);
    if head == *b"PK" { zip::inspect(input, inspection) } else { (json::FORMAT.inspect)(input, inspection) }
}

/// States what the JSON `text` asks skops for; `base` is where it begins in the input.
pub(crate) fn state_objects(input: &Input<'_>, text: &str, base: usize, inspection: &mut Inspection<'_>) {
    let depth_max = inspection.limits.document_depth_max;
    let mut nodes = Nodes { input, inspection, base, frames: Frames::new(depth_max), built: 0 };
    objects::read(text, &mut nodes, |nodes| nodes.frames.inwards().next().is_some());
    if nodes.built > 0 {
        let summary = format!("schema of {} objects", nodes.built);
        inspection.identified(input, FORMAT.id, summary);
    }
}

struct Nodes<'i, 'l, 't> {
    input: &'i Input<'i>,
    inspection: &'i mut Inspection<'l>,
    base: usize,
    frames: Frames<'t, Said<'t>>,
    built: u64,
}

/// What the keys of an open object said.
#[derive(Default)]
struct Said<'t> {
    class: Option<Cow<'t, str>>,
    module: Option<Cow<'t, str>>,
    loader: Option<Cow<'t, str>>,
    content: Option<Cow<'t, str>>,
    /// `module_path` and `function`: how early versions name a function.
    path: Option<Cow<'t, str>>,
    function: Option<Cow<'t, str>>,
}

impl<'t> Nodes<'_, '_, 't> {
    fn object(&mut self, module: &str, name: &str, at: Range<usize>) {
        self.built = self.built.saturating_add(1);
        let offset = |at: usize| at.saturating_add(self.base) as u64;
        let key = self.frames.path(false);
        let (framework, module, name) = (FORMAT.id.into(), shortened(module), shortened(name));
        let fact = GraphFact::Object { framework, key, module, name };
        self.inspection.fact(self.input.place.at(offset(at.start)..offset(at.end)), fact);
    }

    /// States what the innermost object builds, now that all of its keys are known.
    fn built(&mut self, end: usize) {
        let Some(Frame { start, own, .. }) = self.frames.last_mut() else { return };
        let at = *start..end;
        let (class, module) = (own.class.take(), own.module.take());
        let (loader, content) = (own.loader.take(), own.content.take());
        let (path, function) = (own.path.take(), own.function.take());
        if let (Some(path), Some(function)) = (path, function) {
            self.object(&path, &function, at.clone());
        }
        let (Some(class), Some(module)) = (class, module) else { return };
        match (loader.as_deref(), content) {
            // The class that is shown is `function`; what is imported is what the content names.
            (Some("FunctionNode"), Some(name)) => self.object(&module, &name, at),
            // Whatever module is shown, the class is looked up in `operator`.
            (Some("OperatorFuncNode"), _) => self.object("operator", &class, at),
            // An attribute of any object, by a name that the file gives.
            (Some("MethodNode"), _) => self.object("skops.io.MethodNode", &format!("{module}.{class}"), at),
            _ => self.object(&module, &class, at),
        }
    }
}

impl<'t> Sink<'t> for Nodes<'_, '_, 't> {
    fn open(&mut self, collection: Collection, start: usize) -> bool {
        self.frames.push(collection, start)
    }

    fn key(&mut self, key: Cow<'t, str>, _: &[u8], _: Range<usize>) {
        self.frames.key(key);
    }

    fn scalar(&mut self, scalar: Scalar<'t>, _: Range<usize>) {
        let Some(Frame { key, own, .. }) = self.frames.object_mut() else { return };
        let Scalar::Text(text) = scalar else { return };
        match &**key {
            "__class__" => own.class = Some(text),
            "__module__" => own.module = Some(text),
            "__loader__" => own.loader = Some(text),
            "content" => own.content = Some(text),
            "module_path" => own.path = Some(text),
            "function" => own.function = Some(text),
            _ => {}
        }
    }

    fn close(&mut self, end: usize) {
        self.built(end);
        self.frames.pop();
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits, Place};

    use super::*;

    fn objects(text: &str) -> Vec<(String, String)> {
        let facts = crate::inspect(&text.as_bytes().to_vec(), Place::file("schema.json"), &Limits::default());
        let objects = facts.into_iter().filter_map(|fact| match fact.kind {
            FactKind::Graph(GraphFact::Object { module, name, .. }) => Some((module, name)),
            _ => None,
        });
        objects.collect()
    }

    #[test]
    fn what_is_stated_is_what_is_built_and_not_what_is_shown() {
        // CVE-2025-54412: the list was asked about another type than the one that was made.
        let shown = r#"{"__class__": "str", "__module__": "builtins", "__loader__": "OperatorFuncNode"}"#;
        assert_eq!(objects(shown), [("operator".into(), "str".into())]);
        let function =
            r#"{"__class__": "function", "__module__": "os", "__loader__": "FunctionNode", "content": "system"}"#;
        assert_eq!(objects(function), [("os".into(), "system".into())]);
    }

    #[test]
    fn a_document_with_classes_and_no_loader_is_no_schema() {
        assert_eq!(objects(r#"{"__class__": "str", "__module__": "builtins"}"#), []);
    }
}
