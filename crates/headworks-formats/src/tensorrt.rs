//! TensorRT engines (`.engine`, `.plan`).
//!
//! The format is not published. An engine is recognised by its magic, and its bytes are looked through for
//! programs of a host: ELF and PE files within it are taken apart as such. An engine of TensorRT holds kernels
//! for the GPU as ELF files of that machine, which are no programs of a host. Nothing else is read, so that an
//! engine is never understood: it holds the artifact, as a compiled program should.
//!
//! Not covered: everything but programs within it.

use headworks_types::{Fault, SubRange};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};

/// A compiled engine of TensorRT.
pub(crate) static FORMAT: Format = Format { id: "tensorrt", title: "TensorRT engine", claims, inspect };

const MAGICS: [&[u8]; 2] = [b"ftrt", b"ptrt"];

/// Programs in one engine that are taken apart; more of them change nothing.
const PROGRAMS_MAX: usize = 16;

/// Beginnings in one engine that are looked at: two letters may come by chance in any megabyte.
const BEGINNINGS_MAX: usize = 4096;

/// Bytes at a beginning that tell a program.
const BEGINNING: u64 = 4096;

/// `EM_CUDA`.
const CUDA: [u8; 2] = [190, 0];

fn claims(probe: &Probe<'_>) -> bool {
    MAGICS.iter().any(|magic| probe.head.starts_with(magic)) && probe.head.len() >= 24 && !is_text(probe.head)
}

fn is_text(head: &[u8]) -> bool {
    head.iter().take(64).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    inspection.identified(input, FORMAT.id, "TensorRT engine");
    let feature = "an engine compiled for one kind of GPU".to_owned();
    inspection.fact(whole.clone(), Fault::Unsupported { format: FORMAT.id.into(), feature });
    match beginnings(input) {
        Ok(beginnings) => {
            let programs = beginnings.into_iter().filter(|&at| is_program(input, at)).take(PROGRAMS_MAX);
            for at in programs.collect::<Vec<_>>() {
                let bytes = SubRange::new(input.bytes, at..input.bytes.size());
                let place = input.place.member(format!("bytes from {at:#x}"));
                inspection.member(&Input { bytes: &bytes, place });
            }
        }
        Err(fault) => inspection.fact(whole, fault.in_format(FORMAT.id, "the engine")),
    }
}

/// Where programs may begin.
fn beginnings(input: &Input<'_>) -> Result<Vec<u64>, ReadFault> {
    let mut reader = Reader::new(input.bytes);
    let mut found = Vec::new();
    while reader.left() > 3 && found.len() < BEGINNINGS_MAX {
        let at = reader.position();
        let count = usize::try_from(reader.left()).unwrap_or(Reader::WINDOW).min(Reader::WINDOW);
        let window = reader.take(count)?;
        let elf = memchr::memmem::find_iter(window, b"\x7fELF");
        let pe = memchr::memmem::find_iter(window, b"MZ\x90\0");
        found.extend(elf.chain(pe).map(|index| at.saturating_add(index as u64)));
        if reader.left() > 0 {
            // A beginning may lie across two windows.
            reader.seek(reader.position().saturating_sub(3));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Whether a program of a host begins there.
fn is_program(input: &Input<'_>, at: u64) -> bool {
    let end = input.bytes.size().min(at.saturating_add(BEGINNING));
    let mut reader = Reader::over(input.bytes, at, end);
    let count = usize::try_from(reader.left()).unwrap_or_default();
    let Ok(head) = reader.take(count).map(<[u8]>::to_vec) else { return false };
    let bytes = SubRange::new(input.bytes, at..input.bytes.size());
    let program = Input { bytes: &bytes, place: input.place.clone() };
    let probe = Probe { input: &program, head: &head, tail: &[] };
    head.get(18..20) != Some(&CUDA[..]) && (crate::executable::FORMAT.claims)(&probe)
}
