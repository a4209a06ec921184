//! GGUF: key-value pairs, a table of tensors, and the tensors, each at a multiple of the alignment.
//!
//! Source: docs/gguf.md of ggml-org/ggml (versions 1 to 3, either byte order). Its readers are C++
//! and have had their lengths, types and offsets turned against them (CVE-2025-49847 and its kin),
//! so each is checked here against the bytes that are left before it is used.
//!
//! Not covered: the values of tensors, and whether the keys make a model that a runtime accepts.

mod declared;
mod pairs;
mod words;

use std::ops::Range;

use headworks_types::{Fault, fact::TensorFact};

use crate::format::{Format, Input, Probe};
use crate::ggml_types::GgmlType;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::reader::{ReadFault, Reader};
use crate::tensor_table::{DataSection, Tensor, TensorTable};
use pairs::Pairs;
use words::Words;

/// The model file of llama.cpp and its relatives.
pub(crate) static FORMAT: Format = Format { id: "gguf", title: "GGUF", claims, inspect };

const MAGIC: &[u8] = b"GGUF";

/// Where the file does not say otherwise.
const ALIGNMENT_DEFAULT: u64 = 32;

/// A larger one only makes room between tensors; no writer uses more than a page.
const ALIGNMENT_MAX: u64 = 1 << 20;

/// `GGML_MAX_NAME` is 64, and 128 in stable-diffusion.cpp, with the zero that ends it.
const NAME_BYTES_MAX: u64 = 127;

/// `GGML_MAX_DIMS`.
const DIMENSIONS_MAX: u32 = 4;

fn claims(probe: &Probe<'_>) -> bool {
    let Some(rest) = probe.head.strip_prefix(MAGIC) else {
        return false;
    };
    let plausible = |version: u32| (1..256).contains(&version);
    match rest.first_chunk() {
        Some(&version) => plausible(u32::from_le_bytes(version)) || plausible(u32::from_be_bytes(version)),
        None => probe.name().ends_with(".gguf"),
    }
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reading = Reading {
        input,
        words: Words { reader: Reader::new(input.bytes), is_big_endian: false, is_narrow: false },
        version: 0,
        pairs: Pairs::default(),
        table: TensorTable::default(),
        has_unknown_type: false,
    };
    let outcome = reading.read(inspection);
    inspection.identified(input, FORMAT.id, reading.summary());
    let at = reading.words.position();
    match outcome {
        Ok(table) => reading.state(table, inspection),
        Err(fault) => inspection.fact(input.place.at(at..at), fault),
    }
}

/// A file as far as it has been read.
struct Reading<'a> {
    input: &'a Input<'a>,
    words: Words<'a>,
    version: u32,
    pairs: Pairs,
    table: TensorTable,
    /// A tensor whose size cannot be known makes the layout unknowable.
    has_unknown_type: bool,
}

impl Reading<'_> {
    /// Reads up to the end of the tensor table; where the table lies.
    fn read(&mut self, inspection: &mut Inspection<'_>) -> Result<Range<u64>, Fault> {
        self.version()?;
        let count = |fault: ReadFault| fault.in_format(FORMAT.id, "the number of tensors and keys");
        let tensors = self.words.count().map_err(count)?;
        let pairs = self.words.count().map_err(count)?;
        self.pairs = Pairs::read(&mut self.words, pairs, self.input, inspection)?;
        let start = self.words.position();
        for _ in 0..tensors {
            if let Some(fault) = self.table.full(inspection.limits) {
                return Err(fault);
            }
            self.tensor(inspection)?;
        }
        Ok(start..self.words.position())
    }

    fn version(&mut self) -> Result<(), Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "the version");
        self.words.reader.skip(MAGIC.len() as u64).map_err(wanted)?;
        let version = self.words.u32().map_err(wanted)?;
        // The low half of a version is never zero, so a zero there is the other byte order.
        self.words.is_big_endian = version & 0xffff == 0;
        self.version = if self.words.is_big_endian { version.swap_bytes() } else { version };
        self.words.is_narrow = self.version == 1;
        match self.version {
            1..=3 => Ok(()),
            version => Err(Fault::Unsupported { format: FORMAT.id.into(), feature: format!("version {version}") }),
        }
    }

    /// One entry of the tensor table; its offset counts from a place that is known after the last.
    fn tensor(&mut self, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "an entry of the tensor table");
        let start = self.words.position();
        let name = self.words.name(NAME_BYTES_MAX).map_err(|fault| fault.in_format(FORMAT.id, "a tensor's name"))?;
        let dimensions = self.words.u32().map_err(wanted)?;
        if dimensions > DIMENSIONS_MAX || u64::from(dimensions) > inspection.limits.tensor_dimensions_max {
            let feature = format!("a tensor of {dimensions} dimensions");
            return Err(Fault::Unsupported { format: FORMAT.id.into(), feature });
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(self.words.count().map_err(wanted)?);
        }
        let id = self.words.u32().map_err(wanted)?;
        let offset = self.words.u64().map_err(wanted)?;
        let entry = start..self.words.position();
        match GgmlType::of(id) {
            Some(of) => self.add(name, of, &shape, offset, entry, inspection),
            None => {
                self.has_unknown_type = true;
                let feature = format!("tensor type {id}");
                let fault = Fault::Unsupported { format: FORMAT.id.into(), feature };
                inspection.fact(self.input.place.at(entry), fault);
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        name: String,
        of: &'static GgmlType,
        shape: &[u64],
        offset: u64,
        entry: Range<u64>,
        inspection: &mut Inspection<'_>,
    ) {
        let elements = shape.iter().try_fold(1u64, |product, &length| product.checked_mul(length));
        let row = shape.first().copied().unwrap_or(1);
        if !row.is_multiple_of(of.block) {
            let subject = format!("{}: rows of {row} in blocks of {} ({})", shortened(&name), of.block, of.name);
            inspection.fact(self.input.place.at(entry.clone()), TensorFact::Misaligned { subject });
        }
        // A product that overflows is larger than any file: the end lands outside, and is said to.
        let blocks = elements.map(|elements| elements.div_ceil(of.block));
        let bytes = blocks.and_then(|blocks| blocks.checked_mul(of.bytes)).unwrap_or(u64::MAX);
        // GGUF lists the innermost dimension first.
        self.table.note_shape(&name, shape.iter().rev().copied());
        let tensor = Tensor { name, bytes: offset..offset.saturating_add(bytes), entry };
        self.table.add(tensor, elements.unwrap_or(u64::MAX), of.name);
    }

    fn summary(&self) -> String {
        let order = if self.words.is_big_endian { ", big-endian" } else { "" };
        let architecture = self.pairs.architecture.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
        format!("GGUF version {}{order}{architecture}, {}", self.version, self.table.summary())
    }

    /// States the table and how the tensors lie in the rest of the file.
    fn state(self, table: Range<u64>, inspection: &mut Inspection<'_>) {
        let size = self.input.bytes.size();
        let alignment = self.pairs.alignment.unwrap_or(ALIGNMENT_DEFAULT);
        self.table.state(self.input, table.clone(), inspection);
        if alignment > ALIGNMENT_MAX || !alignment.is_power_of_two() {
            let subject = format!("general.alignment is {alignment}");
            inspection.fact(self.input.place.at(table.clone()), TensorFact::Misaligned { subject });
        }
        let Some(start) = table.end.checked_next_multiple_of(alignment) else {
            let problem = format!("no data section begins at a multiple of {alignment}");
            let fault = Fault::Malformed { format: FORMAT.id.into(), problem };
            return inspection.fact(self.input.place.at(table), fault);
        };
        if self.has_unknown_type {
            return;
        }
        // The section begins where the table ends: what lies before the first tensor must align it.
        let section = DataSection { format: FORMAT.id, bytes: table.end..size, alignment };
        self.table.state_misaligned(self.input, alignment, inspection);
        self.table.moved(start).state_layout(self.input, &section, inspection);
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, FactKind, Limits, Place};

    use super::*;

    fn text(text: &str) -> Vec<u8> {
        [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
    }

    fn file(tensors: &[Vec<u8>], pairs: &[Vec<u8>]) -> Vec<u8> {
        let counts = [tensors.len() as u64, pairs.len() as u64].map(u64::to_le_bytes).concat();
        [&b"GGUF\x03\0\0\0"[..], &counts, &pairs.concat(), &tensors.concat()].concat()
    }

    fn pair(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
        [&text(key)[..], &kind.to_le_bytes(), value].concat()
    }

    /// A tensor of `length` bytes.
    fn tensor(name: &str, length: u64, offset: u64) -> Vec<u8> {
        [&text(name)[..], &1u32.to_le_bytes(), &length.to_le_bytes(), &24u32.to_le_bytes(), &offset.to_le_bytes()]
            .concat()
    }

    fn padded(mut bytes: Vec<u8>, data: &[u8]) -> Vec<u8> {
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(data);
        bytes
    }

    fn kinds(bytes: &[u8]) -> Vec<FactKind> {
        let facts = crate::inspect(&bytes.to_vec(), Place::file("model.gguf"), &Limits::default());
        let unusual = |fact: &Fact| {
            !matches!(
                fact.kind,
                FactKind::File(_) | FactKind::Tensor(TensorFact::Table { .. } | TensorFact::Names { .. })
            )
        };
        facts.into_iter().filter(unusual).map(|fact| fact.kind).collect()
    }

    #[test]
    fn zeros_align_and_anything_else_between_tensors_is_a_hole() {
        let head = file(&[tensor("a", 1, 0), tensor("b", 1, 32)], &[]);
        let data = [&b"a"[..], &[0; 31], b"b"].concat();
        assert_eq!(kinds(&padded(head.clone(), &data)), []);
        let mut payload = data.clone();
        payload[9] = b'!';
        assert_eq!(kinds(&padded(head.clone(), &payload)), [TensorFact::Hole.into()]);
        let tail = [&data[..], &[0; 64]].concat();
        assert_eq!(kinds(&padded(head, &tail)).first(), Some(&TensorFact::Hole.into()));
    }

    #[test]
    fn tensors_may_end_the_file_without_padding_and_may_be_none() {
        assert_eq!(kinds(&file(&[], &[])), []);
        assert_eq!(kinds(&padded(file(&[tensor("a", 3, 0)], &[]), b"abc")), []);
    }

    #[test]
    fn a_claimed_length_is_held_against_the_bytes_left() {
        let endless = [&8u32.to_le_bytes()[..], &u64::MAX.to_le_bytes()].concat();
        let faults = kinds(&file(&[], &[pair("a", 9, &endless)]));
        assert!(matches!(&faults[..], [FactKind::Fault(Fault::Truncated { .. })]), "{faults:?}");
        let faults = kinds(&file(&[], &[pair("a", 8, &u64::MAX.to_le_bytes())]));
        assert!(matches!(&faults[..], [FactKind::Fault(Fault::Truncated { .. })]), "{faults:?}");
    }

    #[test]
    fn arrays_nest_to_a_bound_and_no_further() {
        let nested = |depth: usize| {
            let level = [&9u32.to_le_bytes()[..], &1u64.to_le_bytes()].concat();
            let innermost = [&0u32.to_le_bytes()[..], &0u64.to_le_bytes()].concat();
            file(&[], &[pair("a", 9, &[level.repeat(depth), innermost].concat())])
        };
        assert_eq!(kinds(&nested(3)), []);
        let faults = kinds(&nested(100_000));
        assert!(matches!(&faults[..], [FactKind::Fault(Fault::Budget { .. })]), "{faults:?}");
    }

    #[test]
    fn the_list_of_tokens_decides_how_long_the_others_must_be() {
        let tokens = [&8u32.to_le_bytes()[..], &2u64.to_le_bytes(), &text("a"), &text("b")].concat();
        let scores =
            |count: u64| [&6u32.to_le_bytes()[..], &count.to_le_bytes(), &vec![0; count as usize * 4]].concat();
        let pairs = |count| {
            let tokens = pair("tokenizer.ggml.tokens", 9, &tokens);
            file(&[], &[pair("tokenizer.ggml.scores", 9, &scores(count)), tokens])
        };
        assert_eq!(kinds(&pairs(2)), []);
        let found = kinds(&pairs(1));
        assert!(matches!(&found[..], [FactKind::Tensor(TensorFact::UnexpectedType { .. })]), "{found:?}");
    }

    #[test]
    fn an_alignment_that_is_no_power_of_two_is_reported_and_zero_too() {
        for alignment in [0u32, 24, 1 << 30] {
            let bytes = file(&[], &[pair("general.alignment", 4, &alignment.to_le_bytes())]);
            let found = kinds(&bytes);
            assert!(matches!(found[0], FactKind::Tensor(TensorFact::Misaligned { .. })), "{alignment}: {found:?}");
        }
        assert_eq!(kinds(&file(&[], &[pair("general.alignment", 4, &64u32.to_le_bytes())])), []);
    }

    #[test]
    fn prose_that_begins_with_the_name_is_not_claimed() {
        let facts =
            crate::inspect(&b"GGUF models of this repository".to_vec(), Place::file("README.gguf"), &Limits::default());
        assert!(!format!("{facts:?}").contains(r#"format: "gguf""#), "{facts:?}");
    }
}
