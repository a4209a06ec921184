use anyhow::bail;
use headworks_store::log::LogEntry;
use headworks_store::{Log, Store};

/// Shorter starts of a digest match by accident.
const HEX_DIGITS_MIN: usize = 4;

/// What somebody typed to name an entry.
pub(super) enum Wanted {
    Index(u64),
    /// Start of the digest of an envelope, a record, an artifact or a file.
    Digest(String),
}

impl Wanted {
    /// Digits alone are an index; a digest of digits alone needs its `sha256:`.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        if let Ok(index) = text.parse() {
            return Ok(Self::Index(index));
        }
        let hex = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
        if hex.len() < HEX_DIGITS_MIN || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            bail!("`{text}` is no index and no digest; write at least {HEX_DIGITS_MIN} hexadecimal digits of one");
        }
        Ok(Self::Digest(hex))
    }

    /// The newest entry that is meant.
    pub(super) async fn find(&self, store: &Store) -> anyhow::Result<Option<LogEntry>> {
        let hex = match self {
            Self::Index(index) => return Ok(newest(store.log(), |entry| entry.index == *index)?),
            Self::Digest(hex) => hex,
        };
        let of_record = store.find(hex).await?.iter().filter_map(|record| record.log_index).max();
        Ok(newest(store.log(), |entry| Some(entry.index) == of_record || names(entry, hex))?)
    }
}

/// Whether an entry names an envelope or a subject that starts so.
pub(super) fn names(entry: &LogEntry, hex: &str) -> bool {
    let mut digests = std::iter::once(&entry.leaf.envelope).chain(&entry.leaf.subjects);
    digests.any(|digest| digest.hex().starts_with(hex))
}

fn newest(log: &Log, wanted: impl Fn(&LogEntry) -> bool) -> Result<Option<LogEntry>, headworks_store::LogError> {
    let mut found = None;
    for entry in log.entries(0)? {
        let entry = entry?;
        if wanted(&entry) {
            found = Some(entry);
        }
    }
    Ok(found)
}
