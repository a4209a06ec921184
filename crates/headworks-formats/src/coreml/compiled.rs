//! The binaries of a compiled Core ML model (`coremldata.bin` of an `.mlmodelc`).
//!
//! The layout is not published. Source: two open writers of it, `coremlcompiler` of tmc/apple and `mlmodelc-export`,
//! whose output Core ML loads; no file of Apple's own compiler was at hand. Read is the one of an ML program: a
//! header in which all but the version and one length is constant, the description of the model, which is the
//! message of a `.mlmodel`, and a constant behind it for each function; and the one in `analytics`, sections
//! of keys and values. A byte that these writers would have written otherwise is a fault, so whatever another
//! version has more holds the model.
//!
//! Not covered: the binaries of neural networks, trees and pipelines, whose kinds have other numbers.

use headworks_types::{Fault, fact::GraphFact};

use super::describe;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::{shortened, state_metadata};
use crate::reader::{ReadFault, Reader};

/// The binaries of a compiled model.
pub(crate) static FORMAT: Format = Format { id: "coreml-compiled", title: "compiled Core ML model", claims, inspect };

/// The name by which Core ML looks them up.
const NAME: &str = "coremldata.bin";

/// Number of the kind of an ML program, which the file begins and ends with.
const PROGRAM: u32 = 502;

/// What the model is computed on, behind its length, and where.
const GENERIC: &[u8; 15] = b"\x07\0\0\0\0\0\0\0generic";
const GENERIC_AT: usize = 28;

/// Where the length of the description is stated, and where the description begins.
const LENGTH_AT: usize = 75;
const DESCRIPTION_AT: usize = 83;

/// Bytes of the constant that ends the file, once for each function.
const TRAILER: u64 = 16;

/// Names of sections in the binary for analytics.
const SECTIONS: [&str; 2] = ["NeuralNetworkModelDetails", "SpecificationDetails"];

/// Bytes of a key or a value there.
const TEXT_BYTES_MAX: u64 = 4096;

fn claims(probe: &Probe<'_>) -> bool {
    let head = probe.head;
    let is_program = head.starts_with(&PROGRAM.to_le_bytes()) && head.get(GENERIC_AT..43) == Some(&GENERIC[..]);
    probe.name() == NAME || is_program || is_analytics(head)
}

fn is_analytics(head: &[u8]) -> bool {
    let rest = head.get(8..).unwrap_or_default();
    let length = head.first_chunk::<8>().map(|&bytes| u64::from_le_bytes(bytes));
    SECTIONS.iter().any(|name| length == Some(name.len() as u64) && rest.starts_with(name.as_bytes()))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    let whole = input.place.at(0..size);
    let mut head = [0; DESCRIPTION_AT];
    let count = match input.bytes.read_at(0, &mut head) {
        Ok(count) => count,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    if is_analytics(head.get(..count).unwrap_or_default()) {
        inspection.identified(input, FORMAT.id, "analytics of a compiled model");
        if let Err((at, fault)) = analytics(input, inspection) {
            inspection.fact(input.place.at(at..size), fault);
        }
        return;
    }
    let kind = head.first_chunk::<4>().map_or(0, |&bytes| u32::from_le_bytes(bytes));
    inspection.identified(input, FORMAT.id, format!("compiled model of kind {kind}"));
    if let Err(fault) = program(input, &head, count, inspection) {
        inspection.fact(whole, fault);
    }
}

/// Reads the binary of an ML program.
fn program(input: &Input<'_>, head: &[u8], count: usize, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
    let kind = head.first_chunk::<4>().map(|&bytes| u32::from_le_bytes(bytes));
    if kind != Some(PROGRAM) {
        return Err(Fault::Unsupported { format: FORMAT.id.into(), feature: "a model that is no ML program".into() });
    }
    if count < head.len() {
        return Err(Fault::Truncated { format: FORMAT.id.into(), wanted: "the description".into() });
    }
    let is_zero =
        |range: std::ops::Range<usize>| head.get(range).is_some_and(|part| part.iter().all(|&byte| byte == 0));
    let is_constant = head.get(GENERIC_AT..43) == Some(&GENERIC[..]) && head.get(43) == head.get(4);
    if !is_constant || !is_zero(5..GENERIC_AT) || !is_zero(44..LENGTH_AT) {
        return Err(malformed("a header with something in it that is not known"));
    }
    let length = head.get(LENGTH_AT..).and_then(<[u8]>::first_chunk).map_or(0, |&bytes| u64::from_le_bytes(bytes));
    let start = DESCRIPTION_AT as u64;
    let end = start.checked_add(length).filter(|&end| end <= input.bytes.size());
    let end = end.ok_or_else(|| Fault::Truncated { format: FORMAT.id.into(), wanted: "the description".into() })?;
    describe(input, start..end, inspection);
    let mut reader = Reader::over(input.bytes, end, input.bytes.size());
    if reader.left() == 0 || !reader.left().is_multiple_of(TRAILER) {
        return Err(malformed("an end that is none of a program"));
    }
    while reader.left() > 0 {
        let trailer: [u8; 16] = reader.array().map_err(|fault| fault.in_format(FORMAT.id, "the end"))?;
        if u128::from_le_bytes(trailer) != u128::from(PROGRAM) {
            return Err(malformed("an end that is none of a program"));
        }
    }
    Ok(())
}

/// Reads the sections; each value is text for people, but for one that announces a layer of the application's.
fn analytics(input: &Input<'_>, inspection: &mut Inspection<'_>) -> Result<(), (u64, Fault)> {
    let mut reader = Reader::new(input.bytes);
    while reader.left() > 0 {
        let at = reader.position();
        let fail = |fault: ReadFault| (at, fault.in_format(FORMAT.id, "a section"));
        let section = text(&mut reader).map_err(fail)?;
        if !SECTIONS.contains(&section.as_str()) {
            return Err((at, malformed(&format!("a section `{}`", shortened(&section)))));
        }
        for _ in 0..reader.u64_le().map_err(fail)? {
            let start = reader.position();
            let (key, value) = (text(&mut reader).map_err(fail)?, text(&mut reader).map_err(fail)?);
            let location = input.place.at(start..reader.position());
            if key == "containsCustomLayer" && value != "0" {
                let (framework, domain) = (super::FORMAT.id.to_owned(), "custom".to_owned());
                let name = "a layer that the program does not name".to_owned();
                inspection.fact(location, GraphFact::Operator { framework, domain, name });
            } else {
                state_metadata(location, &key, &value, inspection);
            }
        }
    }
    Ok(())
}

fn text(reader: &mut Reader<'_>) -> Result<String, ReadFault> {
    let length = reader.u64_le()?;
    reader.text(length, TEXT_BYTES_MAX)
}

fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.to_owned() }
}
