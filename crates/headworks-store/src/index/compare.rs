//! Whether the rows of the index are those that log and content give.

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::{Digest, Record};
use sqlx::Row as _;

use super::{Index, number};
use crate::StoreError;
use crate::log::LogError;
use crate::log::rows::Rows;

/// How many rows log and content give in all, and the graph that they give.
#[derive(Debug)]
pub(crate) struct Expected {
    entries: u64,
    subjects: u64,
    records: BTreeSet<Digest>,
    files: u64,
    graph: Index,
}

impl Expected {
    pub(crate) async fn new() -> Result<Self, StoreError> {
        let graph = Index::passing().await?;
        Ok(Self { entries: 0, subjects: 0, records: BTreeSet::new(), files: 0, graph })
    }

    /// Counts the rows of an entry, and makes those of the graph.
    pub(crate) async fn count(&mut self, rows: &Rows) -> Result<(), StoreError> {
        self.entries += 1;
        self.subjects += rows.subjects.len() as u64;
        if let Some((digest, record)) = &rows.record
            && self.records.insert(*digest)
        {
            self.files += files(record).len() as u64;
        }
        self.graph.insert_relations(rows).await
    }
}

impl Index {
    /// What is wrong with the rows of an entry.
    pub(crate) async fn differs(&self, rows: &Rows) -> Result<Option<LogError>, StoreError> {
        let index = rows.entry.index;
        let what = if !self.has_entry(rows).await? {
            format!("entry {index}")
        } else if !self.has_subjects(rows).await? {
            format!("the subjects of entry {index}")
        } else {
            match &rows.record {
                Some((digest, record)) if !self.has_record(index, digest, record).await? => format!("record {digest}"),
                _ => return Ok(None),
            }
        };
        Ok(Some(LogError::Index { what }))
    }

    /// What the index has beyond the rows that were looked at.
    pub(crate) async fn surplus(&self, expected: &Expected) -> Result<Vec<LogError>, StoreError> {
        let tables = [
            ("log_entry", expected.entries),
            ("log_subject", expected.subjects),
            ("record", expected.records.len() as u64),
            ("record_file", expected.files),
        ];
        let mut faults = Vec::new();
        for (table, wanted) in tables {
            let counted = sqlx::query(sqlx::AssertSqlSafe(format!("select count(*) from {table}")));
            let found = number(counted.fetch_one(&self.0).await?.try_get(0)?)?;
            if found != wanted {
                faults
                    .push(LogError::Index { what: format!("table {table}, which has {found} rows and not {wanted}") });
            }
        }
        faults.extend(self.graph_differs(&expected.graph).await?.map(|what| LogError::Index { what }));
        Ok(faults)
    }

    async fn has_entry(&self, rows: &Rows) -> Result<bool, StoreError> {
        let row = sqlx::query("select envelope, payload_type, predicate_type from log_entry where idx = $1")
            .bind(rows.entry.index as i64)
            .fetch_optional(&self.0)
            .await?;
        let Some(row) = row else { return Ok(false) };
        let leaf = &rows.entry.leaf;
        let wanted = [leaf.envelope.to_string(), leaf.payload_type.clone(), leaf.predicate_type.clone()];
        let found: [String; 3] = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?];
        Ok(found == wanted)
    }

    async fn has_subjects(&self, rows: &Rows) -> Result<bool, StoreError> {
        let found = sqlx::query("select digest from log_subject where idx = $1")
            .bind(rows.entry.index as i64)
            .fetch_all(&self.0)
            .await?;
        let found = found.iter().map(|row| row.try_get(0)).collect::<Result<BTreeSet<String>, _>>()?;
        Ok(found == rows.subjects.iter().map(Digest::to_string).collect())
    }

    /// A record that was logged twice has the first of its entries.
    async fn has_record(&self, index: u64, digest: &Digest, record: &Record) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "select artifact, name, tier, admission, engine, rules, policy, limits, known_as, decided_at_ms, log_index \
             from record where digest = $1",
        );
        let Some(row) = row.bind(digest.to_string()).fetch_optional(&self.0).await? else { return Ok(false) };
        let found = (0..9).map(|column| row.try_get(column)).collect::<Result<Vec<String>, _>>()?;
        let inputs = &record.inputs;
        let wanted = [
            record.examination.artifact.digest.to_string(),
            record.examination.artifact.name.clone(),
            record.verdict.tier.clone(),
            record.verdict.admission.verb().to_owned(),
            inputs.engine.clone(),
            inputs.rules.to_string(),
            inputs.policy.to_string(),
            inputs.limits.to_string(),
            record.examination.history.known_as.clone(),
        ];
        let decided: i64 = row.try_get(9)?;
        let logged: Option<i64> = row.try_get(10)?;
        let logged = logged.and_then(|logged| u64::try_from(logged).ok()).is_some_and(|logged| logged <= index);
        Ok(found == wanted && decided == inputs.decided_at_ms && logged && self.has_files(digest, record).await?)
    }

    async fn has_files(&self, digest: &Digest, record: &Record) -> Result<bool, StoreError> {
        let rows = sqlx::query("select path, digest from record_file where record_digest = $1")
            .bind(digest.to_string())
            .fetch_all(&self.0)
            .await?;
        let found = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        Ok(found.collect::<Result<BTreeMap<String, String>, sqlx::Error>>()? == files(record))
    }
}

fn files(record: &Record) -> BTreeMap<String, String> {
    let files = record.examination.artifact.files.iter();
    files.filter_map(|file| Some((file.path.clone(), file.digest?.to_string()))).collect()
}
