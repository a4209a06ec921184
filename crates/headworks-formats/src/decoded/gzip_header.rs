//! The header of a gzip member: RFC 1952 §2.3.

use std::io::{self, ErrorKind, Read};

/// What a gzip member says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct GzipHeader {
    /// Name of the file that was compressed, in Latin-1 as stored.
    pub(crate) name: Option<String>,
    /// A comment for people.
    pub(crate) comment: Option<String>,
    /// Bytes of the extra field.
    pub(crate) extra_bytes: u16,
}

const HEADER_CRC: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
/// RFC 1952: "Reserved FLG bits must be zero", and a reader must give an error when one is not.
const RESERVED: u8 = 0b1110_0000;

/// Bytes of a stored name or comment: the longest path of common systems.
const TEXT_BYTES_MAX: u64 = 4096;

impl GzipHeader {
    /// Reads a header and checks what it can check of itself.
    pub(crate) fn read(source: &mut impl Read) -> io::Result<Self> {
        let mut source = Summed { source, crc: flate2::Crc::new() };
        let [id1, id2, method, flags, ..] = source.array::<10>()?;
        if [id1, id2] != [0x1f, 0x8b] {
            return Err(broken("no gzip magic"));
        }
        if method != 8 {
            return Err(broken("the compression method is not deflate"));
        }
        if flags & RESERVED != 0 {
            return Err(broken("reserved header flags are set"));
        }
        let mut header = Self::default();
        if flags & EXTRA != 0 {
            header.extra_bytes = u16::from_le_bytes(source.array()?);
            source.skip(header.extra_bytes)?;
        }
        if flags & NAME != 0 {
            header.name = Some(source.text()?);
        }
        if flags & COMMENT != 0 {
            header.comment = Some(source.text()?);
        }
        if flags & HEADER_CRC != 0 {
            source.verify()?;
        }
        Ok(header)
    }
}

/// Reads and keeps the CRC-32, of which the header stores the low half.
struct Summed<'r, R> {
    source: &'r mut R,
    crc: flate2::Crc,
}

impl<R: Read> Summed<'_, R> {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes)?;
        self.crc.update(&bytes);
        Ok(bytes)
    }

    fn skip(&mut self, count: u16) -> io::Result<()> {
        (0..count).try_for_each(|_| self.array::<1>().map(|_| ()))
    }

    /// Latin-1 text up to a zero byte.
    fn text(&mut self) -> io::Result<String> {
        let mut text = String::new();
        for _ in 0..TEXT_BYTES_MAX {
            match self.array()? {
                [0] => return Ok(text),
                [byte] => text.push(char::from(byte)),
            }
        }
        Err(broken("a stored name or comment does not end"))
    }

    fn verify(&mut self) -> io::Result<()> {
        let expected = self.crc.sum() & 0xffff;
        let stored = u16::from_le_bytes(self.array()?);
        if u32::from(stored) == expected { Ok(()) } else { Err(broken("the header checksum does not match")) }
    }
}

fn broken(problem: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_name_and_comment_are_read() {
        let bytes = b"\x1f\x8b\x08\x1c\0\0\0\0\0\xff\x02\0xymodel.pt\0toy\0rest";
        let mut source = &bytes[..];
        let header = GzipHeader::read(&mut source).unwrap();
        assert_eq!(header.name.as_deref(), Some("model.pt"));
        assert_eq!(header.comment.as_deref(), Some("toy"));
        assert_eq!(header.extra_bytes, 2);
        assert_eq!(source, b"rest");
    }

    #[test]
    fn reserved_flags_are_refused() {
        let bytes = b"\x1f\x8b\x08\x80\0\0\0\0\0\xff";
        assert!(GzipHeader::read(&mut &bytes[..]).is_err());
    }

    #[test]
    fn wrong_header_checksum_is_refused() {
        let bytes = b"\x1f\x8b\x08\x02\0\0\0\0\0\xff\0\0";
        assert!(GzipHeader::read(&mut &bytes[..]).is_err());
    }
}
