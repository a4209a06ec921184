//! RKNN: networks compiled for Rockchip's neural processors.
//!
//! The layout is not published. The magic and the lengths behind it are what public readers of the format agree on;
//! the program itself is not read, so such a file is held until somebody vouches for it.
//!
//! Not covered: the program.

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};

/// A network compiled for a Rockchip processor.
pub(crate) static FORMAT: Format = Format { id: "rknn", title: "RKNN network", claims, inspect };

/// The letters are padded to eight bytes, which text is not.
const MAGIC: &[u8; 8] = b"RKNN\0\0\0\0";

fn claims(probe: &Probe<'_>) -> bool {
    probe.head.starts_with(MAGIC)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    match header(input) {
        Ok((version, bytes)) => {
            inspection.identified(input, FORMAT.id, format!("version {version}, a program of {bytes} bytes"));
            let fault = match bytes.checked_add(24).is_some_and(|end| end <= input.bytes.size()) {
                true => Fault::Unsupported { format: FORMAT.id.into(), feature: "the compiled program".into() },
                false => Fault::Truncated { format: FORMAT.id.into(), wanted: "the compiled program".into() },
            };
            inspection.fact(whole, fault);
        }
        Err(fault) => {
            inspection.identified(input, FORMAT.id, "without its header");
            inspection.fact(whole, fault.in_format(FORMAT.id, "the header"));
        }
    }
}

/// Version of the format, and bytes of the program.
fn header(input: &Input<'_>) -> Result<(u64, u64), ReadFault> {
    let mut reader = Reader::new(input.bytes);
    reader.skip(MAGIC.len() as u64)?;
    Ok((reader.u64_le()?, reader.u64_le()?))
}
