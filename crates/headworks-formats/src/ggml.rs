//! The files of ggml before GGUF: `ggml`, `ggmf`, `ggjt`, and the adapters `ggla`.
//!
//! Source: convert.py and llama.cpp of ggml-org/llama.cpp up to August 2023, and whisper.cpp, which
//! still writes the oldest of them. The magic says nothing of the model, and each program had a
//! header of its own; those of llama and whisper are read, the rest is not understood.
//!
//! Not covered: headers of other programs than llama.cpp and whisper.cpp, which are faults.

use std::ops::Range;

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::ggml_types::GgmlType;
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};
use crate::tensor_table::{Tensor, TensorTable};

/// The predecessors of GGUF.
pub(crate) static FORMAT: Format = Format { id: "ggml", title: "GGML before GGUF", claims, inspect };

/// A file's generation, by its first four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    Ggml,
    Ggmf,
    Ggjt,
    Ggla,
}

use Generation::{Ggjt, Ggla, Ggmf, Ggml};

/// The magics are 32-bit numbers, so their letters lie backwards in the file.
const GENERATIONS: [(&[u8; 4], Generation); 4] = [(b"lmgg", Ggml), (b"fmgg", Ggmf), (b"tjgg", Ggjt), (b"algg", Ggla)];

/// Bytes of a token or of a tensor's name; real ones have a few dozen.
const NAME_BYTES_MAX: u32 = 4096;

/// `GGML_MAX_DIMS`.
const DIMENSIONS_MAX: u32 = 4;

/// What tensors of `ggjt` and `ggla` are aligned to.
const ALIGNMENT: u64 = 32;

fn generation(head: &[u8]) -> Option<Generation> {
    GENERATIONS.iter().find(|(magic, _)| head.starts_with(*magic)).map(|&(_, generation)| generation)
}

fn claims(probe: &Probe<'_>) -> bool {
    let version = probe.head.get(4..).and_then(<[u8]>::first_chunk).map(|&bytes| u32::from_le_bytes(bytes));
    match generation(probe.head) {
        // What follows is a vocabulary's size; text that begins with these letters has a larger one.
        Some(Ggml) => version.is_some_and(|vocabulary| vocabulary < 1 << 24),
        Some(_) => version.is_some_and(|version| version < 256),
        None => false,
    }
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reading = Reading {
        reader: Reader::new(input.bytes),
        generation: Ggml,
        has_early_blocks: true,
        name: "ggml",
        table: TensorTable::default(),
    };
    let outcome = reading.read(inspection);
    let summary = format!("{}, {}", reading.name, reading.table.summary());
    inspection.identified(input, FORMAT.id, summary);
    match outcome {
        Ok(tensors) => reading.table.state(input, tensors, inspection),
        Err(fault) => {
            let at = reading.reader.position();
            inspection.fact(input.place.at(at..at), fault);
        }
    }
}

struct Reading<'a> {
    reader: Reader<'a>,
    generation: Generation,
    has_early_blocks: bool,
    name: &'static str,
    table: TensorTable,
}

impl Reading<'_> {
    /// Reads the whole file; where the tensors lie. There is no count: they go on to the end.
    fn read(&mut self, inspection: &Inspection<'_>) -> Result<Range<u64>, Fault> {
        let magic: [u8; 4] = self.reader.array().map_err(|fault| wanted(&fault, "the magic"))?;
        self.generation = generation(&magic).unwrap_or(Ggml);
        self.header()?;
        let start = self.reader.position();
        while self.reader.left() > 0 {
            if let Some(fault) = self.table.full(inspection.limits) {
                return Err(fault);
            }
            self.tensor()?;
        }
        Ok(start..self.reader.position())
    }

    fn header(&mut self) -> Result<(), Fault> {
        let version = if self.generation == Ggml { 0 } else { self.number("the version")? };
        self.name = match (self.generation, version) {
            (Ggml, _) => return self.unversioned_header(),
            (Ggmf, 1) => "ggmf version 1",
            (Ggjt, 1) => "ggjt version 1",
            (Ggjt, 2) => "ggjt version 2",
            (Ggjt, 3) => "ggjt version 3",
            (Ggla, 1) => "ggla version 1, a LoRA adapter",
            _ => return Err(unsupported(format!("{:?} version {version}", self.generation))),
        };
        self.has_early_blocks = !matches!((self.generation, version), (Ggjt, 3) | (Ggla, _));
        if self.generation == Ggla {
            self.parameters::<2>()?;
            return Ok(());
        }
        let [vocabulary, ..] = self.parameters::<7>()?;
        self.vocabulary(vocabulary, 4)
    }

    /// Whisper's hyperparameters are eleven, with 80 or 128 mel bands as the tenth; llama's are seven.
    fn unversioned_header(&mut self) -> Result<(), Fault> {
        let start = self.reader.position();
        let whisper = self.parameters::<11>();
        if let Ok([.., 80 | 128, kind]) = whisper {
            self.name = "ggml, whisper";
            // Above 1000 the thousands are the version of the blocks; 2 is today's.
            self.has_early_blocks = kind.checked_div(1000) < Some(2);
            return self.whisper_header();
        }
        self.reader.seek(start);
        self.name = "ggml, llama";
        let [vocabulary, ..] = self.parameters::<7>()?;
        let read = self.vocabulary(vocabulary, 0);
        read.map_err(|_| unsupported("a header other than llama's or whisper's".to_owned()))
    }

    /// Mel filters and the vocabulary with its own count.
    fn whisper_header(&mut self) -> Result<(), Fault> {
        let [bands, bins] = self.parameters::<2>()?;
        let bytes = u64::from(bands).saturating_mul(u64::from(bins)).saturating_mul(4);
        self.reader.skip(bytes).map_err(|fault| wanted(&fault, "the mel filters"))?;
        let vocabulary = self.number("the size of the vocabulary")?;
        self.vocabulary(vocabulary, 0)
    }

    fn parameters<const N: usize>(&mut self) -> Result<[u32; N], Fault> {
        let mut parameters = [0; N];
        for parameter in &mut parameters {
            *parameter = self.number("the hyperparameters")?;
        }
        Ok(parameters)
    }

    /// `count` tokens, each followed by `score_bytes` of score.
    fn vocabulary(&mut self, count: u32, score_bytes: u64) -> Result<(), Fault> {
        for _ in 0..count {
            let length = self.length("a token")?;
            let bytes = u64::from(length).saturating_add(score_bytes);
            self.reader.skip(bytes).map_err(|fault| wanted(&fault, "a token"))?;
        }
        Ok(())
    }

    fn tensor(&mut self) -> Result<(), Fault> {
        let start = self.reader.position();
        let dimensions = self.number("a tensor's number of dimensions")?;
        let name_bytes = self.length("a tensor's name")?;
        let id = self.number("a tensor's type")?;
        if dimensions > DIMENSIONS_MAX {
            return Err(unsupported(format!("a tensor of {dimensions} dimensions")));
        }
        let mut elements = Some(1u64);
        for _ in 0..dimensions {
            let length = u64::from(self.number("a tensor's dimensions")?);
            elements = elements.and_then(|product| product.checked_mul(length));
        }
        let name = self.reader.take(usize::try_from(name_bytes).unwrap_or(usize::MAX));
        let name = name.map(|name| String::from_utf8_lossy(name).into_owned());
        let name = name.map_err(|fault| wanted(&fault, "a tensor's name"))?;
        let of = if self.has_early_blocks { GgmlType::of_early(id) } else { GgmlType::of(id) };
        let of = of.ok_or_else(|| unsupported(format!("tensor type {id}")))?;
        if matches!(self.generation, Ggjt | Ggla) {
            self.align()?;
        }
        let entry = start..self.reader.position();
        let bytes = elements.and_then(|elements| of.bytes_of(elements));
        let bytes =
            bytes.ok_or_else(|| malformed(format!("a tensor's elements are no whole blocks of {}", of.name)))?;
        self.reader.skip(bytes).map_err(|fault| wanted(&fault, "the bytes of a tensor"))?;
        let tensor = Tensor { name, bytes: entry.end..self.reader.position(), entry };
        self.table.add(tensor, elements.unwrap_or(u64::MAX), of.name);
        Ok(())
    }

    /// Passes over the zeros before a tensor; writers leave none but zeros there.
    fn align(&mut self) -> Result<(), Fault> {
        let at = self.reader.position();
        let padding = at.checked_next_multiple_of(ALIGNMENT).unwrap_or(at).saturating_sub(at);
        let padding = self.reader.take(usize::try_from(padding).unwrap_or_default());
        match padding.map_err(|fault| wanted(&fault, "padding"))?.iter().all(|&byte| byte == 0) {
            true => Ok(()),
            false => Err(Fault::Unexplained { format: FORMAT.id.into() }),
        }
    }

    fn number(&mut self, what: &str) -> Result<u32, Fault> {
        self.reader.u32_le().map_err(|fault| wanted(&fault, what))
    }

    fn length(&mut self, what: &str) -> Result<u32, Fault> {
        match self.number(what)? {
            length @ 0..=NAME_BYTES_MAX => Ok(length),
            length => Err(malformed(format!("{what} of {length} bytes"))),
        }
    }
}

fn wanted(fault: &ReadFault, what: &str) -> Fault {
    fault.in_format(FORMAT.id, what)
}

fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}

fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, FactKind, Limits, Place};

    use super::*;

    fn words(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn inspect(bytes: &[u8]) -> Vec<Fact> {
        crate::inspect(&bytes.to_vec(), Place::file("ggml-model.bin"), &Limits::default())
    }

    fn whisper() -> Vec<u8> {
        let mut bytes = b"lmgg".to_vec();
        bytes.extend(words(&[1, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 1, 2, 3]));
        bytes.extend(words(&[0; 6]));
        bytes.extend(words(&[1, 2]));
        bytes.extend(b"hi");
        bytes.extend(words(&[1, 1, 0, 2]));
        bytes.extend(b"w");
        bytes.extend([0; 8]);
        bytes
    }

    #[test]
    fn a_whisper_file_is_explained_to_its_last_byte() {
        let facts = inspect(&whisper());
        assert!(!facts.iter().any(|fact| matches!(fact.kind, FactKind::Fault(_))), "{facts:?}");
    }

    #[test]
    fn one_byte_more_or_less_is_a_fault() {
        let mut longer = whisper();
        longer.push(0);
        let mut shorter = whisper();
        shorter.pop();
        for bytes in [longer, shorter] {
            let facts = inspect(&bytes);
            assert!(facts.iter().any(|fact| matches!(fact.kind, FactKind::Fault(_))), "{facts:?}");
        }
    }

    #[test]
    fn the_header_of_another_model_is_held_as_unsupported() {
        let mut bytes = b"lmgg".to_vec();
        bytes.extend(words(&[50257, 1024, 768, 12, 12, 1, 50257, 0xffff_ffff, 7, 7, 7, 7]));
        let unsupported = |fact: &Fact| matches!(fact.kind, FactKind::Fault(Fault::Unsupported { .. }));
        assert!(inspect(&bytes).iter().any(unsupported));
    }

    #[test]
    fn text_that_begins_with_the_magic_is_not_claimed() {
        let facts = inspect(b"lmgg is how the magic looks in a hex dump");
        assert!(!format!("{facts:?}").contains(r#"format: "ggml""#), "{facts:?}");
    }
}
