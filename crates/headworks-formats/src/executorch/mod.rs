//! ExecuTorch programs (`.pte`): a flatbuffer of methods, and segments of data behind it.
//!
//! Source: `schema/program.fbs`, `schema/extended_header.cpp` and `exir/_serialize/_program.py` of ExecuTorch 1.5.
//! Every table is walked; operators and the backends that parts were handed to are stated. What a backend was given
//! is a program of its own that nothing here reads: that it is there is for a rule to judge.
//!
//! Not covered: the payloads of backends, and weights in separate `.ptd` files.

mod schema;

use std::collections::BTreeMap;
use std::ops::Range;

use headworks_types::{Fault, fact::GraphFact, fact::TensorFact};

use crate::flatbuffer::{Flatbuffer, Table, has_identifier};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::reader::{ReadFault, Reader};

/// An ExecuTorch program.
pub(crate) static FORMAT: Format = Format { id: "executorch", title: "ExecuTorch program", claims, inspect };

/// What follows the identifier where there are segments.
const HEADER_MAGIC: &[u8; 4] = b"eh00";
const HEADER_AT: u64 = 8;

fn claims(probe: &Probe<'_>) -> bool {
    has_identifier(probe.head, b"ET12")
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut program = Program {
        input,
        buffer: Flatbuffer::new(input.bytes, FORMAT.id, inspection.limits),
        operators: BTreeMap::new(),
        segments: 0,
        methods: 0,
    };
    let outcome = program.read(inspection);
    let whole = input.place.at(0..input.bytes.size());
    inspection.identified(input, FORMAT.id, program.summary());
    for ((domain, name), times) in std::mem::take(&mut program.operators) {
        let fact = GraphFact::Operator { framework: FORMAT.id.into(), domain, name };
        inspection.fact_times(whole.clone(), fact, times);
    }
    match outcome {
        Ok(()) => program.buffer.state_coverage(input, input.bytes.size(), inspection),
        Err(fault) => inspection.fact(whole, fault),
    }
}

struct Program<'i, 'a> {
    input: &'i Input<'a>,
    buffer: Flatbuffer<'a>,
    /// By domain and name, and how often they are listed.
    operators: BTreeMap<(String, String), u64>,
    segments: u64,
    methods: u64,
}

impl Program<'_, '_> {
    fn read(&mut self, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        let program = self.buffer.root()?;
        let base = self.header().map_err(|fault| fault.in_format(FORMAT.id, "the extended header"))?;
        let methods = self.buffer.tables(program, 1)?;
        for index in methods.indices() {
            let method = self.buffer.element(methods, index)?;
            self.methods = self.methods.saturating_add(1);
            self.method(method)?;
        }
        self.data_segments(program, base, inspection)?;
        self.buffer.cover(program, &schema::PROGRAM)
    }

    /// Where segments count from; the header accounts for itself.
    fn header(&mut self) -> Result<u64, ReadFault> {
        let mut reader = Reader::over(self.input.bytes, HEADER_AT, self.input.bytes.size());
        if reader.array::<4>()? != *HEADER_MAGIC {
            return Ok(0);
        }
        let length = u64::from(reader.u32_le()?);
        _ = reader.u64_le()?;
        let base = reader.u64_le()?;
        self.buffer.account(HEADER_AT..HEADER_AT.saturating_add(length.min(64)));
        Ok(base)
    }

    fn method(&mut self, method: Table) -> Result<(), Fault> {
        let operators = self.buffer.tables(method, 6)?;
        for index in operators.indices() {
            let operator = self.buffer.element(operators, index)?;
            let name = self.buffer.text(operator, 0)?;
            let overload = self.buffer.text(operator, 1)?;
            let (domain, name) = name.split_once("::").unwrap_or(("", &name));
            let name = if overload.is_empty() { name.to_owned() } else { format!("{name}.{overload}") };
            self.count(domain, &name);
        }
        let delegates = self.buffer.tables(method, 7)?;
        for index in delegates.indices() {
            let delegate = self.buffer.element(delegates, index)?;
            let backend = self.buffer.text(delegate, 0)?;
            self.count("delegate", &backend);
        }
        Ok(())
    }

    fn count(&mut self, domain: &str, name: &str) {
        let times = self.operators.entry((shortened(domain), shortened(name))).or_default();
        *times = times.saturating_add(1);
    }

    /// Accounts for the segments, and states those that lie outside of the file.
    fn data_segments(&mut self, program: Table, base: u64, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
        let whole = self.input.place.at(0..self.input.bytes.size());
        let segments = self.buffer.tables(program, 4)?;
        for index in segments.indices() {
            let segment = self.buffer.element(segments, index)?;
            let start = base.saturating_add(self.buffer.u64(segment, 0)?);
            let range: Range<u64> = start..start.saturating_add(self.buffer.u64(segment, 1)?);
            self.segments = self.segments.saturating_add(1);
            if range.end > self.input.bytes.size() {
                let tensor = format!("segment {index}");
                inspection.fact(whole, TensorFact::OutOfBounds { tensor });
                return Err(Fault::Truncated { format: FORMAT.id.into(), wanted: "the bytes of a segment".into() });
            }
            if !range.is_empty() {
                self.buffer.account(range);
            }
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let operators = self.operators.len();
        format!("{} methods, {operators} operators and backends, {} segments", self.methods, self.segments)
    }
}
