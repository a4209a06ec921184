//! Things and steps in words, for people and for programs.

use headworks_store::relations::EdgeKind;
use headworks_store::{Node, Stated};
use headworks_types::Digest;
use serde_json::{Value, json};

/// A thing on one line.
pub(super) fn label(node: &Node) -> String {
    let key = node.key.parse::<Digest>().map_or_else(|_| node.key.clone(), |digest| digest.abbreviated());
    let detail = ["name", "admission"].iter().find_map(|detail| node.attrs.get(detail)?.as_str());
    let detail = detail.map(|detail| format!(" ({detail})")).unwrap_or_default();
    let kind = node.kind.word();
    // Some keys begin with the word already.
    let named = if key.starts_with(&format!("{kind}:")) { key } else { format!("{kind} {key}") };
    format!("{named}{detail}").escape_debug().collect()
}

/// A thing as JSON.
pub(super) fn document(node: &Node) -> Value {
    json!({ "kind": node.kind.word(), "key": node.key, "attrs": node.attrs, "first_entry": node.evidence })
}

/// What the log says of an edge, as JSON.
pub(super) fn stated(stated: &Stated) -> Value {
    json!({ "entry": stated.evidence, "confidence": stated.confidence, "attrs": stated.attrs })
}

/// The word of a kind of edge by its number; the engine has no others than were put in.
pub(super) fn edge_kind(kind: u8) -> Option<EdgeKind> {
    EdgeKind::ALL.get(usize::from(kind)).map(|(kind, _)| *kind)
}
