//! A member that the directory lists.

use std::ops::Range;

use headworks_types::{Fault, ReadAt, fact::ArchiveFact};

use super::agreement::{self, Difference};
use super::content::Reading;
use super::header::{Header, LOCAL};
use super::{FORMAT, end, inspect_content};
use crate::file_mode::FileMode;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::member_path::{escapes_root, link_target};
use crate::reader::ReadFault;

/// A member that the directory lists.
pub(crate) struct Member {
    /// The path, as people read it.
    pub(crate) path: String,
    /// Number of decoded bytes that the directory states.
    pub(crate) bytes: u64,
    /// Local header, data and descriptor.
    pub(super) record: Range<u64>,
    pub(super) readings: Vec<Reading>,
    attributes: u32,
}

impl Member {
    /// The member of a directory entry, with its local header looked up and compared.
    pub(super) fn locate(input: &Input<'_>, central: &Header, shift: u64, inspection: &mut Inspection<'_>) -> Self {
        let at = central.local_at.saturating_add(shift);
        let (local, data_at) = match local_header(input.bytes, at) {
            Ok(local) => {
                let data_at = at.saturating_add(local.header_bytes);
                (local, data_at)
            }
            Err(fault) => {
                inspection.fact(input.place.member(central.path()).at(0..0), fault);
                (central.clone(), at)
            }
        };
        let mut member = Self {
            path: central.path(),
            bytes: central.bytes,
            record: at..data_at.saturating_add(central.compressed_bytes),
            readings: agreement::readings(&local, central, data_at),
            attributes: central.attributes,
        };
        member.compare(input, &local, central, inspection);
        member
    }

    fn compare(&mut self, input: &Input<'_>, local: &Header, central: &Header, inspection: &mut Inspection<'_>) {
        for difference in agreement::differences(local, central) {
            self.disagree(input, difference, inspection);
        }
        if local.is_described() {
            match agreement::descriptor(input.bytes, self.record.end, central) {
                Ok(length) => self.record.end = self.record.end.saturating_add(length),
                Err(difference) => self.disagree(input, difference, inspection),
            }
        }
        if local.broken_extra || central.broken_extra {
            let problem = "an extra field ends within an entry".into();
            self.fault(input, Fault::Malformed { format: FORMAT.id.into(), problem }, inspection);
        }
        // All ones refer to the zip64 extra field, whose number nobody reads.
        if !matches!(central.disk, 0 | u16::MAX) {
            let feature = "member in another part of a split archive".into();
            self.fault(input, Fault::Unsupported { format: FORMAT.id.into(), feature }, inspection);
        }
        if central.name.contains(&0) {
            let problem = "a path has a NUL, at which some readers end it".into();
            self.fault(input, Fault::Malformed { format: FORMAT.id.into(), problem }, inspection);
        }
    }

    fn disagree(&self, input: &Input<'_>, (field, local, central): Difference, inspection: &mut Inspection<'_>) {
        let fact = ArchiveFact::HeadersDisagree { path: self.path.clone(), field: field.into(), local, central };
        inspection.fact(input.place.at(self.record.clone()), fact);
    }

    fn fault(&self, input: &Input<'_>, fault: Fault, inspection: &mut Inspection<'_>) {
        inspection.fact(input.place.member(self.path.clone()).at(0..self.bytes), fault);
    }

    /// States what extracting the member would do besides writing a file.
    pub(super) fn judge_path_and_type(&self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        for path in self.readings.iter().map(|reading| &reading.path).filter(|path| escapes_root(path)) {
            inspection.fact(input.place.at(self.record.clone()), ArchiveFact::EscapingPath { path: path.clone() });
        }
        if let Some(kind) = self.mode().special() {
            let fact = ArchiveFact::SpecialMember { path: self.path.clone(), kind: kind.into() };
            inspection.fact(input.place.at(self.record.clone()), fact);
        }
    }

    /// Where the member lies in the archive, header and all.
    pub(crate) fn span(&self) -> Range<u64> {
        self.record.clone()
    }

    /// A directory's own entry: nothing to inspect, and harmless when it is listed twice.
    pub(crate) fn is_folder(&self) -> bool {
        self.path.ends_with('/') && self.bytes == 0 && self.readings.iter().all(|reading| reading.data.is_empty())
    }

    /// The high word of the external attributes.
    fn mode(&self) -> FileMode {
        FileMode(self.attributes >> 16)
    }

    /// Hands the decoded bytes, as the directory has them, to `inspect`.
    pub(crate) fn open(
        &self,
        input: &Input<'_>,
        inspection: &mut Inspection<'_>,
        inspect: &mut dyn FnMut(&Input<'_>, &mut Inspection<'_>),
    ) {
        if let Some(listed) = self.readings.first() {
            listed.open(input, inspection, inspect);
        }
    }

    /// Inspects the member as whatever its bytes are.
    pub(crate) fn inspect(&self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        if self.is_folder() {
            return;
        }
        let is_link = self.mode().is_link();
        self.open(input, inspection, &mut |content, inspection| match link_target(content).filter(|_| is_link) {
            Some(target) => {
                let fact = ArchiveFact::Link { path: self.path.clone(), target, is_hard: false };
                inspection.fact(input.place.at(self.record.clone()), fact);
            }
            None => inspect_content(content, inspection),
        });
        self.inspect_other_readings(input, inspection);
    }

    /// Inspects what loaders see that do not go by the directory.
    pub(crate) fn inspect_other_readings(&self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        for reading in self.readings.iter().skip(1) {
            reading.open(input, inspection, &mut inspect_content);
        }
    }
}

fn local_header(bytes: &dyn ReadAt, at: u64) -> Result<Header, Fault> {
    let named = |fault: ReadFault| fault.in_format(FORMAT.id, "a local header");
    if end::signature(bytes, at).map_err(named)? != *LOCAL {
        let problem = format!("the directory names a local header at {at:#x} and there is none");
        return Err(Fault::Malformed { format: FORMAT.id.into(), problem });
    }
    Header::local(bytes, at).map_err(named)
}
