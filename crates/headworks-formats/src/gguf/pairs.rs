//! The key-value pairs of a GGUF file.

use std::collections::HashSet;
use std::ops::Range;

use headworks_types::{Fault, Location, ReadAt, SubRange, fact::TensorFact};

use super::FORMAT;
use super::declared::{ValueType, declared};
use super::words::Words;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::{shortened, state_metadata};
use crate::reader::{ReadFault, Reader};

/// "It can be at most 2^16-1 bytes long", says the specification of a key.
const KEY_BYTES_MAX: u64 = 65_535;

/// Keys of which a person wants to know the value whatever it is.
const INFORMATIVE: [&str; 3] = ["general.name", "general.license", "general.source.url"];

/// Text that its own formats judge, or that is a vocabulary and full of URLs.
const NO_METADATA: [&str; 2] = ["tokenizer.chat_template", "tokenizer.huggingface.json"];

/// What the pairs say that the rest of the file depends on.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) alignment: Option<u64>,
    pub(super) architecture: Option<String>,
    tokens: Option<u64>,
    /// Keys that list something for each token, with their length and place.
    per_token: Vec<(&'static str, u64, Location)>,
}

/// One value: its type, the type of its elements where it is an array, their number, its bytes.
struct Value {
    kind: ValueType,
    elements: Option<(ValueType, u64)>,
    bytes: Range<u64>,
}

impl Pairs {
    /// Reads `count` pairs and states what is wrong or notable with each.
    pub(super) fn read(
        words: &mut Words<'_>,
        count: u64,
        input: &Input<'_>,
        inspection: &mut Inspection<'_>,
    ) -> Result<Self, Fault> {
        let max = inspection.limits.gguf_pairs_max;
        let (mut pairs, mut keys) = (Self::default(), HashSet::new());
        for index in 0..count {
            if index >= max {
                return Err(Fault::Budget { limit: "gguf_pairs_max".into(), max });
            }
            let start = words.position();
            let key = words.name(KEY_BYTES_MAX).map_err(|fault| fault.in_format(FORMAT.id, "a key"))?;
            let value = Value::read(words, inspection.limits.document_depth_max)?;
            let place = input.place.at(start..words.position());
            pairs.take_in(&key, &value, &place, input, words, inspection)?;
            if let Some(key) = keys.replace(key) {
                inspection.fact(place, TensorFact::DuplicateKey { key: shortened(&key) });
            }
        }
        pairs.state_short_lists(inspection);
        Ok(pairs)
    }

    fn take_in(
        &mut self,
        key: &str,
        value: &Value,
        place: &Location,
        input: &Input<'_>,
        words: &Words<'_>,
        inspection: &mut Inspection<'_>,
    ) -> Result<(), Fault> {
        if !value.is_as_declared(key, place, inspection) {
            return Ok(());
        }
        match (key, value.elements) {
            ("general.alignment", None) => self.alignment = value.number(input, words.is_big_endian),
            ("general.architecture", None) => self.architecture = Some(value.text_head(input)),
            ("tokenizer.ggml.tokens", Some((_, length))) => self.tokens = Some(length),
            ("tokenizer.ggml.scores", Some((_, length))) => {
                self.per_token.push(("tokenizer.ggml.scores", length, place.clone()));
            }
            ("tokenizer.ggml.token_type", Some((_, length))) => {
                self.per_token.push(("tokenizer.ggml.token_type", length, place.clone()));
            }
            _ => {}
        }
        match value.kind {
            ValueType::String => text(key, value, place, input, inspection),
            ValueType::Bool if value.number(input, words.is_big_endian) > Some(1) => {
                Err(malformed(&format!("`{}` is a bool and neither 0 nor 1", shortened(key))))
            }
            _ => Ok(()),
        }
    }

    /// Readers take the list of tokens for the length of the others and read on beyond a short one.
    fn state_short_lists(&self, inspection: &mut Inspection<'_>) {
        let tokens = self.tokens.unwrap_or_default();
        for (key, length, place) in self.per_token.iter().filter(|(_, length, _)| *length < tokens) {
            let (expected, found) = (format!("array of {tokens}, one per token"), format!("array of {length}"));
            let short = TensorFact::UnexpectedType { key: (*key).to_owned(), expected, found };
            inspection.fact(place.clone(), short);
        }
    }
}

impl Value {
    fn read(words: &mut Words<'_>, depth_max: u64) -> Result<Self, Fault> {
        let kind = value_type(words)?;
        let start = words.position();
        if kind != ValueType::Array {
            let bytes = match kind {
                ValueType::String => words.skip_string().map_err(|fault| wanted(&fault))?,
                _ => {
                    words.reader.skip(kind.bytes_min(0)).map_err(|fault| wanted(&fault))?;
                    start..words.position()
                }
            };
            return Ok(Self { kind, elements: None, bytes });
        }
        let (of, length) = array_head(words)?;
        skip_elements(words, of, length, depth_max)?;
        Ok(Self { kind, elements: Some((of, length)), bytes: start..words.position() })
    }

    /// States a type other than the declared one; such a value is not used any further.
    fn is_as_declared(&self, key: &str, place: &Location, inspection: &mut Inspection<'_>) -> bool {
        let of = self.elements.map(|(of, _)| of);
        let Some(declared) = declared(key).filter(|declared| !declared.admits(self.kind, of)) else {
            return true;
        };
        let found = of.map_or_else(|| self.kind.word().to_owned(), |of| format!("array of {}", of.word()));
        let (key, expected) = (key.to_owned(), declared.words());
        inspection.fact(place.clone(), TensorFact::UnexpectedType { key, expected, found });
        false
    }

    /// The value, where it is a number or a truth value of at most eight bytes.
    fn number(&self, input: &Input<'_>, is_big_endian: bool) -> Option<u64> {
        let mut reader = Reader::over(input.bytes, self.bytes.start, self.bytes.end);
        let count = usize::try_from(reader.left()).ok().filter(|&count| count <= 8)?;
        let bytes = reader.take(count).ok()?;
        let push = |number: u64, byte: &u8| number.wrapping_shl(8) | u64::from(*byte);
        Some(if is_big_endian { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) })
    }

    /// The first characters of a string.
    fn text_head(&self, input: &Input<'_>) -> String {
        let mut reader = Reader::over(input.bytes, self.bytes.start, self.bytes.end);
        let count = usize::try_from(reader.left()).unwrap_or(usize::MAX).min(1024);
        shortened(&String::from_utf8_lossy(reader.take(count).unwrap_or_default()))
    }
}

fn value_type(words: &mut Words<'_>) -> Result<ValueType, Fault> {
    let id = words.u32().map_err(|fault| fault.in_format(FORMAT.id, "the type of a value"))?;
    ValueType::of(id).ok_or_else(|| malformed(&format!("type {id} of a value is none of the format's")))
}

/// Type and number of an array's elements; more than the file has bytes for is refused here.
fn array_head(words: &mut Words<'_>) -> Result<(ValueType, u64), Fault> {
    let of = value_type(words)?;
    let length = words.count().map_err(|fault| wanted(&fault))?;
    let least = length.saturating_mul(of.bytes_min(words.count_bytes()));
    if least > words.reader.left() {
        let wanted = format!("{length} elements of an array");
        return Err(Fault::Truncated { format: FORMAT.id.into(), wanted });
    }
    Ok((of, length))
}

/// Passes over the elements of an array, and of arrays in it, without recursion.
fn skip_elements(words: &mut Words<'_>, of: ValueType, length: u64, depth_max: u64) -> Result<(), Fault> {
    let mut open = vec![(of, length)];
    while let Some((of, left)) = open.last_mut() {
        match of {
            ValueType::Array if *left > 0 => {
                *left = left.saturating_sub(1);
                open.push(array_head(words)?);
            }
            ValueType::String if *left > 0 => {
                *left = left.saturating_sub(1);
                words.skip_string().map_err(|fault| wanted(&fault))?;
            }
            ValueType::Array | ValueType::String => _ = open.pop(),
            of => {
                words.reader.skip(left.saturating_mul(of.bytes_min(0))).map_err(|fault| wanted(&fault))?;
                open.pop();
            }
        }
        if open.len() as u64 > depth_max {
            return Err(Fault::Budget { limit: "document_depth_max".into(), max: depth_max });
        }
    }
    Ok(())
}

/// States what a string holds; a template is inspected as the member it is to its loader.
fn text(
    key: &str,
    value: &Value,
    place: &Location,
    input: &Input<'_>,
    inspection: &mut Inspection<'_>,
) -> Result<(), Fault> {
    let max = inspection.limits.gguf_string_bytes_max;
    let text = SubRange::new(input.bytes, value.bytes.clone());
    if text.size() > max {
        return Err(Fault::Budget { limit: "gguf_string_bytes_max".into(), max });
    }
    if key == "tokenizer.chat_template" || key.starts_with("tokenizer.chat_template.") {
        inspection.member(&Input { bytes: &text, place: input.place.member(key) });
    }
    if INFORMATIVE.contains(&key) {
        let fact = TensorFact::Metadata { key: key.to_owned(), value: value.text_head(input) };
        inspection.fact(place.clone(), fact);
    }
    if NO_METADATA.iter().any(|prefix| key.starts_with(prefix)) {
        return Ok(());
    }
    scan(key, &text, place, inspection).map_err(|fault| wanted(&fault))
}

/// Looks for notable text, a window at a time; windows overlap by more than a mark is long.
fn scan(key: &str, text: &SubRange<'_>, place: &Location, inspection: &mut Inspection<'_>) -> Result<(), ReadFault> {
    const WINDOW: usize = 64 * 1024;
    const OVERLAP: u64 = 1024;
    let mut reader = Reader::new(text);
    while reader.left() > 0 {
        let count = usize::try_from(reader.left()).unwrap_or(WINDOW).min(WINDOW);
        let window = String::from_utf8_lossy(reader.take(count)?).into_owned();
        state_metadata(place.clone(), key, &window, inspection);
        if reader.left() > 0 {
            reader.seek(reader.position().saturating_sub(OVERLAP));
        }
    }
    Ok(())
}

fn wanted(fault: &ReadFault) -> Fault {
    fault.in_format(FORMAT.id, "the value of a key")
}

fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.to_owned() }
}
