//! Facts about tensors and the tables that describe them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// What a tensor table states, above all where it contradicts itself or the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum TensorFact {
    /// Summary of a table that was read to its end.
    Table {
        /// Number of tensors.
        tensors: u64,
        /// Number of elements in all tensors.
        parameters: u64,
        /// Bytes of all tensors.
        bytes: u64,
        /// Data types in use, in the format's own words, sorted.
        dtypes: Vec<String>,
    },
    /// The names of all tensors, for comparison with an index or another copy.
    Names {
        /// Number of tensors.
        tensors: u64,
        /// SHA-256 over the sorted names, each followed by a zero byte.
        digest: Digest,
    },
    /// The shape of an embedding or an output layer, which configuration states as well.
    Shape {
        /// Name of the tensor.
        tensor: String,
        /// Its dimensions, outermost first.
        shape: Vec<u64>,
    },
    /// Tensors of an adapter that change, or replace, a module of the model it is made for.
    AdapterPart {
        /// Path of the module; `*` stands for any number.
        module: String,
        /// Part of the adapter, as in `lora_A`, or the name of the weight that is replaced.
        part: String,
        /// The rank, where the part shows it.
        rank: Option<u64>,
    },
    /// Numbered layers, as in `model.layers.31`.
    Layers {
        /// The part of the names before the number.
        prefix: String,
        /// How many different numbers there are.
        count: u64,
    },
    /// A key occurs twice; readers differ in which one they take.
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// Two tensors share bytes.
    Overlap {
        /// Name of the later tensor.
        tensor: String,
        /// Name of the earlier tensor.
        with: String,
    },
    /// Bytes between tensors, or after the last one, that belong to none.
    Hole,
    /// Shape times data type is not the number of bytes the table gives the tensor.
    SizeMismatch {
        /// Name of the tensor.
        tensor: String,
        /// Bytes that shape and data type ask for; absent when the product overflows.
        expected: Option<u64>,
        /// Bytes that the table gives it.
        stated: u64,
    },
    /// A tensor's bytes lie outside the file or its storage.
    OutOfBounds {
        /// Name of the tensor.
        tensor: String,
    },
    /// The alignment that the file states or needs is broken or beyond reason.
    Misaligned {
        /// What is misaligned.
        subject: String,
    },
    /// A key's type or value is not what the format declares for it.
    UnexpectedType {
        /// The key.
        key: String,
        /// Type the format declares.
        expected: String,
        /// Type found.
        found: String,
    },
    /// A metadata entry that a person or a loader may read.
    Metadata {
        /// The key.
        key: String,
        /// The value, shortened.
        value: String,
    },
}
