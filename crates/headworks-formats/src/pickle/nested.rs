//! Pickles inside the literals of a pickle: raw, base64, hex, or compressed.
//!
//! Additional evidence only. Soundness never rests on it, because whatever would load such a
//! literal is itself a call in the outer stream. Each literal is looked at once and a few bytes
//! decide whether it is read at all, so ordinary data costs nothing.

use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use headworks_types::fact::PickleFact;
use headworks_types::{Place, ReadAt, SubRange};

use super::machine::Machine;
use super::opcodes as op;
use super::{EventLog, recognise};
use crate::inspection::Inspection;
use crate::reader::Reader;

/// Bytes of a literal that decide whether it is read.
pub(super) const PROBE_BYTES: u64 = 64;

/// More of a literal than this is not read; a payload needs far less.
const PAYLOAD_BYTES_MAX: u64 = 16 << 20;

/// Literals that get a place of their own. Data sets that hold pickled records have millions, and
/// what further ones do is counted in one place.
const PLACES_MAX: usize = 256;

/// A literal that may be a pickle.
pub(super) struct Candidate {
    /// Offset that names the literal: its first byte, or the opcode it is decoded from.
    at: u64,
    length: u64,
    decoded: Option<Vec<u8>>,
    encoding: Encoding,
}

/// How the pickle is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Raw,
    Base64,
    Hex,
    Zlib,
    Gzip,
    /// Python's own bytecode: not a pickle, and nothing but code.
    Marshal,
}

impl Candidate {
    pub(super) fn in_input(start: u64, length: u64, encoding: Encoding) -> Self {
        Self { at: start, length, decoded: None, encoding }
    }

    pub(super) fn decoded(at: u64, bytes: Vec<u8>, encoding: Encoding) -> Self {
        Self { at, length: bytes.len() as u64, decoded: Some(bytes), encoding }
    }

    fn payload(self, outer: &dyn ReadAt) -> Option<Vec<u8>> {
        let bytes = match self.decoded {
            Some(bytes) => bytes,
            None => read(outer, self.at, self.length.min(PAYLOAD_BYTES_MAX))?,
        };
        match self.encoding {
            Encoding::Raw | Encoding::Marshal => Some(bytes),
            Encoding::Base64 => from_base64(&bytes),
            Encoding::Hex => from_hex(&bytes),
            Encoding::Zlib => inflate(flate2::read::ZlibDecoder::new(bytes.as_slice())),
            Encoding::Gzip => inflate(flate2::read::MultiGzDecoder::new(bytes.as_slice())),
        }
    }
}

/// How a literal that begins like this could hold a pickle.
#[inline]
pub(super) fn looks_nested(literal: &[u8]) -> Option<Encoding> {
    match literal {
        [op::PROTO, 0..=5, ..] | [b'c' | b'(', ..] => looks_raw(literal),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, _, ..] => Some(Encoding::Zlib),
        [0x1f, 0x8b, 8, ..] => Some(Encoding::Gzip),
        [0xe3, 0, 0, 0, 0, 0, 0, 0, 0, ..] => Some(Encoding::Marshal),
        [b'g', b'A', b'A'..=b'X', _, ..] | [b'Y' | b'K', _, _, _, _, _, _, _, ..] => looks_base64(literal),
        [b'8', b'0', b'0', b'0'..=b'5', ..] | [b'6', b'3', _, _, ..] | [b'2', b'8', _, _, ..] => looks_hex(literal),
        _ => None,
    }
}

/// A pickle of protocol 0 or 1 that imports has a line feed after a module's name.
fn looks_raw(literal: &[u8]) -> Option<Encoding> {
    match literal {
        [op::PROTO, _, next, ..] if op::is_opcode(*next) => Some(Encoding::Raw),
        [b'c', rest @ ..] => {
            let end = memchr::memchr(b'\n', rest.get(..PROBE_LEN.min(rest.len())).unwrap_or_default())?;
            recognise::is_dotted_name(rest.get(..end)?).then_some(Encoding::Raw)
        }
        [b'(', next, rest @ ..] if op::is_opcode(*next) => memchr::memchr(b'\n', rest).map(|_| Encoding::Raw),
        _ => None,
    }
}

fn looks_base64(literal: &[u8]) -> Option<Encoding> {
    let head = literal.get(..PROBE_LEN.min(literal.len() & !3)).unwrap_or_default();
    let decoded = from_base64(head)?;
    matches!(looks_raw(&decoded), Some(Encoding::Raw)).then_some(Encoding::Base64)
}

fn looks_hex(literal: &[u8]) -> Option<Encoding> {
    let head = literal.get(..PROBE_LEN.min(literal.len() & !1)).unwrap_or_default();
    matches!(looks_raw(&from_hex(head)?), Some(Encoding::Raw)).then_some(Encoding::Hex)
}

const PROBE_LEN: usize = 64;

/// Reads the literals that may be pickles, each into a place of its own below `place`.
pub(super) fn read_all(
    candidates: Vec<Candidate>,
    outer: &dyn ReadAt,
    place: &Place,
    depth: u64,
    inspection: &mut Inspection<'_>,
) {
    if depth >= inspection.limits.nesting_max {
        return;
    }
    let mut stated: usize = 0;
    for candidate in candidates {
        let (at, encoding) = (candidate.at, candidate.encoding);
        let Some(payload) = candidate.payload(outer) else { continue };
        let inner = if stated < PLACES_MAX {
            place.member(format!("<literal at {at:#x}>"))
        } else {
            place.member("<further literals>")
        };
        if encoding == Encoding::Marshal {
            if is_marshalled_code(&payload) {
                inspection.fact(inner.at(0..payload.len() as u64), PickleFact::NestedStream);
                stated = stated.saturating_add(1);
            }
            continue;
        }
        let is_pickle = read_one(&payload, &inner, depth.saturating_add(1), inspection);
        stated = stated.saturating_add(usize::from(is_pickle));
    }
}

/// Runs one literal and states its events when it is a whole pickle, or calls before it breaks.
fn read_one(payload: &Vec<u8>, place: &Place, depth: u64, inspection: &mut Inspection<'_>) -> bool {
    let mut log = EventLog::default();
    let limits = inspection.limits;
    let mut machine = Machine::new(Some(payload), &mut log, limits, inspection.pickle_opcodes_left(), false);
    let mut reader = Reader::new(payload);
    let complete = machine.run(&mut reader);
    let (opcodes, nested) = (machine.opcodes, std::mem::take(&mut machine.nested));
    inspection.spend_pickle_opcodes(opcodes);
    let headed = matches!(payload.as_slice(), [op::PROTO, ..]);
    if !(log.has_call(recognise::is_plausible_callee) || (complete && (headed || !log.is_empty()))) {
        return false;
    }
    inspection.fact(place.at(0..reader.position()), PickleFact::NestedStream);
    log.state_facts(place, inspection);
    read_all(nested, payload, place, depth, inspection);
    true
}

/// A code object in marshal format: small counts of arguments, locals and stack, then flags.
fn is_marshalled_code(bytes: &[u8]) -> bool {
    let field = |index: usize| bytes.get(index..index.saturating_add(4));
    let small = |index| field(index).is_some_and(|word| matches!(word, [_, 0..=3, 0, 0]));
    bytes.len() > 40 && [1, 5, 9, 13].into_iter().all(small)
}

fn read(outer: &dyn ReadAt, start: u64, length: u64) -> Option<Vec<u8>> {
    let range = SubRange::new(outer, start..start.checked_add(length)?);
    let mut bytes = vec![0; usize::try_from(range.size()).ok()?];
    let count = range.read_at(0, &mut bytes).ok()?;
    bytes.truncate(count);
    Some(bytes)
}

fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let url_safe = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let alphabet = if url_safe { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    GeneralPurpose::new(alphabet, lenient).decode(text).ok()
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.chunks(2)
        .map(|pair| match pair {
            &[high, low] => Some(digit(high)?.wrapping_mul(16) | digit(low)?),
            _ => None,
        })
        .collect()
}

/// The first bytes of a compressed literal; a stream that breaks later still shows them.
fn inflate(decoder: impl std::io::Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let outcome = decoder.take(INFLATED_BYTES_MAX).read_to_end(&mut bytes);
    (outcome.is_ok() || !bytes.is_empty()).then_some(bytes)
}

/// Bytes inflated from one literal, enough to see whether it begins as a pickle and calls something.
const INFLATED_BYTES_MAX: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_pickles_in_literals_from_ordinary_ones() {
        assert_eq!(looks_nested(b"\x80\x04\x95"), Some(Encoding::Raw));
        assert_eq!(looks_nested(b"cos\nsystem\n"), Some(Encoding::Raw));
        assert_eq!(looks_nested(b"gASVJAAAAAAAAACM"), Some(Encoding::Base64));
        assert_eq!(looks_nested(b"Y29zCnN5c3RlbQooUydscycKdFIu"), Some(Encoding::Base64));
        assert_eq!(looks_nested(b"8004952400000000"), Some(Encoding::Hex));
        for ordinary in [&b"convolution"[..], b"(a)", b"Your text here.", b"gAQ", b"80003", b"", b"x\x9c"] {
            assert_eq!(looks_nested(ordinary), None, "{}", ordinary.escape_ascii());
        }
    }
}
