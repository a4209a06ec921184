//! JPEG: segments and entropy-coded data up to the end marker, and further images behind it.

use super::{Broken, broken};
use crate::reader::{ReadFault, Reader};

/// One image after the other: cameras put previews and gain maps behind the first (CIPA DC-007).
pub(super) fn walk(reader: &mut Reader<'_>) -> Result<(), Broken> {
    image(reader)?;
    loop {
        let end = reader.position();
        skip_zeros(reader)?;
        if reader.left() == 0 {
            return Ok(());
        }
        let is_image = matches!(reader.array(), Ok([0xff, 0xd8, 0xff]));
        reader.seek(if is_image { reader.position().saturating_sub(3) } else { end });
        if !is_image {
            return Ok(());
        }
        image(reader)?;
    }
}

/// From the start marker to the end marker.
fn image(reader: &mut Reader<'_>) -> Result<(), Broken> {
    reader.skip(2)?;
    loop {
        match marker(reader)? {
            0xd9 => return Ok(()),
            // Restart markers and TEM stand alone.
            0x01 | 0xd0..=0xd7 => {}
            code @ 0xc0..=0xfe => {
                let length = u16::from_be_bytes(reader.array()?);
                let Some(rest) = length.checked_sub(2) else {
                    return broken(format!("JPEG segment {code:#04x} of {length} bytes"));
                };
                reader.skip(u64::from(rest))?;
                if code == 0xda {
                    skip_entropy_coded(reader)?;
                }
            }
            code => return broken(format!("no JPEG marker is {code:#04x}")),
        }
    }
}

/// The code of the marker that must come here; any number of fill bytes may precede it.
fn marker(reader: &mut Reader<'_>) -> Result<u8, Broken> {
    let first = reader.u8()?;
    if first != 0xff {
        return broken(format!("{first:#04x} where a JPEG marker should be"));
    }
    loop {
        match reader.u8()? {
            0xff => {}
            code => return Ok(code),
        }
    }
}

/// Passes over data in which `ff 00` is a literal and restart markers are part of it.
fn skip_entropy_coded(reader: &mut Reader<'_>) -> Result<(), Broken> {
    loop {
        skip_while(reader, |window| memchr::memchr(0xff, window))?;
        let at = reader.position();
        let [_, code] = reader.array()?;
        if !matches!(code, 0 | 0xd0..=0xd7) {
            reader.seek(at);
            return Ok(());
        }
    }
}

fn skip_zeros(reader: &mut Reader<'_>) -> Result<(), ReadFault> {
    skip_while(reader, |window| window.iter().position(|&byte| byte != 0))
}

/// Goes on to the first byte that `find` finds, or to the end.
fn skip_while(reader: &mut Reader<'_>, find: fn(&[u8]) -> Option<usize>) -> Result<(), ReadFault> {
    while reader.left() > 0 {
        let at = reader.position();
        let count = usize::try_from(reader.left()).unwrap_or(Reader::WINDOW).min(CHUNK_BYTES);
        if let Some(index) = find(reader.take(count)?) {
            reader.seek(at.saturating_add(index as u64));
            return Ok(());
        }
    }
    Ok(())
}

/// Looked through at a time. Small, for a reader may have to fetch again what it has been ahead of.
const CHUNK_BYTES: usize = 4096;
