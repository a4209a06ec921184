//! Keras: the configuration from which a model is built again, object by object.
//!
//! Source: keras/src/saving (serialization_lib, saving_lib, legacy) of Keras 3.15 and 2.15. No bytes are
//! Keras's alone: a configuration is JSON, in a `.keras` zip beside the weights, in two attributes of a
//! legacy HDF5 file, or by itself from `to_json()`. The formats that read those hand it over, so a
//! configuration is read wherever it stands, and every object with `class_name` and `config` is what the
//! loader would import and build. Code of lambdas, classes and functions by name, and arguments that
//! name files are stated.
//!
//! Not covered: what a listed layer does with its arguments, classes that a program registered under a
//! name of its own, and configurations in YAML, which Keras no longer reads.

mod objects;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::{hdf5, json, zip};

pub(crate) use objects::state as state_objects;

/// Configurations of Keras models, in whatever file they lie.
pub(crate) static FORMAT: Format = Format { id: "keras", title: "Keras model", claims, inspect };

/// Nothing is claimed: the JSON, HDF5 and zip formats find configurations in what they read.
fn claims(_: &Probe<'_>) -> bool {
    false
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut head = [0; 4];
    _ = input.bytes.read_at(0, &mut head);
    match &head {
        b"PK\x03\x04" => zip::inspect(input, inspection),
        b"\x89HDF" => (hdf5::FORMAT.inspect)(input, inspection),
        _ => (json::FORMAT.inspect)(input, inspection),
    }
}

/// Inspects a configuration that an HDF5 file keeps as an attribute.
pub(crate) fn inspect_attribute(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    (json::FORMAT.inspect)(input, inspection);
}
