//! Weights of Caffe (`.caffemodel`).
//!
//! Source: `caffe.proto` of BVLC/caffe. Read are the layers by their types, their blobs and whether these have
//! the sizes that their shapes ask for. A layer of type `Python` imports a module that the file names.
//!
//! Not covered: the parameters of layers, which are passed over by their field numbers; networks of Caffe's
//! first version, which are not understood. Networks as text (`.prototxt`) are read as protocol buffers as text.

use std::ops::Range;

use headworks_types::Fault;
use headworks_types::fact::{GraphFact, TensorFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::message::Kind::{Bytes, Inner, Number};
use crate::message::{Schema, Step, Walk, What};
use crate::metadata::shortened;
use crate::operators::Operators;
use crate::protobuf::{Message, Value, Wire};

/// A network of Caffe with its weights.
pub(crate) static FORMAT: Format = Format { id: "caffe", title: "Caffe weights", claims, inspect };

/// Fields of a whole file that are looked through for its first layer.
const TOP_FIELDS_MAX: usize = 1000;

/// Bytes of the name of a layer or of its type.
const NAME_BYTES_MAX: u64 = 1 << 16;

static NET: Schema = Schema {
    name: "NetParameter",
    fields: &[
        (1, Bytes),
        (2, Bytes),
        (3, Bytes),
        (4, Number),
        (5, Number),
        (6, Inner(&STATE)),
        (7, Number),
        (8, Inner(&SHAPE)),
        (100, Inner(&LAYER)),
    ],
};

static STATE: Schema = Schema { name: "NetState", fields: &[(1, Number), (2, Number), (3, Bytes)] };

static SHAPE: Schema = Schema { name: "BlobShape", fields: &[(1, Number)] };

static BLOB: Schema = Schema {
    name: "BlobProto",
    fields: &[
        (1, Number),
        (2, Number),
        (3, Number),
        (4, Number),
        (5, Number),
        (6, Number),
        (7, Inner(&SHAPE)),
        (8, Number),
        (9, Number),
    ],
};

/// Numbers from 100 on are the parameters of one kind of layer each; 130 are those of `Python`.
#[rustfmt::skip]
static LAYER: Schema = Schema {
    name: "LayerParameter",
    fields: &[
        (1, Bytes), (2, Bytes), (3, Bytes), (4, Bytes), (5, Number), (6, Bytes), (7, Inner(&BLOB)), (8, Bytes),
        (9, Bytes), (10, Number), (11, Number), (100, Bytes), (101, Bytes), (102, Bytes), (103, Bytes),
        (104, Bytes), (105, Bytes), (106, Bytes), (107, Bytes), (108, Bytes), (109, Bytes), (110, Bytes),
        (111, Bytes), (112, Bytes), (113, Bytes), (114, Bytes), (115, Bytes), (116, Bytes), (117, Bytes),
        (118, Bytes), (119, Bytes), (120, Bytes), (121, Bytes), (122, Bytes), (123, Bytes), (124, Bytes),
        (125, Bytes), (126, Bytes), (127, Bytes), (128, Bytes), (129, Bytes), (130, Inner(&PYTHON)), (131, Bytes),
        (132, Bytes), (133, Bytes), (134, Bytes), (135, Bytes), (136, Bytes), (137, Bytes), (138, Bytes),
        (139, Bytes), (140, Bytes), (141, Bytes), (142, Bytes), (143, Bytes), (144, Bytes), (145, Bytes),
        (146, Bytes), (147, Bytes), (148, Bytes),
    ],
};

static PYTHON: Schema = Schema { name: "PythonParameter", fields: &[(1, Bytes), (2, Bytes), (3, Bytes), (4, Number)] };

/// A file has no magic: it has a name and layers, each of which has a name and a type.
fn claims(probe: &Probe<'_>) -> bool {
    if !probe.head.first().is_some_and(|tag| matches!(tag, 0x0a | 0x12 | 0x1a | 0xa2)) {
        return false;
    }
    let mut wire = Wire::new(probe.input.bytes);
    let mut message = wire.whole();
    for _ in 0..TOP_FIELDS_MAX {
        match wire.next(&mut message) {
            Ok(Some(field)) => match (field.number, field.value) {
                (100, Value::Bytes(layer)) => return is_layer(&mut wire, layer),
                (1 | 3, Value::Bytes(_))
                | (4 | 5 | 7, Value::Varint(_) | Value::Bytes(_))
                | (6 | 8, Value::Bytes(_)) => {}
                (2, Value::Bytes(_)) if probe.name().ends_with(".caffemodel") => return true,
                _ => return false,
            },
            Ok(None) | Err(_) => return false,
        }
    }
    false
}

fn is_layer(wire: &mut Wire<'_>, mut layer: Message) -> bool {
    let mut next = |number| match wire.next(&mut layer) {
        Ok(Some(field)) if field.number == number => field.value.range(),
        _ => None,
    };
    let (name, kind) = (next(1), next(2));
    let kind = kind.filter(|_| name.is_some()).and_then(|kind| wire.text(&kind, 64).ok());
    kind.is_some_and(|kind| kind.starts_with(|first: char| first.is_ascii_alphabetic()))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    let walk = Walk::over(input.bytes, 0..size, &NET, FORMAT.id, inspection.limits);
    let mut reading = Reading { input, inspection, walk, found: Found::default() };
    let outcome = reading.read();
    let Reading { inspection, walk, found, .. } = reading;
    inspection.identified(input, FORMAT.id, format!("Caffe, {} layers, {} blobs", found.layers, found.blobs));
    found.operators.state(FORMAT.id, input, inspection);
    if let Err(fault) = outcome {
        let at = walk.position().min(size);
        return inspection.fact(input.place.at(at..at), fault);
    }
    let (tensors, parameters) = (found.blobs, found.elements);
    let (bytes, dtypes) = (parameters.saturating_mul(4), vec!["float32".to_owned()]);
    inspection.fact(input.place.at(0..size), TensorFact::Table { tensors, parameters, bytes, dtypes });
}

#[derive(Default)]
struct Found {
    layers: u64,
    blobs: u64,
    elements: u64,
    operators: Operators,
    layer: String,
    blob: Blob,
}

/// A blob so far: the product of its shape, and the numbers that it holds.
#[derive(Default)]
struct Blob {
    wanted: Option<u64>,
    held: u64,
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
                What::Open("LayerParameter", _) => self.found.layers = self.found.layers.saturating_add(1),
                What::Open("BlobProto", _) => self.found.blob = Blob::default(),
                What::Close if holder == BLOB.name => self.close_blob(),
                What::Number(value) if holder == BLOB.name => self.number(number, value),
                What::Number(value) if holder == SHAPE.name => self.dimension(value),
                What::Bytes(range) => self.bytes(holder, number, range)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn number(&mut self, number: u32, value: u64) {
        match number {
            // Before shapes there were four lengths.
            1..=4 => self.dimension(value),
            5 | 8 => self.found.blob.held = self.found.blob.held.saturating_add(1),
            _ => {}
        }
    }

    fn dimension(&mut self, length: u64) {
        let wanted = self.found.blob.wanted.unwrap_or(1);
        self.found.blob.wanted = Some(wanted.saturating_mul(length));
    }

    fn bytes(&mut self, holder: &str, number: u32, range: Range<u64>) -> Result<(), Fault> {
        let length = range.end.saturating_sub(range.start);
        match (holder, number) {
            ("NetParameter", 2) => {
                let feature = "a network of the first version".to_owned();
                self.inspection
                    .fact(self.input.place.at(range), Fault::Unsupported { format: FORMAT.id.into(), feature });
            }
            ("LayerParameter", 1) => self.found.layer = self.text(&range)?,
            ("LayerParameter", 2) => {
                let kind = self.text(&range)?;
                self.found.operators.add("", kind, range);
            }
            // Whatever its type says, a layer with these parameters names a module of Python.
            ("PythonParameter", 1) => {
                let module = self.text(&range)?;
                let (framework, key) = (FORMAT.id.into(), format!("{}.python_param", shortened(&self.found.layer)));
                let object = GraphFact::Object { framework, key, module: shortened(&module), name: "layer".into() };
                self.inspection.fact(self.input.place.at(range), object);
            }
            ("BlobProto", 5) => self.found.blob.held = self.found.blob.held.saturating_add(length / 4),
            ("BlobProto", 8) => self.found.blob.held = self.found.blob.held.saturating_add(length / 8),
            ("BlobShape", 1) => {
                let max = self.inspection.limits.tensor_dimensions_max;
                let lengths = self.walk.wire.varints(&Value::Bytes(range), max);
                let lengths = lengths.map_err(|fault| fault.in_format(FORMAT.id, "a shape"))?;
                lengths.into_iter().for_each(|length| self.dimension(length));
            }
            _ => {}
        }
        Ok(())
    }

    fn close_blob(&mut self) {
        let Blob { wanted, held } = std::mem::take(&mut self.found.blob);
        self.found.blobs = self.found.blobs.saturating_add(1);
        self.found.elements = self.found.elements.saturating_add(held);
        if wanted.is_some_and(|wanted| wanted != held) {
            let (tensor, stated) = (shortened(&self.found.layer), held.saturating_mul(4));
            let expected = wanted.and_then(|wanted| wanted.checked_mul(4));
            let at = self.walk.position().min(self.input.bytes.size());
            self.inspection.fact(self.input.place.at(at..at), TensorFact::SizeMismatch { tensor, expected, stated });
        }
    }

    fn text(&mut self, range: &Range<u64>) -> Result<String, Fault> {
        self.walk.wire.text(range, NAME_BYTES_MAX).map_err(|fault| fault.in_format(FORMAT.id, "a name"))
    }
}
