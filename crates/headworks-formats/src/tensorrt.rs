//! TensorRT engines (`.engine`, `.plan`).
//!
//! The format is not published. An engine is recognised by its magic, also behind the JSON that Ultralytics writes
//! before it, which is inspected as a member. Its header states a version, and in the layouts that public readers
//! (Netron) agree on the bytes of the engine. The rest is looked through for two things. Programs of a host (ELF,
//! PE, Mach-O) are taken apart as such: a version-compatible engine brings a runtime, and plugins may be serialised into it, which
//! a program loads that sets `engine_host_code_allowed`. ELF files for the GPU are the kernels of an engine and are
//! counted. Names that end as those of TensorRT's plugins do (`_TRT`) are stated as objects that the runtime looks up.
//!
//! Nothing else is read, so that an engine is never understood: it holds the artifact, as a compiled program should.
//!
//! Not covered: layers, weights and kernels; plugins whose names end otherwise.

use std::collections::BTreeSet;
use std::ops::Range;

use headworks_types::{Fault, SubRange, fact::GraphFact};

use crate::embedded;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::reader::{ReadFault, Reader};

/// A compiled engine of TensorRT.
pub(crate) static FORMAT: Format = Format { id: "tensorrt", title: "TensorRT engine", claims, inspect };

const MAGICS: [&[u8]; 2] = [b"ftrt", b"ptrt"];

/// Bytes of the header in the layouts that are known.
const HEADER: u64 = 24;

/// Versions whose header has the length of the engine at 16, and at 12.
const LENGTH_AT_16: [u32; 2] = [0x00, 0x2b];
const LENGTH_AT_12: [u32; 4] = [0x57, 0x59, 0x60, 0x61];

/// What the names of TensorRT's own plugins end with.
const PLUGIN_SUFFIX: &[u8] = b"_TRT";

/// Names of plugins that are stated.
const PLUGINS_MAX: usize = 64;

/// Letters of a plugin's name before its suffix.
const NAME_BYTES_MAX: usize = 96;

fn claims(probe: &Probe<'_>) -> bool {
    let start = usize::try_from(start(probe.head)).unwrap_or(usize::MAX);
    let engine = probe.head.get(start..).unwrap_or_default();
    MAGICS.iter().any(|magic| engine.starts_with(magic)) && engine.len() as u64 >= HEADER && !is_text(engine)
}

/// Where the engine begins: behind a length and as many bytes of JSON, where there is an object.
fn start(head: &[u8]) -> u64 {
    let length = head.first_chunk::<4>().map(|&bytes| u64::from(u32::from_le_bytes(bytes)));
    match (length, head.get(4)) {
        (Some(length), Some(b'{')) => length.saturating_add(4),
        _ => 0,
    }
}

fn is_text(head: &[u8]) -> bool {
    head.iter().take(64).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    let mut head = [0; 8];
    let start = match input.bytes.read_at(0, &mut head) {
        Ok(count) => start(head.get(..count).unwrap_or_default()).min(size),
        Err(error) => return inspection.read_failed(input.place.at(0..size), FORMAT.id, &error),
    };
    if start > 0 {
        let description = SubRange::new(input.bytes, 4..start);
        inspection.member(&Input { bytes: &description, place: input.place.member("description.json") });
    }
    let engine = start..size;
    let fault =
        Fault::Unsupported { format: FORMAT.id.into(), feature: "an engine compiled for one kind of GPU".into() };
    inspection.fact(input.place.at(engine.clone()), fault);
    let outcome = contents(input, engine.clone(), inspection);
    let summary = outcome.as_ref().map_or("an engine".to_owned(), String::clone);
    inspection.identified(input, FORMAT.id, summary);
    if let Err(fault) = outcome {
        inspection.fact(input.place.at(engine), fault.in_format(FORMAT.id, "the engine"));
    }
}

/// States what is found in the engine; a line that sums it up.
fn contents(input: &Input<'_>, engine: Range<u64>, inspection: &mut Inspection<'_>) -> Result<String, ReadFault> {
    let (version, length) = header(input, &engine)?;
    if let Some(end) = length.map(|length| engine.start.saturating_add(HEADER).saturating_add(length)) {
        let (format, wanted) = (FORMAT.id.into(), "the end of the engine".into());
        match end.cmp(&engine.end) {
            std::cmp::Ordering::Less => {
                inspection.fact(input.place.at(end..engine.end), Fault::Unexplained { format });
            }
            std::cmp::Ordering::Greater => {
                inspection.fact(input.place.at(engine.clone()), Fault::Truncated { format, wanted });
            }
            std::cmp::Ordering::Equal => {}
        }
    }
    for name in plugins(input, &engine)? {
        let fact = GraphFact::Object { framework: FORMAT.id.into(), key: "plugin".into(), module: String::new(), name };
        inspection.fact(input.place.at(engine.clone()), fact);
    }
    let kernels = embedded::inspect_programs(input, engine, inspection)?;
    Ok(format!("engine of version {version:#x}, {kernels} kernels for the GPU"))
}

/// The version, and the bytes behind the header where the version's layout is known.
fn header(input: &Input<'_>, engine: &Range<u64>) -> Result<(u32, Option<u64>), ReadFault> {
    let mut reader = Reader::over(input.bytes, engine.start, engine.end);
    reader.skip(4)?;
    let version = reader.u32_le()?;
    reader.skip(4)?;
    let at = match version {
        version if LENGTH_AT_12.contains(&version) => 12,
        version if LENGTH_AT_16.contains(&version) => 16,
        _ => return Ok((version, None)),
    };
    reader.seek(engine.start.saturating_add(at));
    Ok((version, Some(reader.u64_le()?)))
}

/// Words of the engine that end as names of plugins do, the first of them in the order of letters.
fn plugins(input: &Input<'_>, engine: &Range<u64>) -> Result<BTreeSet<String>, ReadFault> {
    let mut reader = Reader::over(input.bytes, engine.start, engine.end);
    let mut names = BTreeSet::new();
    while reader.left() > 0 && names.len() < PLUGINS_MAX {
        let count = usize::try_from(reader.left()).unwrap_or(Reader::WINDOW).min(Reader::WINDOW);
        let window = reader.take(count)?;
        for index in memchr::memmem::find_iter(window, PLUGIN_SUFFIX).take(PLUGINS_MAX) {
            let end = index.saturating_add(PLUGIN_SUFFIX.len());
            names.extend(word_before(window, end).filter(|_| names.len() < PLUGINS_MAX));
        }
        if reader.left() > 0 {
            // A name may lie across two windows.
            reader.seek(reader.position().saturating_sub(NAME_BYTES_MAX as u64));
        }
    }
    Ok(names)
}

/// The word that ends at `end` of the window, when it is one.
fn word_before(window: &[u8], end: usize) -> Option<String> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if window.get(end).is_some_and(is_letter) {
        return None;
    }
    let before = window.get(end.saturating_sub(NAME_BYTES_MAX)..end)?;
    let letters = before.iter().rev().take_while(|byte| is_letter(byte)).count();
    let word = before.get(before.len().saturating_sub(letters)..)?;
    let is_name = word.len() > PLUGIN_SUFFIX.len() && word.first().is_some_and(u8::is_ascii_alphabetic);
    is_name.then(|| shortened(&String::from_utf8_lossy(word)))
}
