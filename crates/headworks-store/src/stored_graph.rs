//! The graph of a store: the engine over what the index holds, with the words for its numbers.

use std::collections::{BTreeSet, HashMap};

use headworks_types::Basis;
use serde_json::Value;

use crate::StoreError;
use crate::graph::{Direction, Graph, Kinds, Query};
use crate::index::Index;
use crate::relations::{EdgeKind, NodeKind};

/// Things that are listed when a start is ambiguous.
const MATCHES_MAX: i64 = 100;

/// What precedes a name in the keys of things that are known by name.
const PREFIXES: [&str; 9] =
    ["name:", "publisher:", "identity:", "builder:", "source:", "licence:", "run:", "image:", "pkg:huggingface/"];

/// The graph of a store as it was when it was loaded.
#[derive(Debug)]
pub struct StoredGraph {
    index: Index,
    engine: Graph,
}

/// A thing that the log speaks of.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its number in the engine.
    pub number: u32,
    /// What it is.
    pub kind: NodeKind,
    /// What it is known by: a digest, a package URL, or a word for its kind and a name.
    pub key: String,
    /// More about it, as a JSON object; null for nothing.
    pub attrs: Value,
    /// The log's entry that speaks of it first.
    pub evidence: u64,
}

/// What the log says of an edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated {
    /// The entry that says so.
    pub evidence: u64,
    /// What that rests on.
    pub confidence: Basis,
    /// More about it, as a JSON object; null for nothing.
    pub attrs: Value,
}

/// That one thing is affected by another.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEdge {
    /// Number of what harm comes from.
    pub from: u32,
    /// In which way.
    pub kind: EdgeKind,
    /// Number of what it reaches.
    pub to: u32,
    /// Who says so.
    pub stated: Stated,
}

impl StoredGraph {
    pub(crate) async fn load(index: Index) -> Result<Self, StoreError> {
        let engine = index.load_graph().await?;
        Ok(Self { index, engine })
    }

    /// The engine, to be asked by numbers.
    pub fn engine(&self) -> &Graph {
        &self.engine
    }

    /// What somebody may mean by a digest or its start, a key, or a name.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn find(&self, wanted: &str) -> Result<Vec<Node>, StoreError> {
        let keys = std::iter::once(wanted.to_owned()).chain(PREFIXES.iter().map(|prefix| format!("{prefix}{wanted}")));
        let mut found = Vec::new();
        for key in keys {
            found.extend(self.index.node_with_key(&key).await?);
        }
        if found.is_empty() {
            for key in self.index.artifacts_named(wanted).await? {
                found.extend(self.index.node_with_key(&key).await?);
            }
        }
        if found.is_empty()
            && let Some(hex) = hex(wanted)
        {
            let start = format!("sha256:{hex}");
            // No hexadecimal digit is above `f`.
            found = self.index.nodes_between(&start, &format!("{start}g"), MATCHES_MAX).await?;
        }
        // A name that nobody uses without a version may still have versions.
        if found.is_empty() && wanted.starts_with("pkg:") {
            found = self.index.nodes_between(&format!("{wanted}@"), &format!("{wanted}A"), MATCHES_MAX).await?;
        }
        let mut seen = BTreeSet::new();
        found.retain(|node| seen.insert(node.number));
        Ok(found)
    }

    /// A thing and what it stands for: a name stands for its versions, and for the artifacts that go by it.
    ///
    /// # Errors
    /// When the number is unknown.
    pub fn stands_for(&self, number: u32) -> Result<Vec<u32>, StoreError> {
        let kinds = [EdgeKind::KnownAs, EdgeKind::Provides, EdgeKind::VersionOf];
        let edge_kinds = kinds.into_iter().map(|kind| kind as u8).collect::<Kinds>();
        let query = Query { sources: vec![number], direction: Direction::Up, edge_kinds, ..Query::default() };
        let mut all = self.engine.reach(&query)?.nodes();
        all.push(number);
        Ok(all)
    }

    /// Things by their numbers, in that order.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn nodes(&self, numbers: &[u32]) -> Result<Vec<Node>, StoreError> {
        self.index.nodes(numbers).await
    }

    /// What the log says of an edge; nothing when there is none.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn stated(&self, from: u32, kind: EdgeKind, to: u32) -> Result<Option<Stated>, StoreError> {
        self.index.stated(from, kind, to).await
    }

    /// What entries of the log from `index` on say first: things by their keys, and edges by the keys of their ends.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn since(&self, index: u64) -> Result<(Vec<Node>, Vec<StoredEdge>), StoreError> {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        Ok((self.index.nodes_since(index).await?, self.index.edges_since(index).await?))
    }

    /// The entry with the first verdict that was decided at or after a time, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn first_since(&self, ms: i64) -> Result<Option<u64>, StoreError> {
        self.index.first_since(ms).await
    }

    /// Keys of the artifacts whose newest verdict by some tier is an admission, with those tiers.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn admitted(&self) -> Result<HashMap<String, Vec<String>>, StoreError> {
        self.index.admitted().await
    }
}

/// Shorter starts of a digest match by accident.
const HEX_DIGITS_MIN: usize = 4;

fn hex(wanted: &str) -> Option<String> {
    let hex = wanted.strip_prefix("sha256:").unwrap_or(wanted).to_ascii_lowercase();
    (hex.len() >= HEX_DIGITS_MIN && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hex)
}
