//! Local records in bytes that no directory explains.
//!
//! A reader that goes from record to record, as streaming ones do, finds these; one that goes by
//! the directory does not. In a zip whose tail is lost they are all there is.

use std::ops::Range;

use headworks_types::{Fault, ReadAt, fact::ArchiveFact};
use memchr::memmem;

use super::content::Reading;
use super::header::{CENTRAL, DESCRIPTOR, Descriptor, Header, LOCAL, LocalStart};
use super::{FORMAT, inspect_content};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};

/// Bytes of a path that any file system takes; more is no path but chance.
const PATH_BYTES_MAX: u64 = 4096;

/// Inspects the local records in `region`; the ranges they take up, in order.
///
/// Every signature takes from `members_left`, whether or not a record follows: hostile bytes can
/// hold one every four bytes, each with a path of 4 KiB to look at.
pub(super) fn inspect_records(
    input: &Input<'_>,
    region: Range<u64>,
    hidden: bool,
    members_left: &mut u64,
    inspection: &mut Inspection<'_>,
) -> Vec<Range<u64>> {
    let mut records = Vec::new();
    let mut from = region.start;
    loop {
        let mut record = None;
        let found = find(input.bytes, from..region.end, &mut |at, signature| {
            if signature != *LOCAL || *members_left == 0 {
                return signature == *LOCAL;
            }
            *members_left = members_left.saturating_sub(1);
            record = Record::at(input.bytes, at, region.end);
            record.is_some()
        });
        match (found, record) {
            (Ok(Some(at)), Some(record)) => {
                let end = record.inspect(input, hidden, inspection);
                from = end.max(at.saturating_add(record.header.header_bytes));
                records.push(at..end);
            }
            (Ok(Some(at)), None) => {
                let max = inspection.limits.members_max;
                inspection.fact(input.place.at(at..region.end), Fault::Budget { limit: "members_max".into(), max });
                return records;
            }
            (Ok(None), _) => return records,
            (Err(fault), _) => {
                inspection.fact(input.place.at(from..region.end), fault.in_format(FORMAT.id, "a local header"));
                return records;
            }
        }
    }
}

/// A local record whose extent may not be known before it is decoded.
struct Record {
    at: u64,
    region_end: u64,
    header: Header,
    reading: Reading,
}

impl Record {
    fn at(bytes: &dyn ReadAt, at: u64, region_end: u64) -> Option<Self> {
        let start = LocalStart::read(bytes, at).ok().filter(|start| is_plausible(start, bytes))?;
        let header = start.header(bytes).ok()?;
        let data_at = at.saturating_add(header.header_bytes);
        let mut reading = Reading::of(&header, data_at);
        if header.is_described() && header.compressed_bytes == 0 {
            reading.stated = None;
            reading.data =
                data_at..if header.method == 0 { stored_end(bytes, data_at, region_end) } else { region_end };
        }
        Some(Self { at, region_end, header, reading })
    }

    /// Inspects the member; where its record ends.
    fn inspect(&self, input: &Input<'_>, hidden: bool, inspection: &mut Inspection<'_>) -> u64 {
        if hidden {
            let whole = input.place.at(self.at..self.reading.data.end.min(self.region_end));
            inspection.fact(whole, ArchiveFact::HiddenMember { path: self.header.path() });
        }
        let consumed = self.reading.open(input, inspection, &mut inspect_content);
        let end = match self.reading.stated {
            Some(_) => self.reading.data.end.min(input.bytes.size()),
            None => self.reading.data.start.saturating_add(consumed),
        };
        let taken = end.saturating_sub(self.reading.data.start);
        let fits = |found: &Descriptor| found.compressed_bytes == taken;
        let descriptor = Descriptor::matching(input.bytes, end, fits).filter(|_| self.header.is_described());
        end.saturating_add(descriptor.map_or(0, |found| found.length))
    }
}

/// Chance puts the four bytes of the signature anywhere; a record has more to it.
///
/// Judged before the long parts of the header are read: those of a record are passed over next,
/// those of no record would be read again and again.
fn is_plausible(start: &LocalStart, bytes: &dyn ReadAt) -> bool {
    let known_method = matches!(start.method, 0..=20 | 93..=99);
    let length = start.name.end.saturating_sub(start.name.start);
    let printable = |name: Vec<u8>| !name.iter().any(u8::is_ascii_control);
    known_method && (1..=PATH_BYTES_MAX).contains(&length) && start.name(bytes).is_ok_and(printable)
}

/// Where a stored member of unstated size ends: at a descriptor that gives it that size, or at the next record.
fn stored_end(bytes: &dyn ReadAt, data_at: u64, region_end: u64) -> u64 {
    let ends_member = &mut |at: u64, signature: [u8; 4]| match &signature {
        LOCAL | CENTRAL => true,
        DESCRIPTOR => {
            let taken = at.saturating_sub(data_at);
            Descriptor::matching(bytes, at, |found| found.compressed_bytes == taken).is_some()
        }
        _ => false,
    };
    find(bytes, data_at..region_end, ends_member).ok().flatten().unwrap_or(region_end)
}

/// Offset of the first signature in `range` that is accepted; all begin with `PK`.
fn find(
    bytes: &dyn ReadAt,
    range: Range<u64>,
    accept: &mut dyn FnMut(u64, [u8; 4]) -> bool,
) -> Result<Option<u64>, ReadFault> {
    // Records may be short and many, so the first look is short too.
    const FIRST_STEP: u64 = 4096;
    let mut from = range.start;
    let mut step = FIRST_STEP;
    while from < range.end {
        let next = from.saturating_add(step).min(range.end);
        let mut reader = Reader::over(bytes, from, next.saturating_add(3).min(range.end));
        let length = usize::try_from(reader.left()).unwrap_or_default();
        let window = reader.take(length)?;
        for found in memmem::find_iter(window, b"PK") {
            let at = from.saturating_add(found as u64);
            let signature = window.get(found..).and_then(|rest| rest.first_chunk::<4>());
            if signature.is_some_and(|signature| accept(at, *signature)) {
                return Ok(Some(at));
            }
        }
        from = next;
        step = step.saturating_mul(2).min(Reader::WINDOW as u64 / 2);
    }
    Ok(None)
}
