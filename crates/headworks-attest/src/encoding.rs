//! Base64 in one form only, so that the same bytes cannot be written twice.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize as _, Deserializer, Serializer};

/// Standard base64 with padding (RFC 4648 §4); other alphabets and loose trailing bits are refused.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// URL-safe base64 without padding (RFC 4648 §5), as tokens have it; loose trailing bits are refused.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Standard base64 with padding (RFC 4648 §4).
pub fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Bytes of lower-case hexadecimal digits; any other spelling is refused.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)?.wrapping_shl(4) | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

/// For `#[serde(with)]`: bytes as a base64 string.
pub(crate) mod base64_bytes {
    use super::{Deserializer, Serializer, from_base64, to_base64};
    use serde::Deserialize as _;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_base64(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        from_base64(&text).ok_or_else(|| serde::de::Error::custom("not canonical standard base64"))
    }
}

/// For `#[serde(deserialize_with)]`: null stands for the default, as some writers have it.
pub(crate) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: serde::Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(from_base64("aGVhZA=="), Some(b"head".to_vec()));
        for other in ["aGVhZA", "aGVhZB==", "aGVh\nZA==", "_-8=", "aGVhZA=== "] {
            assert_eq!(from_base64(other), None, "{other}");
        }
    }

    #[test]
    fn base64url_is_another_alphabet_without_padding() {
        assert_eq!(from_base64url("-_8"), Some(vec![0xfb, 0xff]));
        for other in ["+/8", "-_8=", "-_9", "-_8 "] {
            assert_eq!(from_base64url(other), None, "{other}");
        }
    }

    #[test]
    fn hex_has_one_spelling() {
        assert_eq!(from_hex("00ff1a"), Some(vec![0, 255, 26]));
        assert_eq!(to_hex(&[0, 255, 26]), "00ff1a");
        for other in ["0", "0F", "+1", "0x"] {
            assert_eq!(from_hex(other), None, "{other}");
        }
    }
}
