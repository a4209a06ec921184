//! Files without a format of their own whose bytes are the tensors of another file.
//!
//! ONNX, OpenVINO and TensorFlow keep tensors in files of bare numbers, and Zarr and OCDBT in chunks that may be
//! compressed. No parser can know them by their bytes, so the file that names them says what they are
//! (`SiblingData`, `SiblingChunks`), and here, where all files are at hand, that is held against the bytes. A file
//! that any format claims stays judged by that format: a pickle does not turn into numbers because a graph says
//! so, nor does one that is compressed. A stream in which nothing is found is a chunk like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use headworks_types::fact::{FileFact, GraphFact};
use headworks_types::{Fact, FactKind, Fault, Place, ReadAt};

use crate::acquire::Source;

/// What such a file is called in a verdict.
const FORMAT: &str = "tensor-data";

/// Writers align tensors to pages, or to the 64 KiB at which Windows maps files; no gap is longer.
const PADDING_BYTES_MAX: u64 = 64 * 1024;

/// The format whose values lie between nodes that say what they are.
const DATABASE: &str = "ocdbt";

/// Formats of streams that a chunk may be compressed as.
const STREAMS: [&str; 8] = ["bzip2", "gzip", "lz4", "lzma", "text", "xz", "zlib", "zstd"];

/// What the other files say about one file.
#[derive(Default)]
struct Claims {
    by: BTreeSet<String>,
    extents: Vec<Range<u64>>,
}

/// Puts what is known in place of `Unrecognised`, for every file that others name as their tensors.
pub(crate) fn explain(files: &mut [(String, Vec<Fact>)], sources: &[Source]) {
    let (claims, grids) = (claims(files), Grids::of(files));
    if claims.is_empty() && grids.0.is_empty() {
        return;
    }
    for (path, facts) in files {
        if !is_bare(facts) {
            continue;
        }
        let explained = match (claims.get(path.as_str()), grids.grid(path)) {
            (Some(of_file), _) => open(path, sources).map(|file| of_file.hold_against(path, &*file)),
            (None, Some(grid)) => open(path, sources).and_then(|file| grid.hold_against(path, facts, file.size())),
            (None, None) => None,
        };
        let Some(explained) = explained else { continue };
        facts.retain(|fact| is_of_node(fact) || !is_of_bare_bytes(fact));
        facts.splice(0..0, explained);
    }
}

fn open(path: &str, sources: &[Source]) -> Option<Box<dyn ReadAt>> {
    let source = sources.iter().find(|source| source.path == *path)?;
    source.open().ok().map(|file| Box::new(file) as Box<dyn ReadAt>)
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

/// Whether nothing was found in the bytes, or in what they decode to, and something is not understood.
fn is_bare(facts: &[Fact]) -> bool {
    let is_allowed = |fact: &Fact| is_of_node(fact) || is_of_bare_bytes(fact);
    facts.iter().any(|fact| matches!(fact.kind, FactKind::Fault(_))) && facts.iter().all(is_allowed)
}

/// Whether the fact is about nodes of a database that stand between the values of one data file.
fn is_of_node(fact: &Fact) -> bool {
    let is_in_node = fact.location.place.members().first().is_some_and(|member| member.starts_with("node at "));
    let is_stated = match &fact.kind {
        FactKind::File(FileFact::Identified { format, .. }) => format == DATABASE,
        FactKind::Graph(GraphFact::External { framework, .. } | GraphFact::SiblingData { framework, .. }) => {
            framework == DATABASE
        }
        _ => false,
    };
    is_in_node || is_stated
}

/// Whether the fact is one about bytes that could be any numbers.
///
/// Text has no mark of its own, and four bytes of a small tensor may begin with a letter.
fn is_of_bare_bytes(fact: &Fact) -> bool {
    match &fact.kind {
        FactKind::Fault(Fault::Unrecognised) => true,
        FactKind::Fault(Fault::Unexplained { format }) if format == DATABASE => true,
        FactKind::File(FileFact::Identified { format, .. })
        | FactKind::Fault(
            Fault::Malformed { format, .. } | Fault::Unexplained { format } | Fault::Truncated { format, .. },
        ) => STREAMS.contains(&format.as_str()),
        _ => false,
    }
}

/// The arrays whose chunks lie in files of their own, by the directory of the file that describes them.
struct Grids(BTreeMap<String, Grid>);

/// One array.
struct Grid {
    by: String,
    prefix: String,
    separator: String,
    counts: Vec<u64>,
    codec: String,
    bytes: Option<u64>,
}

impl Grids {
    fn of(files: &[(String, Vec<Fact>)]) -> Self {
        let mut grids = BTreeMap::new();
        for fact in files.iter().flat_map(|(_, facts)| facts) {
            let FactKind::Graph(GraphFact::SiblingChunks { prefix, separator, counts, codec, bytes, .. }) = &fact.kind
            else {
                continue;
            };
            let by = fact.location.place.file_path().to_owned();
            let directory = by.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
            let (prefix, separator, codec) = (prefix.clone(), separator.clone(), codec.clone());
            let grid = Grid { by, prefix, separator, counts: counts.clone(), codec, bytes: *bytes };
            grids.entry(directory).or_insert(grid);
        }
        Self(grids)
    }

    /// The array that `path` is a chunk of.
    fn grid(&self, path: &str) -> Option<&Grid> {
        let ends = path.match_indices('/').map(|(end, _)| end).rev().chain(std::iter::once(0));
        let of_directory = |end: usize| {
            let (directory, name) = path.split_at_checked(end)?;
            self.0.get(directory).filter(|grid| grid.has(name.trim_start_matches('/')))
        };
        ends.filter_map(of_directory).next()
    }
}

impl Grid {
    /// Whether a chunk has this name.
    fn has(&self, name: &str) -> bool {
        if self.separator.is_empty() {
            return false;
        }
        let mut parts = name.split(self.separator.as_str());
        if !self.prefix.is_empty() && parts.next() != Some(self.prefix.as_str()) {
            return false;
        }
        if self.counts.is_empty() {
            return parts.eq(if self.prefix.is_empty() { Some("0") } else { None });
        }
        let is_within = |(part, count): (&str, &u64)| {
            part.parse::<u64>().is_ok_and(|index| index < *count && index.to_string() == part)
        };
        parts.clone().count() == self.counts.len() && parts.zip(&self.counts).all(is_within)
    }

    /// What a chunk is, unless its bytes are not what the array asks for.
    fn hold_against(&self, path: &str, facts: &[Fact], size: u64) -> Option<Vec<Fact>> {
        let is_stream = |fact: &Fact| {
            let of_file = fact.location.place.members().is_empty();
            matches!(&fact.kind, FactKind::File(FileFact::Identified { format, .. }) if of_file && *format == self.codec)
        };
        let is_broken = |fact: &Fact| {
            let of_file = fact.location.place.members().is_empty();
            of_file && matches!(fact.kind, FactKind::Fault(_))
        };
        let is_chunk = match self.codec.as_str() {
            "" => self.bytes == Some(size),
            "zstd" | "gzip" => facts.iter().any(is_stream) && !facts.iter().any(is_broken),
            _ => true,
        };
        let summary = format!("chunk of the array of {}", self.by);
        let kind = FileFact::Identified { format: FORMAT.to_owned(), summary }.into();
        is_chunk.then(|| vec![Fact { location: Place::file(path).at(0..size), times: 1, kind }])
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
        let text = || of_file(FileFact::Identified { format: "text".into(), summary: "ASCII".into() }.into());
        let broken = Fault::Malformed { format: "text".into(), problem: "no ASCII text".into() };
        assert!(is_bare(&[text(), of_file(broken.into())]));
        assert!(!is_bare(&[text()]));
        let pickle = Fault::Malformed { format: "pickle".into(), problem: "stack underflow".into() };
        assert!(!is_bare(&[text(), of_file(pickle.into())]));
    }

    fn of_file(kind: FactKind) -> Fact {
        Fact { location: Place::file("a/0.1").at(0..4), times: 1, kind }
    }

    fn decoded(kind: FactKind) -> Fact {
        Fact { location: Place::file("a/0.1").member("decoded").at(0..4), times: 1, kind }
    }

    fn grid(counts: &[u64], codec: &str, bytes: Option<u64>) -> Grid {
        let (prefix, separator) = (String::new(), ".".to_owned());
        Grid { by: "a/.zarray".into(), prefix, separator, counts: counts.to_vec(), codec: codec.into(), bytes }
    }

    #[test]
    fn a_chunk_has_the_name_of_a_place_in_the_grid() {
        assert!(grid(&[3, 2], "", None).has("2.1"));
        for name in ["2.2", "2", "2.1.0", "02.1", "2.x", "", "+1.1"] {
            assert!(!grid(&[3, 2], "", None).has(name), "{name}");
        }
        assert!(grid(&[], "", None).has("0"));
        let nested = Grid { prefix: "c".into(), separator: "/".into(), ..grid(&[3, 2], "", None) };
        assert!(nested.has("c/2/1"));
        assert!(!nested.has("d/2/1"));
        let scalar = Grid { prefix: "c".into(), separator: "/".into(), ..grid(&[], "", None) };
        assert!(scalar.has("c"));
        assert!(!scalar.has("c/0"));
    }

    #[test]
    fn a_compressed_chunk_is_one_when_nothing_is_found_in_it() {
        let zstd = || of_file(FileFact::Identified { format: "zstd".into(), summary: String::new() }.into());
        let numbers = decoded(Fault::Unrecognised.into());
        let behind = of_file(Fault::Unexplained { format: "zstd".into() }.into());
        let pickle = decoded(FileFact::Identified { format: "pickle".into(), summary: String::new() }.into());
        let explained =
            |facts: &[Fact]| is_bare(facts) && grid(&[1], "zstd", None).hold_against("a/0", facts, 4).is_some();
        assert!(explained(&[zstd(), numbers.clone()]));
        assert!(!explained(&[zstd(), numbers.clone(), behind]));
        assert!(!explained(&[zstd(), numbers.clone(), pickle]));
        assert!(!explained(&[numbers]));
    }

    #[test]
    fn a_chunk_of_numbers_has_the_bytes_that_the_array_asks_for() {
        let facts = [of_file(Fault::Unrecognised.into())];
        assert!(grid(&[1], "", Some(16)).hold_against("a/0", &facts, 16).is_some());
        assert!(grid(&[1], "", Some(16)).hold_against("a/0", &facts, 15).is_none());
        assert!(grid(&[1], "", None).hold_against("a/0", &facts, 16).is_none());
    }
}
