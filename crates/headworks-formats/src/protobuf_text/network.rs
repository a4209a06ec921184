//! What a message makes its loader run, open or fetch, by the names of its fields.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use headworks_types::fact::{ConfigurationFact, ExternalKind, GraphFact, ReferenceKind};
use headworks_types::{FactKind, Fault};

use super::FORMAT;
use crate::configuration::{is_url, leaves_directory};
use crate::document::{Collection, Scalar, Sink, key_path};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::member_path::escapes_root;
use crate::metadata::{shortened, state_metadata};

/// Bytes of a value that a loader would take for a name or a path; longer ones are data.
const NAME_BYTES_MAX: usize = 4096;

/// Fields whose value is a path or the name of a directory, by their loaders.
const PATHS: &[&str] = &[
    // Caffe: data layers, output layers, solvers.
    "file_name",
    "mean_file",
    "net",
    "root_folder",
    "snapshot_prefix",
    "source",
    "test_net",
    "train_net",
    "weights",
    // TensorFlow: the state of a checkpoint, pipelines of its object detection.
    "all_model_checkpoint_paths",
    "fine_tune_checkpoint",
    "input_path",
    "label_map_path",
    "model_checkpoint_path",
    // Triton.
    "default_model_filename",
    "input_data_file",
    "model_name",
];

/// Fields that mean something beside others of the same message.
const TOGETHER: &[&str] = &["backend", "key", "layer", "module", "name", "op", "string_value", "type"];

/// Types of layers of Caffe's first version whose names are not those of the second in capitals.
const RENAMED: &[(&str, &str)] = &[("SOFTMAX_LOSS", "SoftmaxWithLoss")];

/// The types of the first version, by the names that the second has for them.
const FIRST_VERSION: &[&str] = &[
    "AbsVal",
    "Accuracy",
    "ArgMax",
    "BNLL",
    "Concat",
    "ContrastiveLoss",
    "Convolution",
    "Data",
    "Deconvolution",
    "Dropout",
    "DummyData",
    "Eltwise",
    "EuclideanLoss",
    "Exp",
    "Flatten",
    "HDF5Data",
    "HDF5Output",
    "HingeLoss",
    "Im2col",
    "ImageData",
    "InfogainLoss",
    "InnerProduct",
    "LRN",
    "MVN",
    "MemoryData",
    "MultinomialLogisticLoss",
    "Pooling",
    "Power",
    "ReLU",
    "Sigmoid",
    "SigmoidCrossEntropyLoss",
    "Silence",
    "Slice",
    "Softmax",
    "Split",
    "TanH",
    "Threshold",
    "WindowData",
];

/// An open message or list.
struct Frame<'t> {
    collection: Collection,
    /// The latest name of a field in it.
    key: Cow<'t, str>,
    /// Name and value of those strings in it that are looked at together, and where each stands; the last of each.
    strings: Vec<(Cow<'t, str>, String, Range<usize>)>,
    /// Modules that messages in it name: module, class and place.
    modules: Vec<(String, String, Range<usize>)>,
}

/// How often an operator is asked for, and where first.
type Operators = BTreeMap<(&'static str, String), (u64, Range<usize>)>;

pub(super) struct Network<'t, 'i, 'l> {
    input: &'i Input<'i>,
    inspection: &'i mut Inspection<'l>,
    frames: Vec<Frame<'t>>,
    operators: Operators,
    functions: BTreeSet<String>,
    values: u64,
}

impl<'t, 'i, 'l> Network<'t, 'i, 'l> {
    pub(super) fn new(input: &'i Input<'i>, inspection: &'i mut Inspection<'l>) -> Self {
        let (operators, functions) = (Operators::default(), BTreeSet::new());
        Self { input, inspection, frames: Vec::new(), operators, functions, values: 0 }
    }

    /// States what the message is and which operators it has.
    pub(super) fn state(self) {
        let frameworks: BTreeSet<&str> = self.operators.keys().map(|(framework, _)| *framework).collect();
        let title = match frameworks.first() {
            Some(&"caffe") => "network of Caffe",
            Some(_) => "graph of TensorFlow",
            None => "message",
        };
        self.inspection.identified(self.input, FORMAT.id, format!("{title} as text, {} values", self.values));
        for ((framework, name), (times, at)) in self.operators {
            if framework == "tensorflow" && self.functions.contains(&name) {
                continue;
            }
            let fact =
                GraphFact::Operator { framework: framework.into(), domain: String::new(), name: shortened(&name) };
            self.inspection.fact_times(self.input.place.at(at.start as u64..at.end as u64), fact, times);
        }
    }

    fn fact(&mut self, at: &Range<usize>, kind: impl Into<FactKind>) {
        self.inspection.fact(self.input.place.at(at.start as u64..at.end as u64), kind);
    }

    /// The name of the field that holds the frame at `depth` from the innermost, lists aside.
    fn name_of(&self, depth: usize) -> &str {
        let objects = self.frames.iter().rev().skip(1).filter(|frame| frame.collection == Collection::Object);
        { objects }.nth(depth).map_or("", |frame| &*frame.key)
    }

    fn path(&self) -> String {
        key_path(self.frames.iter().map(|frame| (frame.collection, &*frame.key)), true)
    }

    fn text(&mut self, text: String, at: Range<usize>) {
        let Some(key) = self.frames.last().map(|frame| match frame.collection {
            Collection::Object => frame.key.clone(),
            Collection::Array => Cow::Borrowed(""),
        }) else {
            return;
        };
        let key = if key.is_empty() { self.list_key() } else { key };
        if PATHS.contains(&&*key) {
            let path = self.path();
            self.place(path, &text, &at);
        }
        match (&*key, self.name_of(0)) {
            ("op_library_filename", _) => {
                let holder = self.path();
                self.external(ExternalKind::Library, &holder, &text, &at);
            }
            ("value", "cc_model_filenames") | ("filename", "asset_file_def") => {
                let kind = if escapes_root(&text) { ExternalKind::EscapingPath } else { ExternalKind::Sibling };
                let holder = self.path();
                self.external(kind, &holder, &text, &at);
            }
            ("s", "value") if is_scheme(&text) => {
                let holder = self.path();
                self.external(ExternalKind::Url, &holder, &text, &at);
            }
            ("param_str", _) => {
                let place = self.input.place.at(at.start as u64..at.end as u64);
                state_metadata(place, "param_str", &text, self.inspection);
            }
            _ => {}
        }
        if !TOGETHER.contains(&&*key) {
            return;
        }
        if let Some(frame) = self.frames.iter_mut().rev().find(|frame| frame.collection == Collection::Object) {
            frame.strings.retain(|(known, ..)| *known != key);
            frame.strings.push((key, text, at));
        }
    }

    /// The field whose list is open.
    fn list_key(&self) -> Cow<'t, str> {
        let frame = self.frames.iter().rev().find(|frame| frame.collection == Collection::Object);
        frame.map_or(Cow::Borrowed(""), |frame| frame.key.clone())
    }

    /// A path, when it leads out of the artifact.
    fn place(&mut self, key: String, text: &str, at: &Range<usize>) {
        let kind = match text {
            text if is_url(text) => ReferenceKind::Url,
            text if leaves_directory(text) => ReferenceKind::EscapingPath,
            _ => return,
        };
        self.fact(at, ConfigurationFact::Reference { key, kind, value: shortened(text) });
    }

    fn external(&mut self, kind: ExternalKind, holder: &str, target: &str, at: &Range<usize>) {
        let framework = if self.is_triton() { "triton" } else { "tensorflow" };
        let (holder, target) = (shortened(holder), shortened(target));
        self.fact(at, GraphFact::External { framework: framework.into(), kind, holder, target });
    }

    /// Triton reads its models' configuration by name.
    fn is_triton(&self) -> bool {
        self.input.place.base_name() == "config.pbtxt"
    }

    /// A message is over: what its strings say together.
    fn message(&mut self, name: &str, frame: Frame<'t>) {
        let find = |wanted: &str| frame.strings.iter().rev().find(|(key, ..)| key == wanted);
        let text = |wanted: &str| find(wanted).map_or("", |(_, text, _)| text.as_str());
        match name {
            "layer" | "layers" => {
                if let Some((_, kind, at)) = find("type") {
                    let kind = if name == "layers" { of_first_version(kind) } else { kind };
                    self.operator("caffe", kind, at);
                }
                for (module, class, at) in frame.modules {
                    let key = format!("{}.python_param", shortened(frame_text(&frame.strings, "name")));
                    let (module, name) = (shortened(&module), shortened(&class));
                    self.fact(&at, GraphFact::Object { framework: "caffe".into(), key, module, name });
                }
            }
            "python_param" => {
                let module =
                    find("module").map(|(_, module, at)| (module.clone(), text("layer").to_owned(), at.clone()));
                if let Some(parent) = self.frames.last_mut() {
                    parent.modules.extend(module);
                }
            }
            "node" | "node_def" => {
                if let Some((_, operator, at)) = find("op") {
                    self.operator("tensorflow", operator, at);
                }
            }
            "signature" if self.name_of_innermost() == "function" => {
                self.functions.insert(text("name").to_owned());
            }
            "value" if text_of(self.frames.last(), "key") == "EXECUTION_ENV_PATH" => {
                if let Some((_, path, at)) = find("string_value") {
                    self.environment(path, at);
                }
            }
            "agents" if self.is_triton() => {
                if let Some((_, agent, at)) = find("name") {
                    self.external(ExternalKind::Library, "model_repository_agents", agent, at);
                }
            }
            "" if self.is_triton() => {
                if let Some((_, backend, at)) = find("backend").filter(|(_, backend, _)| !backend.is_empty()) {
                    self.backend(backend, at);
                }
            }
            _ => {}
        }
    }

    /// The field that holds the message around the one that ended.
    fn name_of_innermost(&self) -> &str {
        let objects = self.frames.iter().rev().filter(|frame| frame.collection == Collection::Object);
        { objects }.nth(1).map_or("", |frame| &*frame.key)
    }

    /// A packed environment of Python, which is code wherever it lies.
    fn environment(&mut self, path: &str, at: &Range<usize>) {
        let own = path.strip_prefix("$$TRITON_MODEL_DIRECTORY/").unwrap_or(path);
        let kind = match own {
            own if is_url(own) => ReferenceKind::RemoteModule,
            own if leaves_directory(own) => ReferenceKind::EscapingPath,
            _ => ReferenceKind::LocalModule,
        };
        let (key, value) = ("parameters.EXECUTION_ENV_PATH".to_owned(), shortened(path));
        self.fact(at, ConfigurationFact::Reference { key, kind, value });
    }

    /// A library of the server; that of Python imports a file of the model.
    fn backend(&mut self, backend: &str, at: &Range<usize>) {
        let (framework, key, module) = ("triton".to_owned(), "backend".to_owned(), String::new());
        self.fact(at, GraphFact::Object { framework, key: key.clone(), module, name: shortened(backend) });
        if backend == "python" {
            let (kind, value) = (ReferenceKind::LocalModule, "model.py".to_owned());
            self.fact(at, ConfigurationFact::Reference { key, kind, value });
        }
    }

    fn operator(&mut self, framework: &'static str, name: &str, at: &Range<usize>) {
        let key = (framework, name.to_owned());
        let max = self.inspection.limits.facts_max;
        if self.operators.len() as u64 >= max && !self.operators.contains_key(&key) {
            return self.fact(at, Fault::Budget { limit: "facts_max".into(), max });
        }
        let (times, _) = self.operators.entry(key).or_insert((0, at.clone()));
        *times = times.saturating_add(1);
    }
}

fn text_of<'f>(frame: Option<&'f Frame<'_>>, key: &str) -> &'f str {
    frame.map_or("", |frame| frame_text(&frame.strings, key))
}

fn frame_text<'f>(strings: &'f [(Cow<'_, str>, String, Range<usize>)], key: &str) -> &'f str {
    strings.iter().rev().find(|(known, ..)| known == key).map_or("", |(_, text, _)| text)
}

/// The name that the second version of Caffe has for a type of the first.
fn of_first_version(kind: &str) -> &str {
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let renamed = RENAMED.iter().find(|(old, _)| *old == kind).map(|(_, new)| *new);
    let known = || FIRST_VERSION.iter().find(|new| plain(new) == plain(kind)).copied();
    renamed.or_else(known).unwrap_or(kind)
}

/// Whether an attribute is a URL; a pattern that matches URLs is in every saver, and begins otherwise.
fn is_scheme(text: &str) -> bool {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl<'t> Sink<'t> for Network<'t, '_, '_> {
    fn open(&mut self, collection: Collection, at: usize) -> bool {
        let max = self.inspection.limits.document_depth_max;
        if self.frames.len() as u64 >= max {
            self.fact(&(at..at), Fault::Budget { limit: "document_depth_max".into(), max });
            return false;
        }
        let (key, strings, modules) = (Cow::Borrowed(""), Vec::new(), Vec::new());
        self.frames.push(Frame { collection, key, strings, modules });
        true
    }

    fn key(&mut self, key: Cow<'t, str>, _: &[u8], _: Range<usize>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.key = key;
        }
    }

    fn scalar(&mut self, scalar: Scalar<'t>, at: Range<usize>) {
        self.values = self.values.saturating_add(1);
        if let Scalar::Text(text) = scalar
            && text.len() <= NAME_BYTES_MAX
        {
            self.text(text.into_owned(), at);
        }
    }

    fn close(&mut self, _: usize) {
        let Some(frame) = self.frames.pop() else { return };
        if frame.collection == Collection::Object {
            let name = self.list_key().into_owned();
            self.message(&name, frame);
        }
    }
}
