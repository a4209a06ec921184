//! The header block of a tar member.

/// Size of a block; headers fill one, members are padded to the next.
pub(super) const BLOCK_BYTES: usize = 512;

/// A header block, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) path: String,
    pub(super) link_target: String,
    pub(super) size: u64,
    pub(super) kind: Kind,
    /// Permissions.
    pub(super) mode: u64,
}

/// What a member is, by its type flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    HardLink,
    SymbolicLink,
    /// A device or pipe.
    Special(&'static str),
    /// A header that says more about the next member.
    Extended(Extended),
    /// A flag this reader does not know.
    Unknown(u8),
}

/// What an extended header holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extended {
    /// GNU `L`: the path of the next member.
    LongPath,
    /// GNU `K`: the link target of the next member.
    LongLink,
    /// pax `x`: records about the next member.
    Pax,
    /// pax `g`: records about all members that follow.
    PaxGlobal,
}

impl Header {
    /// Whether the stored checksum is that of the block, over bytes or, as on old systems, signed ones.
    pub(super) fn has_valid_checksum(block: &[u8; BLOCK_BYTES]) -> bool {
        let Some(Ok(stored)) = field(block, 148, 8).map(number) else {
            return false;
        };
        let counted = block.iter().enumerate().map(|(at, &byte)| if (148..156).contains(&at) { b' ' } else { byte });
        let unsigned = counted.clone().fold(0_i64, |sum, byte| sum.saturating_add(i64::from(byte)));
        let signed = counted.fold(0_i64, |sum, byte| sum.saturating_add(i64::from(byte.cast_signed())));
        let stored = i64::try_from(stored).unwrap_or(i64::MAX);
        block.iter().any(|&byte| byte != 0) && (stored == unsigned || stored == signed)
    }

    /// Decodes a block.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(block: &[u8; BLOCK_BYTES]) -> Result<Self, String> {
        if !Self::has_valid_checksum(block) {
            return Err("the checksum of a header does not match".into());
        }
        let text_at = |start, length| text(field(block, start, length).unwrap_or_default());
        let size = number(field(block, 124, 12).unwrap_or_default())?;
        let mut path = text_at(0, 100);
        let prefix = text_at(345, 155);
        // The prefix belongs to ustar; GNU headers keep times in the same place.
        if field(block, 257, 6) == Some(b"ustar\0") && !prefix.is_empty() {
            path = format!("{prefix}/{path}");
        }
        let kind = Kind::of(block.get(156).copied().unwrap_or_default());
        // Readers that cannot make anything of a mode go on without it.
        let mode = number(field(block, 100, 8).unwrap_or_default()).unwrap_or_default();
        Ok(Self { path, link_target: text_at(157, 100), size, kind, mode })
    }
}

impl Kind {
    fn of(flag: u8) -> Self {
        match flag {
            0 | b'0' | b'7' => Self::File,
            b'1' => Self::HardLink,
            b'2' => Self::SymbolicLink,
            b'3' => Self::Special("character device"),
            b'4' => Self::Special("block device"),
            b'5' => Self::Directory,
            b'6' => Self::Special("pipe"),
            b'L' => Self::Extended(Extended::LongPath),
            b'K' => Self::Extended(Extended::LongLink),
            b'x' | b'X' => Self::Extended(Extended::Pax),
            b'g' => Self::Extended(Extended::PaxGlobal),
            _ => Self::Unknown(flag),
        }
    }
}

fn field(block: &[u8], start: usize, length: usize) -> Option<&[u8]> {
    block.get(start..start.checked_add(length)?)
}

/// Text up to the first zero byte.
pub(super) fn text(bytes: &[u8]) -> String {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

/// An octal number between blanks or, when its first bit is set, a big-endian one (GNU).
fn number(field: &[u8]) -> Result<u64, String> {
    match field.split_first() {
        Some((&first, rest)) if first & 0x80 != 0 => binary_number(first, rest),
        _ => octal_number(field),
    }
}

fn binary_number(first: u8, rest: &[u8]) -> Result<u64, String> {
    if first != 0x80 {
        return Err("a number in a header is negative or beyond 64 bits".into());
    }
    let digits = rest.iter().try_fold(0_u64, |value, &byte| Some(value.checked_mul(256)? | u64::from(byte)));
    digits.ok_or_else(|| "a number in a header is beyond 64 bits".into())
}

fn octal_number(field: &[u8]) -> Result<u64, String> {
    let digits = text(field);
    let digits = digits.trim_matches(' ');
    if digits.is_empty() {
        return Ok(0);
    }
    // The parser of the standard library takes a sign, which tar does not.
    let is_octal = digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    let value = is_octal.then(|| u64::from_str_radix(digits, 8).ok()).flatten();
    value.ok_or_else(|| format!("{digits:?} in a header is no octal number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_and_binary_numbers_are_read() {
        assert_eq!(number(b"0000017\0"), Ok(15));
        assert_eq!(number(b" 17 \0xxx"), Ok(15));
        assert_eq!(number(b"\0\0\0\0"), Ok(0));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\0\0\0\x01\x02"), Ok(258));
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        for field in [&b"+17\0"[..], b"-1\0", b"18\0", b"0x1f", b"\xff\xff\xff\xff", b"\x80\x01\0\0\0\0\0\0\0\0\0\0"] {
            assert!(number(field).is_err(), "{field:?}");
        }
    }
}
