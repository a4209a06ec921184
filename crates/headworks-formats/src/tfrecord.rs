//! TFRecord files: examples for training, and the event logs of TensorBoard.
//!
//! Source: `lib/io/record_writer.cc` of TensorFlow 2.21. A record is a length, its checksum, the bytes and their
//! checksum; the file is nothing but records. What is in them is data of whoever wrote them and is not read.
//! A file that was compressed as a whole is read by the format of its compression.
//!
//! Not covered: what is in the records.

use headworks_types::Fault;

use crate::crc32c::{Crc32c, masked};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::Reader;

/// Records of TensorFlow.
pub(crate) static FORMAT: Format = Format { id: "tfrecord", title: "TFRecord file", claims, inspect };

/// A length and its checksum tell by chance once in four thousand million.
fn claims(probe: &Probe<'_>) -> bool {
    let length = probe.head.first_chunk::<8>();
    let stored = probe.head.get(8..).and_then(<[u8]>::first_chunk).map(|&bytes| u32::from_le_bytes(bytes));
    length.is_some_and(|length| Some(masked(length)) == stored)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reader = Reader::new(input.bytes);
    let mut records = 0u64;
    let mut outcome = Ok(());
    while reader.left() > 0 && outcome.is_ok() {
        let at = reader.position();
        outcome = record(&mut reader).map_err(|fault| (at, fault));
        records = records.saturating_add(u64::from(outcome.is_ok()));
    }
    inspection.identified(input, FORMAT.id, format!("{records} records"));
    if let Err((at, fault)) = outcome {
        inspection.fact(input.place.at(at..input.bytes.size()), fault);
    }
}

fn record(reader: &mut Reader<'_>) -> Result<(), Fault> {
    let length: [u8; 8] = reader.array().map_err(|fault| fault.in_format(FORMAT.id, "the length of a record"))?;
    let stored = reader.u32_le().map_err(|fault| fault.in_format(FORMAT.id, "a checksum"))?;
    if stored != masked(&length) {
        return Err(Fault::Malformed { format: FORMAT.id.into(), problem: "the checksum of a length is wrong".into() });
    }
    let mut left = u64::from_le_bytes(length);
    let mut crc = Crc32c::default();
    while left > 0 {
        let count = usize::try_from(left).unwrap_or(Reader::WINDOW).min(Reader::WINDOW);
        crc.update(reader.take(count).map_err(|fault| fault.in_format(FORMAT.id, "the bytes of a record"))?);
        left = left.saturating_sub(count as u64);
    }
    let stored = reader.u32_le().map_err(|fault| fault.in_format(FORMAT.id, "a checksum"))?;
    let problem = || "the checksum of a record is wrong".into();
    let fault = || Fault::Malformed { format: FORMAT.id.into(), problem: problem() };
    (stored == crc.masked()).then_some(()).ok_or_else(fault)
}
