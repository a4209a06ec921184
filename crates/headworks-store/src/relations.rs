//! What an entry of the log says of who is affected by whom: the nodes and edges of the graph.
//!
//! Nothing is made up on the way: a range of versions is no version, and a label is no address. What only a card or a
//! configuration says is `stated`, what the bytes or their place show is `observed`, what a signer who is enrolled
//! for it says is `verified`.

mod kind;
mod purl;
mod record;
mod statement;

use headworks_types::{Basis, Digest};
use serde_json::{Value, json};

pub use kind::{EdgeKind, NodeKind};

pub(crate) use record::of_record;
pub(crate) use statement::of_statement;

/// What precedes the digest in the key of a material.
pub(crate) const MATERIAL: &str = "material:";

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

/// Longest key that is kept as it is, in bytes; a longer one is known by its digest.
const KEY_BYTES_MAX: usize = 4096;

/// Longest label that is kept, in characters.
const LABEL_CHARS_MAX: usize = 256;

impl Thing {
    pub(crate) fn new(kind: NodeKind, key: impl Into<String>) -> Self {
        let key: String = key.into();
        let key = if key.len() <= KEY_BYTES_MAX { key } else { format!("long:{}", Digest::of(key.as_bytes())) };
        Self { kind, key, attrs: Value::Null }
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

/// That something was made from content with this digest, which is called `label` there.
///
/// The material is a thing of its own, so that every artifact with such a file can stand behind it: as many edges as
/// there are artifacts and things made, and not as many as there are pairs of them.
fn made_from(digest: Digest, label: &str, kind: EdgeKind, to: &Thing, confidence: Basis) -> [Relation; 2] {
    let material = Thing::new(NodeKind::Material, format!("{MATERIAL}{digest}"));
    let content = Thing::new(NodeKind::Content, digest.to_string());
    let label: String = label.chars().take(LABEL_CHARS_MAX).collect();
    [
        Relation::new(content, EdgeKind::GivenAs, material.clone(), Basis::Observed),
        Relation::new(material, kind, to.clone(), confidence).with(json!({ "called": label })),
    ]
}
