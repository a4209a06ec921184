//! WebP: a RIFF file of chunks that fill it to the last byte.

use super::{Broken, broken};
use crate::reader::Reader;

pub(super) fn walk(reader: &mut Reader<'_>) -> Result<(), Broken> {
    reader.skip(4)?;
    let length = u64::from(reader.u32_le()?);
    let end = reader.position().saturating_add(length);
    reader.skip(4)?;
    while reader.position() < end {
        let kind = reader.array::<4>()?;
        if !kind.iter().all(u8::is_ascii_graphic) && !kind.ends_with(b" ") {
            return broken(format!("no WebP chunk has the type `{}`", kind.escape_ascii()));
        }
        let length = u64::from(reader.u32_le()?);
        // A chunk of odd length is followed by one byte of padding.
        reader.skip(length.saturating_add(length & 1))?;
    }
    if reader.position() == end { Ok(()) } else { broken("the chunks of a WebP file end beyond it") }
}
