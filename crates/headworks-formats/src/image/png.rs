//! PNG: a signature and chunks, each with a checksum, up to `IEND`.

use super::{Broken, broken};
use crate::reader::Reader;

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// "Must not exceed 2^31-1 bytes."
const CHUNK_BYTES_MAX: u32 = 0x7fff_ffff;

pub(super) fn walk(reader: &mut Reader<'_>) -> Result<(), Broken> {
    reader.skip(SIGNATURE.len() as u64)?;
    let mut is_first = true;
    loop {
        let length = u32::from_be_bytes(reader.array()?);
        let kind = reader.array::<4>()?;
        if length > CHUNK_BYTES_MAX || !kind.iter().all(u8::is_ascii_alphabetic) || is_first != (&kind == b"IHDR") {
            return broken(format!("no PNG chunk has {length} bytes and the type `{}` here", kind.escape_ascii()));
        }
        is_first = false;
        checked_data(reader, length, kind)?;
        if &kind == b"IEND" {
            return Ok(());
        }
    }
}

/// Passes over a chunk's data and holds it against its CRC.
fn checked_data(reader: &mut Reader<'_>, length: u32, kind: [u8; 4]) -> Result<(), Broken> {
    let mut crc = flate2::Crc::new();
    crc.update(&kind);
    let mut left = usize::try_from(length).unwrap_or(usize::MAX);
    while left > 0 {
        let count = left.min(Reader::WINDOW);
        crc.update(reader.take(count)?);
        left = left.saturating_sub(count);
    }
    match u32::from_be_bytes(reader.array()?) == crc.sum() {
        true => Ok(()),
        false => broken(format!("the checksum of PNG chunk `{}` is not that of its bytes", kind.escape_ascii())),
    }
}
