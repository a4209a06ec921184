//! Which bytes of an archive something accounts for.

use std::ops::Range;

use headworks_types::{Fault, fact::ArchiveFact};

use super::FORMAT;
use crate::format::Input;
use crate::inspection::Inspection;

/// Ranges that are accounted for, with what accounts for them.
#[derive(Default)]
pub(super) struct Coverage(Vec<(Range<u64>, &'static str)>);

impl Coverage {
    pub(super) fn add(&mut self, range: Range<u64>, by: &'static str) {
        if !range.is_empty() {
            self.0.push((range, by));
        }
    }

    /// States bytes that nothing accounts for, bytes that two things do, and ranges beyond the end.
    pub(super) fn state(mut self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        let size = input.bytes.size();
        self.0.sort_by_key(|(range, _)| range.start);
        let mut explained = 0;
        for (range, by) in self.0 {
            state_gap(input, explained..range.start.min(size), inspection);
            if range.start < explained {
                let fact = ArchiveFact::OverlappingMembers { path: by.into() };
                inspection.fact(input.place.at(range.start..range.end.min(size).max(range.start)), fact);
            }
            if range.end > size {
                let fault = Fault::Truncated { format: FORMAT.id.into(), wanted: by.into() };
                inspection.fact(input.place.at(range.start.min(size)..size), fault);
            }
            explained = explained.max(range.end);
        }
        state_gap(input, explained..size, inspection);
    }
}

fn state_gap(input: &Input<'_>, gap: Range<u64>, inspection: &mut Inspection<'_>) {
    if !gap.is_empty() {
        inspection.fact(input.place.at(gap.clone()), ArchiveFact::Gap);
        inspection.fact(input.place.at(gap), Fault::Unexplained { format: FORMAT.id.into() });
    }
}
