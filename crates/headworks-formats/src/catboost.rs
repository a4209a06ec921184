//! CatBoost models (`.cbm`), which are recognised, bounded and not read.
//!
//! Source: `model.cpp` and `model.fbs` in catboost/catboost. A file is its magic, a size, a core of that
//! size in flatbuffers, and parts that the core names. The core's tables are not walked yet, so a file
//! is held; a model exported as JSON is a JSON document.
//!
//! Not covered: the tables of the core and the parts behind it.

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::Reader;

/// Models of CatBoost.
pub(crate) static FORMAT: Format = Format { id: "catboost", title: "CatBoost model", claims, inspect };

const MAGIC: &[u8] = b"CBM1";

fn claims(probe: &Probe<'_>) -> bool {
    // The magic is printable, so text may begin with it; a core has zeros from its first words on.
    probe.head.starts_with(MAGIC)
        && (probe.head.len() < 64 || probe.head.get(..64).is_some_and(|head| head.contains(&0)))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reader = Reader::over(input.bytes, MAGIC.len() as u64, input.bytes.size());
    let core = match reader.u32_le() {
        Ok(core) => u64::from(core),
        Err(fault) => {
            inspection.identified(input, FORMAT.id, "CatBoost model without its core");
            return inspection.fact(input.place.at(4..4), fault.in_format(FORMAT.id, "the size of the core"));
        }
    };
    let start = reader.position();
    let summary =
        format!("CatBoost model, a core of {core} bytes, {} bytes of parts", reader.left().saturating_sub(core));
    inspection.identified(input, FORMAT.id, summary);
    let end = input.bytes.size();
    let fault = match reader.skip(core) {
        Err(fault) => fault.in_format(FORMAT.id, "the core"),
        Ok(()) => Fault::Unsupported { format: FORMAT.id.into(), feature: "the tables of the core".into() },
    };
    inspection.fact(input.place.at(start..end), fault);
}
