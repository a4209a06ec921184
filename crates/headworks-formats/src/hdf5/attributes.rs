//! Attributes: the configuration of a Keras model, and what else a loader takes for more than text.

use headworks_types::Fault;

use super::FORMAT;
use super::file::{Block, Broken};
use super::header::{self, Message};
use super::heap::FractalHeap;
use super::message::{Attribute, Text};
use super::tree;
use super::walk::{Walk, dense_storage};
use crate::format::{Ends, Input};
use crate::inspection::Inspection;
use crate::{keras, pickle};

/// What the attributes of a file said of it.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) count: u64,
    /// The file is a model of Keras.
    pub(super) is_keras: bool,
}

/// Attributes of the root that Keras parses as JSON and builds objects from.
const CONFIGURATIONS: [&str; 2] = ["model_config", "training_config"];

/// Elements of a text attribute that are looked at; lists of names are long and say little.
const ELEMENTS_MAX: usize = 4096;

impl Attributes {
    /// Reads the attributes of one object.
    pub(super) fn read(walk: &mut Walk<'_, '_, '_, '_>, messages: &[Message], path: &str) {
        for message in messages {
            match message.kind {
                header::ATTRIBUTE => attribute(walk, message, path),
                header::ATTRIBUTE_INFO => {
                    let outcome = dense(walk, message, path);
                    walk.note(outcome);
                }
                _ => {}
            }
        }
    }
}

fn dense(walk: &mut Walk<'_, '_, '_, '_>, message: &Message, path: &str) -> Result<(), Broken> {
    let mut block = message.block(&walk.file, "an attribute info message");
    block.version(0)?;
    let Some((heap, tree)) = dense_storage(&mut block, 2)? else { return Ok(()) };
    let mut heap = FractalHeap::read(&mut walk.file, heap)?;
    for record in tree::records(&mut walk.file, tree)? {
        let (id, flags) = record.split_at_checked(8).unwrap_or((&record, &[]));
        let (at, body) = heap.object(&mut walk.file, id)?;
        let is_shared = flags.first().is_some_and(|flags| flags & 2 != 0);
        attribute(walk, &Message { kind: header::ATTRIBUTE, is_shared, at, body }, path);
    }
    Ok(())
}

fn attribute(walk: &mut Walk<'_, '_, '_, '_>, message: &Message, path: &str) {
    walk.attributes.count = walk.attributes.count.saturating_add(1);
    if message.is_shared {
        return walk.broken(Broken::unsupported(message.at, "a shared attribute"));
    }
    let attribute = Attribute::read(&mut walk.file, message);
    let Some(attribute) = walk.note(attribute) else { return };
    let elements = texts(walk, &attribute);
    let Some(elements) = walk.note(elements) else { return };
    if path.is_empty() && CONFIGURATIONS.contains(&attribute.name.as_str()) {
        walk.attributes.is_keras = true;
        return configuration(walk, &attribute, &elements);
    }
    if attribute.name == "PSEUDOATOM" && elements.iter().any(|(_, text)| text.starts_with(b"object")) {
        let feature = format!("objects that PyTables pickles in `{}`", crate::metadata::shortened(path));
        walk.fault(attribute.at, Fault::Unsupported { format: FORMAT.id.into(), feature });
    }
    for (at, text) in &elements {
        let location = walk.place.at(*at..at.saturating_add(text.len() as u64));
        let value = String::from_utf8_lossy(text);
        crate::metadata::state_metadata(location, &attribute.name, &value, walk.inspection);
        inspect_pickle(walk, &attribute.name, text);
    }
}

/// The text of each element, with its offset in the input.
fn texts(walk: &mut Walk<'_, '_, '_, '_>, attribute: &Attribute) -> Result<Vec<(u64, Vec<u8>)>, Broken> {
    let size = usize::try_from(attribute.datatype.bytes).unwrap_or(usize::MAX).max(1);
    let values = attribute.value.chunks_exact(size).take(ELEMENTS_MAX);
    match attribute.datatype.text {
        Text::No => Ok(Vec::new()),
        Text::Inline => Ok(values.map(|value| (attribute.at, without_padding(value))).collect()),
        Text::InHeap => {
            let mut texts = Vec::new();
            for value in values {
                texts.extend(in_heap(walk, value, attribute.at)?);
            }
            Ok(texts)
        }
    }
}

fn without_padding(value: &[u8]) -> Vec<u8> {
    let length = value.iter().rposition(|&byte| byte != 0).map_or(0, |last| last.saturating_add(1));
    value.get(..length).unwrap_or_default().to_vec()
}

/// The text that an element names; nothing when it is empty.
fn in_heap(walk: &mut Walk<'_, '_, '_, '_>, value: &[u8], at: u64) -> Result<Option<(u64, Vec<u8>)>, Broken> {
    let owned = value.to_vec();
    let mut block = Block::of(&owned, at, walk.file.widths, "text of varying length");
    let length = u64::from(block.u32()?);
    let (heap, index) = (block.address()?, block.u32()?);
    let Some(heap) = heap.filter(|&heap| heap != 0 && length > 0) else { return Ok(None) };
    let found = walk.heaps.find(&mut walk.file, heap, index)?;
    let (address, stored) = found.ok_or_else(|| block.malformed("it is in no global heap"))?;
    let wanted = length.min(stored);
    let mut block = walk.file.block(address, wanted, "text of varying length")?;
    let mut text = Vec::new();
    while (text.len() as u64) < wanted {
        text.extend(block.take(wanted.saturating_sub(text.len() as u64).min(1 << 16))?);
    }
    Ok(Some((walk.file.offset(address), without_padding(&text))))
}

/// Keras joins nothing and parses the first element; a list of several is no configuration.
fn configuration(walk: &mut Walk<'_, '_, '_, '_>, attribute: &Attribute, elements: &[(u64, Vec<u8>)]) {
    let [(_, text)] = elements else {
        let problem = format!("`{}` is not one text", attribute.name);
        return walk.broken(Broken::malformed(attribute.at, problem));
    };
    let place = walk.place.member(attribute.name.clone());
    keras::inspect_attribute(&Input { bytes: text, place }, walk.inspection);
}

/// PyTables, and pandas through it, unpickles every attribute that will let itself be unpickled.
fn inspect_pickle(walk: &mut Walk<'_, '_, '_, '_>, name: &str, text: &Vec<u8>) {
    let input =
        Input { bytes: text, place: walk.place.member(format!("attribute {}", crate::metadata::shortened(name))) };
    if text.len() > 1 && claims_pickle(&input) {
        run_pickle(&input, walk.inspection);
    }
}

fn claims_pickle(input: &Input<'_>) -> bool {
    Ends::read(input).is_ok_and(|ends| (pickle::FORMAT.claims)(&ends.probe(input)))
}

fn run_pickle(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    (pickle::FORMAT.inspect)(input, inspection);
}
