//! What tells an issued credential from an example: its checksum, or how random it is.

use std::collections::HashSet;

/// Words that examples in documentation are made of.
const PLACEHOLDERS: &[&str] = &[
    "example",
    "sample",
    "placeholder",
    "changeme",
    "change_me",
    "dummy",
    "redacted",
    "your",
    "xxxx",
    "****",
    "....",
    "<",
    ">",
    "${",
    "{{",
    "abcdef",
    "123456789",
    "000000",
    "fake",
    "insert",
];

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Digits of a CRC-32 in base 62.
pub(super) const CHECKSUM_DIGITS: usize = 6;

/// The checksum that GitHub and npm append to a token's random part: CRC-32 in base 62.
pub(super) fn base62_checksum(body: &[u8]) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(body);
    let mut rest = crc.sum();
    let mut digits = vec![b'0'; CHECKSUM_DIGITS];
    for digit in digits.iter_mut().rev() {
        let index = usize::try_from(rest % 62).unwrap_or_default();
        *digit = BASE62.get(index).copied().unwrap_or(b'0');
        rest /= 62;
    }
    String::from_utf8(digits).unwrap_or_default()
}

/// Whether the text says of itself that it is an example.
pub(super) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

/// Whether the characters could have been drawn at random: bits for each character at least `bits_min`.
pub(super) fn is_random(text: &str, bits_min: f64) -> bool {
    !is_placeholder(text) && entropy(text.as_bytes()) >= bits_min && !is_sequence(text.as_bytes())
}

/// Shannon entropy in bits for each byte, from the text's own frequencies.
pub(super) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count = count.saturating_add(1);
        }
    }
    let length = bytes.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / length).map(|p| -p * p.log2()).sum()
}

/// Most characters follow the one before in the alphabet, or two pairs make up most of the text.
fn is_sequence(bytes: &[u8]) -> bool {
    let pairs: Vec<&[u8]> = bytes.windows(2).collect();
    let steps = pairs.iter().filter(|pair| matches!(pair, [a, b] if a.abs_diff(*b) <= 1)).count();
    let distinct: HashSet<&&[u8]> = pairs.iter().collect();
    steps.saturating_mul(2) > pairs.len() || distinct.len().saturating_mul(2) < pairs.len()
}

/// Classes of characters among lower case, upper case and digits.
pub(super) fn classes(text: &str) -> usize {
    let has = |class: fn(&u8) -> bool| usize::from(text.as_bytes().iter().any(class));
    has(u8::is_ascii_lowercase).saturating_add(has(u8::is_ascii_uppercase)).saturating_add(has(u8::is_ascii_digit))
}
