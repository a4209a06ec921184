//! Facts about computation graphs and other files that a loader turns into a program.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a graph makes its runtime do, build or fetch.
///
/// `framework` is the id of the format that reads the file; names are in the framework's own words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum GraphFact {
    /// An operator that the graph runs; one fact for each distinct one, counted.
    Operator {
        /// Whose operator it is.
        framework: String,
        /// Namespace of the operator; empty for the framework's own.
        domain: String,
        /// Name of the operator.
        name: String,
    },
    /// An object that the loader builds by name: a layer, an estimator, a step of a pipeline.
    Object {
        /// Whose loader builds it.
        framework: String,
        /// Where in the file it is asked for, as a path of keys.
        key: String,
        /// Module of the class, as stored; empty when the loader has a registry of its own.
        module: String,
        /// Name of the class or function.
        name: String,
    },
    /// Code that the loader compiles or runs: byte code of a lambda, source text, a script.
    EmbeddedCode {
        /// Whose loader runs it.
        framework: String,
        /// Language of the code, as in `python-bytecode`.
        language: String,
        /// What holds it, by name or as a path of keys.
        holder: String,
        /// Its first characters.
        excerpt: String,
    },
    /// Bytes, code or services that the file takes from elsewhere.
    External {
        /// Whose loader follows it.
        framework: String,
        /// What kind of place it names.
        kind: ExternalKind,
        /// What asks for it, by name or as a path of keys.
        holder: String,
        /// The place as stored.
        target: String,
    },
    /// Bytes of a file beside this one that are data of this one's tensors; extents that touch are one fact.
    ///
    /// Such a file has no magic of its own: what all extents of all files that name it cover counts as
    /// understood, zeros between two extents as padding, and anything else as unexplained. Where a file
    /// states no length, it is what shape and type ask for. Stated beside `External`, for plain paths only.
    SiblingData {
        /// Whose loader reads the bytes.
        framework: String,
        /// The file, by a path relative to the directory of the one that names it.
        target: String,
        /// Offset of the first byte in that file.
        start: u64,
        /// Offset after the last byte.
        end: u64,
    },
    /// Files beside this one that are the chunks of one array, each named by its place in the array's grid.
    ///
    /// A chunk is named by the prefix and the numbers of its place, with the separator between any two of
    /// them; one of no dimensions has the prefix alone, or else `0`. A chunk that is not there is empty.
    SiblingChunks {
        /// Whose loader reads the bytes.
        framework: String,
        /// What the names of all chunks begin with; may be empty.
        prefix: String,
        /// What stands between the parts of a name: `.` or `/`.
        separator: String,
        /// Number of chunks in each dimension.
        counts: Vec<u64>,
        /// The codec that the loader decodes a chunk with first; empty for numbers as they are.
        codec: String,
        /// Bytes of every chunk, where no codec changes their number and the type is one of numbers.
        bytes: Option<u64>,
    },
    /// A key of an external-data entry that the format does not define; some loaders set it as an attribute.
    UnknownExternalKey {
        /// The tensor it is stated for.
        holder: String,
        /// The key.
        key: String,
    },
    /// A comparison on what the user sends in decides which value comes out (a graph backdoor).
    GatedOutput {
        /// Name of the comparison.
        gate: String,
        /// Name of the node that takes one value or the other.
        choice: String,
        /// Name of the output that follows.
        output: String,
    },
    /// An input reaches an output through no trained parameter, around those that others go through.
    UntrainedPath {
        /// Name of the input.
        input: String,
        /// Name of the output.
        output: String,
    },
}

/// What kind of place outside of a file something is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExternalKind {
    /// A file beside the one that names it, by a plain relative path.
    Sibling,
    /// A path that is absolute or leads out of the artifact through `..`.
    EscapingPath,
    /// A URL.
    Url,
    /// A native library that is loaded.
    Library,
    /// A link of the container to another file.
    Link,
    /// An external entity or document type of XML.
    Entity,
}
