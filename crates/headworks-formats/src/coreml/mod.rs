//! Core ML models (`.mlmodel`, and the specification within an `.mlpackage`).
//!
//! Source: `Model.proto` and what it imports, of coremltools 9.0. Read are all messages: the kinds of models
//! in a pipeline, every layer of a neural network and every operation of an ML program, layers and models
//! that an application must bring as a class of its own, links to other models, files of weights, and the
//! metadata that Xcode shows. A field of no known number is unexplained.
//!
//! Not covered: whether the weights have the sizes that their layers ask for; the extents of weights in
//! `weight.bin`, which describes itself, see `coreml-weights`. For compiled models (`.mlmodelc`) see `coreml-mil`
//! and `coreml-compiled`.

pub(crate) mod compiled;
pub(crate) mod program_text;
mod schema;
pub(crate) mod weights;

use std::collections::BTreeMap;
use std::ops::Range;

use headworks_types::Fault;
use headworks_types::fact::{ExternalKind, GraphFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::message::{Schema, Step, Walk, What};
use crate::metadata::{shortened, state_metadata};
use crate::operators::Operators;
use crate::protobuf::{Problem, Value, Wire};

/// Core ML.
pub(crate) static FORMAT: Format = Format { id: "coreml", title: "Core ML model", claims, inspect };

/// Fields of a whole file that are looked through for its kind.
const TOP_FIELDS_MAX: usize = 10_000;

/// Numbers of the fields of which one says what kind of model it is.
const KINDS: std::ops::RangeInclusive<u32> = 200..=3000;

/// What a path in an ML program begins with, for the directory of the model.
const MODEL_PATH: &str = "@model_path/";

/// A file has no magic. It states its version first, and is of one kind of model.
fn claims(probe: &Probe<'_>) -> bool {
    if probe.head.first() != Some(&0x08) {
        return false;
    }
    let mut wire = Wire::new(probe.input.bytes);
    let mut message = wire.whole();
    let (mut is_described, mut has_kind) = (false, false);
    for _ in 0..TOP_FIELDS_MAX {
        match wire.next(&mut message) {
            Ok(Some(field)) => match (field.number, field.value) {
                (1, Value::Varint(1..=255)) | (10, Value::Varint(_)) => {}
                (2, Value::Bytes(_)) => is_described = true,
                (number, Value::Bytes(_)) if KINDS.contains(&number) && is_kind(number) => has_kind = true,
                (1 | 2 | 10, _) => return false,
                _ => {}
            },
            Err(fault) if is_described && fault.problem == Problem::Truncated => {
                return has_kind || is_kind_at(probe, fault.at);
            }
            Ok(None) | Err(_) => break,
        }
    }
    is_described && has_kind
}

fn is_kind(number: u32) -> bool {
    KINDS.contains(&number) && schema::MODEL.fields.iter().any(|(known, _)| *known == number)
}

/// Whether the field that is cut off says the kind; its tag has two bytes.
fn is_kind_at(probe: &Probe<'_>, at: u64) -> bool {
    let at = usize::try_from(at).ok();
    let tag = at.and_then(|at| probe.head.get(at..)).and_then(<[u8]>::first_chunk::<2>);
    tag.is_some_and(|[low, high]| is_kind((u32::from(low & 0x7f) | u32::from(*high) << 7) >> 3))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let (found, outcome) = read(input, 0..input.bytes.size(), &schema::MODEL, inspection);
    inspection.identified(input, FORMAT.id, format!("Core ML, version {}, {}", found.version, found.kinds()));
    found.operators.state(FORMAT.id, input, inspection);
    if let Err((at, fault)) = outcome {
        inspection.fact(input.place.at(at..at), fault);
    }
}

/// States what the description of a model says, which lies in `range`.
fn describe(input: &Input<'_>, range: Range<u64>, inspection: &mut Inspection<'_>) {
    if let (_, Err((at, fault))) = read(input, range, &schema::MODEL_DESCRIPTION, inspection) {
        inspection.fact(input.place.at(at..at), fault);
    }
}

/// Reads the message of `schema` in `range`; what was found, and where the reading ended and why.
fn read(
    input: &Input<'_>,
    range: Range<u64>,
    schema: &'static Schema,
    inspection: &mut Inspection<'_>,
) -> (Found, Result<(), (u64, Fault)>) {
    let end = range.end;
    let walk = Walk::over(input.bytes, range, schema, FORMAT.id, inspection.limits);
    let mut reading = Reading { input, inspection, walk, found: Found::default() };
    let outcome = reading.read();
    let at = reading.walk.position().min(end);
    (reading.found, outcome.map_err(|fault| (at, fault)))
}

#[derive(Default)]
struct Found {
    version: u64,
    kinds: BTreeMap<&'static str, u64>,
    operators: Operators,
    /// Key of the entry of metadata that is being read.
    key: String,
    is_linked: bool,
}

impl Found {
    fn kinds(&self) -> String {
        let kinds = self.kinds.iter().map(|(kind, times)| match times {
            1 => (*kind).to_owned(),
            times => format!("{times} × {kind}"),
        });
        kinds.collect::<Vec<_>>().join(", ")
    }
}

struct Reading<'r, 'l> {
    input: &'r Input<'r>,
    inspection: &'r mut Inspection<'l>,
    walk: Walk<'r>,
    found: Found,
}

impl Reading<'_, '_> {
    fn read(&mut self) -> Result<(), Fault> {
        while let Some(Step { holder, number, what }) = self.walk.next_known(self.input, self.inspection)? {
            match what {
                What::Open(name, range) => self.open(holder, number, name, range),
                What::Number(value) if holder == "Model" && number == 1 => self.found.version = value,
                What::Bytes(range) => self.bytes(holder, number, range)?,
                What::Number(_) | What::Close | What::Unknown(_) => {}
            }
        }
        Ok(())
    }

    fn open(&mut self, holder: &str, number: u32, name: &'static str, range: Range<u64>) {
        match holder {
            "Model" if KINDS.contains(&number) => {
                let times = self.found.kinds.entry(name).or_default();
                *times = times.saturating_add(1);
            }
            "NeuralNetworkLayer" if number >= 100 && name != "CustomLayerParams" => {
                let layer = name.strip_suffix("LayerParams").or(name.strip_suffix("Params")).unwrap_or(name);
                self.found.operators.add("", layer.to_owned(), range);
            }
            "LinkedModelFile" => self.found.is_linked = true,
            _ => {}
        }
    }

    fn bytes(&mut self, holder: &str, number: u32, range: Range<u64>) -> Result<(), Fault> {
        match (holder, number) {
            // The application that loads the model must have a class of this name.
            ("CustomLayerParams" | "CustomModel", 10) => {
                let name = self.text(&range)?;
                self.found.operators.add("custom", name, range);
            }
            ("Operation", 1) => {
                let name = self.text(&range)?;
                self.found.operators.add("mil", name, range);
            }
            ("BlobFileValue", 1) => {
                let path = self.text(&range)?;
                self.external("weights", &path, range);
            }
            ("StringParameter", 1) if std::mem::take(&mut self.found.is_linked) => {
                let path = self.text(&range)?;
                self.external("linkedModel", &path, range);
            }
            ("Metadata", 1..=4) => {
                let value = self.text(&range)?;
                let key = ["shortDescription", "versionString", "author", "license"];
                let key = usize::try_from(number).ok().and_then(|index| key.get(index.saturating_sub(1)));
                state_metadata(self.input.place.at(range), key.copied().unwrap_or("metadata"), &value, self.inspection);
            }
            ("UserDefinedEntry", 1) => self.found.key = self.text(&range)?,
            ("UserDefinedEntry", 2) => {
                let value = self.text(&range)?;
                state_metadata(self.input.place.at(range), &self.found.key, &value, self.inspection);
            }
            _ => {}
        }
        Ok(())
    }

    fn external(&mut self, holder: &str, path: &str, range: Range<u64>) {
        let target = path.strip_prefix(MODEL_PATH).unwrap_or(path);
        let kind = crate::onnx::path_kind(target);
        let target = if kind == ExternalKind::Sibling { target.to_owned() } else { shortened(target) };
        let (framework, holder) = (FORMAT.id.into(), holder.into());
        let fact = GraphFact::External { framework, kind, holder, target };
        self.inspection.fact(self.input.place.at(range), fact);
    }

    fn text(&mut self, range: &Range<u64>) -> Result<String, Fault> {
        let max = self.inspection.limits.text_bytes_max;
        self.walk.wire.text(range, max).map_err(|fault| fault.in_format(FORMAT.id, "a string"))
    }
}
