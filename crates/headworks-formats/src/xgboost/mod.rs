//! XGBoost models: JSON, UBJSON (what `save_model` writes now) and the binary of versions before 3.1.
//!
//! Source: `learner.cc`, `gbtree_model.cc`, `tree_model.cc` and the schema in dmlc/xgboost. Trees are
//! checked for what a reader relies on: equal lengths, children within the tree. A document's text is
//! read by the JSON format as well, which states what breaks its grammar. The objective and the
//! booster are names that the library looks up among its own.
//!
//! Not covered: what the numbers in the trees compute.

mod binary;
mod model;
mod ubjson;

use std::borrow::Cow;
use std::ops::Range;

use headworks_types::Fault;

use crate::document::{self, Collection, Scalar};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::json;
use model::Model;

/// Models of XGBoost.
pub(crate) static FORMAT: Format = Format { id: "xgboost", title: "XGBoost model", claims, inspect };

/// Bytes of the parameters that the binary begins with, before the name of the objective.
const PARAMETER_BYTES: usize = 136;

fn claims(probe: &Probe<'_>) -> bool {
    has_first_key(probe.head) || is_document(probe) || is_binary(probe.head)
}

/// A JSON object that begins with one of the two keys of a model and has the other ones a model has.
fn is_document(probe: &Probe<'_>) -> bool {
    let start = probe.head.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let begins = start.is_some_and(|start| start.starts_with(b"\"learner\"") || start.starts_with(b"\"version\""));
    let has = |key: &[u8]| memchr::memmem::find(probe.head, key).is_some();
    begins
        && has(b"\"learner\"")
        && (has(b"\"gradient_booster\"") || has(b"\"feature_names\""))
        && (json::FORMAT.claims)(probe)
}

/// A UBJSON object whose first key is one of the two of a model.
fn has_first_key(head: &[u8]) -> bool {
    let key = match head {
        [b'{', b'L', 0, 0, 0, 0, 0, 0, 0, 7, key @ ..] => key,
        [b'{', b'i' | b'U', 7, key @ ..] | [b'{', b'I', 0, 7, key @ ..] | [b'{', b'l', 0, 0, 0, 7, key @ ..] => key,
        _ => return false,
    };
    key.starts_with(b"learner") || key.starts_with(b"version")
}

/// Two names with their lengths: the objective and one of the three boosters.
fn is_binary(head: &[u8]) -> bool {
    let head = head.strip_prefix(binary::MAGIC).unwrap_or(head);
    let name = |at: usize| {
        let length = u64::from_le_bytes(*head.get(at..)?.first_chunk()?);
        let length = usize::try_from(length).ok().filter(|length| (1..=64).contains(length))?;
        let start = at.checked_add(8)?;
        let end = start.checked_add(length)?;
        Some((head.get(start..end)?, end))
    };
    name(PARAMETER_BYTES).is_some_and(|(objective, end)| {
        let booster = name(end).map(|(booster, _)| booster);
        objective.iter().all(u8::is_ascii_graphic) && matches!(booster, Some(b"gbtree" | b"gblinear" | b"dart"))
    })
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut head = [0; PARAMETER_BYTES + 160];
    let count = match input.bytes.read_at(0, &mut head) {
        Ok(count) => count,
        Err(error) => return inspection.read_failed(input.place.at(0..input.bytes.size()), FORMAT.id, &error),
    };
    let head = head.get(..count).unwrap_or_default();
    if is_binary(head) {
        return binary::inspect(input, inspection);
    }
    let mut model = Model::new(input);
    let (kind, outcome) = if has_first_key(head) {
        ("UBJSON", ubjson::walk(input, &mut model, inspection))
    } else {
        ("JSON", walk_text(input, &mut model, inspection))
    };
    inspection.identified(input, FORMAT.id, format!("XGBoost {}", model.summary(kind)));
    model.state(outcome.is_ok(), inspection);
    if let Err(Some((at, fault))) = outcome {
        inspection.fact(input.place.at(at..input.bytes.size()), fault);
    }
}

/// Why a document was not read to its end: an offset and a fault, or nothing where the JSON format states it.
type Broken = Option<(u64, Fault)>;

fn walk_text(input: &Input<'_>, model: &mut Model<'_>, inspection: &mut Inspection<'_>) -> Result<(), Broken> {
    let bytes = document::whole(input, inspection).map_err(|_| None)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| None)?;
    let mut document = Document { model, depth_max: inspection.limits.document_depth_max };
    json::Parser::new(text).value(&mut document).map_err(|_| None)
}

/// Hands a JSON document on to the model.
struct Document<'m, 'i> {
    model: &'m mut Model<'i>,
    depth_max: u64,
}

impl<'t> document::Sink<'t> for Document<'_, '_> {
    fn open(&mut self, collection: Collection, at: usize) -> bool {
        let is_followed = (self.model.depth() as u64) < self.depth_max;
        if is_followed {
            self.model.open(collection, at as u64);
        }
        is_followed
    }

    fn key(&mut self, key: Cow<'t, str>, _: &[u8], _: Range<usize>) {
        self.model.key(&key);
    }

    fn scalar(&mut self, scalar: Scalar<'t>, _: Range<usize>) {
        match scalar {
            Scalar::Text(text) => self.model.text(&text),
            Scalar::Number(digits) => self.model.number(digits.parse().ok()),
            Scalar::Bool(_) | Scalar::Null => self.model.number(None),
        }
    }

    fn close(&mut self, at: usize) {
        self.model.close(at as u64);
    }
}
