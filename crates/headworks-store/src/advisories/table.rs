//! The tables of advisories.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use headworks_advisories::claim;
use headworks_types::Digest;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, SqlSafeStr as _, Sqlite, SqliteConnection, Transaction};
use tokio::sync::Mutex;

use super::gather::Gathered;
use super::{AdvisoriesError, Found, Problem, Snapshot};

/// Layout changes, oldest first; an applied one is never edited.
const MIGRATIONS: &[(i64, &str, &str)] =
    &[(1, "advisories", include_str!("../../migrations/advisories/0001_advisories.sql"))];

/// Rows that one statement inserts: a statement costs more than a row.
const ROWS_AT_ONCE: usize = 500;

/// Names that one query asks for.
const NAMES_AT_ONCE: usize = 1000;

const COLUMNS: &str = "ecosystem, source, digest, imported_at_ms, taken_at_ms, newest_ms, advisories, malicious, \
                       withdrawn, unreadable, unplaced, problems, packages";

#[derive(Debug)]
pub(super) struct Table {
    pool: SqlitePool,
    /// A connection that look-ups keep: taking one from the pool and giving it back costs more than the look-up.
    reader: Mutex<SqliteConnection>,
}

type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

impl Table {
    pub(super) async fn open(path: &Path) -> Result<Self, AdvisoriesError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(30))
            // An ecosystem is some tens of megabytes, which are asked for all over.
            .pragma("cache_size", "-65536")
            .pragma("mmap_size", "268435456")
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let migrations = MIGRATIONS.iter().map(|&(version, description, sql)| {
            Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
        });
        Migrator::with_migrations(migrations.collect()).run(&pool).await?;
        Ok(Self { pool, reader: Mutex::new(options.connect().await?) })
    }

    /// Puts each snapshot in the place of the one before, all in one step.
    pub(super) async fn replace(&self, snapshots: &[(Snapshot, Gathered)]) -> Result<(), AdvisoriesError> {
        let mut transaction = self.pool.begin_with("begin immediate").await?;
        for (snapshot, gathered) in snapshots {
            forget(&mut transaction, &snapshot.ecosystem).await?;
            let number = insert_snapshot(&mut transaction, snapshot).await?;
            insert_packages(&mut transaction, number, gathered).await?;
            insert_bodies(&mut transaction, number, gathered).await?;
            insert_problems(&mut transaction, number, &gathered.problems).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    pub(super) async fn snapshots(&self) -> Result<Vec<Snapshot>, AdvisoriesError> {
        let rows = sqlx::query(AssertSqlSafe(format!("select {COLUMNS} from snapshot order by ecosystem")));
        rows.fetch_all(&self.pool).await?.iter().map(snapshot).collect()
    }

    pub(super) async fn problems(&self, ecosystem: &str) -> Result<Vec<Problem>, AdvisoriesError> {
        let rows = sqlx::query(
            "select entry, reason from problem join snapshot on snapshot.number = problem.snapshot \
             where snapshot.ecosystem = $1 order by problem.rowid",
        );
        let rows = rows.bind(ecosystem).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(Problem { entry: row.try_get(0)?, reason: row.try_get(1)? })).collect()
    }

    pub(super) async fn package(&self, ecosystem: &str, name: &str) -> Result<Option<Vec<u8>>, AdvisoriesError> {
        let row = sqlx::query(
            "select claims from package where snapshot = (select number from snapshot where ecosystem = $1) \
             and name = $2",
        );
        let row = row.bind(ecosystem).bind(name).fetch_optional(&mut *self.reader.lock().await).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Claims of those among the names that have some, with their places among the names.
    pub(super) async fn packages(
        &self,
        ecosystem: &str,
        names: &[&str],
    ) -> Result<Vec<(usize, Vec<u8>)>, AdvisoriesError> {
        let mut reader = self.reader.lock().await;
        let mut found = Vec::new();
        for (chunk, names) in names.chunks(NAMES_AT_ONCE).enumerate() {
            let list = serde_json::to_string(names).expect("a list of texts is JSON");
            let rows = sqlx::query(
                "select wanted.key, package.claims from json_each($2) as wanted cross join package \
                 on package.snapshot = (select number from snapshot where ecosystem = $1) \
                 and package.name = wanted.value",
            );
            for row in rows.bind(ecosystem).bind(list).fetch_all(&mut *reader).await? {
                let place = usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(usize::MAX);
                found.push((place.saturating_add(chunk.saturating_mul(NAMES_AT_ONCE)), row.try_get(1)?));
            }
        }
        Ok(found)
    }

    /// Ecosystem, id and stored form of the records with this id or alias.
    pub(super) async fn advisories(&self, id: &str) -> Result<Vec<(String, String, Vec<u8>)>, AdvisoriesError> {
        let rows = sqlx::query(
            "select snapshot.ecosystem, advisory.id, advisory.body from advisory \
             join snapshot on snapshot.number = advisory.snapshot \
             where advisory.id = $1 or (advisory.snapshot, advisory.id) in \
             (select snapshot, id from alias where alias = $1) order by snapshot.ecosystem, advisory.id",
        );
        let rows = rows.bind(id).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
    }

    /// Packages of which a record with this id claims something, for those that were not kept as they came.
    pub(super) async fn claimed(&self, id: &str) -> Result<Vec<Found>, AdvisoriesError> {
        let rows = sqlx::query(
            "select snapshot.ecosystem, package.name, package.claims from package \
             join snapshot on snapshot.number = package.snapshot \
             where instr(package.claims, cast($1 as blob)) > 0 order by snapshot.ecosystem, package.name",
        );
        let mut found: Vec<Found> = Vec::new();
        for row in rows.bind(id).fetch_all(&self.pool).await? {
            let (ecosystem, name, packed): (String, String, Vec<u8>) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let damaged = |source| AdvisoriesError::Damaged { name: name.clone(), source };
            // The bytes of an id may also stand inside of another one.
            if !claim::unpack(&packed).map_err(damaged)?.iter().any(|claim| claim.id == id) {
                continue;
            }
            match found.last_mut().filter(|last| last.ecosystem == ecosystem) {
                Some(last) => last.packages.push((name, packed)),
                None => found.push(Found { ecosystem, id: id.to_owned(), json: None, packages: vec![(name, packed)] }),
            }
        }
        Ok(found)
    }
}

async fn forget(transaction: &mut Transaction<'_, Sqlite>, ecosystem: &str) -> Result<(), AdvisoriesError> {
    for table in ["package", "advisory", "alias", "problem"] {
        let sql = format!("delete from {table} where snapshot = (select number from snapshot where ecosystem = $1)");
        sqlx::query(AssertSqlSafe(sql)).bind(ecosystem).execute(&mut **transaction).await?;
    }
    sqlx::query("delete from snapshot where ecosystem = $1").bind(ecosystem).execute(&mut **transaction).await?;
    Ok(())
}

async fn insert_snapshot(
    transaction: &mut Transaction<'_, Sqlite>,
    snapshot: &Snapshot,
) -> Result<i64, AdvisoriesError> {
    let sql = format!(
        "insert into snapshot ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         returning number"
    );
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(&snapshot.ecosystem)
        .bind(&snapshot.source)
        .bind(snapshot.digest.to_string())
        .bind(snapshot.imported_at_ms)
        .bind(snapshot.taken_at_ms)
        .bind(snapshot.newest_ms)
        .bind(stored(snapshot.advisories))
        .bind(stored(snapshot.malicious))
        .bind(stored(snapshot.withdrawn))
        .bind(stored(snapshot.unreadable))
        .bind(stored(snapshot.unplaced))
        .bind(stored(snapshot.problems))
        .bind(stored(snapshot.packages));
    Ok(row.fetch_one(&mut **transaction).await?.try_get(0)?)
}

async fn insert_packages(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    gathered: &Gathered,
) -> Result<(), AdvisoriesError> {
    let mut packages: Vec<(&String, &Vec<u8>)> = gathered.packages.iter().collect();
    // In the order of the table, so that every page is written once.
    packages.sort_unstable();
    insert(transaction, "package (snapshot, name, claims)", &packages, |statement, (name, claims)| {
        statement.bind(number).bind(name.as_str()).bind(claims.as_slice())
    })
    .await
}

async fn insert_bodies(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    gathered: &Gathered,
) -> Result<(), AdvisoriesError> {
    let mut bodies: Vec<&(String, Vec<u8>)> = gathered.bodies.iter().collect();
    bodies.sort_unstable();
    insert(transaction, "advisory (snapshot, id, body)", &bodies, |statement, (id, body)| {
        statement.bind(number).bind(id.as_str()).bind(body.as_slice())
    })
    .await?;
    let mut aliases: Vec<&(String, String)> = gathered.aliases.iter().collect();
    aliases.sort_unstable();
    insert(transaction, "alias (snapshot, alias, id)", &aliases, |statement, (alias, id)| {
        statement.bind(number).bind(alias.as_str()).bind(id.as_str())
    })
    .await
}

async fn insert_problems(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    problems: &[Problem],
) -> Result<(), AdvisoriesError> {
    insert(transaction, "problem (snapshot, entry, reason)", problems, |statement, problem| {
        statement.bind(number).bind(problem.entry.as_str()).bind(problem.reason.as_str())
    })
    .await
}

/// Inserts rows of three columns, many with each statement; of two with one key, the later stays.
async fn insert<'q, T: Sync>(
    transaction: &mut Transaction<'_, Sqlite>,
    into: &'static str,
    rows: &'q [T],
    bind: impl Fn(Statement<'q>, &'q T) -> Statement<'q>,
) -> Result<(), AdvisoriesError> {
    for chunk in rows.chunks(ROWS_AT_ONCE) {
        let values = vec!["(?, ?, ?)"; chunk.len()].join(", ");
        let statement = sqlx::query(AssertSqlSafe(format!("insert or replace into {into} values {values}")));
        chunk.iter().fold(statement, &bind).execute(&mut **transaction).await?;
    }
    Ok(())
}

fn snapshot(row: &SqliteRow) -> Result<Snapshot, AdvisoriesError> {
    let count = |column: &str| -> Result<u64, sqlx::Error> {
        u64::try_from(row.try_get::<i64, _>(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
    };
    let digest: String = row.try_get("digest")?;
    Ok(Snapshot {
        ecosystem: row.try_get("ecosystem")?,
        source: row.try_get("source")?,
        digest: Digest::from_str(&digest).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        imported_at_ms: row.try_get("imported_at_ms")?,
        taken_at_ms: row.try_get("taken_at_ms")?,
        newest_ms: row.try_get("newest_ms")?,
        advisories: count("advisories")?,
        malicious: count("malicious")?,
        withdrawn: count("withdrawn")?,
        unreadable: count("unreadable")?,
        unplaced: count("unplaced")?,
        problems: count("problems")?,
        packages: count("packages")?,
    })
}

/// A count as SQLite keeps it.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
