//! xz: the .xz file format 1.1, with all concatenated streams and the padding between them.
//!
//! Loaders: Python's `lzma`, pandas, joblib (`compress="xz"`), `.tar.xz`.
//!
//! Not covered: filters that no model's file has, which are faults.

use crate::compressed_file::{CompressedFile, Preamble};
use crate::decoded::Codec;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;

/// An xz file.
pub(crate) static FORMAT: Format = Format { id: "xz", title: "xz", claims, inspect };

static FILE: CompressedFile =
    CompressedFile { format: "xz", codec: Codec::Xz, endings: &[(".xz", ""), (".txz", ".tar")] };

fn claims(probe: &Probe<'_>) -> bool {
    probe.head.starts_with(b"\xfd7zXZ\0")
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    FILE.inspect(input, Preamble::default(), inspection);
}
