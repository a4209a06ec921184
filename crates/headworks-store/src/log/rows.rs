//! What the index holds of an entry, computed from the log and the content and from nothing else.

use headworks_attest::log::leaf;
use headworks_attest::log::tiles::HEIGHT;
use headworks_attest::{Envelope, PublicKey, Statement, VerdictSummary};
use headworks_types::{Digest, Record};

use super::{LogEntry, LogError, Tree};
use crate::content::Content;
use crate::relations::{self, Relation};

/// What the index holds of an entry.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) entry: LogEntry,
    /// What the statement is about; of a record's verdict the artifact only, whose files are the record's rows.
    pub(crate) subjects: Vec<Digest>,
    /// The record whose verdict this is.
    pub(crate) record: Option<(Digest, Record)>,
    /// What it says of who is affected by whom.
    pub(crate) relations: Vec<Relation>,
}

impl Rows {
    /// The rows for an entry.
    pub(crate) fn of(entry: LogEntry, content: &Content, gate: &PublicKey) -> Result<Self, LogError> {
        let envelope = envelope(content, &entry)?;
        let record = match verdict_of(&envelope, gate) {
            Some(digest) => Some((digest, record(content, &entry, &digest)?)),
            None => None,
        };
        let statement = leaf::statement(&envelope);
        let (subjects, relations) = match (&record, &statement) {
            (Some((digest, record)), _) => {
                (vec![record.examination.artifact.digest], relations::of_record(digest, record))
            }
            (None, Some(statement)) => (leaf::subjects(statement), relations::of_statement(&envelope, statement)),
            (None, None) => (Vec::new(), Vec::new()),
        };
        Ok(Self { entry, subjects, record, relations })
    }
}

/// The envelope of an entry.
pub(crate) fn envelope(content: &Content, entry: &LogEntry) -> Result<Envelope, LogError> {
    let digest = &entry.leaf.envelope;
    let bad = |reason: String| LogError::Envelope { index: entry.index, path: content.path(digest), reason };
    let bytes = content.get(digest).map_err(|error| bad(error.to_string()))?;
    let envelope = Envelope::from_json(&bytes).map_err(|error| bad(error.to_string()))?;
    if entry.leaf.is_of(&envelope) { Ok(envelope) } else { Err(bad("its entry describes another".into())) }
}

/// The entries of a tree from an index on.
pub(crate) fn entries(tree: Tree, from: u64) -> impl Iterator<Item = Result<LogEntry, LogError>> {
    let bundles = (from >> HEIGHT)..tree.size().div_ceil(1 << HEIGHT);
    bundles.flat_map(move |bundle| {
        let first = bundle << HEIGHT;
        let entries = match tree.bundle(bundle) {
            Ok(entries) => entries.into_iter().zip(first..).map(|(bytes, index)| parse(&bytes, index)).collect(),
            Err(error) => vec![Err(error)],
        };
        let skipped = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
        entries.into_iter().skip(skipped)
    })
}

fn parse(bytes: &[u8], index: u64) -> Result<LogEntry, LogError> {
    let leaf = leaf::Leaf::parse(bytes).map_err(|error| LogError::Leaf { index, error })?;
    Ok(LogEntry { index, leaf })
}

/// The record that an envelope gives the verdict on, if this store's gate signed it.
pub(crate) fn verdict_of(envelope: &Envelope, gate: &PublicKey) -> Option<Digest> {
    let digest = VerdictSummary::from_statement(&leaf::statement(envelope)?)?.record()?;
    Statement::verify(envelope, gate).ok().map(|_| digest)
}

fn record(content: &Content, entry: &LogEntry, digest: &Digest) -> Result<Record, LogError> {
    let bad = |reason: String| LogError::Envelope { index: entry.index, path: content.path(digest), reason };
    let bytes = content.get(digest).map_err(|error| bad(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))
}
