//! Blobs in archives, whose names state the digest of their bytes.
//!
//! Of files that lie in a directory the digests are known to whoever checks it. Those of members are
//! computed here, or in the sweep that reads the whole archive anyway.

use headworks_types::fact::{OciFact, digest_in_path};
use headworks_types::{Digest, Location, ReadAt, ReadError, SubRange, digest::Hasher};
use std::ops::Range;

use super::FORMAT;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::reader::Reader;
use crate::sweep::{Check, Expected};

/// Compares the bytes at `data` with the digest that the member's path states, where it states one.
pub(crate) fn compare(input: &Input<'_>, path: &str, data: Range<u64>, inspection: &mut Inspection<'_>) {
    let Some(stated) = digest_in_path(path) else { return };
    let bytes = SubRange::new(input.bytes, data.clone());
    let location = input.place.member(path).at(0..bytes.size());
    let is_large = bytes.size() >= LEFT_BYTES_MIN;
    let check = Check { range: data, expected: Expected::Sha256(stated), location: location.clone() };
    if is_large && inspection.leave(input, check) {
        return;
    }
    match sha256(&bytes) {
        Ok(actual) => state(stated, actual, location, inspection),
        Err(error) => inspection.read_failed(location, FORMAT.id, &error),
    }
}

/// Smaller members are read here: the facts are then whole without a sweep.
const LEFT_BYTES_MIN: u64 = 1 << 20;

fn state(stated: Digest, actual: Digest, location: Location, inspection: &mut Inspection<'_>) {
    if stated != actual {
        inspection.fact(location, OciFact::NotItsDigest { stated, actual });
    }
}

/// SHA-256 of all bytes, read from first to last.
pub(crate) fn sha256(bytes: &dyn ReadAt) -> Result<Digest, ReadError> {
    if let Some(slice) = bytes.as_slice() {
        return Ok(Digest::of(slice));
    }
    let mut hasher = Hasher::default();
    let mut window = vec![0; Reader::WINDOW];
    let mut at = 0u64;
    loop {
        let count = bytes.read_at(at, &mut window)?;
        if count == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(window.get(..count).unwrap_or_default());
        at = at.saturating_add(count as u64);
    }
}
