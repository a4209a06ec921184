//! Files without a format of their own whose bytes are the tensors of another file.
//!
//! ONNX, OpenVINO and TensorFlow keep tensors in files of bare numbers. No parser can know them by
//! their bytes, so the file that names them says what they are (`SiblingData`), and here, where all
//! files are at hand, the extents are held against the bytes. A file that any format claims stays
//! judged by that format: a pickle does not turn into numbers because a graph says so.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use headworks_types::fact::{FileFact, GraphFact};
use headworks_types::{Fact, FactKind, Fault, Place, ReadAt};

use crate::acquire::Source;

/// What such a file is called in a verdict.
const FORMAT: &str = "tensor-data";

/// Writers align tensors to pages, or to the 64 KiB at which Windows maps files; no gap is longer.
const PADDING_BYTES_MAX: u64 = 64 * 1024;

/// What the other files say about one file.
#[derive(Default)]
struct Claims {
    by: BTreeSet<String>,
    extents: Vec<Range<u64>>,
}

/// Puts what is known in place of `Unrecognised`, for every file that others name as their tensors.
pub(crate) fn explain(files: &mut [(String, Vec<Fact>)], sources: &[Source]) {
    let claims = claims(files);
    if claims.is_empty() {
        return;
    }
    for (path, facts) in files {
        let Some(of_file) = claims.get(path.as_str()) else { continue };
        if !facts.iter().any(is_unrecognised) && !is_failed_text(facts) {
            continue;
        }
        let Some(source) = sources.iter().find(|source| source.path == *path) else { continue };
        let Ok(file) = source.open() else { continue };
        facts.retain(|fact| !is_unrecognised(fact) && !is_of_text(fact));
        facts.splice(0..0, of_file.hold_against(path, &file));
    }
}

fn claims(files: &[(String, Vec<Fact>)]) -> BTreeMap<String, Claims> {
    let mut claims = BTreeMap::<String, Claims>::new();
    for fact in files.iter().flat_map(|(_, facts)| facts) {
        let FactKind::Graph(GraphFact::SiblingData { target, start, end, .. }) = &fact.kind else { continue };
        let by = fact.location.place.file_path();
        let Some(path) = fact.location.place.sibling(target) else { continue };
        let of_file = claims.entry(path).or_default();
        of_file.by.insert(by.to_owned());
        of_file.extents.push(*start..*end);
    }
    claims
}

/// Whether no format claimed the file itself.
fn is_unrecognised(fact: &Fact) -> bool {
    fact.location.place.members().is_empty() && fact.kind == FactKind::Fault(Fault::Unrecognised)
}

/// Whether the bytes were taken for text, which has no mark of its own, and are none: four bytes of a
/// small tensor may begin with a letter.
fn is_failed_text(facts: &[Fact]) -> bool {
    facts.iter().any(|fact| matches!(fact.kind, FactKind::Fault(_))) && facts.iter().all(is_of_text)
}

fn is_of_text(fact: &Fact) -> bool {
    match &fact.kind {
        FactKind::File(FileFact::Identified { format, .. }) | FactKind::Fault(Fault::Malformed { format, .. }) => {
            format == "text"
        }
        _ => false,
    }
}

impl Claims {
    /// What the file is, and a fault for each part that the extents do not account for.
    fn hold_against(&self, path: &str, file: &dyn ReadAt) -> Vec<Fact> {
        let place = Place::file(path);
        let size = file.size();
        let fact = |at: Range<u64>, kind: FactKind| Fact { location: place.at(at), times: 1, kind };
        let by = Vec::from_iter(self.by.iter().map(String::as_str)).join(", ");
        let summary = format!("tensor data of {by}");
        let mut facts = vec![fact(0..size, FileFact::Identified { format: FORMAT.to_owned(), summary }.into())];
        let mut extents = self.extents.clone();
        extents.sort_by_key(|extent| (extent.start, extent.end));
        if extents.iter().any(|extent| extent.end > size || extent.start > extent.end) {
            let wanted = format!("the tensors that {by} takes from it");
            facts.push(fact(size..size, Fault::Truncated { format: FORMAT.to_owned(), wanted }.into()));
        }
        let mut claimed = 0;
        for extent in extents.into_iter().chain(std::iter::once(size..size)) {
            let gap = claimed..extent.start.min(size);
            if !gap.is_empty() && !is_padding(file, &gap) {
                facts.push(fact(gap, Fault::Unexplained { format: FORMAT.to_owned() }.into()));
            }
            claimed = claimed.max(extent.end.min(size));
        }
        facts
    }
}

/// Whether the bytes are zeros, and no more than align what follows.
fn is_padding(file: &dyn ReadAt, gap: &Range<u64>) -> bool {
    let length = gap.end.saturating_sub(gap.start);
    if length >= PADDING_BYTES_MAX {
        return false;
    }
    let mut bytes = vec![1; usize::try_from(length).unwrap_or_default()];
    file.read_at(gap.start, &mut bytes).is_ok() && bytes.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use headworks_types::{FileCoverage, Understanding};

    use super::*;

    /// How far `bytes` are understood when a graph takes these extents of them.
    fn understanding(bytes: &[u8], extents: &[(u64, u64)]) -> Understanding {
        let by = BTreeSet::from(["model.onnx".to_owned()]);
        let facts = Claims { by, extents: extents.iter().map(|&(start, end)| start..end).collect() }
            .hold_against("model.data", &bytes.to_vec());
        FileCoverage::of("model.data", &facts).understanding
    }

    #[test]
    fn extents_that_cover_every_byte_explain_the_file() {
        assert_eq!(understanding(&[7; 64], &[(32, 64), (0, 32)]), Understanding::Whole);
        assert_eq!(understanding(&[7; 64], &[(0, 48), (16, 64)]), Understanding::Whole);
    }

    #[test]
    fn zeros_that_align_the_next_tensor_are_explained_and_other_bytes_are_not() {
        let padded = [[7; 16], [0; 16], [7; 16]].concat();
        assert_eq!(understanding(&padded, &[(0, 16), (32, 48)]), Understanding::Whole);
        assert_eq!(understanding(&[7; 48], &[(0, 16), (32, 48)]), Understanding::Partial);
    }

    #[test]
    fn a_tail_that_no_tensor_takes_and_a_tensor_beyond_the_end_are_faults() {
        assert_eq!(understanding(&[7; 48], &[(0, 32)]), Understanding::Partial);
        assert_eq!(understanding(&[7; 48], &[(0, 64)]), Understanding::Partial);
    }

    #[test]
    fn only_a_file_that_no_format_claims_is_explained_by_another() {
        let claim = |target: &str| {
            let (framework, target) = ("onnx".to_owned(), target.to_owned());
            let kind = GraphFact::SiblingData { framework, target, start: 0, end: 4 }.into();
            Fact { location: Place::file("m/model.onnx").at(0..9), times: 1, kind }
        };
        let pickle = FileFact::Identified { format: "pickle".to_owned(), summary: String::new() };
        let identified = Fact { location: Place::file("m/w.bin").at(0..4), times: 1, kind: pickle.into() };
        let mut files =
            vec![("m/model.onnx".to_owned(), vec![claim("./w.bin")]), ("m/w.bin".to_owned(), vec![identified.clone()])];
        assert_eq!(Vec::from_iter(claims(&files).into_keys()), ["m/w.bin"]);
        explain(&mut files, &[]);
        assert_eq!(files[1].1, [identified]);
    }

    #[test]
    fn a_tensor_that_begins_like_text_is_a_tensor_and_text_that_is_read_stays_text() {
        let at = || Place::file("low").at(0..4);
        let fact = |kind: FactKind| Fact { location: at(), times: 1, kind };
        let text = || fact(FileFact::Identified { format: "text".into(), summary: "ASCII".into() }.into());
        let broken = Fault::Malformed { format: "text".into(), problem: "no ASCII text".into() };
        assert!(is_failed_text(&[text(), fact(broken.into())]));
        assert!(!is_failed_text(&[text()]));
        let pickle = Fault::Malformed { format: "pickle".into(), problem: "stack underflow".into() };
        assert!(!is_failed_text(&[text(), fact(pickle.into())]));
    }
}
