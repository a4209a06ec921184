//! OCDBT: the database of keys and values that TensorStore keeps arrays in, as Orbax and Flax write checkpoints.
//!
//! Source: the chapter "Storage format" of TensorStore's documentation of the `ocdbt` driver, and its
//! `kvstore/ocdbt/format`. A manifest (`manifest.ocdbt`) names the roots of trees; data files hold nodes, one behind
//! the other, or values. Manifests, nodes of versions and nodes of keys are read whole, with their checksums; the
//! data files that they take values from are named, with the extents of the values. A value that lies in a node
//! itself and is JSON describes an array, and is inspected as a file of its key. What is between the nodes of a data
//! file is unexplained, unless a node of this or of another file takes it for a value.
//!
//! Not covered: descriptions of arrays that are too large to lie in a node; whether chunks have the sizes that their
//! arrays ask for.

mod node;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use headworks_types::fact::GraphFact;
use headworks_types::{Fault, ReadAt, SubRange};

use crate::crc32c::Crc32c;
use crate::decoded::{Codec, Decoded};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};
use crate::tensor_table::merged;

/// A database of arrays.
pub(crate) static FORMAT: Format = Format { id: "ocdbt", title: "OCDBT database", claims, inspect };

const MANIFEST: [u8; 4] = [0x0c, 0xdb, 0x3a, 0x2a];
const KEYS: [u8; 4] = [0x0c, 0xdb, 0x20, 0xde];
const VERSIONS: [u8; 4] = [0x0c, 0xdb, 0x12, 0x34];

/// What all three begin with.
const PREFIX: [u8; 2] = [0x0c, 0xdb];

/// Magic, length and checksum.
const NODE_BYTES_MIN: u64 = 16;

/// Bytes of one node: writers split those of eight megabytes, and Orbax those of a hundred.
const NODE_BYTES_MAX: u64 = 1 << 30;

/// Bytes of the checksum that ends each node.
const CHECKSUM_BYTES: u64 = 4;

/// A file that begins with values has no magic: it is known by its name within a database, and by nodes behind them.
fn claims(probe: &Probe<'_>) -> bool {
    let Input { bytes, place } = probe.input;
    let begins = [MANIFEST, KEYS, VERSIONS].iter().any(|magic| probe.head.starts_with(magic));
    begins || place.members().is_empty() && is_data_file(place.file_path()) && has_node(*bytes)
}

/// Whether some node lies among the bytes.
fn has_node(bytes: &dyn ReadAt) -> bool {
    let (mut from, mut wasted) = (0, 0u64);
    while let Ok(Some(start)) = next_magic(bytes, from) {
        match Node::at(bytes, start) {
            Ok(_) => return true,
            Err((_, looked_at)) => wasted = wasted.saturating_add(looked_at),
        }
        if wasted > bytes.size() {
            break;
        }
        from = start.saturating_add(1);
    }
    false
}

/// Whether a path ends as writers name data files: with an identifier of 128 bits in a directory `d`.
fn is_data_file(path: &str) -> bool {
    let Some((directory, name)) = path.rsplit_once('/') else { return false };
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (directory == "d" || directory.ends_with("/d")) && name.len() == 32 && name.bytes().all(is_digit)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut file = File::new(input);
    let outcome = file.read(inspection);
    inspection.identified(input, FORMAT.id, file.summary());
    file.state(inspection);
    if let Err((at, fault)) = outcome {
        inspection.fact(input.place.at(at..input.bytes.size()), fault);
    }
}

/// What the nodes of one file hold and refer to.
struct File<'i, 'a> {
    input: &'i Input<'a>,
    manifests: u64,
    nodes: u64,
    keys: u64,
    /// Where the nodes lie, and what is between them.
    ranges: Vec<Range<u64>>,
    between: Vec<Range<u64>>,
    /// Data files, by paths relative to this one, and where in them values lie.
    values: BTreeMap<String, Vec<Range<u64>>>,
    /// Number of the values.
    value_count: u64,
    files: BTreeSet<String>,
}

impl<'i, 'a> File<'i, 'a> {
    fn new(input: &'i Input<'a>) -> Self {
        let (values, files, ranges, between) = (BTreeMap::new(), BTreeSet::new(), Vec::new(), Vec::new());
        Self { input, manifests: 0, nodes: 0, keys: 0, ranges, between, values, value_count: 0, files }
    }

    /// Reads all nodes; with the fault, where it is.
    fn read(&mut self, inspection: &mut Inspection<'_>) -> Result<(), (u64, Fault)> {
        let (bytes, size) = (self.input.bytes, self.input.bytes.size());
        // The last node ends at `end`, and no other begins before `from`.
        let (mut end, mut from, mut wasted) = (0, 0, 0u64);
        while let Some(start) = next_magic(bytes, from).map_err(|fault| (from, wanted(&fault)))? {
            match Node::at(bytes, start) {
                Ok(node) => {
                    self.between.push(end..start);
                    self.ranges.push(node.range.clone());
                    // A reader takes a manifest for the whole file.
                    if node.magic == MANIFEST && (start > 0 || node.range.end < size) {
                        return Err((start, malformed("a manifest that is not the whole file")));
                    }
                    (end, from) = (node.range.end, node.range.end);
                    self.node(&node, inspection).map_err(|fault| (start, fault))?;
                }
                Err((fault, _)) if start == end => return Err((start, fault)),
                // Numbers look like the beginning of a node once in four billion times.
                Err((_, looked_at)) => {
                    wasted = wasted.saturating_add(looked_at);
                    from = start.saturating_add(1);
                    if wasted > size {
                        return Err((start, malformed("beginnings of nodes that are none")));
                    }
                }
            }
        }
        self.between.push(end..size);
        Ok(())
    }

    /// Reads one node: a number of its version, how it is compressed, its body and a checksum.
    fn node(&mut self, node: &Node, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        let body_end = node.range.end.saturating_sub(CHECKSUM_BYTES);
        let mut reader = Reader::over(self.input.bytes, node.range.start.saturating_add(12), body_end);
        let version = reader.varint().map_err(|fault| wanted(&fault))?;
        if version != 0 {
            return Err(unsupported(format!("nodes of version {version}")));
        }
        let compression = reader.varint().map_err(|fault| wanted(&fault))?;
        let body = SubRange::new(self.input.bytes, reader.position()..body_end);
        match compression {
            0 => self.body(node.magic, node.range.start, &body, inspection),
            1 => {
                let opened = Decoded::open(Codec::Zstd, body, inspection);
                if let Some(error) = &opened.fault {
                    return Err(ReadFault::Failed(error.clone()).in_format(FORMAT.id, "a node"));
                }
                let max = inspection.limits.decoded_in_memory_bytes_max;
                if opened.decoded.size() > max {
                    return Err(Fault::Budget { limit: "decoded_in_memory_bytes_max".into(), max });
                }
                if opened.consumed != body.size() {
                    return Err(malformed("bytes behind the compressed body of a node"));
                }
                self.body(node.magic, node.range.start, &opened.decoded, inspection)
            }
            other => Err(unsupported(format!("compression {other} of a node"))),
        }
    }

    /// The file at `path`, which is relative to the database.
    fn file(&mut self, path: &str) -> String {
        // Data files lie in a directory of their own within the directory of the manifest.
        let is_data = self.manifests == 0 && self.input.place.file_path().contains('/');
        let relative = if is_data { format!("../{path}") } else { path.to_owned() };
        self.files.insert(path.to_owned());
        relative
    }

    /// Values that lie in the file at `path`.
    fn values(&mut self, path: &str, mut extents: Vec<Range<u64>>, max: u64) -> Result<(), Fault> {
        self.value_count = self.value_count.saturating_add(extents.len() as u64);
        if self.value_count > max {
            return Err(Fault::Budget { limit: "tensors_max".into(), max });
        }
        let target = self.file(path);
        self.values.entry(target).or_default().append(&mut extents);
        Ok(())
    }

    fn summary(&self) -> String {
        match self.manifests {
            0 => format!("data file of {} nodes, {} keys", self.nodes, self.keys),
            _ => format!("manifest, {} data files", self.files.len()),
        }
    }

    fn state(&mut self, inspection: &mut Inspection<'_>) {
        let whole = self.input.place.at(0..self.input.bytes.size());
        for path in std::mem::take(&mut self.files) {
            let kind = crate::onnx::path_kind(&path);
            let (framework, holder, target) = (FORMAT.id.to_owned(), "data file".to_owned(), self.file(&path));
            inspection.fact(whole.clone(), GraphFact::External { framework, kind, holder, target });
        }
        self.state_between(inspection);
        for (target, extents) in std::mem::take(&mut self.values) {
            for Range { start, end } in merged(extents) {
                let (framework, target) = (FORMAT.id.to_owned(), target.clone());
                inspection.fact(whole.clone(), GraphFact::SiblingData { framework, target, start, end });
            }
        }
    }
}

impl File<'_, '_> {
    /// States that bytes are in no node, and which bytes the nodes account for.
    fn state_between(&mut self, inspection: &mut Inspection<'_>) {
        let mut gaps = self.between.iter().filter(|gap| !gap.is_empty());
        let Some(first) = gaps.next() else { return };
        let all = first.start..gaps.next_back().unwrap_or(first).end;
        inspection.fact(self.input.place.at(all), Fault::Unexplained { format: FORMAT.id.into() });
        let own = self.input.place.base_name().to_owned();
        self.values.entry(own).or_default().append(&mut self.ranges);
    }
}

/// A node whose checksum agrees.
struct Node {
    magic: [u8; 4],
    range: Range<u64>,
}

impl Node {
    /// The node at `start`; where it is none, the bytes that were looked at to know.
    fn at(bytes: &dyn ReadAt, start: u64) -> Result<Self, (Fault, u64)> {
        let head = NODE_BYTES_MIN;
        let mut reader = Reader::over(bytes, start, bytes.size());
        let magic: [u8; 4] = reader.array().map_err(|fault| (wanted(&fault), head))?;
        let length = reader.u64_le().map_err(|fault| (wanted(&fault), head))?;
        if !(NODE_BYTES_MIN..=NODE_BYTES_MAX).contains(&length) {
            return Err((malformed(format!("a node of {length} bytes")), head));
        }
        let end = start.saturating_add(length);
        if end > bytes.size() {
            return Err((Fault::Truncated { format: FORMAT.id.into(), wanted: "a node".into() }, head));
        }
        let node = Self { magic, range: start..end };
        match node.has_checksum(bytes).map_err(|fault| (wanted(&fault), length))? {
            true => Ok(node),
            false => Err((malformed("the checksum of a node is wrong"), length)),
        }
    }

    /// Whether the checksum behind the body is that of all before it.
    fn has_checksum(&self, bytes: &dyn ReadAt) -> Result<bool, ReadFault> {
        let body_end = self.range.end.saturating_sub(CHECKSUM_BYTES);
        let mut reader = Reader::over(bytes, self.range.start, self.range.end);
        let mut crc = Crc32c::default();
        while reader.position() < body_end {
            let left = body_end.saturating_sub(reader.position());
            let count = usize::try_from(left).unwrap_or(Reader::WINDOW).min(Reader::WINDOW);
            crc.update(reader.take(count)?);
        }
        Ok(reader.u32_le()? == crc.value())
    }
}

/// Where the next node may begin, from `from` on.
fn next_magic(bytes: &dyn ReadAt, from: u64) -> Result<Option<u64>, ReadFault> {
    let mut reader = Reader::over(bytes, from, bytes.size());
    while reader.left() >= 4 {
        let at = reader.position();
        let count = usize::try_from(reader.left()).unwrap_or(Reader::WINDOW).min(Reader::WINDOW);
        let window = reader.take(count)?;
        let is_magic = |&index: &usize| {
            let magic = window.get(index..).and_then(<[u8]>::first_chunk::<4>);
            magic.is_some_and(|magic| [MANIFEST, KEYS, VERSIONS].contains(magic))
        };
        if let Some(index) = memchr::memmem::find_iter(window, &PREFIX).find(is_magic) {
            return Ok(Some(at.saturating_add(index as u64)));
        }
        if reader.left() > 0 {
            // A magic may lie across two windows.
            reader.seek(reader.position().saturating_sub(3));
        }
    }
    Ok(None)
}

fn wanted(fault: &ReadFault) -> Fault {
    fault.in_format(FORMAT.id, "a node")
}

fn malformed(problem: impl Into<String>) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}

fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}
