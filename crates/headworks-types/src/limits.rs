//! Every bound on what hostile bytes may cost, by name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bounds on the inspection of one artifact.
///
/// Reaching one is never silent: the parser keeps what it read and states
/// [`Fault::Budget`](crate::Fault::Budget) with the field's name, so the artifact is held. The
/// digest of the values is part of every record, because another bound may give another verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Files in one artifact.
    pub files_max: u64,
    /// Directory levels below the artifact's root.
    pub directory_depth_max: u64,
    /// Bytes of a file's path relative to the root.
    pub path_bytes_max: u64,
    /// Containers within containers.
    pub nesting_max: u64,
    /// Members of one archive.
    pub members_max: u64,
    /// Bytes decoded from all compressed streams of one file, re-reading included.
    pub decoded_bytes_max: u64,
    /// Bytes of one decoded stream held in memory; a larger one is decoded again on a backward read.
    pub decoded_in_memory_bytes_max: u64,
    /// Bytes of the window or dictionary that a compressed stream may ask its decoder to keep.
    pub decoder_window_bytes_max: u64,
    /// Distinct facts kept for one file.
    pub facts_max: u64,
    /// Bytes of a document parsed in memory (JSON, YAML, source text, template).
    pub text_bytes_max: u64,
    /// Bytes of a program parsed to a syntax tree, which takes many times as much memory.
    pub program_bytes_max: u64,
    /// Nesting of a JSON or YAML document, a template or a program.
    pub document_depth_max: u64,
    /// Values read from a manifest, such as `package.json` or an image index.
    pub manifest_values_max: u64,
    /// Bytes of a chat template; the largest in use have some tens of thousands.
    pub template_bytes_max: u64,
    /// Bytes of a safetensors header (the reference implementation's own bound is 100 MB).
    pub safetensors_header_bytes_max: u64,
    /// Key-value pairs in a GGUF header.
    pub gguf_pairs_max: u64,
    /// Bytes of one GGUF string.
    pub gguf_string_bytes_max: u64,
    /// Dimensions of one tensor.
    pub tensor_dimensions_max: u64,
    /// Tensors in one file.
    pub tensors_max: u64,
    /// Tables, vectors and strings of one flatbuffer that are looked at.
    pub flatbuffer_objects_max: u64,
    /// Words of the vocabulary of one tokenizer.
    pub tokenizer_words_max: u64,
    /// Values that the nodes of a computation graph take and make, with its functions in line.
    pub graph_values_max: u64,
    /// Opcodes of all pickle streams in one file.
    pub pickle_opcodes_max: u64,
    /// Values on the pickle stack.
    pub pickle_stack_max: u64,
    /// Entries of the pickle memo.
    pub pickle_memo_max: u64,
    /// Values that the pickle machine keeps of the first and as many of the latest, in memo and tuples.
    pub pickle_values_kept: u64,
    /// Bytes of strings that it keeps the same way.
    pub pickle_text_bytes_kept: u64,
    /// Bytes that it keeps of events, of literals to look into, and of the tables of a checkpoint.
    pub pickle_arena_bytes_max: u64,
    /// Objects of a serialized stream of R or Torch7 that are not yet ended, or that later ones can refer to; nodes
    /// of one tree of decisions.
    pub object_stack_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        const GIB: u64 = 1 << 30;
        Self {
            files_max: 1_000_000,
            directory_depth_max: 128,
            path_bytes_max: 4096,
            nesting_max: 8,
            members_max: 1_000_000,
            decoded_bytes_max: 64 * GIB,
            decoded_in_memory_bytes_max: 64 * MIB,
            // What zstd itself accepts by default; xz presets end at half of it.
            decoder_window_bytes_max: 128 * MIB,
            facts_max: 50_000,
            text_bytes_max: 128 * MIB,
            program_bytes_max: 8 * MIB,
            document_depth_max: 128,
            manifest_values_max: 100_000,
            template_bytes_max: 4 * MIB,
            safetensors_header_bytes_max: 100_000_000,
            gguf_pairs_max: 1 << 20,
            gguf_string_bytes_max: 64 * MIB,
            tensor_dimensions_max: 64,
            tensors_max: 4 << 20,
            flatbuffer_objects_max: 32 << 20,
            tokenizer_words_max: 8 << 20,
            graph_values_max: 4 << 20,
            pickle_opcodes_max: 200_000_000,
            pickle_stack_max: 16 << 20,
            pickle_memo_max: 1 << 30,
            pickle_values_kept: 128 << 10,
            pickle_text_bytes_kept: MIB,
            pickle_arena_bytes_max: GIB,
            object_stack_max: 16 << 20,
        }
    }
}
