//! zlib streams: RFC 1950, and the header that joblib before 0.10 put in front of one.
//!
//! Loader: joblib, which takes any file that begins with `x` for zlib, and one that begins with `ZF`
//! for its own older format: `ZF`, the decoded size in hexadecimal padded to 19 characters, a zlib
//! stream (joblib/numpy_pickle_compat.py, `read_zfile`).
//!
//! Not covered: streams with a preset dictionary, which are faults.

use crate::compressed_file::{CompressedFile, Preamble};
use crate::decoded::Codec;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::Reader;

/// A bare zlib stream, or joblib's older form of one.
pub(crate) static FORMAT: Format = Format { id: "zlib", title: "zlib stream", claims, inspect };

static FILE: CompressedFile =
    CompressedFile { format: "zlib", codec: Codec::Zlib, endings: &[(".zlib", ""), (".z", "")] };

fn claims(probe: &Probe<'_>) -> bool {
    match OldJoblib::parse(probe.head) {
        Some(old) => probe.head.get(old.header_bytes..).is_some_and(has_zlib_header),
        None => has_zlib_header(probe.head) && decodes(probe.head),
    }
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reader = Reader::new(input.bytes);
    let head_bytes = usize::try_from(reader.left()).unwrap_or(usize::MAX).min(OldJoblib::HEADER_BYTES_MAX);
    let old = reader.take(head_bytes).ok().and_then(OldJoblib::parse);
    let preamble = old.map(|old| Preamble {
        start: old.header_bytes as u64,
        note: Some("joblib before 0.10".into()),
        decoded_bytes: Some(old.decoded_bytes),
        ..Preamble::default()
    });
    FILE.inspect(input, preamble.unwrap_or_default(), inspection);
}

/// The header of joblib before 0.10.
#[derive(Debug, PartialEq, Eq)]
struct OldJoblib {
    header_bytes: usize,
    decoded_bytes: u64,
}

impl OldJoblib {
    /// `ZF`, then the length of `hex(2**64)`.
    const HEADER_BYTES: usize = 2 + 19;
    /// Under Python 2 the size could be one character wider, which joblib reads as a space.
    const HEADER_BYTES_MAX: usize = Self::HEADER_BYTES + 1;

    fn parse(head: &[u8]) -> Option<Self> {
        let (header, rest) = head.split_at_checked(Self::HEADER_BYTES)?;
        let size = std::str::from_utf8(header.strip_prefix(b"ZF0x")?).ok()?;
        let size = size.trim_end_matches(' ').trim_end_matches('L');
        let header_bytes = if rest.first() == Some(&b' ') { Self::HEADER_BYTES_MAX } else { Self::HEADER_BYTES };
        Some(Self { header_bytes, decoded_bytes: u64::from_str_radix(size, 16).ok()? })
    }
}

/// RFC 1950 §2.2: method 8, window at most 32 KiB, no preset dictionary, a multiple of 31.
fn has_zlib_header(head: &[u8]) -> bool {
    let Some(&[method, flags]) = head.first_chunk::<2>() else {
        return false;
    };
    method & 0x0f == 8
        && method >> 4 <= 7
        && flags & 0x20 == 0
        && u16::from_be_bytes([method, flags]).is_multiple_of(31)
}

/// Bytes that joblib hands to zlib at a time; what the first of them decode to is loaded even when
/// the next ones are broken.
const FIRST_READ: usize = 8192;

/// The shortest pickle that calls something, as in `cos\nsystem\n(S'w'\ntR.`.
const CALL_BYTES_MIN: u64 = 20;

/// Decoded bytes after which a stream is believed.
const DECODED_ENOUGH: u64 = 1 << 20;

/// Whether the bytes decode: to the end of a stream whatever its window, or at all with the window
/// that every encoder uses.
///
/// `x^` is both the usual header and the beginning of a formula. Text soon names a distance before
/// its own start; but a stream can be made of letters only, so text that decodes is believed.
fn decodes(head: &[u8]) -> bool {
    let head = head.get(..FIRST_READ).unwrap_or(head);
    let trial = Trial::of(head);
    let plausible = if is_text(head) { !trial.broken && trial.decoded >= CALL_BYTES_MIN } else { trial.decoded > 0 };
    trial.ended || head.starts_with(b"x") && plausible
}

/// What became of decoding the first bytes.
struct Trial {
    decoded: u64,
    ended: bool,
    broken: bool,
}

impl Trial {
    fn of(head: &[u8]) -> Self {
        let mut decoder = flate2::Decompress::new(true);
        let mut sink = [0; 4096];
        loop {
            let before = (decoder.total_in(), decoder.total_out());
            let start = usize::try_from(before.0).unwrap_or(usize::MAX);
            let input = head.get(start..).unwrap_or_default();
            let status = decoder.decompress(input, &mut sink, flate2::FlushDecompress::None);
            let (broken, ended) = (status.is_err(), matches!(status, Ok(flate2::Status::StreamEnd)));
            let stuck = before == (decoder.total_in(), decoder.total_out());
            if broken || ended || stuck || decoder.total_out() >= DECODED_ENOUGH {
                return Self { decoded: decoder.total_out(), ended, broken };
            }
        }
    }
}

/// Whether a text editor would show the bytes as text.
fn is_text(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < 0x20 && !b"\t\n\r".contains(byte) || *byte == 0x7f;
    // A character may be cut where the shown bytes end.
    let is_utf8 = std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_utf8 && !bytes.iter().any(is_control)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use headworks_types::{Limits, Place};

    use super::*;

    fn zlib(bytes: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn streams_of_all_levels_decode() {
        for level in 0..=9 {
            let stream = zlib(b"toy weights", level);
            assert!(has_zlib_header(&stream) && decodes(&stream), "level {level}");
        }
    }

    #[test]
    fn text_that_begins_like_a_header_does_not_decode() {
        let polynomials: String = (0..500).map(|root| format!("x^2 + {root}x + {} = 0\n", root * 7)).collect();
        for text in ["x^2 + y^2 = z^2\n", "x^ ", "HK 41, second floor\n", &polynomials, "x^é"] {
            assert!(!(has_zlib_header(text.as_bytes()) && decodes(text.as_bytes())), "{text:.40}");
        }
    }

    #[test]
    fn truncated_stream_is_still_taken_for_one() {
        let stream = zlib(b"toy weights", 3);
        assert!(stream.starts_with(b"x^") && decodes(&stream[..stream.len() - 6]));
    }

    #[test]
    fn header_of_old_joblib_is_read_in_both_widths() {
        let narrow = OldJoblib::parse(b"ZF0x2a               x\x9c");
        assert_eq!(narrow, Some(OldJoblib { header_bytes: 21, decoded_bytes: 42 }));
        let wide = OldJoblib::parse(b"ZF0x2aL               x\x9c");
        assert_eq!(wide, Some(OldJoblib { header_bytes: 22, decoded_bytes: 42 }));
        assert_eq!(OldJoblib::parse(b"ZFS is a file system, too"), None);
    }

    #[test]
    fn old_joblib_with_a_wrong_size_is_a_fault() {
        let file = |size: usize| [format!("ZF{:<19}", format!("{size:#x}")).into_bytes(), zlib(b"toy", 3)].concat();
        let faults = |bytes: Vec<u8>| {
            let facts = crate::inspect_as(&FORMAT, &bytes, Place::file("model.pkl"), &Limits::default());
            facts.iter().filter(|fact| serde_json::to_string(fact).unwrap().contains("the header states")).count()
        };
        assert_eq!(faults(file(3)), 0);
        assert_eq!(faults(file(4)), 1);
    }
}
