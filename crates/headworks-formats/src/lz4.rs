//! LZ4 frames: lz4_Frame_format.md 1.6, with concatenated and skippable frames.
//!
//! Loaders: the `lz4` package, joblib (`compress="lz4"`). The legacy frame of the command line tool
//! has another magic, which no model loader reads.
//!
//! Not covered: the legacy frame, and frames that need a dictionary from elsewhere, which are faults.

use crate::compressed_file::{CompressedFile, Preamble, frames_lead_to};
use crate::decoded::Codec;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;

/// A file of LZ4 frames.
pub(crate) static FORMAT: Format = Format { id: "lz4", title: "LZ4 frame", claims, inspect };

static FILE: CompressedFile = CompressedFile { format: "lz4", codec: Codec::Lz4Frame, endings: &[(".lz4", "")] };

fn claims(probe: &Probe<'_>) -> bool {
    frames_lead_to(&[0x04, 0x22, 0x4d, 0x18], probe)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    FILE.inspect(input, Preamble::default(), inspection);
}
