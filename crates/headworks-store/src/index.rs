//! The relational index: everything in it can be rebuilt from the content.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use headworks_types::{Admission, Digest, Inputs, Record};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row as _, SqlSafeStr as _};

use crate::{Entry, StoreError};

/// Layout changes, oldest first; an applied one is never edited.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "records", include_str!("../migrations/sqlite/0001_records.sql"))];

const COLUMNS: &str = "seq, digest, artifact, name, tier, admission, decided_at_ms";

#[derive(Debug)]
pub(crate) struct Index(SqlitePool);

impl Index {
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A committed verdict must survive a power cut, not only a crash.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        migrations().run(&pool).await?;
        Ok(Self(pool))
    }

    /// Adds the rows of a record in one transaction; a record that is there already stays as it is.
    pub(crate) async fn insert(&self, digest: &Digest, record: &Record) -> Result<Entry, StoreError> {
        let mut transaction = self.0.begin().await?;
        let added = sqlx::query(
            "insert into record (digest, artifact, name, tier, admission, engine, rules, policy, limits, decided_at_ms) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (digest) do nothing",
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
        .execute(&mut *transaction)
        .await?;
        let files = if added.rows_affected() == 0 { &[][..] } else { &record.examination.artifact.files };
        for file in files {
            let Some(content) = file.digest else { continue };
            sqlx::query("insert into record_file (record_digest, path, digest) values ($1, $2, $3)")
                .bind(digest.to_string())
                .bind(&file.path)
                .bind(content.to_string())
                .execute(&mut *transaction)
                .await?;
        }
        let row = select("where digest = $1").bind(digest.to_string()).fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        entry(&row)
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
    })
}

fn digest(row: &SqliteRow, column: &str) -> Result<Digest, StoreError> {
    let text: String = row.try_get(column)?;
    Ok(Digest::from_str(&text).map_err(|error| sqlx::Error::Decode(Box::new(error)))?)
}

fn admission(verb: &str) -> Result<Admission, StoreError> {
    let known = [Admission::Admit, Admission::Hold, Admission::Refuse].into_iter().find(|known| known.verb() == verb);
    Ok(known.ok_or_else(|| sqlx::Error::Decode(format!("`{verb}` is no admission").into()))?)
}
