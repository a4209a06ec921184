//! The numbers and strings of a serialized R value, in each of its encodings.

use headworks_types::{Fault, ReadAt};

use super::FORMAT;
use crate::reader::{ReadFault, Reader};

/// Characters of a string that are kept; names of functions have fewer.
const TEXT_BYTES_KEPT: usize = 256;

/// Characters of the longest number in ASCII.
const WORD_BYTES_MAX: usize = 64;

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Big-endian, R's default.
    Xdr,
    /// Little-endian, as nearly every machine that writes it.
    Native,
    /// Words and escaped strings.
    Ascii,
}

pub(super) struct Stream<'a> {
    reader: Reader<'a>,
    pub(super) coding: Coding,
}

impl<'a> Stream<'a> {
    pub(super) fn new(bytes: &'a dyn ReadAt) -> Self {
        Self { reader: Reader::new(bytes), coding: Coding::Xdr }
    }

    /// Offset of the next byte, after the line end of an ASCII value.
    pub(super) fn position(&mut self) -> u64 {
        if self.coding == Coding::Ascii {
            _ = self.skip_space();
        }
        self.reader.position()
    }

    pub(super) fn pair(&mut self) -> Result<[u8; 2], Fault> {
        self.reader.array().map_err(|fault| wanted(&fault))
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        self.reader.skip(bytes).map_err(|fault| wanted(&fault))
    }

    pub(super) fn integer(&mut self) -> Result<i32, Fault> {
        let bytes = match self.coding {
            Coding::Ascii => return self.ascii_integer(),
            Coding::Xdr | Coding::Native => self.reader.array().map_err(|fault| wanted(&fault))?,
        };
        Ok(if self.coding == Coding::Xdr { i32::from_be_bytes(bytes) } else { i32::from_le_bytes(bytes) })
    }

    /// The length of a vector; one of more than 31 bits has a mark and two halves.
    pub(super) fn length(&mut self) -> Result<u64, Fault> {
        let length = self.integer()?;
        if length != -1 {
            return u64::try_from(length).map_err(|_| malformed(&format!("a vector of {length} elements")));
        }
        let (high, low) = (self.integer()?, self.integer()?);
        let high = u64::try_from(high).ok().filter(|&high| high <= 1 << 16);
        let high = high.ok_or_else(|| malformed("a vector beyond R's own bound"))?;
        Ok((high << 32) | u64::from(low.cast_unsigned()))
    }

    /// Passes over `count` elements of `words` numbers with `bytes` bytes each.
    pub(super) fn skip_numbers(&mut self, count: u64, words: u64, bytes: u64) -> Result<(), Fault> {
        let numbers = count.checked_mul(words).ok_or_else(|| malformed("a vector that is too long"))?;
        if self.coding != Coding::Ascii {
            return self.skip(numbers.saturating_mul(bytes));
        }
        for _ in 0..numbers {
            self.word()?;
        }
        Ok(())
    }

    /// The next `length` characters, of which the first are kept.
    pub(super) fn text(&mut self, length: u64) -> Result<String, Fault> {
        let mut kept = Vec::new();
        if self.coding == Coding::Ascii {
            self.skip_space()?;
            for _ in 0..length {
                let byte = self.escaped()?;
                kept.extend((kept.len() < TEXT_BYTES_KEPT).then_some(byte));
            }
        } else {
            let count = usize::try_from(length).unwrap_or(usize::MAX).min(TEXT_BYTES_KEPT);
            kept.extend_from_slice(self.reader.take(count).map_err(|fault| wanted(&fault))?);
            self.skip(length.saturating_sub(count as u64))?;
        }
        Ok(String::from_utf8_lossy(&kept).into_owned())
    }

    fn ascii_integer(&mut self) -> Result<i32, Fault> {
        let word = self.word()?;
        let text = std::str::from_utf8(&word).unwrap_or_default();
        match text {
            "NA" => Ok(i32::MIN),
            text => text.parse().map_err(|_| malformed("a word that is no integer")),
        }
    }

    fn word(&mut self) -> Result<Vec<u8>, Fault> {
        self.skip_space()?;
        let mut word = Vec::new();
        while self.reader.left() > 0 {
            let byte = self.byte()?;
            if byte.is_ascii_whitespace() {
                break;
            }
            word.push(byte);
            if word.len() > WORD_BYTES_MAX {
                return Err(malformed("a number of too many characters"));
            }
        }
        if word.is_empty() { Err(truncated()) } else { Ok(word) }
    }

    fn skip_space(&mut self) -> Result<(), Fault> {
        while self.reader.left() > 0 {
            let at = self.reader.position();
            if !self.byte()?.is_ascii_whitespace() {
                self.reader.seek(at);
                break;
            }
        }
        Ok(())
    }

    /// One character of a string in ASCII; three octal digits stand for any byte.
    fn escaped(&mut self) -> Result<u8, Fault> {
        let byte = self.byte()?;
        if byte != b'\\' {
            return Ok(byte);
        }
        let escape = self.byte()?;
        Ok(match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 0x0b,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'a' => 0x07,
            b'0'..=b'7' => self.octal(escape)?,
            other => other,
        })
    }

    fn octal(&mut self, first: u8) -> Result<u8, Fault> {
        let mut value = u32::from(first).saturating_sub(u32::from(b'0'));
        for _ in 0..2 {
            let at = self.reader.position();
            let digit = self.byte()?;
            if !matches!(digit, b'0'..=b'7') {
                self.reader.seek(at);
                break;
            }
            value = value.saturating_mul(8).saturating_add(u32::from(digit).saturating_sub(u32::from(b'0')));
        }
        Ok(u8::try_from(value & 0xff).unwrap_or_default())
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        self.reader.u8().map_err(|fault| wanted(&fault))
    }
}

fn wanted(fault: &ReadFault) -> Fault {
    fault.in_format(FORMAT.id, "the end of a value")
}

fn truncated() -> Fault {
    Fault::Truncated { format: FORMAT.id.into(), wanted: "the end of a value".into() }
}

pub(super) fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}

pub(super) fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}
