use anyhow::bail;
use headworks_store::log::{LogEntry, Search};
use headworks_store::{Log, LogError};

/// Shorter starts of a digest match by accident.
const HEX_DIGITS_MIN: usize = 4;

/// What somebody typed to name entries.
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
}

/// The entries that are meant, the newest first and `limit` of them, and how many there are in all.
pub(super) async fn entries(
    log: &Log,
    wanted: Option<&Wanted>,
    kind: &str,
    limit: u64,
) -> anyhow::Result<(Vec<LogEntry>, u64)> {
    let digest_start = match wanted {
        Some(Wanted::Index(index)) => return one(log, *index, kind),
        Some(Wanted::Digest(hex)) => Some(hex.clone()),
        None => None,
    };
    Ok(log.search(&Search { digest_start, kind: kind.to_owned() }, limit).await?)
}

fn one(log: &Log, index: u64, kind: &str) -> anyhow::Result<(Vec<LogEntry>, u64)> {
    let entry = match log.entry(index) {
        Err(LogError::NoEntry { .. }) => None,
        entry => Some(entry?).filter(|entry| type_of(entry).contains(kind)),
    };
    let found: Vec<LogEntry> = entry.into_iter().collect();
    let count = found.len() as u64;
    Ok((found, count))
}

/// Type of the predicate, or of the payload when it is no statement.
pub(super) fn type_of(entry: &LogEntry) -> &str {
    let leaf = &entry.leaf;
    if leaf.predicate_type.is_empty() { &leaf.payload_type } else { &leaf.predicate_type }
}
