//! The wire format of protocol buffers, for the formats that are messages of it.
//!
//! Source: protobuf.dev, "Encoding". Messages lie one in another as byte ranges of the same file, and a
//! range is walked where it lies: nothing is copied, and the payload of a tensor is a range that nobody
//! reads. There is no schema and no recursion here. A caller keeps [`Message`] cursors, in a stack where
//! messages nest, and sees every field, also those whose number it does not know: a loader that does
//! would take them.
//!
//! Groups, which proto2 deprecated before the formats at hand were made, are a fault.

use std::ops::Range;

use headworks_types::{Fault, ReadAt};

use crate::reader::{ReadFault, Reader};

/// Reads fields anywhere in some bytes, through one window for all messages of the file.
pub(crate) struct Wire<'a> {
    reader: Reader<'a>,
    size: u64,
}

/// A message and how far it was walked: the next field is at `start`, and the last one ends at `end`.
pub(crate) type Message = Range<u64>;

/// One field of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Number of the field, at least 1.
    pub(crate) number: u32,
    /// What it holds.
    pub(crate) value: Value,
    /// Tag, length and value, as offsets in the file.
    pub(crate) bytes: Range<u64>,
}

/// What a field holds, as far as the wire tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number of variable length: integers, booleans, enumerations.
    Varint(u64),
    /// Eight bytes, little-endian.
    Fixed64(u64),
    /// Four bytes, little-endian.
    Fixed32(u32),
    /// A string, bytes, a message or packed numbers, as offsets in the file.
    Bytes(Range<u64>),
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WireFault {
    /// Offset of the field at fault.
    pub(crate) at: u64,
    /// What is wrong there.
    pub(crate) problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The file ends in the middle of it.
    Truncated,
    /// It ends after the message that holds it.
    LongerThanItsMessage,
    /// A number of variable length of more than 64 bits.
    OverlongVarint,
    /// A field number that is zero or of more than 29 bits.
    FieldNumber(u64),
    /// Wire types 3 and 4 are groups, 6 and 7 are none.
    WireType(u8),
    /// A string or a list that is longer than the caller takes.
    TooLong {
        /// How long it is.
        length: u64,
        /// How much the caller takes.
        max: u64,
    },
    /// The bytes could not be had.
    Read(ReadFault),
}

/// Fields that a message may hold once, by number, and which of them were seen.
///
/// Parsers merge a message that comes twice and take the last of two scalars; no writer relies on it,
/// and a reader that took the first would see another model.
#[derive(Default)]
pub(crate) struct Once(u128);

impl Once {
    /// Whether this is the first field of that number; numbers above 127 are not kept apart.
    pub(crate) fn is_first(&mut self, number: u32) -> bool {
        let bit = 1u128.checked_shl(number).unwrap_or_default();
        let seen = self.0 & bit != 0;
        self.0 |= bit;
        !seen
    }
}

impl Value {
    /// The range, where the field is one of bytes.
    pub(crate) fn range(&self) -> Option<Range<u64>> {
        match self {
            Self::Bytes(range) => Some(range.clone()),
            _ => None,
        }
    }
}

impl<'a> Wire<'a> {
    /// Fields of messages in `bytes`.
    pub(crate) fn new(bytes: &'a dyn ReadAt) -> Self {
        Self { reader: Reader::new(bytes), size: bytes.size() }
    }

    /// The file as one message.
    pub(crate) fn whole(&self) -> Message {
        0..self.size
    }

    /// The next field of `message`, which is moved behind it; none at its end.
    pub(crate) fn next(&mut self, message: &mut Message) -> Result<Option<Field>, WireFault> {
        let at = message.start;
        if at >= message.end {
            return Ok(None);
        }
        let within = |problem| WireFault { at, problem };
        self.reader.seek(at);
        let tag = self.varint(message.end).map_err(within)?;
        let number = tag >> 3;
        let number = u32::try_from(number).ok().filter(|number| (1..1 << 29).contains(number));
        let number = number.ok_or_else(|| within(Problem::FieldNumber(tag >> 3)))?;
        let value = self.value(tag, message.end).map_err(within)?;
        message.start = match &value {
            Value::Bytes(range) => range.end,
            _ => self.reader.position(),
        };
        Ok(Some(Field { number, value, bytes: at..message.start }))
    }

    /// The bytes of `range`.
    ///
    /// # Errors
    /// [`Problem::TooLong`] for more than `max` bytes.
    pub(crate) fn bytes(&mut self, range: &Range<u64>, max: u64) -> Result<Vec<u8>, WireFault> {
        let at = range.start;
        let length = range.end.saturating_sub(range.start);
        if length > max {
            return Err(WireFault { at, problem: Problem::TooLong { length, max } });
        }
        self.reader.seek(at);
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < length {
            let left = length.saturating_sub(bytes.len() as u64);
            let count = usize::try_from(left).unwrap_or(Reader::WINDOW).min(Reader::WINDOW);
            let piece = self.reader.take(count).map_err(|fault| WireFault { at, problem: fault.into() })?;
            bytes.extend_from_slice(piece);
        }
        Ok(bytes)
    }

    /// The string in `range`, with a mark for what is not UTF-8.
    ///
    /// # Errors
    /// [`Problem::TooLong`] for more than `max` bytes.
    pub(crate) fn text(&mut self, range: &Range<u64>, max: u64) -> Result<String, WireFault> {
        let bytes = self.bytes(range, max)?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Hands out the numbers of a repeated field, which is one number or, packed, several.
    pub(crate) fn each_varint(&mut self, value: &Value, mut each: impl FnMut(u64)) -> Result<(), WireFault> {
        let range = match value {
            Value::Varint(one) => {
                each(*one);
                return Ok(());
            }
            Value::Bytes(range) => range,
            Value::Fixed64(_) | Value::Fixed32(_) => return Ok(()),
        };
        self.reader.seek(range.start);
        while self.reader.position() < range.end {
            let at = self.reader.position();
            each(self.varint(range.end).map_err(|problem| WireFault { at, problem })?);
        }
        Ok(())
    }

    /// The numbers of a repeated field that may hold `max` of them.
    ///
    /// # Errors
    /// [`Problem::TooLong`] for more.
    pub(crate) fn varints(&mut self, value: &Value, max: u64) -> Result<Vec<u64>, WireFault> {
        let mut numbers = Vec::new();
        let mut length = 0u64;
        self.each_varint(value, |number| {
            length = length.saturating_add(1);
            if length <= max {
                numbers.push(number);
            }
        })?;
        let at = value.range().map_or(0, |range| range.start);
        if length > max { Err(WireFault { at, problem: Problem::TooLong { length, max } }) } else { Ok(numbers) }
    }

    /// How many numbers of variable length are packed in `range`.
    pub(crate) fn count_varints(&mut self, range: &Range<u64>) -> Result<u64, WireFault> {
        let mut count = 0u64;
        self.each_varint(&Value::Bytes(range.clone()), |_| count = count.saturating_add(1))?;
        Ok(count)
    }

    fn value(&mut self, tag: u64, end: u64) -> Result<Value, Problem> {
        match tag & 7 {
            0 => self.varint(end).map(Value::Varint),
            1 => self.fixed(end).map(|bytes| Value::Fixed64(u64::from_le_bytes(bytes))),
            2 => {
                let length = self.varint(end)?;
                let start = self.reader.position();
                let stop = start.checked_add(length).ok_or(Problem::Truncated)?;
                self.within(stop, end)?;
                Ok(Value::Bytes(start..stop))
            }
            5 => self.fixed(end).map(|bytes| Value::Fixed32(u32::from_le_bytes(bytes))),
            other => Err(Problem::WireType(u8::try_from(other).unwrap_or_default())),
        }
    }

    fn fixed<const N: usize>(&mut self, end: u64) -> Result<[u8; N], Problem> {
        self.within(self.reader.position().saturating_add(N as u64), end)?;
        Ok(self.reader.array()?)
    }

    fn varint(&mut self, end: u64) -> Result<u64, Problem> {
        let mut value = 0u64;
        for shift in (0..u64::BITS).step_by(7) {
            self.within(self.reader.position().saturating_add(1), end)?;
            let byte = self.reader.u8()?;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits.checked_shl(shift).filter(|shifted| shifted >> shift == bits);
            value |= shifted.ok_or(Problem::OverlongVarint)?;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Problem::OverlongVarint)
    }

    /// Nothing may reach behind the message that holds it, and nothing can behind the file.
    fn within(&self, stop: u64, end: u64) -> Result<(), Problem> {
        match stop {
            stop if stop > self.size => Err(Problem::Truncated),
            stop if stop > end => Err(Problem::LongerThanItsMessage),
            _ => Ok(()),
        }
    }
}

impl From<ReadFault> for Problem {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Truncated { .. } => Self::Truncated,
            other => Self::Read(other),
        }
    }
}

impl WireFault {
    /// The fault in the terms of `format`, which was reading `wanted`.
    pub(crate) fn in_format(&self, format: &str, wanted: &str) -> Fault {
        let problem = match &self.problem {
            Problem::Truncated => return Fault::Truncated { format: format.to_owned(), wanted: wanted.to_owned() },
            Problem::Read(fault) => return fault.in_format(format, wanted),
            Problem::WireType(group @ (3 | 4)) => {
                let feature = format!("{wanted} with a group (wire type {group})");
                return Fault::Unsupported { format: format.to_owned(), feature };
            }
            Problem::LongerThanItsMessage => format!("{wanted} ends after the message that holds it"),
            Problem::OverlongVarint => format!("{wanted} has a number of more than 64 bits"),
            Problem::FieldNumber(number) => format!("{wanted} has a field of number {number}"),
            Problem::WireType(kind) => format!("{wanted} has a field of wire type {kind}"),
            Problem::TooLong { length, max } => format!("{wanted} has the length {length}, and at most {max} is read"),
        };
        Fault::Malformed { format: format.to_owned(), problem }
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::ReadError;

    use super::*;

    fn fields(bytes: &[u8]) -> Result<Vec<(u32, Value)>, Problem> {
        let bytes = bytes.to_vec();
        let mut wire = Wire::new(&bytes);
        let mut message = wire.whole();
        let mut fields = Vec::new();
        while let Some(field) = wire.next(&mut message).map_err(|fault| fault.problem)? {
            fields.push((field.number, field.value));
        }
        Ok(fields)
    }

    #[test]
    fn every_wire_type_is_read_with_its_number() {
        let bytes = b"\x08\x96\x01\x12\x02hi\x1d\x01\0\0\0\x21\x02\0\0\0\0\0\0\0\xf8\xff\xff\xff\x0f\x07";
        let expected = vec![
            (1, Value::Varint(150)),
            (2, Value::Bytes(5..7)),
            (3, Value::Fixed32(1)),
            (4, Value::Fixed64(2)),
            ((1 << 29) - 1, Value::Varint(7)),
        ];
        assert_eq!(fields(bytes), Ok(expected));
    }

    #[test]
    fn what_no_parser_takes_is_a_fault_of_its_own_kind() {
        assert_eq!(fields(b"\x08\x80"), Err(Problem::Truncated));
        assert_eq!(fields(b"\x12\x05hi"), Err(Problem::Truncated));
        assert_eq!(fields(b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), Err(Problem::Truncated));
        assert_eq!(fields(b"\x1d\x01\0\0"), Err(Problem::Truncated));
        assert_eq!(fields(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), Err(Problem::OverlongVarint));
        assert_eq!(fields(b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\0"), Err(Problem::OverlongVarint));
        assert_eq!(fields(b"\x02\x00"), Err(Problem::FieldNumber(0)));
        assert_eq!(fields(b"\x0b\x0c"), Err(Problem::WireType(3)));
        assert_eq!(fields(b"\x0f"), Err(Problem::WireType(7)));
    }

    #[test]
    fn a_field_may_not_reach_behind_its_message() {
        let bytes = b"\x0a\x03\x12\x05h\x08\x01".to_vec();
        let mut wire = Wire::new(&bytes);
        let mut whole = wire.whole();
        let outer = wire.next(&mut whole).expect("a field").expect("one");
        let mut inner = outer.value.range().expect("a message");
        let fault = wire.next(&mut inner).expect_err("five bytes do not fit into three");
        assert_eq!(fault, WireFault { at: 2, problem: Problem::Truncated });
        let mut narrow = 2..5;
        let longer = b"\x0a\x03\x12\x02hi\x08\x01".to_vec();
        let fault = Wire::new(&longer).next(&mut narrow).expect_err("two bytes do not fit into one");
        assert_eq!(fault.problem, Problem::LongerThanItsMessage);
    }

    #[test]
    fn repeated_numbers_are_the_same_packed_and_not() {
        let bytes = b"\x0a\x03\x01\xac\x02".to_vec();
        let mut wire = Wire::new(&bytes);
        assert_eq!(wire.varints(&Value::Bytes(2..5), 8), Ok(vec![1, 300]));
        assert_eq!(wire.varints(&Value::Varint(300), 8), Ok(vec![300]));
        assert_eq!(wire.count_varints(&(2..5)), Ok(2));
        let fault = wire.varints(&Value::Bytes(2..5), 1).expect_err("two are more than one");
        assert_eq!(fault.problem, Problem::TooLong { length: 2, max: 1 });
    }

    /// Bytes that only say that they are there.
    struct Huge;

    impl ReadAt for Huge {
        fn size(&self) -> u64 {
            1 << 40
        }
        fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
            assert!(offset < 64, "the payload is not read");
            let head = [&b"\x12\x80\x80\x80\x80\x80\x10"[..], &[0; 300_000]].concat();
            head.as_slice().read_at(offset, into)
        }
    }

    #[test]
    fn a_payload_of_gigabytes_is_passed_over_and_a_string_of_that_length_refused() {
        let mut wire = Wire::new(&Huge);
        let mut message = wire.whole();
        let field = wire.next(&mut message).expect("a field").expect("one");
        let payload = field.value.range().expect("bytes");
        assert_eq!(payload, 7..(1 << 39) + 7);
        let fault = wire.text(&payload, 4096).expect_err("longer than a string may be");
        assert_eq!(fault.problem, Problem::TooLong { length: 1 << 39, max: 4096 });
    }

    #[test]
    fn a_number_that_comes_twice_is_noticed() {
        let mut once = Once::default();
        assert!(once.is_first(7) && once.is_first(8) && !once.is_first(7));
    }
}
