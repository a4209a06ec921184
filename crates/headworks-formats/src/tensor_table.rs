//! Where the tensors of a file say they lie, held against each other and against the bytes.

mod adapter;
pub(crate) mod naming;

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use headworks_types::{Fault, Limits, SubRange, fact::TensorFact};

use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::reader::{ReadFault, Reader};

/// The name by which the bytes behind the last tensor are inspected.
const TAIL: &str = "bytes behind the tensors";

/// One tensor: the bytes it claims and the entry that says so, both as offsets in the input.
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) bytes: Range<u64>,
    pub(crate) entry: Range<u64>,
}

/// The tensors of one file, as its table lists them.
#[derive(Default)]
pub(crate) struct TensorTable {
    tensors: Vec<Tensor>,
    elements: u64,
    dtypes: BTreeSet<&'static str>,
    shapes: Vec<TensorFact>,
    adapter: adapter::Adapter,
}

/// The part of a file that must be tensors and nothing else.
pub(crate) struct DataSection {
    /// Id of the format that says so.
    pub(crate) format: &'static str,
    /// Where it lies in the input.
    pub(crate) bytes: Range<u64>,
    /// Tensors begin at multiples of this, with zeros between them; 1 where they touch.
    pub(crate) alignment: u64,
}

impl TensorTable {
    /// Adds a tensor of `elements` elements.
    pub(crate) fn add(&mut self, tensor: Tensor, elements: u64, dtype: &'static str) {
        self.elements = self.elements.saturating_add(elements);
        self.dtypes.insert(dtype);
        self.tensors.push(tensor);
    }

    /// Keeps the shape of a tensor whose shape the configuration states as well; outermost dimension first.
    pub(crate) fn note_shape(&mut self, name: &str, shape: impl IntoIterator<Item = u64>) {
        if self.shapes.len() < naming::SHAPES_MAX && naming::has_stated_shape(name) {
            let (tensor, shape) = (shortened(name), shape.into_iter().collect());
            self.shapes.push(TensorFact::Shape { tensor, shape });
        }
    }

    /// Keeps what a tensor of an adapter changes.
    pub(crate) fn note_adapter(&mut self, name: &str, shape: &[u64]) {
        self.adapter.add(name, shape);
    }

    /// Whether there is no tensor.
    pub(crate) fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// The fault when one more tensor would be more than `limits` allows.
    pub(crate) fn full(&self, limits: &Limits) -> Option<Fault> {
        let max = limits.tensors_max;
        (self.tensors.len() as u64 >= max).then(|| Fault::Budget { limit: "tensors_max".into(), max })
    }

    /// One line that sums the table up, for people.
    pub(crate) fn summary(&self) -> String {
        let dtypes = Vec::from_iter(self.dtypes.iter().copied()).join(", ");
        match self.tensors.len() {
            0 => "no tensors".to_owned(),
            1 => format!("1 tensor, {} parameters, {dtypes}", self.elements),
            count => format!("{count} tensors, {} parameters, {dtypes}", self.elements),
        }
    }

    /// States the summary of a table that was read to its end, and every name that occurs twice.
    pub(crate) fn state(&self, input: &Input<'_>, table: Range<u64>, inspection: &mut Inspection<'_>) {
        let lengths = self.tensors.iter().map(|tensor| tensor.bytes.end.saturating_sub(tensor.bytes.start));
        let summary = TensorFact::Table {
            tensors: self.tensors.len() as u64,
            parameters: self.elements,
            bytes: lengths.fold(0, u64::saturating_add),
            dtypes: self.dtypes.iter().map(|&dtype| dtype.to_owned()).collect(),
        };
        inspection.fact(input.place.at(table.clone()), summary);
        let names = || self.tensors.iter().map(|tensor| tensor.name.as_str());
        let stated =
            naming::names(names()).into_iter().chain(naming::layers(names())).chain(self.shapes.iter().cloned());
        stated.for_each(|fact| inspection.fact(input.place.at(table.clone()), fact));
        for (fact, times) in self.adapter.facts() {
            inspection.fact_times(input.place.at(table.clone()), fact, times);
        }
        let mut names = HashSet::with_capacity(self.tensors.len());
        for tensor in &self.tensors {
            if !names.insert(tensor.name.as_str()) {
                let key = shortened(&tensor.name);
                inspection.fact(input.place.at(tensor.entry.clone()), TensorFact::DuplicateKey { key });
            }
        }
    }

    /// The same tensors with offsets that count from `start`.
    pub(crate) fn moved(mut self, start: u64) -> Self {
        for Tensor { bytes, .. } in &mut self.tensors {
            *bytes = bytes.start.saturating_add(start)..bytes.end.saturating_add(start);
        }
        self
    }

    /// States every tensor that does not begin at a multiple of `alignment`.
    pub(crate) fn state_misaligned(&self, input: &Input<'_>, alignment: u64, inspection: &mut Inspection<'_>) {
        for tensor in self.tensors.iter().filter(|tensor| !tensor.bytes.start.is_multiple_of(alignment)) {
            let subject = format!("{} at {:#x}", shortened(&tensor.name), tensor.bytes.start);
            inspection.fact(input.place.at(tensor.entry.clone()), TensorFact::Misaligned { subject });
        }
    }

    /// States where the tensors overlap, leave bytes unclaimed or leave `section`.
    pub(crate) fn state_layout(mut self, input: &Input<'_>, section: &DataSection, inspection: &mut Inspection<'_>) {
        self.state_out_of_bounds(input, section, inspection);
        for Tensor { bytes, .. } in &mut self.tensors {
            // What lies outside has been said; within, it must not hide what else is wrong.
            *bytes = bytes.start.min(section.bytes.end)..bytes.end.min(section.bytes.end);
        }
        self.tensors.sort_by_key(|tensor| (tensor.bytes.start, tensor.bytes.end));
        let mut claimed = section.bytes.start;
        let mut last: Option<&Tensor> = None;
        for tensor in &self.tensors {
            if let Some(with) = last.filter(|_| tensor.bytes.start < claimed) {
                let overlap = TensorFact::Overlap { tensor: shortened(&tensor.name), with: shortened(&with.name) };
                let end = claimed.min(tensor.bytes.end).max(tensor.bytes.start);
                inspection.fact(input.place.at(tensor.bytes.start..end), overlap);
            }
            _ = state_hole(input, section, claimed..tensor.bytes.start, inspection);
            if tensor.bytes.end >= claimed {
                claimed = tensor.bytes.end;
                last = Some(tensor);
            }
        }
        let tail = claimed..section.bytes.end;
        if state_hole(input, section, tail.clone(), inspection) {
            // A payload behind the tensors is what something else, or a loader of polyglots, will read.
            let bytes = SubRange::new(input.bytes, tail);
            inspection.member(&Input { bytes: &bytes, place: input.place.member(TAIL) });
        }
    }

    /// An incomplete download looks like this too, so the first such tensor is also a fault.
    fn state_out_of_bounds(&self, input: &Input<'_>, section: &DataSection, inspection: &mut Inspection<'_>) {
        let within = |tensor: &&Tensor| {
            let Range { start, end } = tensor.bytes;
            section.bytes.start <= start && start <= end && end <= section.bytes.end
        };
        let outside = self.tensors.iter().filter(|tensor| !within(tensor));
        for (index, tensor) in outside.enumerate() {
            let place = input.place.at(tensor.entry.clone());
            inspection.fact(place.clone(), TensorFact::OutOfBounds { tensor: shortened(&tensor.name) });
            if index == 0 {
                let wanted = "the bytes of a tensor".to_owned();
                inspection.fact(place, Fault::Truncated { format: section.format.to_owned(), wanted });
            }
        }
    }
}

/// States unclaimed bytes, unless they are the zeros that align the next tensor; whether it did.
fn state_hole(input: &Input<'_>, section: &DataSection, hole: Range<u64>, inspection: &mut Inspection<'_>) -> bool {
    if hole.is_empty() {
        return false;
    }
    let aligns = hole.end.saturating_sub(hole.start) < section.alignment;
    let place = input.place.at(hole.clone());
    let is_padding = if aligns { is_zero(input, hole) } else { Ok(false) };
    match is_padding {
        Ok(true) => return false,
        Ok(false) => inspection.fact(place, TensorFact::Hole),
        Err(fault) => inspection.fact(place, fault.in_format(section.format, "padding")),
    }
    true
}

/// Whether the bytes of `range` are zeros.
pub(crate) fn is_zero(input: &Input<'_>, range: Range<u64>) -> Result<bool, ReadFault> {
    let mut reader = Reader::over(input.bytes, range.start, range.end);
    while reader.left() > 0 {
        let count = usize::try_from(reader.left()).unwrap_or(Reader::WINDOW).min(Reader::WINDOW);
        if reader.take(count)?.iter().any(|&byte| byte != 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The same bytes as few extents: tied weights share theirs.
pub(crate) fn merged(mut extents: Vec<Range<u64>>) -> Vec<Range<u64>> {
    extents.sort_by_key(|extent| (extent.start, extent.end));
    let mut merged: Vec<Range<u64>> = Vec::new();
    for extent in extents {
        match merged.last_mut() {
            Some(last) if extent.start <= last.end => last.end = last.end.max(extent.end),
            _ => merged.push(extent),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_that_touch_or_overlap_are_one() {
        assert_eq!(merged(vec![8..16, 0..8, 4..12, 32..40]), vec![0..16, 32..40]);
    }
}
