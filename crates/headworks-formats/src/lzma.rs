//! The .lzma format, also called `lzma alone`, which xz replaced.
//!
//! Loaders: Python's `lzma`, joblib (`compress="lzma"`).
//!
//! Not covered: nothing of the format: what is decoded is inspected in turn.

use crate::compressed_file::{CompressedFile, Preamble};
use crate::decoded::Codec;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;

/// A .lzma file.
pub(crate) static FORMAT: Format = Format { id: "lzma", title: "LZMA alone", claims, inspect };

static FILE: CompressedFile = CompressedFile { format: "lzma", codec: Codec::Lzma, endings: &[(".lzma", "")] };

/// Size of the header: properties, dictionary size, uncompressed size.
const HEADER_BYTES: usize = 13;
/// Known sizes beyond this are not believed, as in liblzma.
const SIZE_MAX: u64 = 1 << 38;
/// The smallest dictionary that encoders write.
const DICTIONARY_MIN: u32 = 1 << 12;

/// The format has no magic. These are the header values that liblzma accepts when it guesses the
/// format, which is what Python does: two dictionary sizes per power of two, and no absurd length.
/// The range coder's first byte is always zero.
fn claims(probe: &Probe<'_>) -> bool {
    let Some((header, body)) = probe.head.split_first_chunk::<HEADER_BYTES>() else {
        return false;
    };
    let [properties, d0, d1, d2, d3, size @ ..] = *header;
    let dictionary = u32::from_le_bytes([d0, d1, d2, d3]);
    let size = u64::from_le_bytes(size);
    has_valid_properties(properties)
        && is_dictionary_of_an_encoder(dictionary)
        && (size == u64::MAX || size < SIZE_MAX)
        && body.first() == Some(&0)
        // Two small numbers and zeros: for LZMA that is no data at all.
        && !(crate::coreml::weights::FORMAT.claims)(probe)
}

/// `(pb * 5 + lp) * 9 + lc`, where liblzma allows `lc + lp` up to four.
fn has_valid_properties(properties: u8) -> bool {
    let (lc, lp) = (properties % 9, properties / 9 % 5);
    properties < 9 * 5 * 5 && lc.saturating_add(lp) <= 4
}

/// `2^n` or `2^n + 2^(n-1)`, or the largest number.
fn is_dictionary_of_an_encoder(bytes: u32) -> bool {
    let half_more = bytes.is_multiple_of(3) && (bytes / 3).is_power_of_two();
    bytes == u32::MAX || bytes >= DICTIONARY_MIN && (bytes.is_power_of_two() || half_more)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    FILE.inspect(input, Preamble::default(), inspection);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionary_sizes_of_encoders_are_told_from_others() {
        assert!([1 << 12, 3 << 11, 8 << 20, u32::MAX].into_iter().all(is_dictionary_of_an_encoder));
        assert!(![0, 1, 5 << 12, (8 << 20) + 1].into_iter().any(is_dictionary_of_an_encoder));
    }

    #[test]
    fn default_properties_are_valid_and_unlikely_ones_are_not() {
        assert!(has_valid_properties(0x5d));
        assert!(!has_valid_properties(b'{' + 100));
        assert!(!has_valid_properties(8 + 9));
    }
}
