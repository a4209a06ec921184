//! Statistics of categories: for each combination of features a hash table of their values.

use headworks_types::Fault;

use super::{FORMAT, Model, malformed, schema};
use crate::flatbuffer::{Flatbuffer, Table};
use crate::reader::Reader;

/// Bytes of a place in the hash table: the hash of a value, and which statistics are its own.
const BUCKET_BYTES: u64 = 12;

/// Stands for a place that no value has.
const NO_HASH: u64 = u64::MAX;

impl Model<'_, '_, '_> {
    pub(super) fn ctr_tables(&mut self) -> Result<(), Fault> {
        let wanted = "a table of statistics";
        let count = self.size().map_err(|fault| fault.in_format(FORMAT.id, wanted))?;
        for index in 0..count {
            let size = self.size().map_err(|fault| fault.in_format(FORMAT.id, wanted))?;
            let name = format!("statistics {index}");
            self.flatbuffer(size, &name, &schema::CTR_VALUE_TABLE, |_, buffer, table| values(buffer, table))?;
        }
        Ok(())
    }
}

/// Holds the places of the hash table against the statistics they lead to.
fn values(buffer: &mut Flatbuffer<'_>, table: Table) -> Result<(), Fault> {
    let base = buffer.table(table, 0)?.ok_or_else(|| malformed("statistics of no combination"))?;
    let of_each = match buffer.u8(base, 1)? {
        // `Borders` and `Buckets` count each class, `Counter` and `FeatureFreq` all; the others keep sum and count.
        0 | 1 => u64::from(buffer.u32(table, 4)?).saturating_mul(4),
        4 | 5 => 4,
        2 | 3 => 8,
        other => return Err(super::unsupported(format!("statistics of type {other}"))),
    };
    let places = buffer.vector(table, 1, 1)?.range();
    let statistics = buffer.vector(table, 2, 1)?.count;
    let bytes = places.end.saturating_sub(places.start);
    // The reader takes as many bits of a hash as there are places.
    if !bytes.is_multiple_of(BUCKET_BYTES) || !(bytes / BUCKET_BYTES).is_power_of_two() {
        return Err(malformed(format!("a hash table of {bytes} bytes")));
    }
    let mut reader = Reader::over(buffer.bytes(), places.start, places.end);
    while reader.left() > 0 {
        let fail = |fault: crate::reader::ReadFault| fault.in_format(FORMAT.id, "a hash table");
        let hash = reader.u64_le().map_err(fail)?;
        let index = u64::from(reader.u32_le().map_err(fail)?);
        if hash != NO_HASH && index.saturating_add(1).saturating_mul(of_each) > statistics {
            return Err(malformed(format!("value {index} has no statistics in {statistics} bytes")));
        }
    }
    Ok(())
}
