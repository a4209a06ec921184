//! What an entry of the log says of who is affected by whom: the nodes and edges of the graph.
//!
//! Nothing is made up on the way: a range of versions is no version, and a label is no address. What only a card or a
//! configuration says is `stated`, what the bytes or their place show is `observed`, what a signer who is enrolled
//! for it says is `verified`.

mod kind;
mod purl;
mod record;
mod statement;

use headworks_types::Basis;
use serde_json::Value;

pub use kind::{EdgeKind, NodeKind};

pub(crate) use record::of_record;
pub(crate) use statement::of_statement;

/// A thing that the graph knows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thing {
    pub(crate) kind: NodeKind,
    pub(crate) key: String,
    /// More about it, as a JSON object; null for nothing.
    pub(crate) attrs: Value,
}

/// That one thing is affected by another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Relation {
    pub(crate) from: Thing,
    pub(crate) kind: EdgeKind,
    pub(crate) to: Thing,
    pub(crate) confidence: Basis,
    /// More about it, as a JSON object; null for nothing.
    pub(crate) attrs: Value,
}

impl Thing {
    pub(crate) fn new(kind: NodeKind, key: impl Into<String>) -> Self {
        Self { kind, key: key.into(), attrs: Value::Null }
    }

    fn with(self, attrs: Value) -> Self {
        Self { attrs, ..self }
    }
}

impl Relation {
    fn new(from: Thing, kind: EdgeKind, to: Thing, confidence: Basis) -> Self {
        Self { from, kind, to, confidence, attrs: Value::Null }
    }

    fn with(self, attrs: Value) -> Self {
        Self { attrs, ..self }
    }
}
