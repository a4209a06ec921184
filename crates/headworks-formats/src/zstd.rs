//! Zstandard: RFC 8878, with concatenated and skippable frames.
//!
//! Loaders: pandas, the `zstandard` package, Python's `compression.zstd`, `.tar.zst`.
//!
//! Not covered: frames that need a dictionary from elsewhere, which are faults.

use crate::compressed_file::{CompressedFile, Preamble, frames_lead_to};
use crate::decoded::Codec;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;

/// A Zstandard file.
pub(crate) static FORMAT: Format = Format { id: "zstd", title: "Zstandard", claims, inspect };

static FILE: CompressedFile =
    CompressedFile { format: "zstd", codec: Codec::Zstd, endings: &[(".zst", ""), (".tzst", ".tar"), (".zstd", "")] };

fn claims(probe: &Probe<'_>) -> bool {
    frames_lead_to(&[0x28, 0xb5, 0x2f, 0xfd], probe)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    FILE.inspect(input, Preamble::default(), inspection);
}
