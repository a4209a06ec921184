//! Headers that say more about the members after them: GNU long names, pax records.

use std::ops::Range;

use headworks_types::{Fault, Limits, ReadAt};

use super::FORMAT;
use super::header::{Extended, text};

/// What an extended header says about the next member in place of its own header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Overrides {
    pub(super) path: Option<String>,
    pub(super) link_target: Option<String>,
    pub(super) size: Option<u64>,
}

/// Bytes of one extended header. Real ones hold paths and times; the bound is far above and keeps a
/// claimed size from being allocated.
const EXTENDED_BYTES_MAX: u64 = 1 << 20;

impl Overrides {
    /// Takes over what the extended header at `data` says, and what was wrong with it.
    pub(super) fn read(
        &mut self,
        kind: Extended,
        bytes: &dyn ReadAt,
        data: Range<u64>,
        limits: &Limits,
    ) -> Option<Fault> {
        let size = data.end.saturating_sub(data.start);
        let Some(length) = usize::try_from(size).ok().filter(|_| size <= EXTENDED_BYTES_MAX) else {
            return Some(unsupported(format!("an extended header of {size} bytes")));
        };
        let mut content = vec![0; length];
        if let Err(error) = bytes.read_at(data.start, &mut content) {
            return Some(Fault::Unreadable { reason: error.to_string() });
        }
        match kind {
            Extended::LongPath => self.path = Some(text(&content)),
            Extended::LongLink => self.link_target = Some(text(&content)),
            Extended::Pax => return self.take_records(&content, limits).err(),
            Extended::PaxGlobal => return refuse_global(&content).err(),
        }
        self.too_long(limits)
    }

    fn take_records(&mut self, content: &[u8], limits: &Limits) -> Result<(), Fault> {
        for record in Records(content) {
            let (key, value) = record?;
            match key {
                "path" => self.path = Some(value),
                "linkpath" => self.link_target = Some(value),
                "size" => self.size = Some(value.parse().map_err(|_| malformed(&format!("pax size {value:?}")))?),
                _ if key.starts_with("GNU.sparse") => return Err(unsupported("a sparse member".into())),
                _ => {}
            }
        }
        self.too_long(limits).map_or(Ok(()), Err)
    }

    fn too_long(&self, limits: &Limits) -> Option<Fault> {
        let max = limits.path_bytes_max;
        let longest = [&self.path, &self.link_target].into_iter().flatten().map(String::len).max()?;
        (longest as u64 > max).then(|| Fault::Budget { limit: "path_bytes_max".into(), max })
    }
}

/// A comment or a time for all members is honest (git archives have one); a path or a size is not.
fn refuse_global(content: &[u8]) -> Result<(), Fault> {
    for record in Records(content) {
        let (key, _) = record?;
        if ["path", "linkpath", "size"].contains(&key) || key.starts_with("GNU.") {
            return Err(unsupported(format!("`{key}` in a global header")));
        }
    }
    Ok(())
}

/// pax records: `<length> <key>=<value>\n`, where the length counts the whole record.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<(&'a str, String), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let record = take_record(&mut self.0);
        if record.is_none() {
            self.0 = &[];
        }
        Some(record.ok_or_else(|| malformed("a pax record")))
    }
}

fn take_record<'a>(content: &mut &'a [u8]) -> Option<(&'a str, String)> {
    let blank = memchr::memchr(b' ', content)?;
    let digits = std::str::from_utf8(content.get(..blank)?).ok()?;
    // The parser of the standard library takes a sign, which pax does not.
    let length: usize = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
    let (record, rest) = content.split_at_checked(length)?;
    let body = record.get(blank.checked_add(1)?..)?.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', body)?;
    let key = std::str::from_utf8(body.get(..equals)?).ok()?;
    let value = String::from_utf8_lossy(body.get(equals.checked_add(1)?..)?).into_owned();
    *content = rest;
    Some((key, value))
}

fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}

fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: format!("{problem} cannot be read") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Extended, content: &[u8]) -> (Overrides, Option<Fault>) {
        let mut overrides = Overrides::default();
        let fault = overrides.read(kind, &content.to_vec(), 0..content.len() as u64, &Limits::default());
        (overrides, fault)
    }

    #[test]
    fn pax_records_override_path_and_size() {
        let (overrides, fault) = read(Extended::Pax, b"12 path=a/b\n12 size=123\n18 mtime=1.000000\n");
        assert_eq!(fault, None);
        assert_eq!(overrides, Overrides { path: Some("a/b".into()), link_target: None, size: Some(123) });
    }

    #[test]
    fn records_with_wrong_lengths_are_faults() {
        for content in [&b"99 path=a\n"[..], b"0 path=a\n", b"+9 path=a\n", b"9 path=a", b"8 path=a\n", b"path"] {
            assert!(read(Extended::Pax, content).1.is_some(), "{content:?}");
        }
    }

    #[test]
    fn global_header_may_comment_but_not_rename() {
        assert_eq!(read(Extended::PaxGlobal, b"16 comment=abcd\n").1, None);
        assert!(read(Extended::PaxGlobal, b"10 path=a\n").1.is_some());
    }
}
