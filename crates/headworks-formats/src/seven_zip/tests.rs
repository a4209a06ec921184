use headworks_types::fact::ArchiveFact;
use headworks_types::{Fact, FactKind, Fault, Limits, Place};

use super::start::MAGIC;

const PICKLE: &[u8] = b"cos\nsystem\n(S'echo headworks-marker'\ntR.";
const COPY: &[u8] = b"\x01\x00";
const DEFLATE: &[u8] = b"\x03\x04\x01\x08";

fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// A number of one or two bytes.
fn number(value: usize) -> Vec<u8> {
    match value {
        0..0x80 => vec![value as u8],
        _ => vec![0x80 | (value >> 8) as u8, value as u8],
    }
}

fn framed(packed: &[u8], header: &[u8]) -> Vec<u8> {
    let (offset, size) = ((packed.len() as u64).to_le_bytes(), (header.len() as u64).to_le_bytes());
    let covered = [&offset[..], &size, &crc(header)].concat();
    [MAGIC, &[0, 4], &crc(&covered), &covered, packed, header].concat()
}

/// One folder of one coder with some files.
fn solid(coder: &[u8], packed: &[u8], files: &[(&str, &[u8])]) -> Vec<u8> {
    let all = files.iter().map(|(_, content)| content.len()).sum();
    let streams = [b"\x01\x04\x06\x00\x01\x09", &*number(packed.len()), b"\x00\x07\x0b\x01\x00\x01", coder].concat();
    let sizes: Vec<u8> = files.iter().rev().skip(1).rev().flat_map(|(_, content)| number(content.len())).collect();
    let sizes = if sizes.is_empty() { sizes } else { [vec![9], sizes].concat() };
    let parts = [b"\x0c", &*number(all), b"\x00\x08\x0d", &*number(files.len()), &*sizes, b"\x0a\x01"].concat();
    let sums: Vec<u8> = files.iter().flat_map(|(_, content)| crc(content)).collect();
    let names: Vec<u8> =
        files.iter().flat_map(|(name, _)| name.encode_utf16().chain([0])).flat_map(u16::to_le_bytes).collect();
    let list = [b"\x00\x00\x05", &*number(files.len()), b"\x11", &*number(names.len() + 1), b"\x00", &*names].concat();
    framed(packed, &[streams, parts, sums, list, b"\x00\x00".to_vec()].concat())
}

fn deflated(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Read as _;
    let plain: Vec<u8> = files.iter().flat_map(|(_, content)| content.iter().copied()).collect();
    let mut packed = Vec::new();
    flate2::read::DeflateEncoder::new(&*plain, flate2::Compression::new(6)).read_to_end(&mut packed).unwrap();
    solid(DEFLATE, &packed, files)
}

fn stored(files: &[(&str, &[u8])]) -> Vec<u8> {
    let plain: Vec<u8> = files.iter().flat_map(|(_, content)| content.iter().copied()).collect();
    solid(COPY, &plain, files)
}

fn inspected(bytes: &[u8], limits: &Limits) -> Vec<Fact> {
    crate::inspect(&bytes.to_vec(), Place::file("x.7z"), limits)
}

/// What is said of the archive itself, besides what it is.
fn facts(bytes: &[u8]) -> Vec<FactKind> {
    let facts = inspected(bytes, &Limits::default()).into_iter();
    let of_archive = |fact: Fact| fact.location.place.members().is_empty().then_some(fact.kind);
    facts.filter_map(of_archive).filter(|kind| !matches!(kind, FactKind::File(_))).collect()
}

#[test]
fn honest_archives_have_no_facts_but_what_is_in_them() {
    let files: [(&str, &[u8]); 3] = [("a.txt", b"one\n"), ("empty", b""), ("b.txt", b"two\n")];
    for archive in [stored(&files), deflated(&files)] {
        assert_eq!(facts(&archive), []);
        let members = inspected(&archive, &Limits::default()).into_iter();
        let members: Vec<_> = members.map(|fact| fact.location.place.innermost().to_owned()).collect();
        assert_eq!(members, ["x.7z", "a.txt", "empty", "b.txt"]);
    }
}

#[test]
fn a_pickle_is_seen_as_it_is_outside_of_the_archive() {
    let alone = crate::inspect(&PICKLE.to_vec(), Place::file("x.7z").member("toy.pkl"), &Limits::default());
    for archive in [stored(&[("toy.pkl", PICKLE)]), deflated(&[("a.txt", b"one\n"), ("toy.pkl", PICKLE)])] {
        let within = inspected(&archive, &Limits::default()).into_iter();
        let within: Vec<_> = within.filter(|fact| fact.location.place.innermost() == "toy.pkl").collect();
        assert_eq!(within, alone);
    }
}

#[test]
fn files_are_the_same_whether_or_not_their_folder_fits_in_memory() {
    // A number of the builder has two bytes at most.
    let long: Vec<u8> = (0..1000_u32).flat_map(|number| format!("{}\n", number % 977).into_bytes()).collect();
    let archive = deflated(&[("a.txt", &long), ("b.pkl", PICKLE), ("c.txt", &long)]);
    let whole = inspected(&archive, &Limits::default());
    assert!(whole.len() > 4);
    for max in [0, 100, 1 << 12] {
        assert_eq!(inspected(&archive, &Limits { decoded_in_memory_bytes_max: max, ..Limits::default() }), whole);
    }
}

#[test]
fn every_cut_is_a_fault() {
    let archive = deflated(&[("a.txt", b"one\n"), ("b.txt", b"two\n")]);
    for length in 6..archive.len() {
        let faulty = facts(&archive[..length]).iter().any(|kind| matches!(kind, FactKind::Fault(_)));
        assert!(faulty, "cut to {length} of {}", archive.len());
    }
}

#[test]
fn no_changed_bit_goes_unnoticed() {
    let archive = stored(&[("a.txt", b"one\n"), ("toy.pkl", PICKLE)]);
    // The version is told, and changes nothing else.
    for at in MAGIC.len() + 2..archive.len() {
        for bit in 0..8 {
            let mut changed = archive.clone();
            changed[at] ^= 1 << bit;
            assert_ne!(facts(&changed), [], "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn a_wrong_checksum_is_told_and_the_file_is_inspected_all_the_same() {
    let mut archive = stored(&[("toy.pkl", PICKLE)]);
    archive[32 + 20] ^= 1;
    assert_eq!(facts(&archive), [ArchiveFact::ChecksumMismatch { path: "toy.pkl".into() }.into()]);
    let pickles = inspected(&archive, &Limits::default()).into_iter();
    assert!(pickles.filter(|fact| matches!(fact.kind, FactKind::Pickle(_))).count() > 0);
}

#[test]
fn checksums_of_a_folder_are_those_of_its_parts_and_of_all_bytes() {
    let mut archive = deflated(&[("a.txt", b"one\n"), ("b.txt", b"two\n")]);
    let sum = crc(b"two\n");
    let at = archive.windows(4).position(|window| window == sum).unwrap();
    archive[at] ^= 1;
    let expected: FactKind = ArchiveFact::ChecksumMismatch { path: "b.txt".into() }.into();
    assert!(facts(&archive).contains(&expected));
    let other: FactKind = ArchiveFact::ChecksumMismatch { path: "a.txt".into() }.into();
    assert!(!facts(&archive).contains(&other));
}

#[test]
fn bytes_after_the_end_are_a_gap() {
    let archive = [stored(&[("a.txt", b"one\n")]), PICKLE.to_vec()].concat();
    assert_eq!(facts(&archive), [ArchiveFact::Gap.into(), Fault::Unexplained { format: "seven-zip".into() }.into()]);
}

#[test]
fn a_part_that_no_file_names_is_hidden_and_inspected() {
    let archive = stored(&[("a.txt", b"one\n"), ("toy.pkl", PICKLE)]);
    let names = archive.windows(3).rposition(|window| window == b"\x05\x02\x11").unwrap();
    let end = framed(&[], &[]).len() + 4 + PICKLE.len();
    // The same header with a list of one name.
    let header = [&archive[end..names], b"\x05\x01\x11\x0d\x00a\0.\0t\0x\0t\0\0\0\x00\x00"].concat();
    let hidden = framed(&archive[32..end], &header);
    assert_eq!(facts(&hidden), [ArchiveFact::HiddenMember { path: "stream 1".into() }.into()]);
    let pickles = inspected(&hidden, &Limits::default()).into_iter();
    assert!(pickles.filter(|fact| matches!(fact.kind, FactKind::Pickle(_))).count() > 0);
}

#[test]
fn a_folder_that_would_decode_beyond_the_budget_is_not_read_to_its_end() {
    let archive = deflated(&[("a.txt", &[b'a'; 8000]), ("b.txt", &[b'b'; 8000])]);
    let facts = inspected(&archive, &Limits { decoded_bytes_max: 9000, ..Limits::default() });
    let budget = FactKind::Fault(Fault::Budget { limit: "decoded_bytes_max".into(), max: 9000 });
    assert!(facts.iter().any(|fact| fact.kind == budget));
}

#[test]
fn an_archive_without_files_is_whole() {
    assert_eq!(facts(&framed(&[], &[])), []);
    assert!(matches!(facts(&framed(&[], b"\x02"))[..], [FactKind::Fault(Fault::Malformed { .. })]));
}

#[test]
fn files_of_many_folders_are_told_in_order_whoever_inspects_them() {
    let coders = b"\x01\x01\x00".repeat(100);
    let contents: Vec<u8> = (0..100_u8).flat_map(|index| vec![index % 26 + b'a'; 3]).collect();
    let names: Vec<u8> =
        (0..100).flat_map(|index| format!("{index:02}\0").into_bytes()).flat_map(|byte| [byte, 0]).collect();
    let sizes = [3; 100];
    let header = [
        b"\x01\x04\x06\x00\x64\x09",
        &sizes[..],
        b"\x00\x07\x0b\x64\x00",
        &coders,
        b"\x0c",
        &sizes,
        b"\x00\x00\x05\x64\x11",
        &number(names.len() + 1),
        b"\x00",
        &names,
        b"\x00\x00",
    ]
    .concat();
    let archive = framed(&contents, &header);
    let alone = inspected(&archive, &Limits::default());
    assert_eq!((facts(&archive), alone.len()), (vec![], 101));
    let backwards = |count: usize, work: &(dyn Fn(usize) + Sync)| (0..count).rev().for_each(work);
    let (shared, _) = crate::inspect_leaving(&archive, Place::file("x.7z"), &Limits::default(), &backwards);
    assert_eq!(shared, alone);
}

#[test]
fn folders_of_many_coders_take_no_more_memory_than_members_may() {
    // Fifty folders of sixty coders each, whose bonds and sizes would follow.
    let bonds: Vec<u8> = (0..59_u8).flat_map(|index| [index, index + 1]).collect();
    let folder = [&[60][..], &[0; 60], &bonds].concat();
    let packed = [1_u8; 50];
    let header = [b"\x01\x04\x06\x00\x32\x09", &packed[..], b"\x00\x07\x0b\x32\x00", &folder.repeat(50)].concat();
    let limits = Limits { members_max: 1000, ..Limits::default() };
    let facts = inspected(&framed(&[0; 50], &header), &limits);
    let budget = FactKind::Fault(Fault::Budget { limit: "members_max".into(), max: 1000 });
    assert!(facts.iter().any(|fact| fact.kind == budget));
}

#[test]
fn plain_coders_in_a_circle_or_beside_each_other_are_no_chain() {
    for bonds in [b"\x00\x00", b"\x01\x01", b"\x09\x01", b"\x00\x09"] {
        let header = [
            b"\x01\x04\x06\x00\x01\x09\x04\x00\x07\x0b\x01\x00\x02\x01\x00\x01\x00",
            &bonds[..],
            b"\x0c\x04\x04\x00\x00\x00",
        ];
        let facts = facts(&framed(b"toys", &header.concat()));
        assert!(
            facts.iter().any(|kind| matches!(kind, FactKind::Fault(Fault::Malformed { .. }))),
            "{bonds:?} {facts:?}"
        );
    }
}

#[test]
fn a_folder_without_files_is_hidden_and_inspected() {
    let size = number(PICKLE.len());
    let header = [
        b"\x01\x04\x06\x00\x01\x09",
        &*size,
        b"\x00\x07\x0b\x01\x00\x01\x01\x00\x0c",
        &*size,
        b"\x00\x08\x0d\x00\x00\x00\x00",
    ];
    let archive = framed(PICKLE, &header.concat());
    assert_eq!(facts(&archive), [ArchiveFact::HiddenMember { path: "folder 0".into() }.into()]);
    let pickles = inspected(&archive, &Limits::default()).into_iter();
    assert!(pickles.filter(|fact| matches!(fact.kind, FactKind::Pickle(_))).count() > 0);
}
