//! Zarr: arrays as one document that describes them and one file for each chunk, of version 2 and 3.
//!
//! Source: the specifications of Zarr 2 and 3, numcodecs 0.16, zarr-python 3.1 and TensorStore. Read are the documents
//! (`.zarray`, `.zgroup`, `.zmetadata`, `zarr.json`), wherever they stand: every codec and filter that they name is
//! stated, since the reader looks codecs up by name, and one of them unpickles. What the document says of its
//! chunks is stated too: they are named by their place in the grid and have no mark of their own.
//!
//! Not covered: the index of a shard; the sizes of chunks once they are decoded, which the reader compares itself;
//! attributes, which are JSON.

use headworks_types::fact::GraphFact;

use crate::fields::{self, Field, Syntax};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::json;
use crate::metadata::shortened;

/// A description of arrays.
pub(crate) static FORMAT: Format = Format { id: "zarr", title: "Zarr array metadata", claims, inspect };

/// Codecs that change the order of bytes and not their number.
const SAME_SIZE: [&str; 3] = ["bytes", "endian", "transpose"];

/// Dimensions of an array; no library takes more.
const DIMENSIONS_MAX: usize = 64;

fn claims(probe: &Probe<'_>) -> bool {
    let is_named = matches!(probe.name(), ".zarray" | ".zgroup" | ".zmetadata" | "zarr.json");
    let has = |key: &[u8]| memchr::memmem::find(probe.head, key).is_some();
    let is_described = has(b"\"zarr_format\"") && (has(b"\"shape\"") || has(b"\"node_type\""));
    let begins = probe.head.trim_ascii_start().first() == Some(&b'{');
    begins && (is_named || is_described && (json::FORMAT.claims)(probe))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let fields = fields::read(input, Syntax::NamedJson, FORMAT.id, inspection);
    let version = value(&fields, &["zarr_format"]).unwrap_or("2");
    let shape = numbers(&fields, &["shape"]);
    let arrays = fields.iter().filter(|field| field.path.last().is_some_and(|key| key == "zarr_format")).count();
    let kinds = [&["dtype"][..], &["data_type"], &["data_type", "name"]];
    let summary = match kinds.iter().find_map(|path| value(&fields, path)) {
        Some(kind) => {
            let shape: Vec<_> = shape.iter().map(ToString::to_string).collect();
            format!("Zarr {version}, array of {kind}, shape [{}]", shape.join(", "))
        }
        None => format!("Zarr {version}, description of {arrays} arrays and groups"),
    };
    inspection.identified(input, FORMAT.id, shortened(&summary));
    for field in fields.iter().filter(|field| is_codec(field)) {
        let (framework, domain) = (FORMAT.id.to_owned(), "codec".to_owned());
        let fact = GraphFact::Operator { framework, domain, name: shortened(&field.value) };
        inspection.fact(field.location(input), fact);
    }
    if let Some(chunks) = Chunks::of(&fields, version).filter(|_| input.place.members().is_empty()) {
        inspection.fact(input.place.at(0..input.bytes.size()), chunks.fact());
    }
}

/// Whether a reader looks the value up among its codecs, its grids or its data types.
fn is_codec(field: &Field) -> bool {
    let mut keys = field.path.iter().rev().map(String::as_str);
    let last = keys.next().unwrap_or_default();
    let before = keys.next().unwrap_or_default();
    let is_element = before.bytes().all(|byte| byte.is_ascii_digit());
    let list = keys.next().unwrap_or_default();
    match (last, before) {
        ("id", "compressor") => true,
        ("id", _) => is_element && list == "filters",
        ("name", "chunk_grid" | "chunk_key_encoding") => true,
        ("name", _) => is_element && matches!(list, "codecs" | "index_codecs" | "storage_transformers"),
        _ => false,
    }
}

/// The chunks of the array that a document describes.
struct Chunks {
    prefix: &'static str,
    separator: String,
    counts: Vec<u64>,
    codec: String,
    bytes: Option<u64>,
}

impl Chunks {
    fn of(fields: &[Field], version: &str) -> Option<Self> {
        match version {
            "2" => Self::of_two(fields),
            "3" => Self::of_three(fields),
            _ => None,
        }
    }

    fn of_two(fields: &[Field]) -> Option<Self> {
        let dtype = value(fields, &["dtype"])?;
        let (counts, elements) = grid(&numbers(fields, &["shape"]), &numbers(fields, &["chunks"]))?;
        let separator = value(fields, &["dimension_separator"]).filter(|separator| *separator != "null");
        let is_filtered = fields.iter().any(|field| field.is(&["filters", "*", "id"]));
        let codec = value(fields, &["compressor", "id"]).or(is_filtered.then_some("filters")).unwrap_or_default();
        let bytes = element_bytes(dtype).and_then(|bytes| elements.checked_mul(bytes));
        let (separator, codec) = (separator.unwrap_or(".").to_owned(), codec.to_owned());
        Some(Self { prefix: "", separator, counts, codec, bytes })
    }

    fn of_three(fields: &[Field]) -> Option<Self> {
        let kind = value(fields, &["data_type"]).or(value(fields, &["data_type", "name"]))?;
        let shape = numbers(fields, &["shape"]);
        let (counts, elements) = grid(&shape, &numbers(fields, &["chunk_grid", "configuration", "chunk_shape"]))?;
        let prefix = match value(fields, &["chunk_key_encoding", "name"])? {
            "default" => "c",
            "v2" => "",
            _ => return None,
        };
        let separator = value(fields, &["chunk_key_encoding", "configuration", "separator"]);
        let separator = separator.unwrap_or(if prefix.is_empty() { "." } else { "/" }).to_owned();
        // The last codec decides what the bytes of a chunk are.
        let mut names =
            fields.iter().filter(|field| field.is(&["codecs", "*", "name"])).map(|field| field.value.as_str());
        let codec = names.rfind(|name| !SAME_SIZE.contains(name)).unwrap_or_default().to_owned();
        let bytes = element_bytes(kind).and_then(|bytes| elements.checked_mul(bytes));
        Some(Self { prefix, separator, counts, codec, bytes })
    }

    fn fact(self) -> GraphFact {
        let Self { prefix, separator, counts, codec, bytes } = self;
        let bytes = bytes.filter(|_| codec.is_empty());
        let (framework, prefix) = (FORMAT.id.to_owned(), prefix.to_owned());
        GraphFact::SiblingChunks {
            framework,
            prefix,
            separator: shortened(&separator),
            counts,
            codec: shortened(&codec),
            bytes,
        }
    }
}

/// Number of chunks in each dimension, and of elements in each chunk.
fn grid(shape: &[u64], chunk: &[u64]) -> Option<(Vec<u64>, u64)> {
    if shape.len() != chunk.len() || shape.len() > DIMENSIONS_MAX || chunk.contains(&0) {
        return None;
    }
    let elements = chunk.iter().try_fold(1u64, |product, &length| product.checked_mul(length))?;
    Some((shape.iter().zip(chunk).map(|(&length, &chunk)| length.div_ceil(chunk)).collect(), elements))
}

/// Bytes of an element, for types of numbers.
fn element_bytes(kind: &str) -> Option<u64> {
    if kind == "bool" {
        return Some(1);
    }
    // `<f4` counts bytes, `float32` and its like bits.
    let digits = |kind: &str| kind.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse::<u64>().ok();
    match kind.strip_prefix(['<', '>', '|']) {
        Some(kind) if kind.starts_with(['b', 'i', 'u', 'f', 'c']) => digits(kind),
        Some(_) => None,
        None => digits(kind).filter(|bits| bits.is_multiple_of(8)).map(|bits| bits / 8),
    }
}

fn value<'f>(fields: &'f [Field], path: &[&str]) -> Option<&'f str> {
    fields.iter().find(|field| field.is(path)).map(|field| field.value.as_str())
}

fn numbers(fields: &[Field], path: &[&str]) -> Vec<u64> {
    let elements = fields.iter().filter(|field| field.starts(path) && field.path.len() == path.len().saturating_add(1));
    elements.filter_map(|field| field.value.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_both_versions_have_their_bytes() {
        for (kind, bytes) in [("<f4", 4), ("|b1", 1), ("float32", 4), ("bfloat16", 2), ("bool", 1), ("<c16", 16)] {
            assert_eq!(element_bytes(kind), Some(bytes), "{kind}");
        }
        for kind in ["|O", "<U8", "int4", "string"] {
            assert_eq!(element_bytes(kind), None, "{kind}");
        }
    }

    #[test]
    fn the_last_chunk_of_a_dimension_may_reach_beyond_it() {
        assert_eq!(grid(&[10, 4], &[4, 4]), Some((vec![3, 1], 16)));
        assert_eq!(grid(&[], &[]), Some((vec![], 1)));
        assert_eq!(grid(&[10], &[0]), None);
    }
}
