//! The tensors that an index lists.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use headworks_types::{Fault, Limits, ReadAt, fact::TensorFact};

use super::{FORMAT, malformed, overlap};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::message::{Walk, What};
use crate::metadata::shortened;
use crate::tensorflow::{BUNDLE_ENTRY_PROTO, BUNDLE_HEADER_PROTO, element};

#[derive(Default)]
pub(super) struct Entries {
    pub(super) shards: u64,
    entries: Vec<Entry>,
    dtypes: BTreeSet<&'static str>,
    parameters: u64,
}

struct Entry {
    name: String,
    shard: u64,
    bytes: Range<u64>,
    /// Bytes that shape and type ask for, where they say so.
    expected: Option<Option<u64>>,
}

/// An entry's message as it is read.
#[derive(Default)]
struct Message {
    dtype: u64,
    elements: Option<u64>,
    shard: u64,
    offset: u64,
    size: u64,
    is_sliced: bool,
}

impl Entries {
    /// Adds a pair of the table; the first has an empty key and is the header.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8], limits: &Limits) -> Result<(), Fault> {
        let value = value.to_vec();
        if key.is_empty() {
            return self.header(&value, limits);
        }
        let max = limits.tensors_max;
        if self.entries.len() as u64 >= max {
            return Err(Fault::Budget { limit: "tensors_max".into(), max });
        }
        let message = Message::read(&value, limits)?;
        let name = shortened(&String::from_utf8_lossy(key));
        let of = element(message.dtype);
        if let Some((dtype, _)) = of {
            self.dtypes.insert(dtype);
            self.parameters = self.parameters.saturating_add(message.elements.unwrap_or_default());
        }
        let bytes = message.offset..message.offset.saturating_add(message.size);
        let expected = of.map(|(_, bytes)| message.elements.and_then(|elements| elements.checked_mul(bytes)));
        // The whole of a tensor in slices has no bytes of its own.
        let expected = expected.filter(|_| !message.is_sliced);
        self.entries.push(Entry { name, shard: message.shard, bytes, expected });
        Ok(())
    }

    fn header(&mut self, value: &dyn ReadAt, limits: &Limits) -> Result<(), Fault> {
        let mut walk = Walk::over(value, 0..value.size(), &BUNDLE_HEADER_PROTO, FORMAT.id, limits);
        while let Some(step) = walk.next()? {
            match (step.holder, step.number, step.what) {
                ("BundleHeaderProto", 1, What::Number(shards)) => self.shards = shards,
                ("BundleHeaderProto", 2, What::Number(1)) => {
                    let feature = "tensors in big-endian order".to_owned();
                    return Err(Fault::Unsupported { format: FORMAT.id.into(), feature });
                }
                (_, _, What::Unknown(_)) => return Err(malformed("a field that the header does not have")),
                _ => {}
            }
        }
        Ok(())
    }

    /// The bytes of each shard that tensors lie in; extents that touch are one. After `state`, which sorts.
    pub(super) fn extents(&self) -> BTreeMap<u64, Vec<Range<u64>>> {
        let mut extents: BTreeMap<u64, Vec<Range<u64>>> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| !entry.bytes.is_empty()) {
            let of_shard = extents.entry(entry.shard).or_default();
            match of_shard.last_mut().filter(|last| entry.bytes.start <= last.end) {
                Some(last) => last.end = last.end.max(entry.bytes.end),
                None => of_shard.push(entry.bytes.clone()),
            }
        }
        extents
    }

    pub(super) fn summary(&self) -> String {
        format!("index of {} tensors, {} parameters, {} shards", self.entries.len(), self.parameters, self.shards)
    }

    /// States the table, and where it contradicts itself.
    pub(super) fn state(&mut self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        let whole = input.place.at(0..input.bytes.size());
        let lengths = self.entries.iter().map(|entry| entry.bytes.end.saturating_sub(entry.bytes.start));
        let table = TensorFact::Table {
            tensors: self.entries.len() as u64,
            parameters: self.parameters,
            bytes: lengths.fold(0, u64::saturating_add),
            dtypes: self.dtypes.iter().map(|&dtype| dtype.to_owned()).collect(),
        };
        inspection.fact(whole.clone(), table);
        for entry in &self.entries {
            let stated = entry.bytes.end.saturating_sub(entry.bytes.start);
            if let Some(expected) = entry.expected.filter(|expected| *expected != Some(stated)) {
                let tensor = entry.name.clone();
                inspection.fact(whole.clone(), TensorFact::SizeMismatch { tensor, expected, stated });
            }
            if entry.shard >= self.shards {
                let problem = format!("a tensor in shard {} of {}", entry.shard, self.shards);
                inspection.fact(whole.clone(), malformed(problem));
            }
        }
        self.entries.sort_by_key(|entry| (entry.shard, entry.bytes.start, entry.bytes.end));
        let mut last: Option<&Entry> = None;
        for entry in &self.entries {
            let before = last.filter(|last| last.shard == entry.shard && entry.bytes.start < last.bytes.end);
            if let Some(before) = before.filter(|_| !entry.bytes.is_empty()) {
                inspection.fact(whole.clone(), overlap(&entry.name, &before.name));
            }
            let reach = last.filter(|last| last.shard == entry.shard).map_or(0, |last| last.bytes.end);
            if entry.bytes.end >= reach {
                last = Some(entry);
            }
        }
    }
}

impl Message {
    fn read(value: &dyn ReadAt, limits: &Limits) -> Result<Self, Fault> {
        let mut message = Self { elements: Some(1), ..Self::default() };
        let mut walk = Walk::over(value, 0..value.size(), &BUNDLE_ENTRY_PROTO, FORMAT.id, limits);
        while let Some(step) = walk.next()? {
            match (step.holder, step.number, step.what) {
                ("BundleEntryProto", 1, What::Number(dtype)) => message.dtype = dtype,
                ("BundleEntryProto", 3, What::Number(shard)) => message.shard = shard,
                ("BundleEntryProto", 4, What::Number(offset)) => message.offset = offset,
                ("BundleEntryProto", 5, What::Number(size)) => message.size = size,
                ("BundleEntryProto", 7, _) => message.is_sliced = true,
                ("TensorShapeProto.Dim", 1, What::Number(length)) => {
                    message.elements = message.elements.and_then(|elements| elements.checked_mul(length));
                }
                (_, _, What::Unknown(_)) => return Err(malformed("a field that an entry does not have")),
                _ => {}
            }
        }
        Ok(message)
    }
}
