//! Every codec: the size, the checksum, the consumed bytes, and what a broken stream keeps.

use std::io::{Read, Write};

use headworks_types::Limits;

use super::*;

/// More than one chunk, and not the same everywhere.
fn plain() -> Vec<u8> {
    (0..200_000_u32).flat_map(|number| (number / 7 * 13).to_le_bytes()).take(300_000).collect()
}

fn encode(codec: Codec, bytes: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::new(3);
    let mut out = Vec::new();
    match codec {
        Codec::Deflate => flate2::read::DeflateEncoder::new(bytes, level).read_to_end(&mut out).map(|_| ()),
        Codec::Zlib => flate2::read::ZlibEncoder::new(bytes, level).read_to_end(&mut out).map(|_| ()),
        Codec::Gzip => flate2::read::GzEncoder::new(bytes, level).read_to_end(&mut out).map(|_| ()),
        Codec::Bzip2 => {
            bzip2::read::BzEncoder::new(bytes, bzip2::Compression::new(1)).read_to_end(&mut out).map(|_| ())
        }
        Codec::Lz4Frame => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(&mut out);
            encoder.write_all(bytes).and_then(|()| encoder.finish().map(|_| ()).map_err(Into::into))
        }
        Codec::Zstd => {
            out = ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
            Ok(())
        }
        // The decoder is built without its encoders; these are covered by the fixtures.
        Codec::Xz | Codec::Lzma | Codec::Chain(_) => Ok(()),
    }
    .unwrap();
    out
}

const ENCODABLE: [Codec; 6] = [Codec::Deflate, Codec::Zlib, Codec::Gzip, Codec::Bzip2, Codec::Lz4Frame, Codec::Zstd];

fn open<'a>(codec: Codec, bytes: &'a Vec<u8>, limits: &Limits) -> Opened<'a> {
    let mut inspection = Inspection::new(limits);
    Decoded::open(codec, SubRange::new(bytes, 0..bytes.size()), &mut inspection)
}

fn read_all(decoded: &Decoded<'_>) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(decoded.size()).unwrap()];
    assert_eq!(decoded.read_at(0, &mut bytes), Ok(bytes.len()));
    bytes
}

#[test]
fn stream_decodes_and_tells_what_follows_it() {
    for codec in ENCODABLE {
        let mut bytes = encode(codec, &plain());
        let end = bytes.size();
        bytes.extend(b"trailing");
        let opened = open(codec, &bytes, &Limits::default());
        assert_eq!(opened.fault, None, "{codec:?}");
        assert_eq!(opened.consumed, end, "{codec:?}");
        let mut crc = flate2::Crc::new();
        crc.update(&plain());
        assert_eq!(opened.crc32, crc.sum());
        assert!(opened.decoded.as_slice() == Some(&plain()), "{codec:?}");
    }
}

/// The last bits of a long run are read long before its last byte is written.
#[test]
fn stream_that_ends_with_its_bytes_is_whole_wherever_its_output_is_cut() {
    for codec in ENCODABLE {
        for length in (190_000..200_000).step_by(251) {
            let bytes = encode(codec, &vec![0; length]);
            let opened = open(codec, &bytes, &Limits::default());
            assert_eq!((opened.fault, opened.decoded.size()), (None, length as u64), "{codec:?}");
        }
    }
}

#[test]
fn concatenated_members_are_one_stream_where_the_codec_allows_it() {
    for codec in ENCODABLE {
        let one = encode(codec, b"first ");
        let bytes = [one.clone(), encode(codec, b"second")].concat();
        let opened = open(codec, &bytes, &Limits::default());
        assert_eq!(opened.fault, None);
        let single = matches!(codec, Codec::Deflate | Codec::Zlib);
        let (end, text) = if single { (one.size(), &b"first "[..]) } else { (bytes.size(), &b"first second"[..]) };
        assert_eq!((opened.consumed, opened.decoded.as_slice()), (end, Some(text)), "{codec:?}");
    }
}

#[test]
fn truncated_stream_keeps_what_was_decoded() {
    for codec in ENCODABLE {
        let mut bytes = encode(codec, &plain());
        bytes.truncate(bytes.len() - bytes.len() / 4);
        let opened = open(codec, &bytes, &Limits::default());
        assert!(opened.truncated && matches!(opened.fault, Some(ReadError::Decode { .. })), "{codec:?}");
        let kept = opened.decoded.as_slice().unwrap();
        assert!(plain().starts_with(kept), "{codec:?}");
        // These two give a block or nothing.
        assert!(!kept.is_empty() || matches!(codec, Codec::Lz4Frame | Codec::Zstd), "{codec:?}");
    }
}

#[test]
fn every_cut_of_a_stream_is_noticed() {
    for codec in ENCODABLE {
        let whole = encode(codec, b"toy weights, toy weights, toy weights");
        for length in 0..whole.len() {
            let opened_bytes = whole[..length].to_vec();
            let opened = open(codec, &opened_bytes, &Limits::default());
            assert!(opened.fault.is_some(), "{codec:?} cut to {length} of {}", whole.len());
        }
    }
}

#[test]
fn broken_deflate_keeps_the_bytes_before_the_fault() {
    // A stored block, then a block of the type that does not exist.
    let bytes = b"\x00\x05\x00\xfa\xffhello\x07".to_vec();
    let opened = open(Codec::Deflate, &bytes, &Limits::default());
    assert!(matches!(opened.fault, Some(ReadError::Decode { decoded: 5, .. })), "{:?}", opened.fault);
    assert_eq!(opened.decoded.as_slice(), Some(&b"hello"[..]));
}

#[test]
fn stream_larger_than_memory_reads_the_same_in_any_order() {
    let limits = Limits { decoded_in_memory_bytes_max: 1000, ..Limits::default() };
    let plain: Vec<u8> = plain().into_iter().cycle().take(3 << 20).collect();
    for codec in ENCODABLE {
        let bytes = encode(codec, &plain);
        let opened = open(codec, &bytes, &limits);
        assert_eq!(opened.decoded.as_slice(), None);
        for (at, length) in [(2_999_000, 5000), (500, 2000), (2_000_000, 100), (1_999_990, 20), (0, 10), (3 << 20, 9)] {
            let mut into = vec![0; length];
            let count = opened.decoded.read_at(at, &mut into).unwrap();
            let start = usize::try_from(at).unwrap();
            assert!(into[..count] == plain[start..(start + length).min(plain.len())], "{codec:?} at {at}");
        }
        assert!(read_all(&opened.decoded) == plain, "{codec:?}");
    }
}

#[test]
fn decoding_again_is_paid_from_the_same_budget() {
    let limits = Limits { decoded_in_memory_bytes_max: 10, decoded_bytes_max: 4_000_000, ..Limits::default() };
    let bytes = encode(Codec::Gzip, &vec![7; 3 << 20]);
    let opened = open(Codec::Gzip, &bytes, &limits);
    assert_eq!(opened.fault, None);
    let last = opened.decoded.size() - 1;
    let reread = opened.decoded.read_at(100, &mut [0]).and_then(|_| opened.decoded.read_at(last, &mut [0]));
    assert_eq!(reread, Err(ReadError::Budget { limit: "decoded_bytes_max", max: 4_000_000 }));
}

#[test]
fn window_beyond_the_bound_is_refused_before_it_is_allocated() {
    let limits = Limits { decoder_window_bytes_max: 1 << 20, ..Limits::default() };
    let refused = Some(ReadError::Budget { limit: "decoder_window_bytes_max", max: 1 << 20 });
    // Window descriptor 0xa8 asks for 2 GiB.
    let zstd = b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00".to_vec();
    assert_eq!(open(Codec::Zstd, &zstd, &limits).fault, refused);
    let lzma = b"\x5d\x00\x00\x00\x80\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00".to_vec();
    assert_eq!(open(Codec::Lzma, &lzma, &limits).fault, refused);
}

#[test]
fn skippable_frames_are_passed_over_and_cut_ones_are_not() {
    let skippable = b"\x5a\x2a\x4d\x18\x03\x00\x00\x00abc".to_vec();
    for codec in [Codec::Lz4Frame, Codec::Zstd] {
        let bytes = [skippable.clone(), encode(codec, b"toy"), skippable.clone()].concat();
        let opened = open(codec, &bytes, &Limits::default());
        assert_eq!((opened.fault, opened.consumed), (None, bytes.size()), "{codec:?}");
        assert_eq!(opened.decoded.as_slice(), Some(&b"toy"[..]));
        let cut = bytes[..bytes.len() - 1].to_vec();
        assert!(open(codec, &cut, &Limits::default()).fault.is_some(), "{codec:?}");
    }
}

#[test]
fn zstd_frame_with_a_wrong_checksum_is_broken() {
    let mut bytes = encode(Codec::Zstd, b"toy");
    assert_eq!(open(Codec::Zstd, &bytes, &Limits::default()).fault, None);
    *bytes.last_mut().unwrap() ^= 1;
    assert!(open(Codec::Zstd, &bytes, &Limits::default()).fault.is_some());
}
