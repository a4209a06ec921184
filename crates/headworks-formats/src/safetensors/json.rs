//! The JSON of a safetensors header, read strictly and as a stream.
//!
//! A header may be 100 MB, names dominate it, and which of two equal keys counts differs between
//! readers; a tree would cost several times the bytes and keep one of them. So the caller walks the
//! members in order. Grammar: RFC 8259, strings as `serde_json` accepts them (no lone surrogate).

use crate::reader::{ReadFault, Reader};

/// Reads JSON forward, token by token.
pub(super) struct Json<'a> {
    reader: Reader<'a>,
    /// A byte that was looked at and not passed.
    peeked: Option<u8>,
    depth_max: u64,
}

/// Why the text is not the JSON it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum JsonFault {
    Read(ReadFault),
    Syntax { wanted: &'static str },
    Depth { max: u64 },
}

impl From<ReadFault> for JsonFault {
    fn from(fault: ReadFault) -> Self {
        Self::Read(fault)
    }
}

type Result<T> = std::result::Result<T, JsonFault>;

impl<'a> Json<'a> {
    pub(super) fn new(reader: Reader<'a>, depth_max: u64) -> Self {
        Self { reader, peeked: None, depth_max }
    }

    /// Offset of the next byte.
    pub(super) fn position(&self) -> u64 {
        self.reader.position().saturating_sub(u64::from(self.peeked.is_some()))
    }

    /// The next byte that is no white space, without passing it.
    pub(super) fn peek(&mut self) -> Result<u8> {
        loop {
            let byte = self.byte()?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                self.peeked = Some(byte);
                return Ok(byte);
            }
        }
    }

    /// Whether white space is all that is left.
    pub(super) fn at_end(&mut self) -> Result<bool> {
        match self.peek() {
            Ok(_) => Ok(false),
            Err(JsonFault::Read(ReadFault::Truncated { .. })) => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    /// Passes the delimiter `byte`.
    pub(super) fn expect(&mut self, byte: u8, wanted: &'static str) -> Result<()> {
        if self.peek()? != byte {
            return Err(JsonFault::Syntax { wanted });
        }
        self.peeked = None;
        Ok(())
    }

    /// Passes `byte` if it is next.
    fn passes(&mut self, byte: u8) -> Result<bool> {
        let is_next = self.peek()? == byte;
        if is_next {
            self.peeked = None;
        }
        Ok(is_next)
    }

    /// Whether an array or object that ends in `close` has another element; passes the comma or the end.
    pub(super) fn another(&mut self, is_first: bool, close: u8) -> Result<bool> {
        if self.passes(close)? {
            return Ok(false);
        }
        if !is_first {
            self.expect(b',', "`,` or the end of the list")?;
        }
        Ok(true)
    }

    /// The key of the next member of an object, with its colon; none at the object's end.
    pub(super) fn key(&mut self, is_first: bool) -> Result<Option<String>> {
        if !self.another(is_first, b'}')? {
            return Ok(None);
        }
        let key = self.string()?;
        self.expect(b':', "`:` after a key")?;
        Ok(Some(key))
    }

    /// A string.
    pub(super) fn string(&mut self) -> Result<String> {
        self.expect(b'"', "a string")?;
        let mut bytes = Vec::new();
        loop {
            match self.byte()? {
                b'"' => break,
                b'\\' => self.escape(&mut bytes)?,
                0..0x20 => return Err(JsonFault::Syntax { wanted: "no control character in a string" }),
                byte => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).map_err(|_| JsonFault::Syntax { wanted: "UTF-8 in a string" })
    }

    /// A number that is a whole, unsigned one.
    pub(super) fn unsigned(&mut self) -> Result<u64> {
        const WANTED: JsonFault = JsonFault::Syntax { wanted: "a whole number below 2^64" };
        let first = self.peek()?;
        let mut value = 0u64;
        let mut digits = 0u32;
        while let Some(digit) = self.digit()? {
            value = value.checked_mul(10).and_then(|value| value.checked_add(digit)).ok_or(WANTED)?;
            digits = digits.saturating_add(1);
        }
        let follows = self.peek()?;
        let is_whole = digits == 1 || (digits > 1 && first != b'0');
        if is_whole && !matches!(follows, b'.' | b'e' | b'E') { Ok(value) } else { Err(WANTED) }
    }

    /// What kind of value comes next, in JSON's words.
    pub(super) fn kind(&mut self) -> Result<&'static str> {
        Ok(match self.peek()? {
            b'"' => "string",
            b'{' => "object",
            b'[' => "array",
            b't' | b'f' => "boolean",
            b'n' => "null",
            _ => "number",
        })
    }

    /// Passes any value, without recursion.
    pub(super) fn skip_value(&mut self) -> Result<()> {
        let mut closers = Vec::new();
        let mut is_first = false;
        loop {
            match self.peek()? {
                open @ (b'{' | b'[') => {
                    self.peeked = None;
                    closers.push(if open == b'{' { b'}' } else { b']' });
                    is_first = true;
                }
                b'"' => _ = self.string()?,
                _ => self.skip_scalar()?,
            }
            if closers.len() as u64 > self.depth_max {
                return Err(JsonFault::Depth { max: self.depth_max });
            }
            while let Some(&close) = closers.last() {
                let more = if close == b'}' { self.key(is_first)?.is_some() } else { self.another(is_first, close)? };
                is_first = false;
                if more {
                    break;
                }
                closers.pop();
            }
            if closers.is_empty() {
                return Ok(());
            }
        }
    }

    /// Passes `true`, `false`, `null` or a number; whoever skips one faults the header anyway.
    fn skip_scalar(&mut self) -> Result<()> {
        let mut length = 0u32;
        while matches!(self.next_or_end()?, Some(b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'E')) {
            self.peeked = None;
            length = length.saturating_add(1);
        }
        if length == 0 { Err(JsonFault::Syntax { wanted: "a value" }) } else { Ok(()) }
    }

    /// The next byte, white space included, without passing it; none at the end.
    fn next_or_end(&mut self) -> Result<Option<u8>> {
        if self.peeked.is_none() && self.reader.left() > 0 {
            self.peeked = Some(self.reader.u8()?);
        }
        Ok(self.peeked)
    }

    fn digit(&mut self) -> Result<Option<u64>> {
        let digit = self.next_or_end()?.filter(u8::is_ascii_digit);
        if digit.is_some() {
            self.peeked = None;
        }
        Ok(digit.map(|digit| u64::from(digit.wrapping_sub(b'0'))))
    }

    fn escape(&mut self, into: &mut Vec<u8>) -> Result<()> {
        const WANTED: JsonFault = JsonFault::Syntax { wanted: "an escape of JSON in a string" };
        let character = match self.byte()? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.escaped_character()?.ok_or(WANTED)?,
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            _ => return Err(WANTED),
        };
        into.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    /// What `\uXXXX`, or a pair of them, stands for; none for a lone surrogate.
    fn escaped_character(&mut self) -> Result<Option<char>> {
        let unit = self.hexadecimal()?;
        if !(0xd800..0xdc00).contains(&unit) {
            return Ok(char::from_u32(unit));
        }
        if self.byte()? != b'\\' || self.byte()? != b'u' {
            return Ok(None);
        }
        let units = [unit, self.hexadecimal()?].map(|unit| u16::try_from(unit).unwrap_or_default());
        Ok(char::decode_utf16(units).next().and_then(std::result::Result::ok))
    }

    fn hexadecimal(&mut self) -> Result<u32> {
        let mut unit = 0u32;
        for _ in 0..4 {
            let digit = char::from(self.byte()?).to_digit(16);
            let digit = digit.ok_or(JsonFault::Syntax { wanted: "four hexadecimal digits after `\\u`" })?;
            unit = unit.wrapping_shl(4) | digit;
        }
        Ok(unit)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8> {
        match self.peeked.take() {
            Some(byte) => Ok(byte),
            None => Ok(self.reader.u8()?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(text: &str, read: impl FnOnce(&mut Json<'_>) -> Result<T>) -> Result<T> {
        let bytes = text.as_bytes().to_vec();
        read(&mut Json::new(Reader::new(&bytes), 8))
    }

    #[test]
    fn strings_mean_what_serde_json_says_they_mean() {
        let accepted = [r#""a\u00e9\n\/""#, r#""\ud83d\ude00""#, "\"\u{7f}é\"", r#""""#];
        for text in accepted {
            assert_eq!(read(text, |json| json.string()).ok(), serde_json::from_str(text).ok(), "{text}");
        }
        for text in [r#""\ud83d""#, r#""\ud83d\u0041""#, r#""\x""#, "\"\n\"", r#""\u12g4""#, r#""open"#] {
            assert!(
                read(text, |json| json.string()).is_err() && serde_json::from_str::<String>(text).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn only_whole_unsigned_numbers_are_sizes() {
        for (text, value) in [("0,", 0), ("17]", 17), ("18446744073709551615 ]", u64::MAX)] {
            assert_eq!(read(text, |json| json.unsigned()), Ok(value));
        }
        for text in ["01,", "-1,", "1.0,", "1e3,", "18446744073709551616,", "x,", ","] {
            assert!(read(text, |json| json.unsigned()).is_err(), "{text}");
        }
    }

    #[test]
    fn nested_values_are_skipped_to_their_end_and_no_deeper_than_allowed() {
        let text = r#"{"a":[1,{"b":null},[]],"c":"]}"} ,"#;
        assert_eq!(read(text, |json| json.skip_value().map(|()| json.position())), Ok(32));
        assert_eq!(read(&"[".repeat(100_000), |json| json.skip_value()), Err(JsonFault::Depth { max: 8 }));
    }
}
