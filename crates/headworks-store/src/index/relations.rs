//! The rows of the graph.

use std::collections::{BTreeSet, HashMap, HashSet};

use headworks_types::Basis;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, Transaction};

use super::{Index, number};
use crate::StoreError;
use crate::graph::{Builder, Edge, Graph};
use crate::log::rows::Rows;
use crate::relations::{EdgeKind, MATERIAL, NodeKind, Relation, Thing};
use crate::stored_graph::{Node, Stated, StoredEdge};

/// Rows of one statement.
const ROWS: usize = 200;

/// Entries whose things and edges are compared at once.
const ENTRIES: i64 = 256;

/// Sources whose edges are loaded at once.
const SOURCES: i64 = 10_000;

/// The digest of nothing: files without content are in all sorts of artifacts, and nothing is made from them.
const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// An edge by the keys of its ends.
const EDGES: &str = "select src.id - 1, edge.kind, dst.id - 1, edge.evidence, edge.confidence, edge.attrs from edge \
     join node as src on src.id = edge.src join node as dst on dst.id = edge.dst";

/// Adds what an entry says; what was said before keeps the entry that said it first, or that verified it first.
pub(super) async fn insert(
    transaction: &mut Transaction<'_, Sqlite>,
    index: i64,
    relations: &[Relation],
) -> Result<(), StoreError> {
    if relations.is_empty() {
        return Ok(());
    }
    let mut seen = HashSet::new();
    let ends = relations.iter().flat_map(|relation| [&relation.from, &relation.to]);
    // Content that is known by digest alone may be something better known in the same entry.
    let better = |thing: &&Thing| thing.kind != NodeKind::Content;
    let things: Vec<&Thing> = ends.clone().filter(better).chain(ends).filter(|thing| seen.insert(&thing.key)).collect();
    insert_things(transaction, index, &things).await?;
    let ids = ids(transaction, &things).await?;
    let mut seen = HashSet::new();
    let id = |thing: &Thing| ids.get(thing.key.as_str()).copied().unwrap_or_default();
    let edge = |relation: &Relation| (id(&relation.from), relation.kind, id(&relation.to));
    let fresh = |relation: &&Relation| relation.from.key != relation.to.key && seen.insert(edge(relation));
    // One statement may not meet the same edge twice; the best founded comes first.
    let mut sorted: Vec<&Relation> = relations.iter().collect();
    sorted.sort_by_key(|relation| relation.confidence);
    let edges: Vec<&Relation> = sorted.into_iter().filter(fresh).collect();
    for some in edges.chunks(ROWS) {
        let mut query = QueryBuilder::new("insert into edge (src, kind, dst, evidence, confidence, attrs) ");
        query.push_values(some, |mut row, relation| {
            row.push_bind(id(&relation.from)).push_bind(relation.kind.word()).push_bind(id(&relation.to));
            row.push_bind(index).push_bind(word(relation.confidence)).push_bind(text(&relation.attrs));
        });
        query.push(
            " on conflict (src, kind, dst) do update set confidence = excluded.confidence, \
             evidence = excluded.evidence, attrs = excluded.attrs \
             where edge.confidence <> 'verified' and excluded.confidence = 'verified'",
        );
        query.build().execute(&mut **transaction).await?;
    }
    lift(transaction, index).await
}

async fn insert_things(
    transaction: &mut Transaction<'_, Sqlite>,
    index: i64,
    things: &[&Thing],
) -> Result<(), StoreError> {
    for some in things.chunks(ROWS) {
        let mut query = QueryBuilder::new("insert into node (kind, key, attrs, evidence) ");
        query.push_values(some, |mut row, thing| {
            row.push_bind(thing.kind.word()).push_bind(&thing.key).push_bind(text(&thing.attrs)).push_bind(index);
        });
        query.push(
            " on conflict (key) do update set kind = excluded.kind, attrs = excluded.attrs \
             where node.kind = 'content' and excluded.kind <> 'content'",
        );
        query.build().execute(&mut **transaction).await?;
    }
    Ok(())
}

async fn ids<'a>(
    transaction: &mut Transaction<'_, Sqlite>,
    things: &[&'a Thing],
) -> Result<HashMap<&'a str, i64>, StoreError> {
    let mut found: HashMap<String, i64> = HashMap::new();
    for some in things.chunks(ROWS) {
        let mut query = QueryBuilder::new("select key, id from node where key in (");
        let mut keys = query.separated(", ");
        for thing in some {
            keys.push_bind(&thing.key);
        }
        query.push(")");
        for row in query.build().fetch_all(&mut **transaction).await? {
            found.insert(row.try_get(0)?, row.try_get(1)?);
        }
    }
    Ok(things.iter().filter_map(|thing| Some((thing.key.as_str(), *found.get(&thing.key)?))).collect())
}

/// A statement may name a file of an artifact as what something was made from. Then the artifact stands behind the
/// material, whichever of the two was recorded first.
async fn lift(transaction: &mut Transaction<'_, Sqlite>, index: i64) -> Result<(), StoreError> {
    let behind = "insert into edge (src, kind, dst, evidence, confidence, attrs) \
         select held.dst, 'given_as', material.id, $1, 'observed', '' from node as file \
         join edge as held on held.src = file.id and held.kind = 'contains' \
         join node as material on material.key = $2 || file.key where file.key <> $3 and";
    // From the new materials to the files, and from the new files to the materials: each is one look-up a row.
    let new = [
        "file.key in (select substr(key, length($2) + 1) from node where evidence = $1 and kind = 'material')",
        "file.id in (select src from edge where evidence = $1 and kind = 'contains') and held.evidence = $1",
    ];
    for new in new {
        let lifted =
            sqlx::query(sqlx::AssertSqlSafe(format!("{behind} {new} on conflict (src, kind, dst) do nothing")));
        lifted.bind(index).bind(MATERIAL).bind(EMPTY).execute(&mut **transaction).await?;
    }
    Ok(())
}

impl Index {
    /// All nodes and edges, as the engine has them.
    pub(crate) async fn load_graph(&self) -> Result<Graph, StoreError> {
        let mut kinds: Vec<u8> = Vec::new();
        let mut after = 0i64;
        loop {
            let some = sqlx::query("select id, kind from node where id > $1 order by id limit $2");
            let rows = some.bind(after).bind(SOURCES).fetch_all(&self.0).await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get(0)?;
            for row in &rows {
                // A number that is missing keeps its place, for the others' sake.
                kinds.resize(id_to_number(row.try_get(0)?)? as usize, NodeKind::Content as u8);
                kinds.push(node_kind(row.try_get(1)?)? as u8);
            }
        }
        let end = i64::try_from(kinds.len()).unwrap_or(i64::MAX);
        let mut builder = Builder::new(kinds)?;
        let mut start = 1;
        while start <= end {
            let some = sqlx::query("select src, kind, dst from edge where src >= $1 and src < $2");
            for row in some.bind(start).bind(start + SOURCES).fetch_all(&self.0).await? {
                let (from, to) = (id_to_number(row.try_get(0)?)?, id_to_number(row.try_get(2)?)?);
                builder.edge(Edge { from, to, kind: edge_kind(row.try_get(1)?)? as u8 })?;
            }
            start += SOURCES;
        }
        Ok(builder.finish())
    }

    /// The node with this key.
    pub(crate) async fn node_with_key(&self, key: &str) -> Result<Option<Node>, StoreError> {
        let row = sqlx::query("select id, kind, key, attrs, evidence from node where key = $1").bind(key);
        row.fetch_optional(&self.0).await?.as_ref().map(node).transpose()
    }

    /// The first nodes whose keys are at least `start` and below `end`, by key.
    pub(crate) async fn nodes_between(&self, start: &str, end: &str, limit: i64) -> Result<Vec<Node>, StoreError> {
        let rows = sqlx::query(
            "select id, kind, key, attrs, evidence from node where key >= $1 and key < $2 order by key limit $3",
        );
        rows.bind(start).bind(end).bind(limit).fetch_all(&self.0).await?.iter().map(node).collect()
    }

    /// Keys of the artifacts that were recorded under this name.
    pub(crate) async fn artifacts_named(&self, name: &str) -> Result<BTreeSet<String>, StoreError> {
        let rows = sqlx::query("select distinct artifact from record where name = $1 or known_as = $1").bind(name);
        rows.fetch_all(&self.0).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Nodes by their numbers, in the order asked.
    pub(crate) async fn nodes(&self, numbers: &[u32]) -> Result<Vec<Node>, StoreError> {
        let mut found: HashMap<u32, Node> = HashMap::new();
        for some in numbers.chunks(ROWS) {
            let mut query = QueryBuilder::new("select id, kind, key, attrs, evidence from node where id in (");
            let mut ids = query.separated(", ");
            for &number in some {
                ids.push_bind(i64::from(number) + 1);
            }
            query.push(")");
            for row in query.build().fetch_all(&self.0).await? {
                let node = node(&row)?;
                found.insert(node.number, node);
            }
        }
        Ok(numbers.iter().filter_map(|number| found.get(number).cloned()).collect())
    }

    /// What the log says of an edge.
    pub(crate) async fn stated(&self, from: u32, kind: EdgeKind, to: u32) -> Result<Option<Stated>, StoreError> {
        let row = sqlx::query("select evidence, confidence, attrs from edge where src = $1 and kind = $2 and dst = $3");
        let row = row.bind(i64::from(from) + 1).bind(kind.word()).bind(i64::from(to) + 1);
        row.fetch_optional(&self.0).await?.as_ref().map(|row| stated(row, 0)).transpose()
    }

    /// The nodes that entries from `index` on speak of first, by key.
    pub(crate) async fn nodes_since(&self, index: i64) -> Result<Vec<Node>, StoreError> {
        let rows = sqlx::query("select id, kind, key, attrs, evidence from node where evidence >= $1 order by key");
        rows.bind(index).fetch_all(&self.0).await?.iter().map(node).collect()
    }

    /// The edges that entries from `index` on say first, by the keys of their ends.
    pub(crate) async fn edges_since(&self, index: i64) -> Result<Vec<StoredEdge>, StoreError> {
        let some = format!("{EDGES} where edge.evidence >= $1 order by src.key, edge.kind, dst.key");
        let rows = sqlx::query(sqlx::AssertSqlSafe(some)).bind(index).fetch_all(&self.0).await?;
        let edge = |row: &SqliteRow| {
            let number = |at| Ok::<_, StoreError>(u32::try_from(row.try_get::<i64, _>(at)?).map_err(undecodable)?);
            let kind = edge_kind(row.try_get(1)?)?;
            Ok(StoredEdge { from: number(0)?, kind, to: number(2)?, stated: stated(row, 3)? })
        };
        rows.iter().map(edge).collect()
    }

    /// The entry with the first verdict that was decided at or after a time.
    pub(crate) async fn first_since(&self, ms: i64) -> Result<Option<u64>, StoreError> {
        let row = sqlx::query("select min(log_index) from record where decided_at_ms >= $1").bind(ms);
        let index: Option<i64> = row.fetch_one(&self.0).await?.try_get(0)?;
        Ok(index.map(number).transpose()?)
    }

    /// The artifacts whose newest verdict by some tier is an admission, with those tiers.
    pub(crate) async fn admitted(&self) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let rows = sqlx::query(
            "select artifact, tier from record as this where admission = 'admit' and seq = (select max(seq) from record \
             as other where other.artifact = this.artifact and other.tier = this.tier) order by artifact, tier",
        );
        let mut admitted: HashMap<String, Vec<String>> = HashMap::new();
        for row in rows.fetch_all(&self.0).await? {
            admitted.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
        }
        Ok(admitted)
    }

    /// Adds what an entry says, in an index that has nothing else of it.
    pub(super) async fn insert_relations(&self, rows: &Rows) -> Result<(), StoreError> {
        let index = i64::try_from(rows.entry.index).map_err(undecodable)?;
        let mut transaction = self.0.begin().await?;
        insert(&mut transaction, index, &rows.relations).await?;
        Ok(transaction.commit().await?)
    }

    /// The first thing or edge that one graph has and the other has not, or has otherwise.
    pub(super) async fn graph_differs(&self, expected: &Self) -> Result<Option<String>, StoreError> {
        let mut start = 0;
        let end = self.last_evidence().await?.max(expected.last_evidence().await?);
        while start <= end {
            let (found, wanted) = (self.lines(start).await?, expected.lines(start).await?);
            if let Some(line) = found.symmetric_difference(&wanted).next() {
                return Ok(Some(format!("the graph, as to `{}`", line.escape_debug())));
            }
            start += ENTRIES;
        }
        Ok(None)
    }

    async fn last_evidence(&self) -> Result<i64, StoreError> {
        let last = "select max(coalesce((select max(evidence) from node), -1), \
             coalesce((select max(evidence) from edge), -1))";
        Ok(sqlx::query(last).fetch_one(&self.0).await?.try_get(0)?)
    }

    /// Things and edges of some entries, each as a line.
    async fn lines(&self, start: i64) -> Result<BTreeSet<String>, StoreError> {
        let lines = [
            "select key || ' ' || kind || ' ' || evidence || ' ' || attrs from node where evidence >= $1 and evidence < $2",
            "select src.key || ' ' || edge.kind || ' ' || dst.key || ' ' || edge.evidence || ' ' || confidence || ' ' || \
             edge.attrs from edge join node as src on src.id = edge.src join node as dst on dst.id = edge.dst \
             where edge.evidence >= $1 and edge.evidence < $2",
        ];
        let mut all = BTreeSet::new();
        for some in lines {
            for row in sqlx::query(some).bind(start).bind(start + ENTRIES).fetch_all(&self.0).await? {
                all.insert(row.try_get(0)?);
            }
        }
        Ok(all)
    }
}

fn node(row: &SqliteRow) -> Result<Node, StoreError> {
    Ok(Node {
        number: id_to_number(row.try_get(0)?)?,
        kind: node_kind(row.try_get(1)?)?,
        key: row.try_get(2)?,
        attrs: json(row.try_get(3)?)?,
        evidence: number(row.try_get(4)?)?,
    })
}

fn stated(row: &SqliteRow, first: usize) -> Result<Stated, StoreError> {
    Ok(Stated {
        evidence: number(row.try_get(first)?)?,
        confidence: confidence(row.try_get(first + 1)?)?,
        attrs: json(row.try_get(first + 2)?)?,
    })
}

fn id_to_number(id: i64) -> Result<u32, StoreError> {
    Ok(u32::try_from(id - 1).map_err(undecodable)?)
}

fn undecodable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

fn node_kind(word: &str) -> Result<NodeKind, StoreError> {
    Ok(NodeKind::parse(word).ok_or_else(|| undecodable(format!("`{word}` is no kind of node")))?)
}

fn edge_kind(word: &str) -> Result<EdgeKind, StoreError> {
    Ok(EdgeKind::parse(word).ok_or_else(|| undecodable(format!("`{word}` is no kind of edge")))?)
}

fn json(text: &str) -> Result<Value, StoreError> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(text).map_err(undecodable)?)
}

fn text(attrs: &Value) -> String {
    if attrs.is_null() { String::new() } else { attrs.to_string() }
}

fn word(confidence: Basis) -> &'static str {
    match confidence {
        Basis::Verified => "verified",
        Basis::Observed => "observed",
        Basis::Stated => "stated",
    }
}

fn confidence(found: &str) -> Result<Basis, StoreError> {
    let known = [Basis::Verified, Basis::Observed, Basis::Stated].into_iter().find(|&known| word(known) == found);
    Ok(known.ok_or_else(|| undecodable(format!("`{found}` is no confidence")))?)
}
