use headworks_types::{Fact, FactKind, Limits, Place};

use super::*;

/// A ustar member with its padding.
fn member(path: &str, flag: u8, target: &str, bytes: &[u8]) -> Vec<u8> {
    let mut block = [0; BLOCK_BYTES];
    block[..path.len()].copy_from_slice(path.as_bytes());
    block[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
    block[156] = flag;
    block[157..157 + target.len()].copy_from_slice(target.as_bytes());
    block[257..263].copy_from_slice(b"ustar\0");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum::<u32>() + 8 * 32;
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block[155] = b' ';
    let mut out = [&block[..], bytes].concat();
    out.resize(out.len().next_multiple_of(BLOCK_BYTES), 0);
    out
}

fn archive(members: &[Vec<u8>]) -> Vec<u8> {
    let mut out = members.concat();
    out.extend([0; 2 * BLOCK_BYTES]);
    out
}

fn facts(bytes: &[u8]) -> Vec<FactKind> {
    let facts = crate::inspect_as(&FORMAT, &bytes.to_vec(), Place::file("x.tar"), &Limits::default());
    let of_archive = |fact: Fact| fact.location.place.members().is_empty().then_some(fact.kind);
    facts.into_iter().filter_map(of_archive).filter(|kind| !matches!(kind, FactKind::File(_))).collect()
}

#[test]
fn plain_archive_has_no_facts_but_its_identity() {
    let bytes = archive(&[member("a/", b'5', "", b""), member("a/b.txt", b'0', "", b"toy")]);
    assert_eq!(facts(&bytes), []);
}

#[test]
fn links_devices_duplicates_and_escapes_are_told() {
    let bytes = archive(&[
        member("a", b'0', "", b"one"),
        member("./a", b'0', "", b"two"),
        member("l", b'2', "/etc/passwd", b""),
        member("p", b'6', "", b""),
        member("../x", b'0', "", b""),
    ]);
    let expected: [FactKind; 4] = [
        ArchiveFact::DuplicateMember { path: "./a".into() }.into(),
        ArchiveFact::Link { path: "l".into(), target: "/etc/passwd".into(), is_hard: false }.into(),
        ArchiveFact::SpecialMember { path: "p".into(), kind: "pipe".into() }.into(),
        ArchiveFact::EscapingPath { path: "../x".into() }.into(),
    ];
    assert_eq!(facts(&bytes), expected);
}

#[test]
fn a_hard_link_a_privileged_program_and_a_whiteout_of_more_than_a_file_are_told() {
    let mut privileged = member("su", b'0', "", b"");
    privileged[100..107].copy_from_slice(b"0004755");
    let sum: u32 =
        privileged[..148].iter().chain(&privileged[156..512]).map(|&byte| u32::from(byte)).sum::<u32>() + 256;
    privileged[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let members =
        [member("h", b'1', "a/b", b""), privileged, member("a/.wh...", b'0', "", b""), member(".wh.x", b'0', "", b"")];
    let expected: [FactKind; 3] = [
        ArchiveFact::Link { path: "h".into(), target: "a/b".into(), is_hard: true }.into(),
        ArchiveFact::PrivilegedMember { path: "su".into(), mode: "4755".into() }.into(),
        ArchiveFact::EscapingPath { path: "a/.wh...".into() }.into(),
    ];
    assert_eq!(facts(&archive(&members)), expected);
}

#[test]
fn a_blob_that_is_not_what_its_name_states_is_told() {
    let path = |bytes: &[u8]| format!("blobs/sha256/{}", headworks_types::Digest::of(bytes).hex());
    let honest = archive(&[member(&path(b"toy"), b'0', "", b"toy")]);
    assert_eq!(facts(&honest), []);
    let changed = archive(&[member(&path(b"toy"), b'0', "", b"joy")]);
    let facts = crate::inspect_as(&FORMAT, &changed, Place::file("x.tar"), &Limits::default());
    assert!(facts.iter().any(|fact| matches!(fact.kind, FactKind::Oci(_))));
}

#[test]
fn long_path_replaces_the_short_one() {
    let long = "d/".repeat(80) + "x";
    // The short path is cut after a slash, which makes no directory of the member.
    let bytes = archive(&[member("././@LongLink", b'L', "", long.as_bytes()), member("d/d/", b'0', "", b"toy")]);
    assert_eq!(facts(&bytes), []);
    let facts = crate::inspect_as(&FORMAT, &bytes, Place::file("x.tar"), &Limits::default());
    assert!(facts.iter().any(|fact| fact.location.place.innermost() == long));
}

#[test]
fn bytes_after_the_end_are_unexplained_and_zeros_are_not() {
    let mut bytes = archive(&[member("a", b'0', "", b"toy")]);
    bytes.extend([0; 8192]);
    assert_eq!(facts(&bytes), []);
    bytes.extend(member("b", b'0', "", b"hidden"));
    assert_eq!(facts(&bytes), [ArchiveFact::Gap.into(), Fault::Unexplained { format: "tar".into() }.into()]);
}

#[test]
fn archive_without_its_end_is_truncated() {
    let bytes = archive(&[member("a", b'0', "", b"toy")]);
    for length in [600, 900, 1024, 1200] {
        let cut = facts(&bytes[..length]);
        assert!(matches!(cut[..], [FactKind::Fault(Fault::Truncated { .. })]), "{length}: {cut:?}");
    }
}

#[test]
fn size_beyond_the_archive_is_truncated_and_reads_nothing() {
    let mut huge = member("a", b'0', "", b"toy");
    huge[124..136].copy_from_slice(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff");
    let sum: u32 =
        huge[..512].iter().enumerate().map(|(at, &b)| if (148..156).contains(&at) { 32 } else { b.into() }).sum();
    huge[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    assert!(matches!(facts(&archive(&[huge]))[..], [FactKind::Fault(Fault::Truncated { .. })]));
}

#[test]
fn sparse_members_are_not_supported() {
    let bytes = archive(&[member("a", b'S', "", b"toy")]);
    assert!(matches!(facts(&bytes)[..], [FactKind::Fault(Fault::Unsupported { .. })]));
}

#[test]
fn link_with_bytes_is_malformed() {
    let bytes = archive(&[member("l", b'1', "a", &[])]);
    assert_eq!(facts(&bytes).len(), 1);
    let mut bytes = archive(&[member("l", b'1', "a", b"toy")]);
    bytes.truncate(512);
    assert!(matches!(facts(&bytes)[0], FactKind::Fault(Fault::Malformed { .. })));
}
