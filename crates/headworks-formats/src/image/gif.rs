//! GIF: a screen, then images and extensions in sub-blocks, up to the trailer.

use super::{Broken, broken};
use crate::reader::Reader;

pub(super) fn walk(reader: &mut Reader<'_>) -> Result<(), Broken> {
    // Signature, width and height; then flags, background, aspect ratio.
    reader.skip(10)?;
    let [flags, _, _] = reader.array()?;
    skip_colours(reader, flags)?;
    loop {
        match reader.u8()? {
            b',' => {
                let [_, _, _, _, _, _, _, _, flags] = reader.array()?;
                skip_colours(reader, flags)?;
                // The width of an LZW code, then its data.
                reader.skip(1)?;
                skip_blocks(reader)?;
            }
            b'!' => {
                reader.skip(1)?;
                skip_blocks(reader)?;
            }
            b';' => return Ok(()),
            byte => return broken(format!("no GIF block begins with {byte:#04x}")),
        }
    }
}

/// Passes over a table of `2^(n+1)` colours, where the flags say there is one.
fn skip_colours(reader: &mut Reader<'_>, flags: u8) -> Result<(), Broken> {
    if flags & 0x80 != 0 {
        reader.skip(6u64.wrapping_shl(u32::from(flags & 7)))?;
    }
    Ok(())
}

/// Passes over sub-blocks up to the empty one.
fn skip_blocks(reader: &mut Reader<'_>) -> Result<(), Broken> {
    loop {
        match reader.u8()? {
            0 => return Ok(()),
            length => reader.skip(u64::from(length))?,
        }
    }
}
