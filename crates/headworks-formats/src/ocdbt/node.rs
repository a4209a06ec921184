//! The bodies of manifests and of nodes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use headworks_types::{Fault, ReadAt, SubRange};

use super::table::Body;
use super::{FORMAT, File, MANIFEST, VERSIONS, malformed, unsupported};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::reader::Reader;

/// Bytes of one key, of which no reader takes more.
const KEY_BYTES_MAX: u64 = 65_535;

/// Bytes of a key that a place repeats.
const KEY_BYTES_SHOWN: usize = 120;

/// Columns of numbers behind the keys of a node of nodes: file, offset, length and three sums.
const REFERENCE_COLUMNS: usize = 6;

/// Keys of a node: how much each shares with the one before, how much is its own, and where the own parts begin.
struct Keys {
    shared: Vec<u64>,
    own: Vec<u64>,
    at: u64,
}

impl File<'_, '_> {
    pub(super) fn body(
        &mut self,
        magic: [u8; 4],
        at: u64,
        body: &dyn ReadAt,
        inspection: &mut Inspection<'_>,
    ) -> Result<(), Fault> {
        let mut columns = Body { reader: Reader::new(body), entries_max: inspection.limits.tensors_max };
        self.nodes = self.nodes.saturating_add(1);
        match magic {
            MANIFEST => self.manifest(&mut columns)?,
            VERSIONS => self.versions(&mut columns)?,
            _ => self.keys(&mut columns, at, body, inspection)?,
        }
        match columns.reader.left() {
            0 => Ok(()),
            left => Err(malformed(format!("{left} bytes behind the last entry of a node"))),
        }
    }

    fn manifest(&mut self, columns: &mut Body<'_>) -> Result<(), Fault> {
        self.manifests = self.manifests.saturating_add(1);
        // The identifier of the database.
        columns.skip(16)?;
        let kind = columns.byte()?;
        // How large values and nodes in place may be, then the arity of the tree of versions.
        columns.column(2)?;
        columns.skip(1)?;
        match columns.number()? {
            0 => {}
            1 => columns.skip(4)?,
            other => return Err(unsupported(format!("compression {other}"))),
        }
        match kind {
            0 => {
                let files = columns.data_files()?;
                self.versions_of(columns, &files)?;
                self.version_nodes(columns, &files, true)
            }
            // Numbered manifests beside this one have the versions.
            1 => Ok(()),
            other => Err(unsupported(format!("a manifest of kind {other}"))),
        }
    }

    fn versions(&mut self, columns: &mut Body<'_>) -> Result<(), Fault> {
        // The arity of the tree, then how high this node is.
        columns.skip(1)?;
        let height = columns.byte()?;
        let files = columns.data_files()?;
        match height {
            0 => self.versions_of(columns, &files),
            _ => self.version_nodes(columns, &files, false),
        }
    }

    /// Roots of trees of keys.
    fn versions_of(&mut self, columns: &mut Body<'_>, files: &[String]) -> Result<(), Fault> {
        let count = columns.count()?;
        columns.column(count)?;
        // How high each tree is.
        columns.skip(count)?;
        self.references(&columns.column(count)?, files)?;
        // Offset, length and three sums, then the time.
        for _ in 0..5 {
            columns.column(count)?;
        }
        columns.skip(count.saturating_mul(8))
    }

    /// Nodes of older versions.
    fn version_nodes(&mut self, columns: &mut Body<'_>, files: &[String], has_heights: bool) -> Result<(), Fault> {
        let count = columns.count()?;
        columns.column(count)?;
        self.references(&columns.column(count)?, files)?;
        // Offset, length and number of generations, then the time.
        for _ in 0..3 {
            columns.column(count)?;
        }
        let heights = if has_heights { count } else { 0 };
        columns.skip(count.saturating_mul(8).saturating_add(heights))
    }

    /// The data files that some entries name by number.
    fn references(&mut self, ids: &[u64], files: &[String]) -> Result<(), Fault> {
        for id in ids.iter().collect::<BTreeSet<_>>() {
            self.file(path_of(files, *id)?);
        }
        Ok(())
    }

    fn keys(
        &mut self,
        columns: &mut Body<'_>,
        at: u64,
        body: &dyn ReadAt,
        inspection: &mut Inspection<'_>,
    ) -> Result<(), Fault> {
        let height = columns.byte()?;
        let files = columns.data_files()?;
        let count = columns.count()?;
        let shared = columns.column(count.saturating_sub(1))?;
        let own = columns.column(count)?;
        if height > 0 {
            // How much of its key all keys below a child share.
            columns.column(count)?;
        }
        let keys = Keys { shared, own, at: columns.reader.position() };
        let bytes = keys.own.iter().fold(0, |sum: u64, length| sum.saturating_add(*length));
        columns.skip(bytes)?;
        if height == 0 {
            self.keys = self.keys.saturating_add(count);
            return self.entries(columns, &keys, &files, at, body, inspection);
        }
        let references: Result<Vec<_>, _> = (0..REFERENCE_COLUMNS).map(|_| columns.column(count)).collect();
        self.references(references?.first().map_or(&[][..], Vec::as_slice), &files)
    }

    /// The values of keys, in place or in a data file.
    fn entries(
        &mut self,
        columns: &mut Body<'_>,
        keys: &Keys,
        files: &[String],
        at: u64,
        body: &dyn ReadAt,
        inspection: &mut Inspection<'_>,
    ) -> Result<(), Fault> {
        let count = keys.own.len() as u64;
        let lengths = columns.column(count)?;
        let kinds = columns.column(count)?;
        let elsewhere = kinds.iter().filter(|&&kind| kind == 1).count() as u64;
        if kinds.iter().any(|&kind| kind > 1) {
            return Err(unsupported("values of a kind that is not known".to_owned()));
        }
        let ids = columns.column(elsewhere)?;
        let offsets = columns.column(elsewhere)?;
        let mut places = ids.into_iter().zip(offsets);
        let mut values: BTreeMap<u64, Vec<Range<u64>>> = BTreeMap::new();
        let place = self.input.place.member(format!("node at {at:#x}"));
        let mut names = keys.names(body);
        for (length, kind) in lengths.into_iter().zip(kinds) {
            names.next()?;
            if kind == 1 {
                let (id, offset) = places.next().unwrap_or_default();
                values.entry(id).or_default().push(offset..offset.saturating_add(length));
                continue;
            }
            let start = columns.reader.position();
            let is_text = length > 0 && columns.byte()? == b'{';
            columns.reader.seek(start);
            columns.skip(length)?;
            if is_text {
                // The rest of the key may stand in nodes above, so that the value itself tells what it is.
                let bytes = SubRange::new(body, start..columns.reader.position());
                inspection.member(&Input { bytes: &bytes, place: place.member(names.end_of_key()) });
            }
        }
        for (id, extents) in values {
            self.values(path_of(files, id)?, extents, inspection.limits.tensors_max)?;
        }
        Ok(())
    }
}

impl Keys {
    /// The keys in their order.
    fn names<'k>(&'k self, body: &'k dyn ReadAt) -> Names<'k> {
        Names { keys: self, reader: Reader::over(body, self.at, body.size()), index: 0, key: Vec::new() }
    }
}

/// Puts one key after the other together.
struct Names<'k> {
    keys: &'k Keys,
    reader: Reader<'k>,
    index: usize,
    key: Vec<u8>,
}

impl Names<'_> {
    /// Goes on to the next key. Costs what the key has of its own.
    fn next(&mut self) -> Result<(), Fault> {
        let own = self.keys.own.get(self.index).copied().unwrap_or_default();
        let before = self.index.checked_sub(1).and_then(|before| self.keys.shared.get(before));
        let shared = before.copied().unwrap_or_default();
        self.index = self.index.saturating_add(1);
        let kept = usize::try_from(shared).ok().filter(|&shared| shared <= self.key.len());
        let is_key = shared.saturating_add(own) <= KEY_BYTES_MAX;
        let kept = kept.filter(|_| is_key).ok_or_else(|| malformed("a key that has no such length"))?;
        self.key.truncate(kept);
        let own = usize::try_from(own).unwrap_or(usize::MAX);
        let own = self.reader.take(own).map_err(|fault| fault.in_format(FORMAT.id, "a key"))?;
        self.key.extend_from_slice(own);
        Ok(())
    }

    /// The end of the key, which says more than its beginning.
    fn end_of_key(&self) -> String {
        let start = self.key.len().saturating_sub(KEY_BYTES_SHOWN);
        String::from_utf8_lossy(self.key.get(start..).unwrap_or_default()).into_owned()
    }
}

fn path_of(files: &[String], id: u64) -> Result<&str, Fault> {
    let path = usize::try_from(id).ok().and_then(|id| files.get(id));
    path.map(String::as_str).ok_or_else(|| malformed(format!("data file {id} of {}", files.len())))
}
