//! Facts about tensors and the tables that describe them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
