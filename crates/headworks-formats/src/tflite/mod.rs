//! TensorFlow Lite models (LiteRT), up to the external buffers of TensorFlow 2.21.
//!
//! Source: `schema.fbs`, `interpreter_builder.cc`, `model_builder.cc` and the Flex delegate's `kernel.cc` of
//! TensorFlow 2.21, and the metadata writer of tflite-support, which appends a zip of labels. Every table of
//! the schema is walked; bytes that no object accounts for are unexplained. Operators of the Flex delegate are
//! stated as TensorFlow's, by the node that the delegate builds and not by the name beside it.
//!
//! Not covered: the contents of custom options other than Flex's, and of StableHLO composite attributes.

mod flex;
mod operators;
mod schema;
mod tensors;

use std::ops::Range;

use headworks_types::{Fault, fact::ExternalKind, fact::GraphFact};

use crate::flatbuffer::{Flatbuffer, Table, has_identifier};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::member_path::escapes_root;
use crate::metadata::{shortened, state_metadata};
use crate::reader::Reader;
use crate::tensor_table::is_zero;
use crate::zip;
use tensors::Buffers;

/// A TensorFlow Lite model.
pub(crate) static FORMAT: Format = Format { id: "tflite", title: "TensorFlow Lite model", claims, inspect };

/// The only version that today's runtimes read.
const VERSION: u32 = 3;

/// Zeros that may stand between the model and an archive behind it.
const PADDING_BYTES_MAX: u64 = 64;

/// Bytes of metadata that are searched at a time.
const METADATA_PIECE: usize = 64 * 1024;

/// What a name starts with that the Flex delegate takes for an operator of TensorFlow.
const FLEX: &str = "Flex";

fn claims(probe: &Probe<'_>) -> bool {
    has_identifier(probe.head, b"TFL3")
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut model = Model { input, buffer: Flatbuffer::new(input.bytes, FORMAT.id, inspection.limits), operators: 0 };
    let outcome = model.read(inspection);
    let whole = input.place.at(0..input.bytes.size());
    match &outcome {
        Ok(summary) => inspection.identified(input, FORMAT.id, summary),
        Err(fault) => {
            inspection.identified(input, FORMAT.id, "TensorFlow Lite, not wholly understood");
            inspection.fact(whole, fault.clone());
        }
    }
    let end = padded(input, model.buffer.end());
    let has_archive = zip::inspect_behind(input, end, inspection);
    if outcome.is_ok() {
        let end = if has_archive { end } else { input.bytes.size() };
        model.buffer.state_coverage(input, end, inspection);
    }
}

/// `end`, or where the few zeros behind it end.
fn padded(input: &Input<'_>, end: u64) -> u64 {
    let zeros = (1..=PADDING_BYTES_MAX).take_while(|count| {
        let at = end.saturating_add(*count);
        at <= input.bytes.size() && is_zero(input, at.saturating_sub(1)..at).unwrap_or_default()
    });
    end.saturating_add(zeros.count() as u64)
}

struct Model<'i, 'a> {
    input: &'i Input<'a>,
    buffer: Flatbuffer<'a>,
    operators: u64,
}

/// An entry of the model's list of operators, and how often nodes name it.
struct Code {
    fact: GraphFact,
    is_flex: bool,
    uses: u64,
}

impl Model<'_, '_> {
    /// Reads the whole model; one line that sums it up.
    fn read(&mut self, inspection: &mut Inspection<'_>) -> Result<String, Fault> {
        let model = self.buffer.root()?;
        let version = self.buffer.u32(model, 0)?;
        if version != VERSION {
            return Err(Fault::Unsupported { format: FORMAT.id.into(), feature: format!("version {version}") });
        }
        let mut buffers = Buffers::read(&mut self.buffer, model)?;
        let mut codes = self.codes(model)?;
        let read = self.graphs(model, &mut codes, &mut buffers, inspection);
        let whole = self.input.place.at(0..self.input.bytes.size());
        codes.into_iter().for_each(|code| inspection.fact_times(whole.clone(), code.fact, code.uses.max(1)));
        read?;
        self.metadata(model, &mut buffers, inspection)?;
        self.external_groups(model, inspection)?;
        buffers.state(self.input, &mut self.buffer, inspection);
        self.buffer.cover(model, &schema::MODEL)?;
        let graphs = self.buffer.tables(model, 2)?.count;
        let graphs = if graphs == 1 { "1 graph".to_owned() } else { format!("{graphs} graphs") };
        Ok(format!("version {version}, {graphs}, {} operators, {}", self.operators, buffers.summary()))
    }

    fn codes(&mut self, model: Table) -> Result<Vec<Code>, Fault> {
        let vector = self.buffer.tables(model, 1)?;
        let mut codes = Vec::new();
        for index in vector.indices() {
            let code = self.buffer.element(vector, index)?;
            codes.push(self.code(code)?);
        }
        Ok(codes)
    }

    /// The runtime takes the larger of the old one-byte number and the new one.
    fn code(&mut self, code: Table) -> Result<Code, Fault> {
        let early = i32::from(i8::from_le_bytes([self.buffer.u8(code, 0)?]));
        let number = early.max(i32::from_le_bytes(self.buffer.u32(code, 3)?.to_le_bytes()));
        let name = operators::name(number);
        let name = name.ok_or_else(|| self.buffer.malformed(format!("operator {number}, which there is not")))?;
        if name != operators::CUSTOM {
            return Ok(Code::of(FORMAT.id, "", name));
        }
        let custom = self.buffer.text(code, 1)?;
        Ok(match custom.strip_prefix(FLEX) {
            Some(name) => Code { is_flex: true, ..Code::of("tensorflow", "", name) },
            None => Code::of(FORMAT.id, "custom", &custom),
        })
    }

    fn graphs(
        &mut self,
        model: Table,
        codes: &mut [Code],
        buffers: &mut Buffers,
        inspection: &mut Inspection<'_>,
    ) -> Result<(), Fault> {
        let graphs = self.buffer.tables(model, 2)?;
        for index in graphs.indices() {
            let graph = self.buffer.element(graphs, index)?;
            let nodes = self.buffer.tables(graph, 3)?;
            for index in nodes.indices() {
                let node = self.buffer.element(nodes, index)?;
                self.node(node, codes, inspection)?;
            }
            let tensors = self.buffer.tables(graph, 0)?;
            for index in tensors.indices() {
                let tensor = self.buffer.element(tensors, index)?;
                buffers.add_tensor(self.input, &mut self.buffer, tensor, inspection)?;
            }
        }
        Ok(())
    }

    fn node(&mut self, node: Table, codes: &mut [Code], inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        self.operators = self.operators.saturating_add(1);
        let index = self.buffer.u32(node, 0)?;
        let code = usize::try_from(index).ok().and_then(|index| codes.get_mut(index));
        let code = code.ok_or_else(|| self.buffer.malformed(format!("a node of operator {index} of the list")))?;
        code.uses = code.uses.saturating_add(1);
        let mut options = self.buffer.vector(node, 5, 1)?.range();
        let (offset, bytes) = (self.buffer.u64(node, 9)?, self.buffer.u64(node, 10)?);
        // An offset of one is a placeholder of the writer for where there are none.
        if offset > 1 && bytes > 0 {
            options = offset..offset.saturating_add(bytes);
            if options.end > self.input.bytes.size() {
                return Err(Fault::Truncated { format: FORMAT.id.into(), wanted: "the options of a node".into() });
            }
            self.buffer.account(options.clone());
        }
        if code.is_flex {
            flex::state_node(self.input, options, inspection);
        }
        Ok(())
    }

    /// Descriptions are text for people, in a flatbuffer of their own.
    fn metadata(&mut self, model: Table, buffers: &mut Buffers, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        let whole = self.input.place.at(0..self.input.bytes.size());
        state_metadata(whole, "description", &self.buffer.text(model, 3)?, inspection);
        let early = self.buffer.vector(model, 5, 4)?;
        for index in early.indices() {
            _ = buffers.name(self.buffer.i32_of(early, index)?.unsigned_abs());
        }
        let entries = self.buffer.tables(model, 6)?;
        for index in entries.indices() {
            let entry = self.buffer.element(entries, index)?;
            let name = self.buffer.text(entry, 0)?;
            let range = buffers.name(self.buffer.u32(entry, 1)?);
            self.metadata_text(&name, range, inspection);
        }
        Ok(())
    }

    fn metadata_text(&self, name: &str, range: Range<u64>, inspection: &mut Inspection<'_>) {
        let mut reader = Reader::over(self.input.bytes, range.start, range.end);
        while reader.left() > 0 {
            let at = reader.position();
            let count = usize::try_from(reader.left()).unwrap_or(METADATA_PIECE).min(METADATA_PIECE);
            match reader.take(count) {
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(bytes);
                    let place = self.input.place.at(at..at.saturating_add(count as u64));
                    state_metadata(place, name, &text, inspection);
                }
                Err(fault) => {
                    let fault = fault.in_format(FORMAT.id, "metadata");
                    return inspection.fact(self.input.place.at(range), fault);
                }
            }
        }
    }

    /// Weights in files beside the model.
    fn external_groups(&mut self, model: Table, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        let whole = self.input.place.at(0..self.input.bytes.size());
        let groups = self.buffer.tables(model, 8)?;
        for index in groups.indices() {
            let group = self.buffer.element(groups, index)?;
            let target = shortened(&self.buffer.text(group, 0)?);
            let kind = if escapes_root(&target) { ExternalKind::EscapingPath } else { ExternalKind::Sibling };
            let (framework, holder) = (FORMAT.id.to_owned(), format!("external_buffer_groups[{index}]"));
            inspection.fact(whole.clone(), GraphFact::External { framework, kind, holder, target });
        }
        Ok(())
    }
}

impl Code {
    fn of(framework: &str, domain: &str, name: &str) -> Self {
        let (framework, domain, name) = (framework.to_owned(), domain.to_owned(), shortened(name));
        Self { fact: GraphFact::Operator { framework, domain, name }, is_flex: false, uses: 0 }
    }
}
