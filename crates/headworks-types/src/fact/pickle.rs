//! Facts about pickle streams: the events of CPython's unpickler, as the abstract machine logged them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One kind of event in a pickle stream.
///
/// The machine logs an event before it touches the stack, so nothing that follows (POP, a memo
/// overwrite, a truncation) can take one back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum PickleFact {
    /// A name is imported. The module's top-level code runs even when the object is never used.
    Import {
        /// What is imported.
        callee: Callee,
        /// The opcode that imports it.
        opcode: PickleOpcode,
    },
    /// Something is called.
    Call {
        /// What is called.
        callee: Callee,
        /// The opcode that calls it.
        opcode: PickleOpcode,
        /// The positional arguments, followed by one `Shape::Dict` of keyword arguments for NEWOBJ_EX.
        /// `[Shape::Unknown]` when the machine could not tell them apart.
        arguments: Vec<Shape>,
    },
    /// BUILD: `__setstate__`, a `__dict__` update or `setattr` on the target.
    State {
        /// The object that receives the state.
        target: Shape,
        /// The state.
        state: Shape,
    },
    /// APPEND(S), ADDITEMS or SETITEM(S) on something that is no built-in container: a method call.
    Mutation {
        /// The object whose method is called.
        target: Shape,
        /// The opcode.
        opcode: PickleOpcode,
    },
    /// PERSID or BINPERSID: the loader's own `persistent_load` is called.
    PersistentId {
        /// The id.
        id: Shape,
    },
    /// EXT1, EXT2 or EXT4: an import through `copyreg`'s registry, which differs from process to process.
    Extension {
        /// The registry code.
        code: u32,
    },
    /// NEXT_BUFFER: protocol 5 data that travels outside the stream.
    OutOfBandBuffer,
    /// A tuple holds tuples so often that it would be `values` values, or slightly more, if all that is
    /// in it were written out. The first of them is stated.
    Expansion {
        /// Values: those of the tuple, of the tuples in it, and so on.
        values: u64,
    },
    /// A literal inside the stream is itself a pickle; its own events have a place below this one.
    NestedStream,
}

/// The opcodes that can cause an event, by their names in CPython's `pickletools`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are CPython's own and say all there is")]
pub enum PickleOpcode {
    Global,
    StackGlobal,
    Inst,
    Ext,
    Reduce,
    Obj,
    Newobj,
    NewobjEx,
    Build,
    Append,
    Appends,
    Additems,
    Setitem,
    Setitems,
}

/// What is imported or called.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Callee {
    /// A name that the stream states in full.
    Name {
        /// Module, in today's spelling: CPython maps Python 2 names through a fixed table.
        module: String,
        /// Qualified name within the module; dotted from protocol 4 on.
        name: String,
        /// `module name` as the stream spells it, when that differs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spelled: Option<String>,
    },
    /// A value that is computed, so no reader of the bytes can know what it will be.
    Computed {
        /// What is known of the value.
        value: Box<Shape>,
    },
}

/// What the machine knows of a value: its type, and its content where that is short and exact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "value", rename_all = "kebab-case")]
pub enum Shape {
    /// `None`.
    None,
    /// A boolean.
    Bool(bool),
    /// An integer; `None` when it needs more than 64 bits or differs between repeated events.
    Int(Option<i64>),
    /// A floating-point number.
    Float,
    /// A string; `None` when it is long or differs between repeated events.
    Str(Option<String>),
    /// Bytes or a bytearray, with their length where it is the same for all repeated events.
    Bytes(Option<u64>),
    /// A tuple; `None` when it is long or nested deeply.
    Tuple(Option<Vec<Shape>>),
    /// A list.
    List,
    /// A dictionary.
    Dict,
    /// A set or a frozenset.
    Set,
    /// An imported object itself, `module.name`.
    Global(String),
    /// The result of calling `module.name`.
    Instance(String),
    /// What `persistent_load` returned.
    Persistent,
    /// An out-of-band buffer.
    Buffer,
    /// Anything: a computed value, an extension, a value that could be one of several.
    Unknown,
}

impl Callee {
    /// `module.name`, or nothing when the value is computed.
    pub fn dotted(&self) -> Option<String> {
        match self {
            Self::Name { module, name, .. } => Some(format!("{module}.{name}")),
            Self::Computed { .. } => None,
        }
    }
}

impl fmt::Display for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { module, name, .. } => write!(f, "{module}.{name}"),
            Self::Computed { value } => write!(f, "<computed: {value}>"),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(Some(value)) => write!(f, "{value}"),
            Self::Int(None) => f.write_str("<int>"),
            Self::Float => f.write_str("<float>"),
            Self::Str(Some(text)) => write!(f, "{text:?}"),
            Self::Str(None) => f.write_str("<str>"),
            Self::Bytes(Some(count)) => write!(f, "<{count} bytes>"),
            Self::Bytes(None) => f.write_str("<bytes>"),
            Self::Tuple(None) => f.write_str("(...)"),
            Self::Tuple(Some(items)) => {
                f.write_str("(")?;
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str(")")
            }
            Self::List => f.write_str("[...]"),
            Self::Dict => f.write_str("{...}"),
            Self::Set => f.write_str("<set>"),
            Self::Global(name) => f.write_str(name),
            Self::Instance(name) => write!(f, "{name}(...)"),
            Self::Persistent => f.write_str("<persistent object>"),
            Self::Buffer => f.write_str("<buffer>"),
            Self::Unknown => f.write_str("<unknown>"),
        }
    }
}
