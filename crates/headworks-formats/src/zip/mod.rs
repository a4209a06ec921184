//! Zip archives, read the way several loaders would read them.
//!
//! Source: APPNOTE.TXT 6.3.10. A zip says everything twice: in a directory at its end and in a
//! header before each member. Loaders differ in which they believe, so both are read, compared
//! and, where they disagree, both readings are inspected. Stored members are read in place.
//!
//! Not covered: encrypted members, and methods other than stored, deflate, bzip2, LZMA, xz and
//! Zstandard, which are faults.

mod agreement;
mod content;
mod end;
mod header;
mod member;
mod unlisted;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use headworks_types::{Fault, fact::ArchiveFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::python_package::wheel;
use crate::reader::Reader;
use crate::{tar, tflite, torch};
use end::End;
use header::{CENTRAL, Header, LOCAL};
pub(crate) use member::Member;

/// Zip archives, which `.pt`, `.npz`, `.keras` and office documents are too.
pub(crate) static FORMAT: Format = Format { id: "zip", title: "Zip archive", claims, inspect };

/// An archive is found from its tail, whatever comes before it, but for two: a tar, where the end record
/// is that of the last member, which is inspected as a member, and a TensorFlow Lite model, which says itself
/// where its bytes end and an archive of its labels begins.
fn claims(probe: &Probe<'_>) -> bool {
    let has_end = || End::find_in_tail(probe.input.bytes, probe.tail).is_ok_and(|end| end.is_some());
    let has_host = || (tar::FORMAT.claims)(probe) || (tflite::FORMAT.claims)(probe);
    probe.head.starts_with(LOCAL) || (has_end() && !has_host())
}

pub(crate) fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    match End::find(input.bytes) {
        Ok(Some(end)) => inspect_listed(input, &end, 0..0, inspection),
        Ok(None) => {
            let wanted = "the end of central directory record".into();
            inspection.identified(input, FORMAT.id, "archive without its directory");
            inspection.fact(input.place.at(size..size), Fault::Truncated { format: FORMAT.id.into(), wanted });
            let mut members_left = inspection.limits.members_max;
            unlisted::inspect_records(input, 0..size, false, &mut members_left, inspection);
        }
        Err(fault) => inspection.fact(input.place.at(0..size), fault.in_format(FORMAT.id, "the end record")),
    }
}

/// Inspects the archive that was appended to the bytes before `end`, which another format explains; whether there is one.
pub(crate) fn inspect_behind(input: &Input<'_>, end: u64, inspection: &mut Inspection<'_>) -> bool {
    let Ok(Some(archive)) = End::find(input.bytes) else { return false };
    inspect_listed(input, &archive, 0..end, inspection);
    true
}

/// Inspects what is in a member, as a file of its own.
fn inspect_content(content: &Input<'_>, inspection: &mut Inspection<'_>) {
    inspection.member(content);
}

fn inspect_listed(input: &Input<'_>, end: &End, host: Range<u64>, inspection: &mut Inspection<'_>) {
    judge_end(input, end, inspection);
    let (headers, directory_end) = read_directory(input, end, inspection);
    let mut members: Vec<Member> =
        headers.iter().map(|header| Member::locate(input, header, end.shift, inspection)).collect();
    inspection.identified(input, FORMAT.id, summary(&members, &headers));
    judge_members(input, &members, inspection);
    let directory = end.directory.start..directory_end;
    let fixed: Vec<_> = end.records.iter().cloned().chain([directory, host]).collect();
    let explained = explain(input, fixed, &mut members, inspection);
    match torch::archive_root(&members) {
        Some(root) => {
            disregard_absent_checksums(&headers, &mut members);
            torch::inspect_archive(input, &root, &members, inspection);
        }
        None => match wheel::metadata_folder(&members) {
            Some(folder) => wheel::inspect_archive(input, &folder, &members, inspection),
            None => inspection.each(input, members.len(), &|index, inspection| {
                if let Some(member) = members.get(index) {
                    member.inspect(input, inspection);
                }
            }),
        },
    }
    inspect_rest(input, &explained, members.len() as u64, inspection);
}

/// `torch.serialization.set_crc32_options(False)` leaves every checksum zero; torch never reads them.
fn disregard_absent_checksums(headers: &[Header], members: &mut [Member]) {
    if headers.iter().all(|header| header.crc32 == 0) {
        let readings = members.iter_mut().flat_map(|member| &mut member.readings);
        readings.for_each(|reading| reading.has_checksum = false);
    }
}

fn summary(members: &[Member], headers: &[Header]) -> String {
    let zip64 = if headers.iter().any(|header| header.zip64) { "zip64, " } else { "" };
    match members.iter().filter(|member| !member.is_folder()).count() {
        1 => format!("{zip64}1 member"),
        count => format!("{zip64}{count} members"),
    }
}

fn judge_end(input: &Input<'_>, end: &End, inspection: &mut Inspection<'_>) {
    let records = end.records.first().cloned().unwrap_or_default();
    let place = input.place.at(records);
    for (field, old, wide) in &end.contradictions {
        let (local, central) = (old.to_string(), wide.to_string());
        let path = "end record and its zip64 twin".into();
        let fact = ArchiveFact::HeadersDisagree { path, field: (*field).into(), local, central };
        inspection.fact(place.clone(), fact);
    }
    if end.split {
        let feature = "archive in several parts".into();
        inspection.fact(place.clone(), Fault::Unsupported { format: FORMAT.id.into(), feature });
    }
    if end.comment_bytes_missing > 0 {
        let wanted = format!("{} bytes of the comment", end.comment_bytes_missing);
        inspection.fact(place, Fault::Truncated { format: FORMAT.id.into(), wanted });
    }
}

/// The directory's entries, and where the last of them ends.
fn read_directory(input: &Input<'_>, end: &End, inspection: &mut Inspection<'_>) -> (Vec<Header>, u64) {
    let mut headers = Vec::new();
    let mut reader = Reader::over(input.bytes, end.directory.start, end.directory.end);
    while reader.left() > 0 {
        let at = reader.position();
        let rest = input.place.at(at..end.directory.end);
        let max = inspection.limits.members_max;
        if headers.len() as u64 >= max {
            inspection.fact(rest, Fault::Budget { limit: "members_max".into(), max });
            return (headers, at);
        }
        let is_entry = reader.array::<4>().is_ok_and(|signature| signature == *CENTRAL);
        reader.seek(at);
        if !is_entry {
            break;
        }
        match Header::central(&mut reader) {
            Ok(header) => headers.push(header),
            Err(fault) => {
                inspection.fact(rest, fault.in_format(FORMAT.id, "a directory entry"));
                return (headers, at);
            }
        }
    }
    let (stated, found) = (end.entries, headers.len());
    if stated != found as u64 {
        let problem = format!("the end record says {stated} members and the directory has {found}");
        let fault = Fault::Malformed { format: FORMAT.id.into(), problem };
        inspection.fact(input.place.at(end.directory.clone()), fault);
    }
    (headers, reader.position())
}

fn judge_members(input: &Input<'_>, members: &[Member], inspection: &mut Inspection<'_>) {
    let mut paths = HashSet::new();
    for member in members {
        member.judge_path_and_type(input, inspection);
        if !paths.insert(member.path.as_str()) && !member.is_folder() {
            let fact = ArchiveFact::DuplicateMember { path: member.path.clone() };
            inspection.fact(input.place.at(member.record.clone()), fact);
        }
    }
}

/// The bytes that directory, end records, a host and members account for, in order, without overlap.
///
/// Members whose bytes are another's too lose the readings that were already another's: a bomb
/// reuses one kernel thousands of times, and one look at it says all.
fn explain(
    input: &Input<'_>,
    fixed: Vec<Range<u64>>,
    members: &mut [Member],
    inspection: &mut Inspection<'_>,
) -> Vec<Range<u64>> {
    let size = input.bytes.size();
    let fixed = fixed.into_iter().map(|range| (range, None));
    let listed = members.iter().enumerate().map(|(index, member)| (member.record.clone(), Some(index)));
    let mut ranges: Vec<_> = fixed.chain(listed).filter(|(range, _)| !range.is_empty()).collect();
    ranges.sort_by_key(|(range, index)| (range.start, *index));
    let mut explained: Vec<Range<u64>> = Vec::new();
    for (range, index) in ranges {
        let range = range.start.min(size)..range.end.min(size);
        match explained.last_mut() {
            Some(last) if range.start < last.end => {
                let member = index.and_then(|index| members.get_mut(index));
                let path = member.map_or("central directory".into(), |member| {
                    member.readings.iter_mut().for_each(|reading| reading.shared = true);
                    member.path.clone()
                });
                inspection.fact(input.place.at(range.clone()), ArchiveFact::OverlappingMembers { path });
                last.end = last.end.max(range.end);
            }
            Some(last) if range.start == last.end => last.end = range.end,
            _ => explained.push(range),
        }
    }
    forget_repeated_readings(members);
    explained
}

fn forget_repeated_readings(members: &mut [Member]) {
    let mut seen: HashMap<(u64, u64, u16), String> = HashMap::new();
    for member in members {
        member.readings.retain(|reading| {
            let key = (reading.data.start, reading.data.end, reading.method);
            let first = seen.entry(key).or_insert_with(|| member.path.clone());
            !reading.shared || *first == member.path
        });
    }
}

/// Searches what nothing explains for members, and states what is left of it.
fn inspect_rest(input: &Input<'_>, explained: &[Range<u64>], members: u64, inspection: &mut Inspection<'_>) {
    let mut members_left = inspection.limits.members_max.saturating_sub(members);
    let size = input.bytes.size();
    let mut from = 0;
    let end = size..size;
    for next in explained.iter().cloned().chain([end]) {
        let region = from..next.start;
        from = next.end;
        if region.is_empty() {
            continue;
        }
        let end = region.end..region.end;
        let hidden = unlisted::inspect_records(input, region.clone(), true, &mut members_left, inspection);
        let mut left_from = region.start;
        for record in hidden.into_iter().chain([end]) {
            if left_from < record.start.min(region.end) {
                let fact = if left_from == 0 { ArchiveFact::Prefix } else { ArchiveFact::Gap };
                inspection.fact(input.place.at(left_from..record.start), fact);
            }
            left_from = left_from.max(record.end);
        }
    }
}
