//! The list of storage keys in a legacy file: a pickle of a list of strings and nothing else.

use std::str;

use headworks_types::ReadAt;

use crate::reader::{ReadFault, Reader};

/// The keys in the pickle `start..end`; `None` when it is anything but a list of strings.
pub(super) fn read(bytes: &dyn ReadAt, start: u64, end: u64) -> Result<Option<Vec<String>>, ReadFault> {
    let mut reader = Reader::over(bytes, start, end);
    let mut keys = Vec::new();
    while reader.left() > 0 {
        let length = match reader.u8()? {
            // PROTO, FRAME, and what stores in the memo.
            0x80 | b'q' => 1,
            0x95 => 8,
            b'r' => 4,
            // MEMOIZE, EMPTY_LIST, MARK, APPEND, APPENDS.
            0x94 | b']' | b'(' | b'a' | b'e' => 0,
            b'.' => return Ok(Some(keys)),
            // BINUNICODE and BINSTRING, SHORT_BINUNICODE and SHORT_BINSTRING.
            opcode @ (b'X' | b'T' | 0x8c | b'U') => {
                let long = matches!(opcode, b'X' | b'T');
                let length = if long { reader.u32_le()? } else { reader.u8()?.into() };
                let Ok(length) = usize::try_from(length) else { return Ok(None) };
                let Ok(key) = str::from_utf8(reader.take(length)?) else { return Ok(None) };
                keys.push(key.to_owned());
                0
            }
            _ => return Ok(None),
        };
        reader.skip(length)?;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(pickle: &[u8]) -> Option<Vec<String>> {
        read(&pickle.to_vec(), 0, pickle.len() as u64).ok().flatten()
    }

    #[test]
    fn lists_of_strings_are_read_in_every_protocol_torch_writes() {
        let expected = Some(vec!["10".to_owned(), "9".to_owned()]);
        assert_eq!(keys(b"\x80\x02]q\x00(X\x02\x00\x00\x0010q\x01X\x01\x00\x00\x009q\x02e."), expected);
        assert_eq!(keys(b"\x80\x04\x95\x0f\0\0\0\0\0\0\0]\x94(\x8c\x0210\x94\x8c\x019\x94e."), expected);
        assert_eq!(keys(b"\x80\x02]q\x00(U\x0210q\x01U\x019q\x02e."), expected);
        assert_eq!(keys(b"\x80\x02]q\x00."), Some(vec![]));
    }

    #[test]
    fn anything_else_is_no_list_of_strings() {
        assert_eq!(keys(b"\x80\x02]q\x00K\x01a."), None);
        assert_eq!(keys(b"\x80\x02cos\nsystem\n."), None);
        assert_eq!(keys(b"\x80\x02]q\x00X\xff\xff\xff\xff"), None);
        assert_eq!(keys(b"\x80\x02]q\x00"), None);
    }
}
