//! Literals: integers, strings and bytes, in binary and text spelling.

use headworks_types::Fault;

use super::FORMAT;
use super::machine::{Halt, Machine, Step, malformed, operand};
use super::nested::{self, Candidate};
use super::opcodes::{self as op, name};
use super::text_operands::{self as text, Integer, RawUnicode};
use super::value::Value;
use crate::reader::{ReadFault, Reader};

/// A longer string is passed over in pieces and its text is not known.
const EXACT_BYTES_MAX: u64 = 64 * 1024;

/// Bytes looked at in one piece.
const CHUNK_BYTES: u64 = 64 * 1024;

/// A text operand.
enum Line {
    Whole(Vec<u8>),
    /// Too long to keep: its first and last bytes.
    Long {
        first: u8,
        last: u8,
    },
}

impl Machine<'_> {
    /// SHORT_BINUNICODE, BINUNICODE, BINUNICODE8.
    #[inline]
    pub(super) fn unicode(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step {
        let length = length(opcode, reader)?;
        if length > EXACT_BYTES_MAX {
            return self.long_unicode(opcode, length, reader);
        }
        let start = reader.position();
        let bytes = operand(reader.take(usize::try_from(length).unwrap_or(usize::MAX)), opcode)?;
        let value = match std::str::from_utf8(bytes) {
            Ok(text) => self.arena.string_at(start, text),
            Err(_) if is_utf8_with_surrogates(bytes) => Value::OpaqueStr,
            Err(_) => return Err(bad_utf8(opcode)),
        };
        if let Some(encoding) = nested::looks_nested(bytes) {
            self.note_candidate(Candidate::in_input(start, length, encoding))?;
        }
        self.push(value)
    }

    fn long_unicode(&mut self, opcode: u8, length: u64, reader: &mut Reader<'_>) -> Step {
        self.note_nested(length, reader)?;
        let mut left = length;
        let mut carried: Vec<u8> = Vec::new();
        require(left, opcode, reader)?;
        while left > 0 {
            let count = left.min(CHUNK_BYTES);
            left = left.saturating_sub(count);
            let chunk = operand(reader.take(usize::try_from(count).unwrap_or(usize::MAX)), opcode)?;
            carried.extend_from_slice(chunk);
            let tail = incomplete_tail(&carried).filter(|_| left > 0).unwrap_or(0);
            let (whole, rest) = carried.split_at_checked(carried.len().saturating_sub(tail)).unwrap_or((&carried, &[]));
            if !is_utf8_with_surrogates(whole) {
                return Err(bad_utf8(opcode));
            }
            carried = rest.to_vec();
        }
        self.push(Value::OpaqueStr)
    }

    /// BINSTRING, SHORT_BINSTRING: text whose meaning beyond ASCII is the loader's choice.
    pub(super) fn byte_string(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step {
        let length = length(opcode, reader)?;
        if length > EXACT_BYTES_MAX {
            self.note_nested(length, reader)?;
            require(length, opcode, reader)?;
            operand(reader.skip(length), opcode)?;
            return self.push(Value::OpaqueStr);
        }
        let start = reader.position();
        let bytes = operand(reader.take(usize::try_from(length).unwrap_or(usize::MAX)), opcode)?;
        let value = match std::str::from_utf8(bytes) {
            Ok(text) if text.is_ascii() => self.arena.string_at(start, text),
            _ => Value::OpaqueStr,
        };
        if let Some(encoding) = nested::looks_nested(bytes) {
            self.note_candidate(Candidate::in_input(start, length, encoding))?;
        }
        self.push(value)
    }

    /// SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8.
    pub(super) fn bytes(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step {
        let length = length(opcode, reader)?;
        require(length, opcode, reader)?;
        self.note_nested(length, reader)?;
        operand(reader.skip(length), opcode)?;
        self.push(Value::Bytes(length))
    }

    /// Notes a literal that begins as a pickle does, and leaves the reader where it is.
    fn note_nested(&mut self, length: u64, reader: &mut Reader<'_>) -> Step {
        let start = reader.position();
        let count = length.min(nested::PROBE_BYTES).min(reader.left());
        let encoding = usize::try_from(count).ok().and_then(|count| nested::looks_nested(reader.take(count).ok()?));
        reader.seek(start);
        encoding.map_or(Ok(()), |encoding| self.note_candidate(Candidate::in_input(start, length, encoding)))
    }

    fn note_candidate(&mut self, candidate: Candidate) -> Step {
        self.arena.charge(size_of::<Candidate>() as u64)?;
        self.nested.push(candidate);
        Ok(())
    }

    /// LONG1, LONG4.
    pub(super) fn long(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step {
        let length = length(opcode, reader)?;
        require(length, opcode, reader)?;
        if length > EXACT_BYTES_MAX {
            operand(reader.skip(length), opcode)?;
            return self.push(Value::LargeInt);
        }
        let bytes = operand(reader.take(usize::try_from(length).unwrap_or(usize::MAX)), opcode)?;
        self.push(int(text::little_endian(bytes)))
    }

    /// INT, LONG, FLOAT, STRING, UNICODE.
    pub(super) fn text_literal(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step {
        let value = match (self.line(opcode, reader)?, opcode) {
            (Line::Whole(line), op::INT) => integer_or_bool(&line),
            (Line::Whole(line), op::LONG) => text::integer(line.strip_suffix(b"L").unwrap_or(&line), true).map(int),
            (Line::Whole(line), op::FLOAT) => text::is_float(&line).then_some(Value::Float),
            (Line::Whole(line), op::STRING) => self.quoted(&line)?,
            (Line::Whole(line), _) => self.raw_unicode(&line)?,
            (Line::Long { first, last }, op::STRING) => {
                (first == last && matches!(first, b'"' | b'\'')).then_some(Value::OpaqueStr)
            }
            (Line::Long { .. }, op::UNICODE) => Some(Value::OpaqueStr),
            (Line::Long { .. }, op::FLOAT) => Some(Value::Float),
            (Line::Long { .. }, _) => Some(Value::LargeInt),
        };
        let value = value.ok_or_else(|| malformed(format!("{} with a broken operand", name(opcode))))?;
        self.push(value)
    }

    fn quoted(&mut self, line: &[u8]) -> Step<Option<Value>> {
        let Some(bytes) = text::unquoted(line).and_then(text::escaped) else { return Ok(None) };
        let value = match std::str::from_utf8(&bytes) {
            Ok(text) if text.is_ascii() => self.arena.string(text),
            _ => Value::OpaqueStr,
        };
        self.note_decoded(bytes)?;
        Ok(Some(value))
    }

    fn raw_unicode(&mut self, line: &[u8]) -> Step<Option<Value>> {
        match text::raw_unicode(line) {
            Some(RawUnicode::Text(text)) => {
                let value = self.arena.string(&text);
                self.note_decoded(text.into_bytes())?;
                Ok(Some(value))
            }
            Some(RawUnicode::Surrogates) => Ok(Some(Value::OpaqueStr)),
            None => Ok(None),
        }
    }

    fn note_decoded(&mut self, bytes: Vec<u8>) -> Step {
        if let Some(encoding) = nested::looks_nested(&bytes) {
            self.arena.charge(bytes.len() as u64)?;
            self.note_candidate(Candidate::decoded(self.at, bytes, encoding))?;
        }
        Ok(())
    }

    /// The index of PUT or GET. CPython's C unpickler takes no index beyond the address space.
    pub(super) fn text_index(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step<u64> {
        let index = match self.line(opcode, reader)? {
            Line::Whole(line) => text::integer(&line, false),
            Line::Long { .. } => None,
        };
        match index {
            Some(Integer::Small(index)) if index >= 0 => Ok(index.unsigned_abs()),
            _ => Err(malformed(format!("{} with an index that is none", name(opcode)))),
        }
    }

    /// The line of a name (GLOBAL, INST) or of a persistent id, short enough to be one.
    pub(super) fn name_line(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step<Vec<u8>> {
        match self.line(opcode, reader)? {
            Line::Whole(line) => Ok(line),
            Line::Long { .. } => Err(malformed(format!("{} with an overlong line", name(opcode)))),
        }
    }

    fn line(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step<Line> {
        let start = reader.position();
        match reader.line() {
            Ok(line) if line.len() as u64 <= EXACT_BYTES_MAX => Ok(Line::Whole(line.to_vec())),
            Ok(line) => Ok(ends(line)),
            Err(ReadFault::TooLong { .. }) => {
                reader.seek(start);
                long_line(opcode, reader)
            }
            Err(ReadFault::Truncated { .. }) => self.last_line(opcode, start, reader),
            Err(fault) => operand(Err(fault), opcode),
        }
    }

    /// A line that the end of the bytes cuts short. CPython's Python unpickler takes it without its
    /// last character, so a name in it is imported; the C one refuses.
    fn last_line(&mut self, opcode: u8, start: u64, reader: &mut Reader<'_>) -> Step<Line> {
        reader.seek(start);
        let left = usize::try_from(reader.left()).unwrap_or(usize::MAX);
        let line = reader.take(left).map(|line| line.split_last().map_or_else(Vec::new, |(_, line)| line.to_vec()));
        match line {
            Ok(line) if matches!(opcode, op::GLOBAL | op::INST | op::PERSID) => {
                self.doubt("the last line has no line feed", reader);
                Ok(Line::Whole(line))
            }
            _ => operand(Err(ReadFault::Truncated { at: start, end: reader.position() }), opcode),
        }
    }
}

/// The length of a literal, which for some opcodes is signed.
#[inline]
fn length(opcode: u8, reader: &mut Reader<'_>) -> Step<u64> {
    match opcode {
        op::SHORT_BINUNICODE | op::SHORT_BINBYTES | op::SHORT_BINSTRING | op::LONG1 => {
            operand(reader.u8(), opcode).map(u64::from)
        }
        op::BINUNICODE | op::BINBYTES => operand(reader.u32_le(), opcode).map(u64::from),
        op::BINSTRING | op::LONG4 => {
            let length = operand(reader.u32_le(), opcode)?;
            if length > i32::MAX.unsigned_abs() {
                return Err(malformed(format!("{} with a negative length", name(opcode))));
            }
            Ok(u64::from(length))
        }
        _ => operand(reader.u64_le(), opcode),
    }
}

/// Checks a claimed length against the bytes that are there.
fn require(length: u64, opcode: u8, reader: &Reader<'_>) -> Step {
    if length > reader.left() {
        let wanted = format!("the operand of {}", name(opcode));
        return Err(Fault::Truncated { format: FORMAT.id.into(), wanted }.into());
    }
    Ok(())
}

fn int(integer: Integer) -> Value {
    match integer {
        Integer::Small(value) => Value::Int(value),
        Integer::Large => Value::LargeInt,
    }
}

/// Protocol 0 has no booleans: `I00` and `I01` stand for them.
fn integer_or_bool(line: &[u8]) -> Option<Value> {
    match line {
        b"00" => Some(Value::Bool(false)),
        b"01" => Some(Value::Bool(true)),
        _ => text::integer(line, true).map(int),
    }
}

fn ends(line: &[u8]) -> Line {
    let end = |byte: Option<&u8>| byte.copied().unwrap_or_default();
    Line::Long { first: end(line.first()), last: end(line.last()) }
}

/// Passes over a line that is longer than the reader's window.
fn long_line(opcode: u8, reader: &mut Reader<'_>) -> Step<Line> {
    let (mut first, mut last) = (None, 0);
    loop {
        let start = reader.position();
        let count = usize::try_from(reader.left().min(CHUNK_BYTES)).unwrap_or(usize::MAX);
        if count == 0 {
            return operand(Err(ReadFault::Truncated { at: start, end: start }), opcode);
        }
        let chunk = operand(reader.take(count), opcode)?;
        first = first.or(chunk.first().copied());
        let end = memchr::memchr(b'\n', chunk);
        last = chunk.get(..end.unwrap_or(chunk.len())).and_then(<[u8]>::last).copied().unwrap_or(last);
        if let Some(end) = end {
            reader.seek(start.saturating_add(end as u64).saturating_add(1));
            return Ok(Line::Long { first: first.unwrap_or_default(), last });
        }
    }
}

/// UTF-8 as `surrogatepass` has it: lone surrogates are allowed.
fn is_utf8_with_surrogates(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Err(error) = std::str::from_utf8(rest) {
        let after = rest.get(error.valid_up_to()..).unwrap_or_default();
        rest = match after {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, more @ ..] => more,
            _ => return false,
        };
    }
    true
}

/// Bytes at the end that begin a character and do not finish it.
fn incomplete_tail(bytes: &[u8]) -> Option<usize> {
    let back = bytes.iter().rev().take(4).position(|byte| byte & 0xc0 != 0x80)?;
    let lead = bytes.iter().rev().nth(back)?;
    let needed = match lead {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
        _ => 1,
    };
    let present = back.saturating_add(1);
    (present < needed).then_some(present)
}

#[cold]
fn bad_utf8(opcode: u8) -> Halt {
    malformed(format!("{} with bytes that are no UTF-8", name(opcode)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_pass_and_other_breakage_does_not() {
        assert!(is_utf8_with_surrogates(b"a\xed\xa0\x80\xed\xb3\xbfz"));
        assert!(!is_utf8_with_surrogates(b"a\xed\xa0"));
        assert!(!is_utf8_with_surrogates(b"\xff"));
    }

    #[test]
    fn a_character_cut_by_a_chunk_is_carried_over() {
        assert_eq!(incomplete_tail("aé".as_bytes().split_last().unwrap().1), Some(1));
        assert_eq!(incomplete_tail(b"a\xe2\x82"), Some(2));
        assert_eq!(incomplete_tail("a€".as_bytes()), None);
        assert_eq!(incomplete_tail(b"abc"), None);
    }
}
