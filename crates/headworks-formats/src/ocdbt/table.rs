//! The data files that a node refers to by number.

use headworks_types::Fault;

use super::{malformed, wanted};
use crate::reader::Reader;

/// Bytes of one path, of which no reader takes more.
const PATH_BYTES_MAX: u64 = 65_535;

/// Bytes of all paths of one table: each may share most of itself with the one before.
const PATHS_BYTES_MAX: u64 = 64 << 20;

/// The body of a node, which is columns of numbers.
pub(super) struct Body<'b> {
    pub(super) reader: Reader<'b>,
    /// Entries of one node.
    pub(super) entries_max: u64,
}

impl Body<'_> {
    /// The next number, of entries that are to come.
    pub(super) fn count(&mut self) -> Result<u64, Fault> {
        let count = self.number()?;
        let max = self.entries_max;
        if count > max { Err(Fault::Budget { limit: "tensors_max".into(), max }) } else { Ok(count) }
    }

    /// The next number.
    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        self.reader.varint().map_err(|fault| wanted(&fault))
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        self.reader.u8().map_err(|fault| wanted(&fault))
    }

    /// The next `count` numbers.
    pub(super) fn column(&mut self, count: u64) -> Result<Vec<u64>, Fault> {
        let mut numbers = Vec::new();
        for _ in 0..count {
            numbers.push(self.number()?);
        }
        Ok(numbers)
    }

    /// Passes over some bytes.
    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        self.reader.skip(bytes).map_err(|fault| wanted(&fault))
    }

    /// Paths that share their beginnings, relative to the database.
    pub(super) fn data_files(&mut self) -> Result<Vec<String>, Fault> {
        let count = self.count()?;
        let shared = self.column(count.saturating_sub(1))?;
        let own = self.column(count)?;
        let bases = self.column(count)?;
        let (mut paths, mut path, mut total) = (Vec::new(), Vec::new(), 0u64);
        for ((shared, own), base) in std::iter::once(0).chain(shared).zip(own).zip(bases) {
            let length = shared.saturating_add(own);
            total = total.saturating_add(length);
            let is_path = length <= PATH_BYTES_MAX && base <= length && total <= PATHS_BYTES_MAX;
            let kept = usize::try_from(shared).ok().filter(|&shared| is_path && shared <= path.len());
            path.truncate(kept.ok_or_else(|| malformed("a path of a data file that has no such length"))?);
            let own = usize::try_from(own).unwrap_or(usize::MAX);
            path.extend_from_slice(self.reader.take(own).map_err(|fault| wanted(&fault))?);
            paths.push(String::from_utf8_lossy(&path).into_owned());
        }
        Ok(paths)
    }
}
