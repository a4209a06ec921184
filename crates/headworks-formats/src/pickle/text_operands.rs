//! Operands of the text opcodes of protocol 0, as CPython reads them.

/// An integer as `int(text, base)` reads it; `Large` when it needs more than 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Integer {
    Small(i64),
    Large,
}

/// `int(text, 10)`, or `int(text, 0)` where `prefixes` allows `0x`, `0o` and `0b`.
pub(super) fn integer(text: &[u8], prefixes: bool) -> Option<Integer> {
    let text = trim(text);
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let (radix, digits) = if prefixes { radix(digits)? } else { (10, digits) };
    magnitude(digits, radix).map(|value| signed(value, negative))
}

/// The radix that a prefix names, and the digits after it; a plain number may not begin with 0.
fn radix(digits: &[u8]) -> Option<(u32, &[u8])> {
    let prefixed = |rest| Some(strip_underscore(rest));
    match digits {
        [b'0', b'x' | b'X', rest @ ..] => Some((16, prefixed(rest)?)),
        [b'0', b'o' | b'O', rest @ ..] => Some((8, prefixed(rest)?)),
        [b'0', b'b' | b'B', rest @ ..] => Some((2, prefixed(rest)?)),
        [b'0', rest @ ..] if rest.iter().any(|digit| !matches!(digit, b'0' | b'_')) => None,
        _ => Some((10, digits)),
    }
}

fn strip_underscore(digits: &[u8]) -> &[u8] {
    digits.strip_prefix(b"_").unwrap_or(digits)
}

/// The value of digits with single underscores between them; nothing in it when it overflows.
fn magnitude(digits: &[u8], radix: u32) -> Option<Option<u64>> {
    let mut value = Some(0u64);
    let mut after_digit = false;
    for &byte in digits {
        if byte == b'_' && after_digit {
            after_digit = false;
            continue;
        }
        let digit = char::from(byte).to_digit(radix)?;
        value = value.and_then(|value| value.checked_mul(u64::from(radix))?.checked_add(u64::from(digit)));
        after_digit = true;
    }
    after_digit.then_some(value)
}

fn signed(magnitude: Option<u64>, negative: bool) -> Integer {
    let value = magnitude
        .map(i128::from)
        .and_then(|value| i64::try_from(if negative { value.checked_neg()? } else { value }).ok());
    value.map_or(Integer::Large, Integer::Small)
}

/// Whether `float(text)` accepts it.
pub(super) fn is_float(text: &[u8]) -> bool {
    let text = trim(text);
    let single = !text.starts_with(b"_") && !text.ends_with(b"_") && !text.windows(2).any(|pair| pair == b"__");
    let plain: String = text.iter().filter(|&&byte| byte != b'_').map(|&byte| char::from(byte)).collect();
    single && plain.parse::<f64>().is_ok()
}

/// The little-endian two's complement of LONG1 and LONG4.
pub(super) fn little_endian(bytes: &[u8]) -> Integer {
    let negative = bytes.last().is_some_and(|&top| top >= 0x80);
    let fill = if negative { 0xff } else { 0 };
    let significant = bytes.iter().rposition(|&byte| byte != fill).map_or(0, |index| index.saturating_add(1));
    let mut value = [fill; 8];
    let fits = significant < 8 || (significant == 8 && (bytes.get(7).is_some_and(|&top| top >= 0x80) == negative));
    if !fits {
        return Integer::Large;
    }
    value.iter_mut().zip(bytes).for_each(|(to, &from)| *to = from);
    Integer::Small(i64::from_le_bytes(value))
}

/// What is between the quotes of a STRING operand.
pub(super) fn unquoted(operand: &[u8]) -> Option<&[u8]> {
    match operand {
        [first @ (b'"' | b'\''), inner @ .., last] if first == last => Some(inner),
        _ => None,
    }
}

/// Bytes after the escapes of a Python bytes literal; nothing when one is broken.
pub(super) fn escaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'\\' {
            rest = escape(after, &mut decoded)?;
        } else {
            decoded.push(byte);
        }
    }
    Some(decoded)
}

fn escape<'t>(text: &'t [u8], into: &mut Vec<u8>) -> Option<&'t [u8]> {
    let (&kind, rest) = text.split_first()?;
    let plain = match kind {
        b'\n' => return Some(rest),
        b'x' => {
            let (digits, rest) = rest.split_at_checked(2)?;
            into.push(u8::try_from(hexadecimal(digits)?).ok()?);
            return Some(rest);
        }
        b'0'..=b'7' => return Some(octal(text, into)),
        b'\\' | b'\'' | b'"' => kind,
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'v' => 11,
        _ => {
            into.push(b'\\');
            kind
        }
    };
    into.push(plain);
    Some(rest)
}

/// One to three octal digits; CPython keeps the low eight bits.
fn octal<'t>(text: &'t [u8], into: &mut Vec<u8>) -> &'t [u8] {
    let count = text.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let (digits, rest) = text.split_at_checked(count).unwrap_or((text, &[]));
    let value = digits.iter().fold(0u8, |value, digit| value.wrapping_mul(8).wrapping_add(digit.wrapping_sub(b'0')));
    into.push(value);
    rest
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |value, &byte| value.checked_mul(16)?.checked_add(char::from(byte).to_digit(16)?))
}

/// Text of a UNICODE operand (`raw-unicode-escape`).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RawUnicode {
    Text(String),
    /// Text with a lone surrogate, which no Rust string can hold.
    Surrogates,
}

/// Decodes `raw-unicode-escape`: `\uXXXX` and `\UXXXXXXXX` after an odd number of backslashes.
pub(super) fn raw_unicode(operand: &[u8]) -> Option<RawUnicode> {
    let mut text = String::with_capacity(operand.len());
    let mut surrogates = false;
    let mut rest = operand;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            text.push(char::from(byte));
            continue;
        }
        let digits = match after.first() {
            Some(b'u') => 4,
            Some(b'U') => 8,
            Some(&other) => {
                // The backslash and what it precedes stand for themselves, so `\\u` is no escape.
                text.push('\\');
                text.push(char::from(other));
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            None => {
                text.push('\\');
                continue;
            }
        };
        let (digits, remaining) = after.get(1..)?.split_at_checked(digits)?;
        rest = remaining;
        let code = hexadecimal(digits).filter(|&code| code <= 0x10_ffff)?;
        match char::from_u32(code) {
            Some(character) => text.push(character),
            None => surrogates = true,
        }
    }
    Some(if surrogates { RawUnicode::Surrogates } else { RawUnicode::Text(text) })
}

/// What `int()` and `float()` strip.
fn trim(text: &[u8]) -> &[u8] {
    let space = |byte: &u8| matches!(byte, b' ' | 9..=13);
    let start = text.iter().position(|byte| !space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !space(byte)).map_or(start, |last| last.saturating_add(1));
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_python_reads_them() {
        let small = |value| Some(Integer::Small(value));
        assert_eq!(integer(b" -12 \r", true), small(-12));
        assert_eq!(integer(b"0x_fF", true), small(255));
        assert_eq!(integer(b"1_000", false), small(1000));
        assert_eq!(integer(b"00", true), small(0));
        assert_eq!(integer(b"-9223372036854775808", true), small(i64::MIN));
        assert_eq!(integer(b"9223372036854775808", true), Some(Integer::Large));
        for broken in [&b"012"[..], b"", b"1__0", b"1_", b"_1", b"0x", b"1L", b"- 1"] {
            assert_eq!(integer(broken, true), None, "{}", broken.escape_ascii());
        }
        assert_eq!(integer(b"012", false), small(12));
    }

    #[test]
    fn long_operands_keep_their_sign_and_say_when_they_do_not_fit() {
        assert_eq!(little_endian(b""), Integer::Small(0));
        assert_eq!(little_endian(b"\xff\x00"), Integer::Small(255));
        assert_eq!(little_endian(b"\x00\xff"), Integer::Small(-256));
        assert_eq!(little_endian(&[0xff; 30]), Integer::Small(-1));
        assert_eq!(little_endian(b"\0\0\0\0\0\0\0\x80\0"), Integer::Large);
        assert_eq!(little_endian(b"\0\0\0\0\0\0\0\x80"), Integer::Small(i64::MIN));
        assert_eq!(little_endian(b"\0\0\0\0\0\0\0\x01\xff"), Integer::Large);
    }

    #[test]
    fn escapes_are_read_as_python_reads_them() {
        assert_eq!(escaped(br"a\x41\101\n\q\\").as_deref(), Some(&b"aAA\n\\q\\"[..]));
        assert_eq!(escaped(br"\x4"), None);
        assert_eq!(escaped(b"\\"), None);
        assert_eq!(unquoted(b"'os'"), Some(&b"os"[..]));
        assert_eq!(unquoted(b"'os\""), None);
        assert_eq!(unquoted(b"'"), None);
    }

    #[test]
    fn raw_unicode_escapes_can_spell_any_name() {
        assert_eq!(raw_unicode(br"\u006fs\U00000021"), Some(RawUnicode::Text("os!".into())));
        assert_eq!(raw_unicode(br"\\u006f"), Some(RawUnicode::Text(r"\\u006f".into())));
        assert_eq!(raw_unicode(b"\xe9"), Some(RawUnicode::Text("\u{e9}".into())));
        assert_eq!(raw_unicode(br"\ud800"), Some(RawUnicode::Surrogates));
        assert_eq!(raw_unicode(br"\u12"), None);
        assert_eq!(raw_unicode(br"\U00110000"), None);
    }

    #[test]
    fn floats_are_what_python_accepts() {
        for good in [&b"1.5"[..], b" -1e400 ", b"nan", b"Infinity", b"1_0.5"] {
            assert!(is_float(good), "{}", good.escape_ascii());
        }
        for broken in [&b""[..], b"1__0", b"one", b"0x1p3"] {
            assert!(!is_float(broken), "{}", broken.escape_ascii());
        }
    }
}
