//! bzip2, with all concatenated streams.
//!
//! Loaders: Python's `bz2`, pandas, joblib (`compress="bz2"`), `.tar.bz2`.
//!
//! Not covered: nothing of the format: what is decoded is inspected in turn.

use crate::compressed_file::{CompressedFile, Preamble};
use crate::decoded::Codec;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;

/// A bzip2 file.
pub(crate) static FORMAT: Format = Format { id: "bzip2", title: "bzip2", claims, inspect };

static FILE: CompressedFile =
    CompressedFile { format: "bzip2", codec: Codec::Bzip2, endings: &[(".bz2", ""), (".tbz2", ".tar"), (".bz", "")] };

/// What follows the level: the first block, or the end of an empty stream. Both are digits of pi and
/// of its square root, so text that begins with `BZh9` is not taken for bzip2.
const AFTER_LEVEL: [&[u8]; 2] = [&[0x31, 0x41, 0x59, 0x26, 0x53, 0x59], &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]];

fn claims(probe: &Probe<'_>) -> bool {
    match probe.head.strip_prefix(b"BZh") {
        Some([b'1'..=b'9', rest @ ..]) => AFTER_LEVEL.iter().any(|magic| rest.starts_with(magic)),
        _ => false,
    }
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    FILE.inspect(input, Preamble::default(), inspection);
}
