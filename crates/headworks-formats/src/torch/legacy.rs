//! Before 1.6 `torch.save` stacked five pickles and put the storages after them.
//!
//! In order: magic number, protocol version, system information, the object, the list of storage
//! keys; then per key its number of elements in eight bytes and the elements. `torch.load` takes
//! these files as ever.

use std::collections::HashMap;

use headworks_types::{Fault, ReadAt};
use memchr::memmem;

use super::{FORMAT, keys, storage};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::pickle::{self, Loader, TorchTables};
use crate::reader::{ReadFault, Reader};

/// LONG1 of 0x1950a86a20f9469cfc6c, then STOP: how every binary protocol spells the magic number.
const MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// Bytes of PROTO and FRAME, which may come before it.
const BEFORE_MAGIC_BYTES_MAX: usize = 11;
/// Pickles before the storages.
const PICKLES: usize = 5;

/// Whether the first pickle is the magic number and nothing else.
pub(super) fn has_magic(head: &[u8]) -> bool {
    let first = head.get(..head.len().min(BEFORE_MAGIC_BYTES_MAX.saturating_add(MAGIC.len()))).unwrap_or_default();
    first.first() == Some(&0x80) && matches!(memmem::find(first, MAGIC), Some(2 | BEFORE_MAGIC_BYTES_MAX))
}

pub(super) fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    inspection.identified(input, FORMAT.id, "checkpoint of stacked pickles (before 1.6)");
    let size = input.bytes.size();
    let mut tables = TorchTables::default();
    let (mut from, mut at) = (0, 0);
    for nth in 1..=PICKLES {
        if at >= size {
            let wanted = format!("pickle {nth} of {PICKLES}");
            return inspection.fact(input.place.at(size..size), Fault::Truncated { format: FORMAT.id.into(), wanted });
        }
        let end = pickle::read_stream(input, at, Loader::Torch, inspection);
        let before = tables.views.len();
        let named = end.torch.names.into_iter().map(|(name, view)| (name, view.saturating_add(before)));
        tables.names.extend(named);
        tables.storages.extend(end.torch.storages);
        tables.views.extend(end.torch.views);
        if !end.complete {
            return unexplained(input, end.end, inspection);
        }
        (from, at) = (at, end.end);
    }
    match keys::read(input.bytes, from, at) {
        Ok(Some(keys)) => inspect_storages(input, at, &keys, &tables, inspection),
        Ok(None) => {
            let problem = "the fifth pickle is no list of storage keys".into();
            inspection.fact(input.place.at(from..at), Fault::Malformed { format: FORMAT.id.into(), problem });
            unexplained(input, at, inspection);
        }
        Err(fault) => inspection.fact(input.place.at(from..at), fault.in_format(FORMAT.id, "the storage keys")),
    }
}

fn unexplained(input: &Input<'_>, from: u64, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    if from < size {
        inspection.fact(input.place.at(from..size), Fault::Unexplained { format: FORMAT.id.into() });
    }
}

fn inspect_storages(
    input: &Input<'_>,
    start: u64,
    keys: &[String],
    tables: &TorchTables,
    inspection: &mut Inspection<'_>,
) {
    let (stored, end, fault) = read_storages(input.bytes, start, keys, tables);
    if let Some(fault) = fault {
        inspection.fact(input.place.at(end..input.bytes.size()), fault);
    }
    unexplained(input, end, inspection);
    storage::check(tables, input.place.at(0..start), &|key| stored.get(key).copied(), inspection);
    storage::state_names(tables, &input.place.at(0..input.bytes.size()), inspection);
}

/// Bytes of each storage, where the last one ends, and what stopped the walk.
fn read_storages(
    bytes: &dyn ReadAt,
    start: u64,
    keys: &[String],
    tables: &TorchTables,
) -> (HashMap<String, u64>, u64, Option<Fault>) {
    let element_bytes: HashMap<&str, u64> =
        tables.storages.iter().filter_map(|storage| Some((storage.key.as_str(), storage.element_bytes?))).collect();
    let mut stored = HashMap::new();
    let mut at = start;
    for key in keys {
        let Some(element_bytes) = element_bytes.get(key.as_str()) else {
            let problem = format!("the object names no storage {key}, or not the type of its elements");
            return (stored, at, Some(Fault::Malformed { format: FORMAT.id.into(), problem }));
        };
        match read_storage(bytes, at, *element_bytes) {
            Ok((length, end)) => {
                stored.insert(key.clone(), length);
                at = end;
            }
            Err(fault) => return (stored, at, Some(fault.in_format(FORMAT.id, &format!("storage {key}")))),
        }
    }
    (stored, at, None)
}

/// Bytes of the storage at `at`, and where it ends.
fn read_storage(bytes: &dyn ReadAt, at: u64, element_bytes: u64) -> Result<(u64, u64), ReadFault> {
    let mut reader = Reader::over(bytes, at, bytes.size());
    // Eight bytes at a time, not a window: storages are many and large.
    let elements = Reader::over(bytes, at, at.saturating_add(8)).u64_le()?;
    let length = elements.saturating_mul(element_bytes);
    reader.skip(8)?;
    reader.skip(length)?;
    Ok((length, reader.position()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_magic_number_is_known_with_and_without_a_frame() {
        assert!(has_magic(b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M"));
        assert!(has_magic(b"\x80\x04\x95\x0d\0\0\0\0\0\0\0\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."));
    }

    #[test]
    fn other_pickles_are_not_taken_from_the_pickle_format() {
        assert!(!has_magic(b"\x80\x02\x8a\x0a\x6d\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."));
        assert!(!has_magic(b"\x80\x02cos\nsystem\n\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."));
        assert!(!has_magic(b""));
    }
}
