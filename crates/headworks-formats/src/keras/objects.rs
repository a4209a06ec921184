//! What Keras would build from a configuration: one fact for each class, function, lambda and file.

use std::borrow::Cow;
use std::ops::Range;

use headworks_types::Location;
use headworks_types::fact::{ExternalKind, GraphFact};

use super::FORMAT;
use crate::configuration::{is_url, leaves_directory};
use crate::document::{Collection, Scalar, Sink};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::json::objects::{self, Frame, Frames};
use crate::metadata::shortened;

/// Arguments that layers open as files: vocabularies, saved models, tokenizer data.
const FILE_ARGUMENTS: [&str; 9] = [
    "vocabulary",
    "filepath",
    "file_path",
    "vocabulary_file",
    "merges",
    "proto",
    "origin",
    "saved_model_path",
    "idf_weights",
];

/// Arguments of `Lambda` that may be code.
const CODE_ARGUMENTS: [&str; 3] = ["function", "mask", "output_shape"];

/// What a model is compiled with: functions that are looked up by a bare name.
const COMPILED_WITH: [&str; 3] = ["loss", "metrics", "weighted_metrics"];

/// Keys of an object that Keras builds, as opposed to names of a model's outputs.
const KEYS_OF_OBJECTS: [&str; 6] =
    ["build_config", "class_name", "config", "module", "registered_name", "shared_object_id"];

/// States what the JSON `text` asks Keras for; `base` is where it begins in the input.
pub(crate) fn state(input: &Input<'_>, text: &str, base: usize, inspection: &mut Inspection<'_>) {
    let depth_max = inspection.limits.document_depth_max;
    let mut objects = Objects { input, inspection, base, frames: Frames::new(depth_max), built: 0 };
    objects::read(text, &mut objects, |objects| objects.frames.inwards().next().is_some());
    if objects.built > 0 {
        let summary = format!("configuration of {} objects", objects.built);
        inspection.identified(input, FORMAT.id, summary);
    }
}

struct Objects<'i, 'l, 't> {
    input: &'i Input<'i>,
    inspection: &'i mut Inspection<'l>,
    base: usize,
    frames: Frames<'t, Said<'t>>,
    built: u64,
}

/// What the keys of an open object or array said.
#[derive(Default)]
struct Said<'t> {
    /// Values seen in it.
    count: u64,
    class: Option<(Cow<'t, str>, Range<usize>)>,
    module: Option<Cow<'t, str>>,
    spec: Option<Cow<'t, str>>,
    config: Option<Option<Cow<'t, str>>>,
    /// Text of the code that an argument of the object below holds.
    code: Option<(Cow<'t, str>, Range<usize>)>,
    /// Names of functions that an operation layer looks up.
    function: Option<(Cow<'t, str>, Range<usize>)>,
}

impl<'t> Objects<'_, '_, 't> {
    fn location(&self, at: &Range<usize>) -> Location {
        let offset = |at: usize| at.saturating_add(self.base) as u64;
        self.input.place.at(offset(at.start)..offset(at.end))
    }

    fn object(&mut self, key: String, name: &str, module: &str, at: &Range<usize>) {
        self.built = self.built.saturating_add(1);
        let fact =
            GraphFact::Object { framework: FORMAT.id.into(), key, module: shortened(module), name: shortened(name) };
        self.inspection.fact(self.location(at), fact);
    }

    fn code(&mut self, holder: String, code: &str, at: &Range<usize>) {
        let fact = GraphFact::EmbeddedCode {
            framework: FORMAT.id.into(),
            language: "python-bytecode".into(),
            holder,
            excerpt: shortened(code),
        };
        self.inspection.fact(self.location(at), fact);
    }

    fn external(&mut self, target: &str, at: &Range<usize>) {
        let kind = match (is_url(target), leaves_directory(target)) {
            (true, _) => ExternalKind::Url,
            (_, true) => ExternalKind::EscapingPath,
            _ => ExternalKind::Sibling,
        };
        let (framework, holder, target) = (FORMAT.id.into(), self.frames.path(true), shortened(target));
        self.inspection.fact(self.location(at), GraphFact::External { framework, kind, holder, target });
    }

    /// Whether the innermost array is an argument that holds code.
    fn is_code_argument(&self) -> bool {
        let above = self.frames.outwards().nth(1);
        above.is_some_and(|above| above.collection == Collection::Object && CODE_ARGUMENTS.contains(&&*above.key))
    }

    /// Whether the current text is the name of a loss or metric that the model is compiled with.
    ///
    /// Source: `keras.losses.get` and `keras.metrics.get`, for each output of the model where there are
    /// several.
    fn is_compiled_with(&self) -> bool {
        let mut frames = self.frames.inwards().peekable();
        let holds = |frame: &Frame<'_, Said<'_>>, key: &str| frame.collection == Collection::Object && frame.key == key;
        frames.next_if(|frame| holds(frame, "compile_config"));
        frames.next().is_some_and(|frame| COMPILED_WITH.iter().any(|key| holds(frame, key)))
            && !frames.any(|frame| KEYS_OF_OBJECTS.iter().any(|key| holds(frame, key)))
    }

    /// A text of an object or array, before it is kept.
    fn text(&mut self, text: &str, at: &Range<usize>) {
        if self.is_compiled_with() {
            let key = self.frames.path(true);
            self.object(key, text, "", at);
        }
        let Some(frame) = self.frames.outwards().next() else { return };
        match frame.collection {
            Collection::Object if FILE_ARGUMENTS.contains(&&*frame.key) && !text.is_empty() => self.external(text, at),
            Collection::Array if frame.own.count == 1 && self.is_code_argument() => {
                let holder = self.frames.path(true);
                self.code(holder, text, at);
            }
            _ => {}
        }
    }

    /// States what an object of the document builds, now that all of its keys are known.
    fn built(&mut self) {
        let Some(Frame { own, .. }) = self.frames.last_mut() else { return };
        let (Some((class, at)), Some(config)) = (own.class.take(), own.config.take()) else { return };
        let (module, spec) = (own.module.take().unwrap_or_default(), own.spec.take());
        let (code, function) = (own.code.take(), own.function.take());
        let name = match (&*class, config) {
            ("function", Some(name)) => name,
            ("__typespec__", _) => spec.unwrap_or_else(|| class.clone()),
            _ => class.clone(),
        };
        let key = self.frames.path(false);
        self.object(key.clone(), &name, &module, &at);
        match (&*class, code, function) {
            ("__lambda__", Some((code, at)), _) => {
                self.code(key, &code, &at);
            }
            ("TFOpLambda" | "ClassMethod" | "InstanceMethod", _, Some((function, at))) => {
                self.object(key, &function, "tensorflow", &at);
            }
            _ => {}
        }
    }

    /// Hands what an object said that is the `config` of another up to that other.
    fn hand_up(&mut self, closed: Said<'t>) {
        if let Some(above) = self.frames.object_mut().filter(|above| above.key == "config") {
            above.own.code = closed.code;
            above.own.function = closed.function;
        }
    }
}

impl<'t> Sink<'t> for Objects<'_, '_, 't> {
    fn open(&mut self, collection: Collection, start: usize) -> bool {
        if let Some(frame) = self.frames.last_mut() {
            frame.own.count = frame.own.count.saturating_add(1);
            if frame.key == "config" {
                frame.own.config = Some(None);
            }
        }
        self.frames.push(collection, start)
    }

    fn key(&mut self, key: Cow<'t, str>, _: &[u8], _: Range<usize>) {
        self.frames.key(key);
    }

    fn scalar(&mut self, scalar: Scalar<'t>, at: Range<usize>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.own.count = frame.own.count.saturating_add(1);
        }
        if let Scalar::Text(text) = &scalar {
            self.text(text, &at);
        }
        let Some(Frame { key, own, .. }) = self.frames.object_mut() else { return };
        match (&**key, scalar) {
            ("class_name", Scalar::Text(class)) => own.class = Some((class, at)),
            ("module", Scalar::Text(module)) => own.module = Some(module),
            ("spec_name", Scalar::Text(spec)) => own.spec = Some(spec),
            ("config", Scalar::Text(text)) => own.config = Some(Some(text)),
            ("config", _) => own.config = Some(None),
            ("code" | "value", Scalar::Text(text)) => own.code = Some((text, at)),
            ("function" | "method_name", Scalar::Text(text)) => own.function = Some((text, at)),
            _ => {}
        }
    }

    fn close(&mut self, _: usize) {
        self.built();
        if let Some(closed) = self.frames.pop() {
            self.hand_up(closed.own);
        }
    }
}
