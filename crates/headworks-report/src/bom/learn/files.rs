//! What each file of an artifact is for, by its format first and its name second.

use headworks_types::Examination;

use crate::bom::model::FileOf;

/// Formats that hold nothing but weights, or a model with them.
const WEIGHTS: [&str; 32] = [
    "caffe",
    "catboost",
    "cntk",
    "coreml",
    "coreml-compiled",
    "coreml-weights",
    "executorch",
    "ggml",
    "gguf",
    "hdf5",
    "keras",
    "lightgbm",
    "msgpack",
    "mxnet",
    "ocdbt",
    "onnx",
    "openvino",
    "orbax",
    "paddle",
    "pmml",
    "rknn",
    "safetensors",
    "skops",
    "tensorflow",
    "tensorflow-checkpoint",
    "tensorrt",
    "tflite",
    "torch",
    "torch7",
    "xgboost",
    "zarr",
    "pickle",
];

/// Names of files that turn text into numbers.
const TOKENIZER: [&str; 8] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
];

/// Endings of files that hold records.
const RECORDS: [&str; 8] = [".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".arrow", ".tfrecord", ".tfrecords"];

/// The files of an artifact.
pub(super) fn list(examination: &Examination) -> Vec<FileOf> {
    let coverage = &examination.coverage;
    let formats = |path: &str| {
        let known = coverage.binary_search_by(|file| file.path.as_str().cmp(path)).ok();
        known.and_then(|index| coverage.get(index)).map(|file| file.formats.clone()).unwrap_or_default()
    };
    let files = examination.artifact.files.iter();
    files
        .map(|file| {
            let formats = formats(&file.path);
            let format = formats.first().cloned().unwrap_or_default();
            let role = role(&file.path, &formats).to_owned();
            FileOf { path: file.path.clone(), bytes: file.bytes, digest: file.digest, role, format }
        })
        .collect()
}

fn role(path: &str, formats: &[String]) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let is = |wanted: &str| formats.iter().any(|format| format == wanted);
    let is_weights = formats.iter().any(|format| WEIGHTS.contains(&format.as_str()));
    match name.as_str() {
        _ if is("sentencepiece") || TOKENIZER.contains(&name.as_str()) => "tokenizer",
        _ if is("template") || name.ends_with(".jinja") => "chat-template",
        _ if is("tfrecord") || RECORDS.iter().any(|ending| name.ends_with(ending)) => "data",
        _ if is_weights => "weights",
        _ if is("model-card") || name.starts_with("readme") => "card",
        _ if is("python") || is("notebook") => "code",
        _ if name.starts_with("license") || name.starts_with("licence") || name.starts_with("notice") => "licence",
        _ if is("json") || is("yaml") || is("toml") => "configuration",
        _ => "other",
    }
}
