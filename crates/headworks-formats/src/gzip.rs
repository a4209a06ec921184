//! gzip: RFC 1952, with all concatenated members.
//!
//! Loaders: Python's `gzip`, pandas, joblib (`compress="gzip"`), every `.tar.gz`.
//!
//! Not covered: nothing of the format: what is decoded is inspected in turn.

use headworks_types::{Fault, ReadAt, SubRange, fact::ArchiveFact};

use crate::compressed_file::{CompressedFile, Preamble};
use crate::decoded::{Codec, GzipHeader, Source};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::member_path::escapes_root;

/// A gzip file.
pub(crate) static FORMAT: Format = Format { id: "gzip", title: "gzip", claims, inspect };

static FILE: CompressedFile =
    CompressedFile { format: "gzip", codec: Codec::Gzip, endings: &[(".gz", ""), (".tgz", ".tar"), (".gzip", "")] };

/// The magic and the one compression method there is.
const MAGIC: &[u8] = &[0x1f, 0x8b, 8];

fn claims(probe: &Probe<'_>) -> bool {
    probe.head.starts_with(MAGIC)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = SubRange::new(input.bytes, 0..input.bytes.size());
    // A broken header is stated when the stream is opened.
    let header = GzipHeader::read(&mut Source::new(whole)).unwrap_or_default();
    if let Some(path) = header.name.as_ref().filter(|name| escapes_root(name)) {
        inspection.fact(input.place.at(0..whole.size()), ArchiveFact::EscapingPath { path: path.clone() });
    }
    if header.extra_bytes > EXTRA_BYTES_KNOWN {
        let feature = format!("an extra field of {} bytes", header.extra_bytes);
        inspection.fact(input.place.at(0..whole.size()), Fault::Unsupported { format: FORMAT.id.into(), feature });
    }
    let note = header.comment.map(|comment| format!("comment {:?}", comment.chars().take(80).collect::<String>()));
    FILE.inspect(input, Preamble { name: header.name, note, ..Preamble::default() }, inspection);
}

/// Block indexes of bgzip and the timestamps of other tools are shorter; more could hide a payload.
const EXTRA_BYTES_KNOWN: u16 = 64;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use headworks_types::{Fact, FactKind, Limits, Place, fact::FileFact};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn faults(bytes: &[u8], limits: &Limits) -> Vec<Fault> {
        let facts = crate::inspect_as(&FORMAT, &bytes.to_vec(), Place::file("notes.txt.gz"), limits);
        let fault = |fact: Fact| match fact.kind {
            FactKind::Fault(fault) if fact.location.place.members().is_empty() => Some(fault),
            _ => None,
        };
        facts.into_iter().filter_map(fault).collect()
    }

    #[test]
    fn member_is_named_after_the_file_without_its_ending() {
        let facts = crate::inspect_as(&FORMAT, &gzip(b"toy"), Place::file("a/notes.txt.gz"), &Limits::default());
        let identified = |fact: &Fact| matches!(&fact.kind, FactKind::File(FileFact::Identified { .. }));
        assert!(facts.first().is_some_and(identified));
        assert!(facts.iter().any(|fact| fact.location.place.members() == ["notes.txt"]));
    }

    #[test]
    fn trailing_bytes_are_unexplained() {
        let mut bytes = gzip(b"toy");
        assert_eq!(faults(&bytes, &Limits::default()), []);
        bytes.extend(b"payload");
        assert_eq!(faults(&bytes, &Limits::default()), [Fault::Unexplained { format: "gzip".into() }]);
    }

    #[test]
    fn zero_padding_after_the_last_member_is_honest() {
        let mut bytes = gzip(b"toy");
        bytes.extend([0; 700]);
        assert_eq!(faults(&bytes, &Limits::default()), []);
    }

    #[test]
    fn bomb_stops_at_the_budget() {
        let limits = Limits { decoded_bytes_max: 1 << 16, ..Limits::default() };
        let bomb = gzip(&vec![0; 1 << 20]);
        assert!(bomb.len() < 2000);
        assert_eq!(faults(&bomb, &limits), [Fault::Budget { limit: "decoded_bytes_max".into(), max: 1 << 16 }]);
    }

    #[test]
    fn stored_name_that_climbs_is_an_escape() {
        let bytes = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff../x\0\x03\0\0\0\0\0\0\0\0\0".to_vec();
        let facts = crate::inspect_as(&FORMAT, &bytes, Place::file("x.gz"), &Limits::default());
        let escape = FactKind::Archive(ArchiveFact::EscapingPath { path: "../x".into() });
        assert!(facts.iter().any(|fact| fact.kind == escape));
    }
}
