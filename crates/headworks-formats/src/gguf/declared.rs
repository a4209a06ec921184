//! The types that readers of GGUF expect of the keys they know.
//!
//! Source: docs/gguf.md of ggml-org/ggml, and the readers in llama.cpp. A reader that trusts the
//! key and not the type reads past a short value; advisories of that class are why this table is.

/// A type of GGUF values, by its number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64,
}

use ValueType::{Array, Bool, F32, F64, I8, I16, I32, I64, String as Text, U8, U16, U32, U64};

impl ValueType {
    pub(super) fn of(id: u32) -> Option<Self> {
        const BY_ID: [ValueType; 13] = [U8, I8, U16, I16, U32, I32, F32, Bool, Text, Array, U64, I64, F64];
        usize::try_from(id).ok().and_then(|id| BY_ID.get(id)).copied()
    }

    /// Bytes of a value, or of the least one where they vary; `count_bytes` is the width of a count.
    pub(super) fn bytes_min(self, count_bytes: u64) -> u64 {
        match self {
            U8 | I8 | Bool => 1,
            U16 | I16 => 2,
            U32 | I32 | F32 => 4,
            U64 | I64 | F64 => 8,
            Text => count_bytes,
            Array => count_bytes.saturating_add(4),
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            U8 => "u8",
            I8 => "i8",
            U16 => "u16",
            I16 => "i16",
            U32 => "u32",
            I32 => "i32",
            F32 => "f32",
            Bool => "bool",
            Text => "string",
            Array => "array",
            U64 => "u64",
            I64 => "i64",
            F64 => "f64",
        }
    }
}

/// What a key may hold: single values and elements of arrays.
pub(super) struct Declared {
    single: &'static [ValueType],
    elements: &'static [ValueType],
}

impl Declared {
    /// Whether a value of `kind`, an array of `elements` where it is one, is what the key may hold.
    pub(super) fn admits(&self, kind: ValueType, elements: Option<ValueType>) -> bool {
        match elements {
            Some(of) => self.elements.contains(&of),
            None => self.single.contains(&kind),
        }
    }

    /// The types in words, as in `u32 or array of i32`.
    pub(super) fn words(&self) -> String {
        let single = self.single.iter().map(|kind| kind.word().to_owned());
        let elements = self.elements.iter().map(|kind| format!("array of {}", kind.word()));
        Vec::from_iter(single.chain(elements)).join(" or ")
    }
}

/// What the readers expect of `key`, if they know it.
pub(super) fn declared(key: &str) -> Option<&'static Declared> {
    let exact = EXACT.iter().find(|(known, _)| *known == key);
    // `{arch}.context_length` and its like: the part after the architecture's name decides.
    let known = exact.or_else(|| {
        let (architecture, suffix) = key.split_once('.')?;
        let is_architecture = !matches!(architecture, "general" | "tokenizer" | "split" | "adapter" | "comfy");
        BY_ARCHITECTURE.iter().find(|(known, _)| is_architecture && *known == suffix)
    });
    let by_prefix = key.starts_with("tokenizer.chat_template.").then_some(&STRING);
    known.map(|(_, declared)| declared).or(by_prefix)
}

const STRING: Declared = Declared { single: &[Text], elements: &[] };
const STRINGS: Declared = Declared { single: &[], elements: &[Text] };
const COUNT: Declared = Declared { single: &[U32], elements: &[] };
const SHORT: Declared = Declared { single: &[U16], elements: &[] };
const FLAG: Declared = Declared { single: &[Bool], elements: &[] };
const FLOAT: Declared = Declared { single: &[F32], elements: &[] };
const FLOATS: Declared = Declared { single: &[], elements: &[F32] };
const KINDS: Declared = Declared { single: &[], elements: &[I32, U32] };
const BYTES: Declared = Declared { single: &[], elements: &[U8, I8] };
/// Given once, or once for each layer.
const PER_LAYER: Declared = Declared { single: &[U32], elements: &[U32, I32] };

static EXACT: &[(&str, Declared)] = &[
    ("general.alignment", COUNT),
    ("general.architecture", STRING),
    ("general.author", STRING),
    ("general.basename", STRING),
    ("general.description", STRING),
    ("general.file_type", COUNT),
    ("general.languages", STRINGS),
    ("general.license", STRING),
    ("general.license.link", STRING),
    ("general.license.name", STRING),
    ("general.name", STRING),
    ("general.organization", STRING),
    ("general.quantization_version", COUNT),
    ("general.repo_url", STRING),
    ("general.size_label", STRING),
    ("general.source.url", STRING),
    ("general.tags", STRINGS),
    ("general.type", STRING),
    ("general.url", STRING),
    ("adapter.lora.alpha", FLOAT),
    ("adapter.type", STRING),
    ("split.count", SHORT),
    ("split.no", SHORT),
    ("split.tensors.count", Declared { single: &[I32], elements: &[] }),
    ("tokenizer.chat_template", STRING),
    ("tokenizer.chat_templates", STRINGS),
    ("tokenizer.ggml.add_bos_token", FLAG),
    ("tokenizer.ggml.add_eos_token", FLAG),
    ("tokenizer.ggml.add_space_prefix", FLAG),
    ("tokenizer.ggml.bos_token_id", COUNT),
    ("tokenizer.ggml.cls_token_id", COUNT),
    ("tokenizer.ggml.eos_token_id", COUNT),
    ("tokenizer.ggml.eot_token_id", COUNT),
    ("tokenizer.ggml.mask_token_id", COUNT),
    ("tokenizer.ggml.merges", STRINGS),
    ("tokenizer.ggml.model", STRING),
    ("tokenizer.ggml.padding_token_id", COUNT),
    ("tokenizer.ggml.pre", STRING),
    ("tokenizer.ggml.precompiled_charsmap", BYTES),
    ("tokenizer.ggml.scores", FLOATS),
    ("tokenizer.ggml.seperator_token_id", COUNT),
    ("tokenizer.ggml.token_type", KINDS),
    ("tokenizer.ggml.token_type_count", COUNT),
    ("tokenizer.ggml.tokens", STRINGS),
    ("tokenizer.ggml.unknown_token_id", COUNT),
    ("tokenizer.huggingface.json", STRING),
];

static BY_ARCHITECTURE: &[(&str, Declared)] = &[
    ("attention.head_count", PER_LAYER),
    ("attention.head_count_kv", PER_LAYER),
    ("attention.layer_norm_epsilon", FLOAT),
    ("attention.layer_norm_rms_epsilon", FLOAT),
    ("block_count", COUNT),
    ("context_length", COUNT),
    ("embedding_length", COUNT),
    ("expert_count", COUNT),
    ("expert_used_count", PER_LAYER),
    ("feed_forward_length", PER_LAYER),
    ("rope.dimension_count", COUNT),
    ("rope.freq_base", FLOAT),
    ("rope.scaling.factor", FLOAT),
    ("rope.scaling.type", STRING),
    ("vocab_size", COUNT),
];
