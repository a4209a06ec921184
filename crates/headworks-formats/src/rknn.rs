//! RKNN: networks compiled for Rockchip's neural processors.
//!
//! The layout is not published. What public readers of it (Netron, `rknncli`) agree on is read: the container with
//! its version, the program, and the JSON behind it that describes the network, which is inspected as a member. The
//! program is a flatbuffer or a binary of the driver (`VPMN`), or encrypted; of it only its kind is told, and
//! it is looked through for programs of a host. It is never understood, so such a file is held until somebody
//! vouches for it. Bytes that are in none of these parts are unexplained.
//!
//! Not covered: the program.

use std::ops::Range;

use headworks_types::{Fault, SubRange};

use crate::embedded;
use crate::flatbuffer::has_identifier;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};

/// A network compiled for a Rockchip processor.
pub(crate) static FORMAT: Format = Format { id: "rknn", title: "RKNN network", claims, inspect };

/// The letters are padded to eight bytes, which text is not.
const MAGIC: &[u8; 8] = b"RKNN\0\0\0\0";

/// What an encrypted network begins with.
const ENCRYPTED: &[u8; 8] = b"CYPTRKNN";

/// Bytes of a flatbuffer's root and identifier.
const IDENTIFIER: usize = 8;

/// Bytes between the header and a program, in containers after the first version.
const RESERVED: u64 = 40;

/// Versions of the container, with and without the bit of a preview, whose program follows the header at once.
const FIRST_VERSION: [u64; 2] = [1, 0x1001];

/// The other versions.
const VERSIONS: [u64; 8] = [2, 0x1002, 3, 0x1003, 4, 0x1004, 5, 6];

fn claims(probe: &Probe<'_>) -> bool {
    let head = probe.head;
    head.starts_with(MAGIC) || has_identifier(head, b"RKNN") || head.starts_with(ENCRYPTED)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    match parts(input) {
        Ok(Parts { summary, program, description }) => {
            inspection.identified(input, FORMAT.id, summary);
            if let Some(description) = description {
                describe(input, description, program.end, inspection);
            }
            inspect_program(input, program, inspection);
        }
        Err(fault) => {
            inspection.identified(input, FORMAT.id, "without its parts");
            inspection.fact(whole, fault);
        }
    }
}

/// Where the parts of a file lie.
struct Parts {
    summary: String,
    program: Range<u64>,
    /// The JSON, when there is a container.
    description: Option<Range<u64>>,
}

fn parts(input: &Input<'_>) -> Result<Parts, Fault> {
    let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "the header");
    let size = input.bytes.size();
    let mut reader = Reader::new(input.bytes);
    let magic: [u8; 8] = reader.array().map_err(wanted)?;
    if magic != *MAGIC {
        return Ok(Parts { summary: kind_of(&magic).to_owned(), program: 0..size, description: None });
    }
    let version = reader.u64_le().map_err(wanted)?;
    let length = reader.u64_le().map_err(wanted)?;
    let reserved = match version {
        version if FIRST_VERSION.contains(&version) || VERSIONS.contains(&version) && length == 0 => 0,
        version if VERSIONS.contains(&version) => RESERVED,
        other => {
            let feature = format!("a container of version {other:#x}");
            return Err(Fault::Unsupported { format: FORMAT.id.into(), feature });
        }
    };
    reader.skip(reserved).map_err(wanted)?;
    let start = reader.position();
    let kind = match length {
        0 => "no program",
        _ => kind_of(&reader.array().map_err(|fault| fault.in_format(FORMAT.id, "the program"))?),
    };
    let end = start.checked_add(length).filter(|end| *end <= size);
    let truncated = |wanted: &str| Fault::Truncated { format: FORMAT.id.into(), wanted: wanted.into() };
    let end = end.ok_or_else(|| truncated("the end of the program"))?;
    reader.seek(end);
    let described = reader.u64_le().map_err(|fault| fault.in_format(FORMAT.id, "the description"))?;
    let from = reader.position();
    let until = from.checked_add(described).filter(|until| *until <= size);
    let until = until.ok_or_else(|| truncated("the end of the description"))?;
    let summary = format!("container of version {version:#x}, {kind} of {length} bytes");
    Ok(Parts { summary, program: start..end, description: Some(from..until) })
}

/// What kind of program begins with these bytes.
fn kind_of(head: &[u8; IDENTIFIER]) -> &'static str {
    match head {
        ENCRYPTED => "an encrypted program",
        [_, _, _, _, b'R', b'K', b'N', b'N'] => "a flatbuffer",
        [b'V', b'P', b'M', b'N', ..] => "a binary of the driver",
        _ => "a program of no known kind",
    }
}

/// Inspects the description, and says what is behind it.
fn describe(input: &Input<'_>, description: Range<u64>, program_end: u64, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    if description.is_empty() {
        let fault = Fault::Malformed { format: FORMAT.id.into(), problem: "no description".into() };
        inspection.fact(input.place.at(program_end..description.end), fault);
    } else {
        let bytes = SubRange::new(input.bytes, description.clone());
        inspection.member(&Input { bytes: &bytes, place: input.place.member("description.json") });
    }
    if description.end < size {
        inspection.fact(input.place.at(description.end..size), Fault::Unexplained { format: FORMAT.id.into() });
    }
}

fn inspect_program(input: &Input<'_>, program: Range<u64>, inspection: &mut Inspection<'_>) {
    let place = input.place.at(program.clone());
    let is_encrypted = {
        let mut head = [0; IDENTIFIER];
        input.bytes.read_at(program.start, &mut head).is_ok() && head == *ENCRYPTED
    };
    let fault = match is_encrypted {
        true => Fault::Encrypted { format: FORMAT.id.into() },
        false => Fault::Unsupported { format: FORMAT.id.into(), feature: "the compiled program".into() },
    };
    inspection.fact(place.clone(), fault);
    if let Err(fault) = embedded::inspect_programs(input, program, inspection) {
        inspection.fact(place, fault.in_format(FORMAT.id, "the program"));
    }
}
