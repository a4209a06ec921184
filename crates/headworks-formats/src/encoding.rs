//! Bytes as text: which encoding, and where it stops being text.

use std::borrow::Cow;

use headworks_types::{Fault, ReadError};

use crate::format::Input;

/// How the characters of a text are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Ascii,
    Utf8,
    Utf16Le,
    Utf16Be,
    /// One byte, one character: ISO 8859-1 and its relatives, which differ above 0x7f only.
    EightBit,
}

impl Encoding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ascii => "ASCII",
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::EightBit => "an 8-bit encoding",
        }
    }

    /// The encoding that a byte-order mark states.
    fn marked(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xfe, ..] => Some(Self::Utf16Le),
            [0xfe, 0xff, ..] => Some(Self::Utf16Be),
            _ => None,
        }
    }
}

/// The bytes as UTF-8 in which every byte that is none is a `?`, so that offsets stay those of the bytes.
pub(crate) fn of_same_length(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(text)
}

/// Text, with what is needed to say where in the bytes a part of it lies.
pub(crate) struct Text<'a> {
    pub(crate) characters: Cow<'a, str>,
    pub(crate) encoding: Encoding,
    /// Offset of the first byte that is no text, where there is one.
    pub(crate) broken_at: Option<u64>,
}

impl<'a> Text<'a> {
    /// Decodes `bytes` as far as they are text.
    ///
    /// Bytes that are neither UTF-8 nor marked as UTF-16 are taken for an 8-bit encoding when
    /// `eight_bit` allows it; no byte can tell which one it is.
    pub(crate) fn decode(bytes: &'a [u8], eight_bit: bool) -> Self {
        if let Some(encoding) = Encoding::marked(bytes) {
            return Self::decode_utf16(bytes, encoding);
        }
        let (text, broken_at) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) if eight_bit && !is_cut(bytes, &error) => return Self::decode_eight_bit(bytes),
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                (std::str::from_utf8(valid).unwrap_or_default(), Some(error.valid_up_to() as u64))
            }
        };
        let encoding = if text.is_ascii() { Encoding::Ascii } else { Encoding::Utf8 };
        Self { characters: Cow::Borrowed(text), encoding, broken_at: control_at(text).or(broken_at) }
    }

    /// Whether a byte offset in the text is the same offset in the bytes.
    pub(crate) fn offsets_are_exact(&self) -> bool {
        matches!(self.encoding, Encoding::Ascii | Encoding::Utf8)
    }

    fn decode_utf16(bytes: &[u8], encoding: Encoding) -> Self {
        let pairs = bytes.get(2..).unwrap_or_default().chunks_exact(2);
        let odd = !pairs.remainder().is_empty();
        let units = pairs.filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(|pair| match encoding {
            Encoding::Utf16Be => u16::from_be_bytes(pair),
            _ => u16::from_le_bytes(pair),
        });
        let mut characters = String::with_capacity(bytes.len());
        let mut broken_at = odd.then(|| (bytes.len() as u64).saturating_sub(1));
        let mut offset = 2u64;
        for unit in char::decode_utf16(units) {
            match unit {
                Ok(character) if !is_control(character) => characters.push(character),
                _ => {
                    broken_at = Some(offset);
                    break;
                }
            }
            let units = unit.map_or(1, char::len_utf16) as u64;
            offset = offset.saturating_add(units.saturating_mul(2));
        }
        Self { characters: Cow::Owned(characters), encoding, broken_at }
    }

    fn decode_eight_bit(bytes: &[u8]) -> Self {
        let characters: String = bytes.iter().map(|&byte| char::from(byte)).collect();
        let control = bytes.iter().position(|&byte| is_control(char::from(byte)));
        let broken_at = control.map(|offset| offset as u64);
        Self { characters: Cow::Owned(characters), encoding: Encoding::EightBit, broken_at }
    }
}

/// Whether the bytes are UTF-8 but for a last character that is cut, and not ASCII with one byte of another encoding.
fn is_cut(bytes: &[u8], error: &std::str::Utf8Error) -> bool {
    let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
    error.error_len().is_none() && !valid.is_ascii()
}

/// Whether all of `bytes` could be a part of a text; a character cut at either end does not count.
pub(crate) fn is_text(bytes: &[u8], eight_bit: bool) -> bool {
    if bytes.iter().any(|&byte| is_control(char::from(byte))) {
        return false;
    }
    // A window may begin within a character: at most three continuation bytes precede the next one.
    let cut = bytes.iter().take(3).take_while(|&&byte| byte & 0xc0 == 0x80).count();
    match std::str::from_utf8(bytes.get(cut..).unwrap_or_default()) {
        Ok(_) => true,
        Err(error) => eight_bit || error.error_len().is_none(),
    }
}

/// Whether bytes are UTF-8, with control characters, which minified scripts have in their strings and classes of letters.
///
/// Two are none of a script: NUL, which binary files have, and backspace, which hides the letter before it on a terminal.
/// A terminal obeys others, an escape among them; those pass here, for the text of a script is read by a parser and
/// shown to nobody as it is. A window may begin and end within a character.
pub(crate) fn is_script(bytes: &[u8]) -> bool {
    let is_refused = |byte: &u8| matches!(byte, b'\0' | 0x08);
    let cut = bytes.iter().take(3).take_while(|&&byte| byte & 0xc0 == 0x80).count();
    let text = std::str::from_utf8(bytes.get(cut..).unwrap_or_default());
    !bytes.iter().any(is_refused) && text.err().is_none_or(|error| error.error_len().is_none())
}

/// Whether the first bytes of a file are marked as UTF-16 and keep to it: audio frames have the same mark.
pub(crate) fn is_utf16(head: &[u8]) -> bool {
    let even = head.len().saturating_sub(head.len() % 2);
    // A pair of surrogates may be cut at the end of the window.
    let end = (even as u64).saturating_sub(2);
    let text = || Text::decode(head.get(..even).unwrap_or_default(), false);
    Encoding::marked(head).is_some() && text().broken_at.is_none_or(|offset| offset >= end)
}

/// Control characters that no text needs. Tab, line ends, form feed and escape occur in honest logs and sources.
fn is_control(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0b' | '\x0e'..='\x1a' | '\x1c'..='\x1f' | '\x7f')
}

fn control_at(text: &str) -> Option<u64> {
    text.bytes().position(|byte| is_control(char::from(byte))).map(|offset| offset as u64)
}

/// The bytes of a document that is parsed in memory, as far as `max` allows.
pub(crate) struct Document<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    /// Set when the document is longer than the limit.
    pub(crate) fault: Option<Fault>,
}

impl<'a> Document<'a> {
    /// Reads at most `max` bytes, the value of the limit `name`.
    pub(crate) fn read(input: &Input<'a>, name: &'static str, max: u64) -> Result<Self, ReadError> {
        let size = input.bytes.size();
        let fault = (size > max).then(|| Fault::Budget { limit: name.to_owned(), max });
        let wanted = usize::try_from(size.min(max)).unwrap_or(usize::MAX);
        if let Some(bytes) = input.bytes.as_slice().and_then(|slice| slice.get(..wanted)) {
            return Ok(Self { bytes: Cow::Borrowed(bytes), fault });
        }
        let mut bytes = vec![0; wanted];
        let count = input.bytes.read_at(0, &mut bytes)?;
        bytes.truncate(count);
        Ok(Self { bytes: Cow::Owned(bytes), fault })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_decoded_by_its_mark_in_both_orders() {
        let little: Vec<u8> = "\u{feff}né𝄞".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}né𝄞".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            let text = Text::decode(&bytes, false);
            assert_eq!((text.characters.as_ref(), text.broken_at), ("né𝄞", None));
        }
    }

    #[test]
    fn a_mark_before_other_bytes_is_no_utf_16() {
        assert!(is_utf16(b"\xff\xfea\0b\0"));
        assert!(!is_utf16(b"\xff\xfe\x01\0b\0\0\0c\0"));
    }

    #[test]
    fn the_offset_of_the_first_byte_that_is_no_text_is_kept() {
        assert_eq!(Text::decode(b"abc\xff", false).broken_at, Some(3));
        assert_eq!(Text::decode(b"ab\x00c", false).broken_at, Some(2));
        assert_eq!(Text::decode(b"\xff\xfea\0b", false).broken_at, Some(4));
    }

    #[test]
    fn latin_1_is_text_only_where_it_is_expected() {
        let bytes = b"Copyright \xa9 Andr\xe9";
        assert_eq!(Text::decode(bytes, true).characters, "Copyright © André");
        assert!(is_text(bytes, true));
        assert!(!is_text(bytes, false));
    }

    #[test]
    fn a_window_that_cuts_characters_at_both_ends_is_text() {
        let bytes = "漢字漢字".as_bytes();
        assert!(is_text(&bytes[1..bytes.len() - 1], false));
        assert!(!is_text(b"a\x80\x80b", false));
    }
}
