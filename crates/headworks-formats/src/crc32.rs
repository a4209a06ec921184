//! CRC-32 (IEEE), the checksum of zip and 7z.

use headworks_types::{ReadAt, ReadError};

use crate::reader::Reader;

/// The checksum of all of `bytes`.
pub(crate) fn crc32(bytes: &dyn ReadAt) -> Result<u32, ReadError> {
    let mut crc = flate2::Crc::new();
    if let Some(slice) = bytes.as_slice() {
        crc.update(slice);
        return Ok(crc.sum());
    }
    let mut window = vec![0; Reader::WINDOW];
    let mut at = 0u64;
    loop {
        let count = bytes.read_at(at, &mut window)?;
        if count == 0 {
            return Ok(crc.sum());
        }
        crc.update(window.get(..count).unwrap_or_default());
        at = at.saturating_add(count as u64);
    }
}
