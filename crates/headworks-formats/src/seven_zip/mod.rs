//! 7z archives: the header, what it says of every file, and what is in the files.
//!
//! Source: 7zFormat.txt and Methods.txt of the LZMA SDK. The header lies at the end, usually compressed
//! itself. It names packed streams, the folders that they decode to, and the files that are slices of
//! a folder, one after another. A folder is decoded once and its files are inspected in order; one that
//! is only stored is read in place. Checksums of files, folders and headers are compared.
//!
//! Coders: Copy, LZMA, LZMA2, Deflate, BZip2, Zstandard (one frame), Delta, and the filters for jumps of
//! x86, ARM, ARM64, ARM Thumb, PowerPC, SPARC, IA-64 and RISC-V, in chains of up to four.
//!
//! Not covered: other coders, among them BCJ2, PPMd and Deflate64, encrypted files, headers that
//! keep parts of themselves elsewhere, and archives in several parts, which are faults. Times and the checksums of
//! packed streams, which no reader goes by, are passed over.

mod coder;
mod content;
mod coverage;
mod file;
mod folder;
mod header;
mod opening;
mod property;
mod start;
mod streams;

#[cfg(test)]
mod tests;

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use content::Contents;
use coverage::Coverage;
use header::Header;
use start::StartHeader;

/// A 7z archive.
pub(crate) static FORMAT: Format = Format { id: "seven-zip", title: "7z archive", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    probe.head.starts_with(start::MAGIC)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let start = match StartHeader::read(input.bytes) {
        Ok(start) => start,
        Err(fault) => {
            inspection.identified(input, FORMAT.id, "7z archive, cut off");
            let fault = fault.in_format(FORMAT.id, "the start header");
            return inspection.fact(input.place.at(0..input.bytes.size()), fault);
        }
    };
    let mut coverage = Coverage::default();
    coverage.add(0..start::BYTES, "the start header");
    let header = read_header(input, &start, &mut coverage, inspection);
    let [major, minor] = start.version;
    let files = match header.files.iter().filter(|file| !file.is_folder()).count() {
        _ if !header.is_whole => "its header not wholly read".into(),
        1 => "1 file".into(),
        count => format!("{count} files"),
    };
    inspection.identified(input, FORMAT.id, format!("7z archive, format {major}.{minor}, {files}"));
    // What a header that cannot be read accounts for is not known.
    if header.is_whole {
        coverage.state(input, inspection);
    }
    let contents = Contents::new(input, &header);
    contents.judge_files(inspection);
    inspection.each(input, header.streams.folders.len(), &|index, inspection| contents.inspect(index, inspection));
}

/// What the header says; what could not be read of it is stated.
fn read_header(
    input: &Input<'_>,
    start: &StartHeader,
    coverage: &mut Coverage,
    inspection: &mut Inspection<'_>,
) -> Header {
    if let Some(fault) = start.fault(input.bytes.size()) {
        inspection.fact(input.place.at(0..start::BYTES), fault);
    }
    match &start.header {
        // An archive of no files has no header.
        Some(header) if header.is_empty() => Header { is_whole: true, ..Header::default() },
        Some(header) if header.end <= input.bytes.size() => {
            coverage.add(header.clone(), "the header");
            header::read(input, header.clone(), start.header_crc, coverage, inspection)
        }
        _ => Header::default(),
    }
}

fn malformed(problem: impl Into<String>) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}

fn unsupported(feature: impl Into<String>) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature: feature.into() }
}
