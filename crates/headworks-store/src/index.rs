//! The relational index: everything in it can be rebuilt from the log and the content.
//!
//! Rows come in by one way only, [`Index::absorb`], in the order of the log.

mod compare;
mod relations;

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use headworks_types::{Admission, Digest, Inputs, Record};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row as _, SqlSafeStr as _, Sqlite, SqliteConnection, Transaction};

use crate::log::rows::{self, Rows};
use crate::log::{Log, LogError, Search};
use crate::{Entry, StoreError};

pub(crate) use compare::Expected;

/// Layout changes, oldest first; an applied one is never edited.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "records", include_str!("../migrations/sqlite/0001_records.sql")),
    (2, "log", include_str!("../migrations/sqlite/0002_log.sql")),
    (3, "known_as", include_str!("../migrations/sqlite/0003_known_as.sql")),
    (4, "graph", include_str!("../migrations/sqlite/0004_graph.sql")),
];

const COLUMNS: &str = "seq, digest, artifact, name, tier, admission, decided_at_ms, log_index";

/// Entries that one transaction takes in.
const ABSORBED_AT_ONCE: usize = 1000;

#[derive(Debug, Clone)]
pub(crate) struct Index(SqlitePool);

impl Index {
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What a power cut takes is in the log, and comes back from there.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(30));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        migrations().run(&pool).await?;
        Ok(Self(pool))
    }

    /// An empty index that is gone when it is dropped: what another one should be is made in it.
    async fn passing() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true);
        // Each connection to memory is a database of its own.
        let one = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = one.connect_with(options).await?;
        migrations().run(&pool).await?;
        Ok(Self(pool))
    }

    /// Takes in the entries of the log that are not in here yet.
    pub(crate) async fn absorb(&self, log: &Log) -> Result<(), StoreError> {
        loop {
            // The lock comes before the look, or two would take in the same entries.
            let mut transaction = self.0.begin_with("begin immediate").await?;
            let known = known(&mut transaction).await?;
            let tree = log.tree()?;
            if known > tree.size() {
                return Err(LogError::Shrunk { size: tree.size(), known }.into());
            }
            if known == tree.size() {
                return Ok(());
            }
            for entry in rows::entries(tree, known).take(ABSORBED_AT_ONCE) {
                insert(&mut transaction, &Rows::of(entry?, log.content(), log.gate())?).await?;
            }
            transaction.commit().await?;
        }
    }

    /// The record with this digest.
    pub(crate) async fn record(&self, digest: &Digest) -> Result<Option<Entry>, StoreError> {
        let row = select("where digest = $1").bind(digest.to_string()).fetch_optional(&self.0).await?;
        row.as_ref().map(entry).transpose()
    }

    /// Digests of records whose verdicts are not in the log, oldest first.
    pub(crate) async fn unlogged(&self, after: i64) -> Result<Vec<Entry>, StoreError> {
        let rows = select("where log_index is null and seq > $1 order by seq limit 256").bind(after);
        rows.fetch_all(&self.0).await?.iter().map(entry).collect()
    }

    /// Indexes of the entries about a digest, oldest first.
    pub(crate) async fn log_find(&self, subject: &Digest) -> Result<Vec<u64>, StoreError> {
        let rows = sqlx::query(
            "select idx from log_subject where digest = $1 union select log_index from record_file \
             join record on record.digest = record_file.record_digest \
             where record_file.digest = $1 and log_index is not null order by 1",
        );
        let rows = rows.bind(subject.to_string()).fetch_all(&self.0).await?;
        rows.iter().map(|row| Ok(number(row.try_get(0)?)?)).collect()
    }

    /// Indexes of the entries that are wanted, the newest first, and how many there are in all.
    pub(crate) async fn log_search(&self, wanted: &Search, limit: u64) -> Result<(Vec<u64>, u64), StoreError> {
        // A start of a digest is a range of digests, which the tables' indexes know: no hexadecimal digit is above `f`.
        const ABOUT: &str = "select idx from log_subject where digest >= $2 and digest < $3 \
             union select idx from log_entry where envelope >= $2 and envelope < $3 \
             union select log_index from record where digest >= $2 and digest < $3 \
             union select log_index from record where artifact >= $2 and artifact < $3 \
             union select log_index from record join record_file on record_file.record_digest = record.digest \
             where record_file.digest >= $2 and record_file.digest < $3";
        let kind = "instr(case when predicate_type = '' then payload_type else predicate_type end, $1) > 0";
        let about = if wanted.digest_start.is_some() { format!("and idx in ({ABOUT})") } else { String::new() };
        let start = format!("sha256:{}", wanted.digest_start.as_deref().unwrap_or_default());
        let all =
            format!("select idx, count(*) over () from log_entry where {kind} {about} order by idx desc limit $4");
        let rows = sqlx::query(sqlx::AssertSqlSafe(all)).bind(&wanted.kind).bind(&start).bind(format!("{start}g"));
        let rows = rows.bind(i64::try_from(limit).unwrap_or(i64::MAX)).fetch_all(&self.0).await?;
        let indexes = rows.iter().map(|row| Ok(number(row.try_get(0)?)?)).collect::<Result<Vec<_>, StoreError>>()?;
        let count = rows.first().map(|row| Ok::<_, StoreError>(number(row.try_get(1)?)?)).transpose()?;
        Ok((indexes, count.unwrap_or_default()))
    }

    /// Index of the first entry with this envelope.
    pub(crate) async fn log_entry_of(&self, envelope: &Digest) -> Result<Option<u64>, StoreError> {
        let row = sqlx::query("select min(idx) from log_entry where envelope = $1").bind(envelope.to_string());
        let index: Option<i64> = row.fetch_one(&self.0).await?.try_get(0)?;
        Ok(index.map(number).transpose()?)
    }

    /// Number of records.
    pub(crate) async fn records(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("select count(*) from record").fetch_one(&self.0).await?;
        Ok(number(row.try_get(0)?)?)
    }

    pub(crate) async fn close(self) {
        self.0.close().await;
    }

    pub(crate) async fn newest(
        &self,
        artifact: &Digest,
        tier: &str,
        inputs: &Inputs,
    ) -> Result<Option<Entry>, StoreError> {
        let newest = select(
            "where artifact = $1 and tier = $2 and engine = $3 and rules = $4 and policy = $5 and limits = $6 \
             order by seq desc limit 1",
        )
        .bind(artifact.to_string())
        .bind(tier)
        .bind(&inputs.engine)
        .bind(inputs.rules.to_string())
        .bind(inputs.policy.to_string())
        .bind(inputs.limits.to_string());
        newest.fetch_optional(&self.0).await?.as_ref().map(entry).transpose()
    }

    /// The newest record by this tier of each artifact that is, or has a file with, this digest; the newest first.
    pub(crate) async fn newest_about(&self, digest: &Digest, tier: &str) -> Result<Vec<Entry>, StoreError> {
        let newest = select(
            "as this where (artifact = $1 or digest in (select record_digest from record_file where \
             record_file.digest = $1)) and seq = (select max(seq) from record as other where \
             other.artifact = this.artifact and other.tier = $2) order by seq desc limit 256",
        );
        newest.bind(digest.to_string()).bind(tier).fetch_all(&self.0).await?.iter().map(entry).collect()
    }

    pub(crate) async fn admitted_as(&self, name: &str, other_than: &Digest) -> Result<Option<Entry>, StoreError> {
        let newest = select("where known_as = $1 and artifact <> $2 and admission = $3 order by seq desc limit 1")
            .bind(name)
            .bind(other_than.to_string())
            .bind(Admission::Admit.verb());
        newest.fetch_optional(&self.0).await?.as_ref().map(entry).transpose()
    }

    pub(crate) async fn find(&self, hex: &str) -> Result<Vec<Entry>, StoreError> {
        let rows = select(
            "where substr(digest, 1, length($1)) = $1 or substr(artifact, 1, length($1)) = $1 or digest in \
             (select record_digest from record_file where substr(record_file.digest, 1, length($1)) = $1) \
             order by seq desc",
        )
        .bind(format!("sha256:{hex}"))
        .fetch_all(&self.0)
        .await?;
        rows.iter().map(entry).collect()
    }
}

/// How many entries are taken in.
async fn known(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let row = sqlx::query("select coalesce(max(idx) + 1, 0) from log_entry").fetch_one(connection).await?;
    Ok(number(row.try_get(0)?)?)
}

async fn insert(transaction: &mut Transaction<'_, Sqlite>, rows: &Rows) -> Result<(), StoreError> {
    let index = i64::try_from(rows.entry.index).map_err(|error| sqlx::Error::Decode(error.into()))?;
    sqlx::query("insert into log_entry (idx, envelope, payload_type, predicate_type) values ($1, $2, $3, $4)")
        .bind(index)
        .bind(rows.entry.leaf.envelope.to_string())
        .bind(&rows.entry.leaf.payload_type)
        .bind(&rows.entry.leaf.predicate_type)
        .execute(&mut **transaction)
        .await?;
    for subject in &rows.subjects {
        sqlx::query("insert into log_subject (digest, idx) values ($1, $2)")
            .bind(subject.to_string())
            .bind(index)
            .execute(&mut **transaction)
            .await?;
    }
    if let Some((digest, record)) = &rows.record {
        insert_record(transaction, index, digest, record).await?;
    }
    relations::insert(transaction, index, &rows.relations).await
}

/// Adds the rows of a record; one from before the log only learns where its verdict is.
async fn insert_record(
    transaction: &mut Transaction<'_, Sqlite>,
    index: i64,
    digest: &Digest,
    record: &Record,
) -> Result<(), StoreError> {
    let known = sqlx::query("update record set log_index = coalesce(log_index, $2) where digest = $1")
        .bind(digest.to_string())
        .bind(index)
        .execute(&mut **transaction)
        .await?;
    if known.rows_affected() > 0 {
        return Ok(());
    }
    // The number is given here and not by the database, so that a rebuilt index has the same ones.
    sqlx::query(
        "insert into record (seq, digest, artifact, name, tier, admission, engine, rules, policy, limits, \
         decided_at_ms, log_index, known_as) \
         values ((select coalesce(max(seq), 0) + 1 from record), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(digest.to_string())
    .bind(record.examination.artifact.digest.to_string())
    .bind(&record.examination.artifact.name)
    .bind(&record.verdict.tier)
    .bind(record.verdict.admission.verb())
    .bind(&record.inputs.engine)
    .bind(record.inputs.rules.to_string())
    .bind(record.inputs.policy.to_string())
    .bind(record.inputs.limits.to_string())
    .bind(record.inputs.decided_at_ms)
    .bind(index)
    .bind(&record.examination.history.known_as)
    .execute(&mut **transaction)
    .await?;
    for file in &record.examination.artifact.files {
        let Some(content) = file.digest else { continue };
        sqlx::query("insert into record_file (record_digest, path, digest) values ($1, $2, $3)")
            .bind(digest.to_string())
            .bind(&file.path)
            .bind(content.to_string())
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

fn select(rest: &'static str) -> sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments> {
    sqlx::query(sqlx::AssertSqlSafe(format!("select {COLUMNS} from record {rest}")))
}

fn migrations() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|&(version, description, sql)| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

fn entry(row: &SqliteRow) -> Result<Entry, StoreError> {
    Ok(Entry {
        seq: row.try_get("seq")?,
        digest: digest(row, "digest")?,
        artifact: digest(row, "artifact")?,
        name: row.try_get("name")?,
        tier: row.try_get("tier")?,
        admission: admission(row.try_get("admission")?)?,
        decided_at_ms: row.try_get("decided_at_ms")?,
        log_index: row.try_get::<Option<i64>, _>("log_index")?.map(number).transpose()?,
    })
}

fn number(number: i64) -> Result<u64, sqlx::Error> {
    u64::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn digest(row: &SqliteRow, column: &str) -> Result<Digest, StoreError> {
    let text: String = row.try_get(column)?;
    Ok(Digest::from_str(&text).map_err(|error| sqlx::Error::Decode(Box::new(error)))?)
}

fn admission(verb: &str) -> Result<Admission, StoreError> {
    let known = [Admission::Admit, Admission::Hold, Admission::Refuse].into_iter().find(|known| known.verb() == verb);
    Ok(known.ok_or_else(|| sqlx::Error::Decode(format!("`{verb}` is no admission").into()))?)
}
