//! Archives of an independent writer, and what becomes of them when one thing is changed.

use std::io::Write as _;

use headworks_types::{Fact, FactKind, Fault, Limits, Place, ReadAt, ReadError, fact::ArchiveFact};

use super::header::DESCRIPTOR;
use super::*;

fn facts(bytes: &dyn ReadAt, limits: &Limits) -> Vec<Fact> {
    crate::inspect_as(&FORMAT, bytes, Place::file("a.zip"), limits)
}

fn kinds(bytes: &dyn ReadAt) -> Vec<FactKind> {
    facts(bytes, &Limits::default()).into_iter().map(|fact| fact.kind).collect()
}

/// An archive without members, which is the shortest file that some format knows.
const EMPTY: [u8; 22] = *b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fn archive(members: &[(&str, rawzip::CompressionMethod)]) -> Vec<u8> {
    let mut output = Vec::new();
    let mut writer = rawzip::ZipArchiveWriter::new(&mut output);
    for (path, method) in members {
        let (mut entry, config) = writer.new_file(path).compression_method(*method).start().expect("entry");
        let descriptor = if *method == rawzip::CompressionMethod::DEFLATE {
            let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
            let mut data = config.wrap(encoder);
            data.write_all(&EMPTY).expect("data");
            let (encoder, descriptor) = data.finish().expect("descriptor");
            encoder.finish().expect("stream");
            descriptor
        } else {
            let mut data = config.wrap(&mut entry);
            data.write_all(&EMPTY).expect("data");
            data.finish().expect("descriptor").1
        };
        entry.finish(descriptor).expect("end of entry");
    }
    writer.finish().expect("directory");
    output
}

fn two_members() -> Vec<u8> {
    archive(&[("a.zip", rawzip::CompressionMethod::STORE), ("b.zip", rawzip::CompressionMethod::DEFLATE)])
}

fn is_remarkable(kind: &FactKind) -> bool {
    matches!(kind, FactKind::Fault(_) | FactKind::Archive(_))
}

#[test]
fn an_archive_of_another_writer_is_explained_to_the_last_byte() {
    assert!(!kinds(&two_members()).iter().any(is_remarkable), "{:?}", kinds(&two_members()));
}

/// Offsets within a header that no reader of members goes by: versions, time, date, and in the
/// directory also the attributes.
fn is_idle(bytes: &[u8], at: usize) -> bool {
    let header = |signature: &[u8; 4], length: usize| {
        bytes[..=at]
            .windows(4)
            .rposition(|window| window == signature)
            .map(|start| at - start)
            .filter(|&at| at < length)
    };
    let local = header(LOCAL, 30).is_some_and(|at| matches!(at, 4..=5 | 10..=13));
    let central = header(CENTRAL, 46).is_some_and(|at| matches!(at, 4..=7 | 12..=15 | 36..=41));
    local || central
}

#[test]
fn no_changed_bit_goes_unnoticed_where_a_reader_looks() {
    let clean = two_members();
    let expected = kinds(&clean);
    // A deflate stream has padding; what it decodes to is the checksum's business.
    let last = |signature: &[u8; 4]| clean.windows(4).rposition(|window| window == signature).expect("signature");
    let deflated = last(LOCAL) + 35..last(DESCRIPTOR);
    for at in (0..clean.len()).filter(|at| !is_idle(&clean, *at) && !deflated.contains(at)) {
        for bit in 0..8 {
            let mut changed = clean.clone();
            changed[at] ^= 1 << bit;
            // Bits 1 and 2 of the flags say how hard the writer compressed, others are reserved.
            let flags = [LOCAL, CENTRAL].iter().zip([6, 8]).any(|(signature, offset)| {
                clean[..=at].windows(4).rposition(|window| window == *signature).is_some_and(|start| {
                    let within = at - start;
                    within == offset && !matches!(bit, 0 | 3 | 5 | 6) || within == offset + 1 && !matches!(bit, 3 | 5)
                })
            });
            let seen = kinds(&changed);
            assert!(flags || seen != expected, "bit {bit} of byte {at:#x}");
        }
    }
}

#[test]
fn bytes_before_the_archive_shift_every_offset_and_are_reported() {
    let shifted: Vec<u8> = b"before".iter().copied().chain(two_members()).collect();
    let found: Vec<_> = kinds(&shifted).into_iter().filter(is_remarkable).collect();
    assert_eq!(found, [FactKind::Archive(ArchiveFact::Prefix)]);
}

#[test]
fn an_archive_claims_its_bytes_also_behind_others() {
    let limits = Limits::default();
    let shifted: Vec<u8> = b"before".iter().copied().chain(two_members()).collect();
    for bytes in [two_members(), shifted, EMPTY.to_vec()] {
        let whole = crate::inspect(&bytes, Place::file("weights.bin"), &limits);
        assert!(!whole.iter().any(|fact| fact.kind == FactKind::Fault(Fault::Unrecognised)));
    }
    let mut noise = vec![7; 4096];
    noise.splice(2000..2004, *b"PK\x05\x06");
    let whole = crate::inspect(&noise, Place::file("weights.bin"), &limits);
    assert!(whole.iter().any(|fact| fact.kind == FactKind::Fault(Fault::Unrecognised)));
}

#[test]
fn more_members_than_the_limit_are_a_budget_fault_wherever_they_are() {
    let limits = Limits { members_max: 1, ..Limits::default() };
    let budget = FactKind::Fault(Fault::Budget { limit: "members_max".into(), max: 1 });
    let listed = two_members();
    let unlisted = listed[..listed.len() - 22].to_vec();
    for bytes in [listed, unlisted] {
        assert!(facts(&bytes, &limits).iter().any(|fact| fact.kind == budget));
    }
}

#[test]
fn archives_in_archives_end_at_the_nesting_limit() {
    let mut nested = EMPTY.to_vec();
    for _ in 0..6 {
        let mut output = Vec::new();
        let mut writer = rawzip::ZipArchiveWriter::new(&mut output);
        let (mut entry, config) = writer.new_file("inner.zip").start().expect("entry");
        let mut data = config.wrap(&mut entry);
        data.write_all(&nested).expect("data");
        let (_, descriptor) = data.finish().expect("descriptor");
        entry.finish(descriptor).expect("end of entry");
        writer.finish().expect("directory");
        nested = output;
    }
    let limits = Limits { nesting_max: 3, ..Limits::default() };
    let budget = FactKind::Fault(Fault::Budget { limit: "nesting_max".into(), max: 3 });
    assert!(facts(&nested, &limits).iter().any(|fact| fact.kind == budget));
    assert!(!kinds(&nested).iter().any(is_remarkable));
}

/// Bytes that count how many of them were asked for, and pretend not to be in memory.
struct Counted(Vec<u8>, std::sync::atomic::AtomicU64);

impl ReadAt for Counted {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        self.1.fetch_add(into.len() as u64, std::sync::atomic::Ordering::Relaxed);
        self.0.as_slice().read_at(offset, into)
    }
}

#[test]
fn signatures_in_their_thousands_cost_no_more_than_the_bytes_they_are_in() {
    // A header like any, but for the bell in its path, and then an extra field as long as there are.
    let local = [&two_members()[..26], b"\x01\0\xff\xff\x07"].concat();
    let hostile = [b"PK\x07\x08PK\x03\x04PKPK".repeat(40_000), local.repeat(8_000), two_members()].concat();
    let size = hostile.len() as u64;
    let bytes = Counted(hostile, Default::default());
    crate::inspect_as(&FORMAT, &bytes, Place::file("a.zip"), &Limits::default());
    let read = bytes.1.into_inner();
    assert!(read < size * 20, "{read} bytes were read of {size}");
}
