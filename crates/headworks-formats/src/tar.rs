//! tar: POSIX.1-2001 (ustar and pax interchange format) and the GNU extensions for long names.
//!
//! Readers differ in what they make of odd archives; where they do, the facts say so and nobody's
//! reading is silently taken. Members are inspected in place.
//!
//! Not covered: sparse members, multi-volume archives and the old formats of other vendors, which are
//! faults.

mod extended;
mod header;

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::Range;

use headworks_types::{Fault, SubRange, fact::ArchiveFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::member_path::escapes_root;
use crate::oci::blob;
use crate::reader::{ReadFault, Reader};
use extended::Overrides;
use header::{BLOCK_BYTES, Header, Kind};

/// A tar archive.
pub(crate) static FORMAT: Format = Format { id: "tar", title: "tar archive", claims, inspect };

/// One member with bytes of its own, where they lie in the archive.
pub(crate) struct TarMember {
    /// The path as stored, through long-name and pax headers.
    pub(crate) path: String,
    /// The member's bytes.
    pub(crate) data: Range<u64>,
}

/// The bits of a mode that make a program run with the rights of its owner or group.
const PRIVILEGES: u64 = 0o6000;

/// The first block is a header whose checksum holds; older archives have no other mark.
fn claims(probe: &Probe<'_>) -> bool {
    probe.head.first_chunk::<BLOCK_BYTES>().is_some_and(Header::has_valid_checksum)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut count: u64 = 0;
    let mut members = Vec::new();
    each_member(input, inspection, &mut |member, _| {
        count = count.saturating_add(1);
        members.push(member);
    });
    inspection.identified(input, FORMAT.id, format!("tar archive, {count} files"));
    let names = blob::Names::of(input, &members, inspection);
    // One pass for all digests and one for all contents: a compressed archive is read from first to last each time.
    for member in &members {
        names.compare(input, &member.path, member.data.clone(), inspection);
    }
    inspection.each(input, members.len(), &|index, inspection| {
        let Some(member) = members.get(index) else { return };
        let bytes = SubRange::new(input.bytes, member.data.clone());
        names.inspect(&bytes, input.place.member(member.path.clone()), inspection);
    });
}

/// Walks the archive, states what it says of itself, and hands out each member that has bytes.
pub(crate) fn each_member(
    input: &Input<'_>,
    inspection: &mut Inspection<'_>,
    each: &mut dyn FnMut(TarMember, &mut Inspection<'_>),
) {
    let mut walk =
        Walk { input, reader: Reader::new(input.bytes), overrides: Overrides::default(), seen: Seen::default() };
    for _ in 0..=inspection.limits.members_max {
        let at = walk.reader.position();
        match walk.next(inspection) {
            Ok(Found::Member(member)) => each(member, inspection),
            Ok(Found::Nothing) => {}
            Ok(Found::End) => return walk.state_rest(inspection),
            Err(fault) => return inspection.fact(input.place.at(at..input.bytes.size()), fault),
        }
    }
    let fault = Fault::Budget { limit: "members_max".into(), max: inspection.limits.members_max };
    inspection.fact(input.place.at(walk.reader.position()..input.bytes.size()), fault);
}

/// What a header block led to.
enum Found {
    Member(TarMember),
    /// A directory, a link, a header for the next member.
    Nothing,
    /// The blocks of zeros that end an archive.
    End,
}

/// Hashes of the paths seen, so that memory does not grow with their length. The hasher has fixed
/// keys: the same archive gives the same facts.
type Seen = HashSet<u64>;

struct Walk<'a> {
    input: &'a Input<'a>,
    reader: Reader<'a>,
    overrides: Overrides,
    seen: Seen,
}

impl Walk<'_> {
    fn next(&mut self, inspection: &mut Inspection<'_>) -> Result<Found, Fault> {
        let at = self.reader.position();
        let block = self.reader.array::<BLOCK_BYTES>().map_err(|fault| truncated(&fault, "a header block"))?;
        if block == [0; BLOCK_BYTES] {
            return Ok(Found::End);
        }
        let header = Header::parse(&block).map_err(malformed)?;
        if let Kind::Extended(extended) = header.kind {
            let data = self.take_data(header.size, inspection)?;
            let problem = self.overrides.read(extended, self.input.bytes, data.clone(), inspection.limits);
            problem.into_iter().for_each(|fault| inspection.fact(self.input.place.at(data.clone()), fault));
            return Ok(Found::Nothing);
        }
        let overrides = std::mem::take(&mut self.overrides);
        let path = overrides.path.unwrap_or(header.path);
        let target = overrides.link_target.unwrap_or(header.link_target);
        let size = overrides.size.unwrap_or(header.size);
        self.state_path(at, &path, inspection);
        // Archives older than POSIX mark a directory by its trailing slash alone.
        let is_directory = header.kind == Kind::File && path.ends_with('/');
        let kind = if is_directory { Kind::Directory } else { header.kind };
        if kind == Kind::File && header.mode & PRIVILEGES != 0 {
            let fact =
                ArchiveFact::PrivilegedMember { path: path.clone(), mode: format!("{:o}", header.mode & 0o7777) };
            inspection.fact(self.input.place.at(at..at.saturating_add(BLOCK_BYTES as u64)), fact);
        }
        self.member(at, kind, path, target, size, inspection)
    }

    /// States what the path says, before the member's bytes are known to be there.
    fn state_path(&mut self, at: u64, path: &str, inspection: &mut Inspection<'_>) {
        let location = self.input.place.at(at..at.saturating_add(BLOCK_BYTES as u64));
        if escapes_root(path) || is_escaping_whiteout(path) {
            inspection.fact(location.clone(), ArchiveFact::EscapingPath { path: path.to_owned() });
        }
        let extracted = path.trim_start_matches("./").trim_end_matches('/');
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(extracted);
        if !self.seen.insert(hash) {
            inspection.fact(location, ArchiveFact::DuplicateMember { path: path.to_owned() });
        }
    }

    fn member(
        &mut self,
        at: u64,
        kind: Kind,
        path: String,
        target: String,
        size: u64,
        inspection: &mut Inspection<'_>,
    ) -> Result<Found, Fault> {
        let location = self.input.place.at(at..at.saturating_add(BLOCK_BYTES as u64));
        let without_bytes = match kind {
            Kind::File => return self.take_data(size, inspection).map(|data| Found::Member(TarMember { path, data })),
            Kind::Unknown(flag) => {
                let feature = format!("type flag {:?} of `{path}`", char::from(flag));
                inspection.fact(location, Fault::Unsupported { format: FORMAT.id.into(), feature });
                // Readers that do not know a type extract it as a file.
                return self.take_data(size, inspection).map(|data| Found::Member(TarMember { path, data }));
            }
            Kind::HardLink | Kind::SymbolicLink => {
                Some(ArchiveFact::Link { path: path.clone(), target, is_hard: kind == Kind::HardLink })
            }
            Kind::Special(kind) => Some(ArchiveFact::SpecialMember { path: path.clone(), kind: kind.into() }),
            Kind::Directory | Kind::Extended(_) => None,
        };
        if size > 0 {
            // Some readers pass over the bytes, others take them for the next header.
            let problem = format!("`{path}` is no file and states {size} bytes");
            inspection.fact(location.clone(), Fault::Malformed { format: FORMAT.id.into(), problem });
        }
        without_bytes.into_iter().for_each(|fact| inspection.fact(location.clone(), fact));
        Ok(Found::Nothing)
    }

    /// Passes over a member's bytes and the padding to the next block, and says where the bytes are.
    fn take_data(&mut self, size: u64, inspection: &mut Inspection<'_>) -> Result<Range<u64>, Fault> {
        let start = self.reader.position();
        self.reader.skip(size).map_err(|fault| truncated(&fault, "a member's bytes"))?;
        let end = self.reader.position();
        let padding = size.next_multiple_of(BLOCK_BYTES as u64).saturating_sub(size);
        let padding = usize::try_from(padding).unwrap_or_default();
        let bytes = self.reader.take(padding).map_err(|fault| truncated(&fault, "the padding of a member"))?;
        if bytes.iter().any(|&byte| byte != 0) {
            inspection.fact(self.input.place.at(end..self.reader.position()), ArchiveFact::Gap);
        }
        Ok(start..end)
    }

    /// After the end: zeros fill the last record, anything else is read by some tools only.
    fn state_rest(mut self, inspection: &mut Inspection<'_>) {
        let size = self.input.bytes.size();
        loop {
            let at = self.reader.position();
            let ahead = usize::try_from(self.reader.left()).unwrap_or(usize::MAX).min(Reader::WINDOW);
            let location = self.input.place.at(at..size);
            match self.reader.take(ahead) {
                Ok([]) => return,
                Ok(bytes) if bytes.iter().all(|&byte| byte == 0) => {}
                Ok(_) => {
                    inspection.fact(location.clone(), ArchiveFact::Gap);
                    return inspection.fact(location, Fault::Unexplained { format: FORMAT.id.into() });
                }
                Err(fault) => return inspection.fact(location, fault.in_format(FORMAT.id, "the end of the archive")),
            }
        }
    }
}

/// In a layer of an image, a file named `.wh.x` takes `x` of the layers below away; this one takes more than a file.
fn is_escaping_whiteout(path: &str) -> bool {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    matches!(name.strip_prefix(".wh."), Some("" | "." | ".."))
}

fn truncated(fault: &ReadFault, wanted: &str) -> Fault {
    fault.in_format(FORMAT.id, wanted)
}

fn malformed(problem: impl Into<String>) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}

#[cfg(test)]
mod tests;
