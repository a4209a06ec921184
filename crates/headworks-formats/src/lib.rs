//! Bytes to facts: one file per format, total over hostile input.
//!
//! The promise of this crate: for any bytes, [`inspect`] returns. It does not panic, loop, recurse
//! without bound, allocate more than [`Limits`] allows, touch a file, a clock or the network, or
//! run what it reads. What it did not understand it says, as a [`Fault`](headworks_types::Fault).
//!
//! To add a format: `src/<name>.rs` with one `pub(crate) static FORMAT`, a line in [`ALL`], and
//! `fixtures/<name>/` with at least one `good-`, one `truncated-` and one `hostile-` file.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::disallowed_methods,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used,
    )
)]

mod compressed_file;
mod configuration;
mod decoded;
mod document;
mod embedded;
mod encoding;
mod file_mode;
mod flatbuffer;
mod format;
mod ini;
mod inspection;
mod member_path;
mod metadata;
mod naming;
mod operators;
mod parallel;
mod protobuf;
mod reader;
mod sweep;
mod tensor_table;
mod xml;

mod agent;
mod bzip2;
mod caffe;
mod catboost;
mod checkpoint;
mod cntk;
mod coreml;
mod crc32;
mod crc32c;
mod dockerfile;
mod executable;
mod executorch;
mod fields;
mod front_matter;
mod ggml;
mod ggml_types;
mod gguf;
mod git_lfs;
mod gzip;
mod hdf5;
mod image;
mod image_settings;
mod json;
mod keras;
mod lightgbm;
mod lz4;
mod lzma;
mod message;
mod model_card;
mod msgpack;
mod mxnet;
mod notebook;
mod npm;
mod npy;
mod ocdbt;
mod oci;
mod onnx;
mod openvino;
mod orbax;
mod paddle;
mod pickle;
mod pmml;
mod protobuf_text;
mod python;
mod python_package;
mod r;
mod rar;
mod rknn;
mod safetensors;
mod secrets;
mod sentencepiece;
mod seven_zip;
mod shell;
mod skops;
mod tar;
mod template;
mod tensorflow;
mod tensorrt;
mod text;
mod tflite;
mod tfrecord;
mod toml;
mod torch;
mod torch7;
mod xgboost;
mod xz;
mod yaml;
mod zarr;
mod zip;
mod zlib;
mod zstd;

#[cfg(test)]
mod fixtures;

use headworks_types::{Fact, Limits, Place, ReadAt};

pub use format::{Format, Input, Probe};
use inspection::Inspection;
pub use parallel::Workers;
pub use sweep::Sweep;

/// Every format, in the order their parsers run. All that claim the bytes run, not only the first.
pub static ALL: &[&Format] = &[
    &agent::instructions::FORMAT,
    &agent::manifest::FORMAT,
    &bzip2::FORMAT,
    &caffe::FORMAT,
    &catboost::FORMAT,
    &checkpoint::FORMAT,
    &cntk::FORMAT,
    &coreml::FORMAT,
    &coreml::compiled::FORMAT,
    &coreml::program_text::FORMAT,
    &coreml::weights::FORMAT,
    &dockerfile::FORMAT,
    &executable::FORMAT,
    &executorch::FORMAT,
    &ggml::FORMAT,
    &gguf::FORMAT,
    &git_lfs::FORMAT,
    &gzip::FORMAT,
    &hdf5::FORMAT,
    &image::FORMAT,
    &json::FORMAT,
    &keras::FORMAT,
    &lightgbm::FORMAT,
    &lz4::FORMAT,
    &lzma::FORMAT,
    &model_card::FORMAT,
    &msgpack::FORMAT,
    &mxnet::FORMAT,
    &notebook::FORMAT,
    &npm::FORMAT,
    &npy::FORMAT,
    &oci::FORMAT,
    &ocdbt::FORMAT,
    &onnx::FORMAT,
    &openvino::FORMAT,
    &orbax::FORMAT,
    &paddle::FORMAT,
    &pickle::FORMAT,
    &pmml::FORMAT,
    &protobuf_text::FORMAT,
    &python::FORMAT,
    &python_package::build::FORMAT,
    &python_package::metadata::FORMAT,
    &python_package::path_lines::FORMAT,
    &python_package::requirements::FORMAT,
    &python_package::wheel::FORMAT,
    &r::FORMAT,
    &rar::FORMAT,
    &rknn::FORMAT,
    &safetensors::FORMAT,
    &sentencepiece::FORMAT,
    &seven_zip::FORMAT,
    &skops::FORMAT,
    &tar::FORMAT,
    &template::FORMAT,
    &tensorflow::FORMAT,
    &tensorrt::FORMAT,
    &text::FORMAT,
    &tflite::FORMAT,
    &tfrecord::FORMAT,
    &toml::FORMAT,
    &torch7::FORMAT,
    &torch::FORMAT,
    &xgboost::FORMAT,
    &xz::FORMAT,
    &yaml::FORMAT,
    &zarr::FORMAT,
    &zip::FORMAT,
    &zlib::FORMAT,
    &zstd::FORMAT,
];

/// Everything the parsers see in one file of an artifact.
pub fn inspect(bytes: &dyn ReadAt, place: Place, limits: &Limits) -> Vec<Fact> {
    let mut inspection = Inspection::new(limits);
    inspection.file(&Input { bytes, place });
    inspection.into_facts()
}

/// The same, but for what can be left to whoever reads the bytes from first to last anyway, with the members of large
/// containers shared among `workers`.
pub fn inspect_leaving<'w>(
    bytes: &dyn ReadAt,
    place: Place,
    limits: &'w Limits,
    workers: &'w Workers<'w>,
) -> (Vec<Fact>, Sweep) {
    let mut inspection = Inspection::new(limits);
    inspection.workers = Some(workers);
    inspection.leave_to_sweep(place.clone());
    inspection.file(&Input { bytes, place });
    inspection.into_parts()
}

/// What one format alone sees, whether or not it claims the bytes; for fuzzing a format by itself.
pub fn inspect_as(format: &Format, bytes: &dyn ReadAt, place: Place, limits: &Limits) -> Vec<Fact> {
    let mut inspection = Inspection::new(limits);
    (format.inspect)(&Input { bytes, place }, &mut inspection);
    inspection.into_facts()
}
