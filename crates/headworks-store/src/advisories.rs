//! Advisories of other people, copied once and asked often.
//!
//! They lie in a database of their own beside the index: unlike that, nothing in the log can bring them back,
//! and whoever has their source can. An ecosystem is replaced whole or not at all.

mod archive;
mod gather;
mod source;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use headworks_advisories::claim::Damaged;
use headworks_advisories::{Claim, Ecosystem, claim};
use headworks_types::Digest;

use gather::Gathered;
use table::Table;

pub use archive::{ARCHIVE_BYTES_MAX, INFLATED_BYTES_MAX, MEMBERS_MAX};

/// Name of the database's file.
const FILE: &str = "advisories.sqlite";

/// The advisories of a store.
#[derive(Debug)]
pub struct Advisories {
    table: Table,
}

/// What is to be imported.
#[derive(Debug, Clone)]
pub struct Import<'a> {
    /// Zips, directories and single records; all of one ecosystem make one copy.
    pub paths: &'a [PathBuf],
    /// Whose advisories these are, when the paths do not say it.
    pub ecosystem: Option<&'a str>,
    /// When the copy was taken from its source, in milliseconds since the Unix epoch.
    pub taken_at_ms: Option<i64>,
    /// The time now, in milliseconds since the Unix epoch.
    pub now_ms: i64,
}

/// What is known of one ecosystem, and how old that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Whose advisories these are.
    pub ecosystem: String,
    /// The files that were read.
    pub source: String,
    /// Digest over the bytes of these files.
    pub digest: Digest,
    /// When they were read, in milliseconds since the Unix epoch.
    pub imported_at_ms: i64,
    /// When the copy was taken from its source, as far as somebody said so.
    pub taken_at_ms: Option<i64>,
    /// The newest change that any record states.
    pub newest_ms: Option<i64>,
    /// Records, those that could not be read included.
    pub advisories: u64,
    /// Records of malicious packages among them.
    pub malicious: u64,
    /// Records among them that were taken back.
    pub withdrawn: u64,
    /// Records among them that could not be read.
    pub unreadable: u64,
    /// Unreadable ones that do not even say which package they are about.
    pub unplaced: u64,
    /// Everything that was noted on the way.
    pub problems: u64,
    /// Packages that are spoken of.
    pub packages: u64,
}

impl Snapshot {
    /// The time up to which it is known to be complete: when somebody says that it was taken, or else the newest
    /// change in it. Reading old files today does not make them new.
    pub fn complete_until_ms(&self) -> Option<i64> {
        self.taken_at_ms.or(self.newest_ms)
    }

    /// How old it is; none when that is not known, or it claims to come from the future.
    pub fn age_ms(&self, now_ms: i64) -> Option<u64> {
        u64::try_from(now_ms.checked_sub(self.complete_until_ms()?)?).ok()
    }
}

/// Something that was wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file or member it came from.
    pub entry: String,
    /// What was wrong.
    pub reason: String,
}

/// A record that was asked for by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose copy it is in.
    pub ecosystem: String,
    /// Its id.
    pub id: String,
    /// The record as it came; none for one of a malicious package.
    pub json: Option<Vec<u8>>,
    /// Packages and packed claims, for one that was not kept as it came.
    pub packages: Vec<(String, Vec<u8>)>,
}

/// Why advisories could not be had.
#[derive(Debug, thiserror::Error)]
pub enum AdvisoriesError {
    /// A file or directory could not be read.
    #[error("cannot read `{path}`: {source}", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's own words.
        source: std::io::Error,
    },
    /// The database failed.
    #[error("the database of advisories failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The database has another layout.
    #[error("the database of advisories has a layout this version cannot use: {0}")]
    Layout(#[from] sqlx::migrate::MigrateError),
    /// An archive is none, or a part of it breaks what holds for all.
    #[error("`{path}` is no archive that can be read: {reason}", path = path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is more than is read.
    #[error("`{path}` has more than {limit} {what}", path = path.display())]
    TooMuch {
        /// The file.
        path: PathBuf,
        /// Of what.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// Nothing in it is a record.
    #[error("`{path}` has no record that can be read: {reason}", path = path.display())]
    NoRecord {
        /// The path.
        path: PathBuf,
        /// What is wrong with the first thing that could have been one.
        reason: String,
    },
    /// Nobody said whose advisories these are.
    #[error("`{path}` has advisories of {count} ecosystems: {names}", path = path.display(), count = found.len(), names = found.join(", "))]
    WhichEcosystem {
        /// The path.
        path: PathBuf,
        /// Ecosystems that its records name.
        found: Vec<String>,
    },
    /// There is not one record of the ecosystem, which is no reason to forget those that are known.
    #[error("`{path}` has no record about `{ecosystem}`", path = path.display())]
    Nothing {
        /// The path.
        path: PathBuf,
        /// The ecosystem.
        ecosystem: String,
    },
    /// What is stored cannot be read again.
    #[error("what is stored of `{name}` is damaged: {source}")]
    Damaged {
        /// Name of the package.
        name: String,
        /// Where.
        source: Damaged,
    },
}

impl Advisories {
    /// Opens the advisories of the store in `root`, creating what is missing.
    ///
    /// # Errors
    /// When the directory cannot be used, or the database has another layout.
    pub async fn open(root: &Path) -> Result<Self, AdvisoriesError> {
        let io = |source| AdvisoriesError::Io { path: root.to_owned(), source };
        std::fs::create_dir_all(root).map_err(io)?;
        Ok(Self { table: Table::open(&root.join(FILE)).await? })
    }

    /// Opens the advisories of the store in `root`, when some were imported.
    ///
    /// # Errors
    /// As [`Advisories::open`].
    pub async fn open_existing(root: &Path) -> Result<Option<Self>, AdvisoriesError> {
        if root.join(FILE).exists() { Self::open(root).await.map(Some) } else { Ok(None) }
    }

    /// Reads copies and puts each in the place of the one before.
    ///
    /// # Errors
    /// When something cannot be read, or it is not clear whose advisories these are; nothing changes then.
    pub async fn import(&self, import: &Import<'_>) -> Result<Vec<Snapshot>, AdvisoriesError> {
        let mut by_ecosystem: BTreeMap<String, Gathered> = BTreeMap::new();
        for path in import.paths {
            let (ecosystem, gathered) = source::read(path, import.ecosystem)?;
            match by_ecosystem.get_mut(&ecosystem) {
                Some(before) => before.join(gathered),
                None => drop(by_ecosystem.insert(ecosystem, gathered)),
            }
        }
        let mut snapshots = Vec::new();
        for (ecosystem, gathered) in by_ecosystem {
            snapshots.push((gathered.snapshot(ecosystem, import), gathered));
        }
        self.table.replace(&snapshots).await?;
        Ok(snapshots.into_iter().map(|(snapshot, _)| snapshot).collect())
    }

    /// What is known of each ecosystem, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn snapshots(&self) -> Result<Vec<Snapshot>, AdvisoriesError> {
        self.table.snapshots().await
    }

    /// The first things that were wrong with the records of an ecosystem.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn problems(&self, ecosystem: &str) -> Result<Vec<Problem>, AdvisoriesError> {
        self.table.problems(ecosystem).await
    }

    /// What is claimed of a package.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn claims(&self, ecosystem: &Ecosystem, name: &str) -> Result<Claims, AdvisoriesError> {
        let name = ecosystem.normalize(name);
        let packed = self.table.package(ecosystem.name(), &name).await?.unwrap_or_default();
        Ok(Claims { name: name.into_owned(), packed })
    }

    /// What is claimed of each of many packages of one ecosystem, in their order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn claims_of_all(&self, ecosystem: &Ecosystem, names: &[&str]) -> Result<Vec<Claims>, AdvisoriesError> {
        let claims =
            names.iter().map(|name| Claims { name: ecosystem.normalize(name).into_owned(), packed: Vec::new() });
        let mut claims: Vec<Claims> = claims.collect();
        let normal: Vec<&str> = claims.iter().map(|claims| claims.name.as_str()).collect();
        for (index, packed) in self.table.packages(ecosystem.name(), &normal).await? {
            if let Some(claims) = claims.get_mut(index) {
                claims.packed = packed;
            }
        }
        Ok(claims)
    }

    /// Records with this id or alias, in any ecosystem.
    ///
    /// # Errors
    /// When the database cannot be read, or a stored record cannot be inflated.
    pub async fn find(&self, id: &str) -> Result<Vec<Found>, AdvisoriesError> {
        let mut found = Vec::new();
        for (ecosystem, id, body) in self.table.advisories(id).await? {
            let json = archive::inflate_stored(&body)
                .ok_or_else(|| AdvisoriesError::Damaged { name: id.clone(), source: Damaged { at: 0 } })?;
            found.push(Found { ecosystem, id, json: Some(json), packages: Vec::new() });
        }
        if found.is_empty() {
            found = self.table.claimed(id).await?;
        }
        Ok(found)
    }
}

/// What advisories claim of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The one spelling of its name.
    pub name: String,
    packed: Vec<u8>,
}

impl Claims {
    /// Reads them.
    ///
    /// # Errors
    /// When what is stored is damaged.
    pub fn read(&self) -> Result<Vec<Claim<'_>>, AdvisoriesError> {
        let damaged = |source| AdvisoriesError::Damaged { name: self.name.clone(), source };
        claim::unpack(&self.packed).map_err(damaged)
    }
}
