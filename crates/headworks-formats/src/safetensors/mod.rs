//! Safetensors: a length, a JSON header, and tensors that fill the rest without gap or overlap.
//!
//! Source: the "Format" section of the huggingface/safetensors README, and `safetensors` 0.8, whose
//! reader is the reference. The reference keeps the last of two equal keys where other readers keep
//! the first, and looks at no metadata; both are stated here.
//!
//! Not covered: the values of tensors.

mod header;
mod json;

use std::ops::Range;

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};
use crate::tensor_table::DataSection;
use header::Header;

/// The weights file of the Hugging Face libraries.
pub(crate) static FORMAT: Format = Format { id: "safetensors", title: "safetensors", claims, inspect };

/// Bytes before the header: its length.
const PREFIX_BYTES: u64 = 8;

fn claims(probe: &Probe<'_>) -> bool {
    let Some((length, header)) = probe.head.split_first_chunk() else {
        return false;
    };
    let text = header.trim_ascii_start();
    if probe.name().ends_with(".safetensors") {
        return text.first() == Some(&b'{');
    }
    let fits = u64::from_le_bytes(*length) <= probe.input.bytes.size().saturating_sub(PREFIX_BYTES);
    let first = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start).and_then(<[u8]>::first);
    fits && matches!(first, Some(b'"' | b'}'))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    let header = match header_range(input, inspection) {
        Ok(header) => header,
        Err(fault) => {
            inspection.identified(input, FORMAT.id, "header cannot be read");
            return inspection.fact(input.place.at(0..PREFIX_BYTES.min(size)), fault);
        }
    };
    let data = DataSection { format: FORMAT.id, bytes: header.end.min(size)..size, alignment: 1 };
    let mut reading = Header::new(input, header.clone(), data.bytes.clone(), inspection);
    let outcome = reading.read();
    let table = reading.into_table();
    inspection.identified(input, FORMAT.id, table.summary());
    match outcome {
        Ok(()) => {
            table.state(input, header, inspection);
            table.state_layout(input, &data, inspection);
        }
        Err((at, fault)) => inspection.fact(input.place.at(at..header.end.min(size)), fault),
    }
}

/// Where the header says it lies.
fn header_range(input: &Input<'_>, inspection: &Inspection<'_>) -> Result<Range<u64>, Fault> {
    let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "the length of the header");
    let length = Reader::new(input.bytes).u64_le().map_err(wanted)?;
    let max = inspection.limits.safetensors_header_bytes_max;
    if length > max {
        return Err(Fault::Budget { limit: "safetensors_header_bytes_max".into(), max });
    }
    Ok(PREFIX_BYTES..PREFIX_BYTES.saturating_add(length))
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, FactKind, Limits, Place, ReadAt, ReadError, fact::TensorFact};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
    }

    fn inspect_named(name: &str, bytes: &[u8]) -> Vec<Fact> {
        crate::inspect(&bytes.to_vec(), Place::file(name), &Limits::default())
    }

    /// Whether the facts say nothing but what the file is.
    fn is_whole(facts: &[Fact]) -> bool {
        let harmless = |fact: &Fact| {
            matches!(
                fact.kind,
                FactKind::File(_)
                    | FactKind::Tensor(
                        TensorFact::Table { .. } | TensorFact::Names { .. } | TensorFact::Metadata { .. }
                    )
            )
        };
        facts.iter().all(harmless)
    }

    /// The rules of the format over a parsed tree, written without the parser under test.
    fn oracle(header: &str, data_bytes: u64) -> bool {
        let Ok(Value::Object(members)) = serde_json::from_str(header) else { return false };
        let mut spans = Vec::new();
        for (name, entry) in members {
            if name == "__metadata__" {
                if !entry.as_object().is_some_and(|pairs| pairs.values().all(Value::is_string)) {
                    return false;
                }
                continue;
            }
            let bytes_each = match entry["dtype"].as_str() {
                Some("U8") => 1,
                Some("F32") => 4,
                _ => return false,
            };
            let shape = entry["shape"].as_array().map(|shape| shape.iter().map(Value::as_u64).collect());
            let (Some(Some(shape)), Some([start, end])) = (shape, entry["data_offsets"].as_array().map(Vec::as_slice))
            else {
                return false;
            };
            let (Some(start), Some(end)) = (start.as_u64(), end.as_u64()) else { return false };
            let elements: Vec<u64> = shape;
            if start > end || elements.iter().product::<u64>() * bytes_each != end - start {
                return false;
            }
            spans.push((start, end));
        }
        spans.sort_unstable();
        let last = spans.iter().try_fold(0, |at, &(start, end)| (start == at).then_some(end));
        last == Some(data_bytes)
    }

    fn entry() -> impl Strategy<Value = String> {
        let dtype = prop_oneof![4 => Just("U8"), 2 => Just("F32"), 1 => Just("F128")];
        (dtype, proptest::collection::vec(0u64..4, 0..3), 0u64..6, 0u64..10).prop_map(
            |(dtype, shape, start, length)| {
                let end = start + length;
                format!(r#"{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{start},{end}]}}"#)
            },
        )
    }

    /// Tensors that touch, so that honest files are among those tried.
    fn honest() -> impl Strategy<Value = (String, usize)> {
        proptest::collection::vec((0u64..4, 0u64..4), 0..5).prop_map(|shapes| {
            let mut at = 0;
            let entries = shapes.iter().enumerate().map(|(index, (rows, columns))| {
                let start = at;
                at += rows * columns;
                format!(r#""t{index}":{{"dtype":"U8","shape":[{rows},{columns}],"data_offsets":[{start},{at}]}}"#)
            });
            let header = format!("{{{}}}", Vec::from_iter(entries).join(","));
            (header, usize::try_from(at).expect("small"))
        })
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_what_the_oracle_accepts(entries in proptest::collection::vec(entry(), 0..4), data in 0usize..12) {
            let members = entries.iter().enumerate().map(|(index, entry)| format!("\"t{index}\":{entry}"));
            let header = format!("{{{}}}", Vec::from_iter(members).join(","));
            let facts = inspect_named("model.safetensors", &file(&header, &vec![1; data]));
            prop_assert_eq!(is_whole(&facts), oracle(&header, data as u64), "{}", header);
        }

        #[test]
        fn mutated_headers_are_accepted_only_when_every_byte_is_claimed(
            (header, data) in honest(),
            at in any::<proptest::sample::Index>(),
            byte in prop_oneof![Just(b' '), Just(b'0'), Just(b'9'), Just(b'"'), Just(b','), Just(b'}'), any::<u8>()],
        ) {
            prop_assert!(is_whole(&inspect_named("model.safetensors", &file(&header, &vec![1; data]))), "{}", header);
            let mut bytes = header.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let whole = [&(bytes.len() as u64).to_le_bytes(), &bytes[..], &vec![1; data]].concat();
            let facts = inspect_named("model.safetensors", &whole);
            if is_whole(&facts) {
                prop_assert!(oracle(&String::from_utf8_lossy(&bytes), data as u64), "{:?}", bytes.escape_ascii().to_string());
            }
        }
    }

    /// A file of a terabyte, of which only the header may be read.
    struct HeaderOnly(Vec<u8>);

    impl ReadAt for HeaderOnly {
        fn size(&self) -> u64 {
            self.0.len() as u64 + (1 << 40)
        }
        fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
            assert!(offset < self.0.len() as u64, "tensor bytes are read at {offset}");
            self.0.as_slice().read_at(offset, into)
        }
    }

    #[test]
    fn tensor_bytes_are_never_read() {
        let header = format!(r#"{{"w":{{"dtype":"U8","shape":[{0}],"data_offsets":[0,{0}]}}}}"#, 1u64 << 40);
        let bytes = HeaderOnly(file(&header, b""));
        let facts = crate::inspect_as(&FORMAT, &bytes, Place::file("w"), &Limits::default());
        assert!(is_whole(&facts), "{facts:?}");
    }

    #[test]
    fn json_that_begins_at_byte_eight_by_chance_is_not_claimed() {
        for bytes in [&b"var a = {\"b\": 1}; // and so on"[..], b"12345678{\"a\": 1}", b"\x02\0\0\0\0\0\0\0[]"] {
            let facts = inspect_named("model.bin", bytes);
            assert!(!facts.iter().any(|fact| matches!(&fact.kind, FactKind::Tensor(_))), "{facts:?}");
            assert!(!format!("{facts:?}").contains("safetensors"), "{facts:?}");
        }
    }

    #[test]
    fn a_key_escaped_otherwise_is_the_same_key() {
        let header = concat!(
            r#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#,
            r#""\u0077":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#
        );
        let duplicate = FactKind::Tensor(TensorFact::DuplicateKey { key: "w".into() });
        assert!(inspect_named("model.bin", &file(header, b"ab")).iter().any(|fact| fact.kind == duplicate));
    }

    #[test]
    fn a_header_over_the_bound_is_a_budget_fault() {
        let limits = Limits { safetensors_header_bytes_max: 10, ..Limits::default() };
        let bytes = file(r#"{"__metadata__":{}}"#, b"");
        let facts = crate::inspect(&bytes, Place::file("model.safetensors"), &limits);
        let budget = |fact: &Fact| matches!(&fact.kind, FactKind::Fault(Fault::Budget { limit, .. }) if limit == "safetensors_header_bytes_max");
        assert!(facts.iter().any(budget), "{facts:?}");
    }
}
