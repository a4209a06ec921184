//! Model and dataset cards: the front matter of a README, and what its headings announce.
//!
//! Source: the Hub's documentation of model and dataset cards, and `huggingface_hub.RepoCard`, which
//! reads the YAML between the first two lines of dashes. Values of the outermost keys, of their lists, of
//! `co2_eq_emissions` and of `dataset_info` are stated, and the results of `model-index`, each with its task,
//! dataset and metric. Of the text, the beginning of what stands below each heading is stated: this is where
//! cards describe, limit and recommend. The whole text is read by the text format.
//!
//! Not covered: widgets, configurations of dataset viewers, and tables of results in the prose.

mod results;
mod sections;

use headworks_types::{Fault, fact::CardFact};

use crate::document;
use crate::encoding;
use crate::fields::{self, Field, Syntax};
use crate::format::{Format, Input, Probe};
use crate::front_matter;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// README files with front matter.
pub(crate) static FORMAT: Format = Format { id: "model-card", title: "Model or dataset card", claims, inspect };

/// Objects whose own values are stated as well.
const OBJECTS: [&str; 2] = ["co2_eq_emissions", "dataset_info"];

fn claims(probe: &Probe<'_>) -> bool {
    let head = String::from_utf8_lossy(probe.head);
    probe.name().eq_ignore_ascii_case("readme.md") && front_matter::find(&head).is_some()
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    let text = encoding::of_same_length(&bytes);
    let Some((start, body, is_closed)) = front_matter::find(&text) else {
        return inspection.fact(whole, Fault::Unexplained { format: FORMAT.id.into() });
    };
    if !is_closed {
        let wanted = "the line that ends the front matter".into();
        inspection.fact(whole, Fault::Truncated { format: FORMAT.id.into(), wanted });
    }
    let fields = fields::read_text(body, start as u64, input, Syntax::FrontMatter, FORMAT.id, inspection);
    inspection.identified(input, FORMAT.id, format!("front matter, {} values", fields.len()));
    for field in &fields {
        if let Some(key) = stated_as(field) {
            let fact = CardFact::Field { key: shortened(&key), value: shortened(&field.value) };
            inspection.fact(field.location(input), fact);
        }
    }
    results::state(&fields, input, inspection);
    if is_closed {
        sections::state(&text, start.saturating_add(body.len()), input, inspection);
    }
}

/// The name under which a value is stated, when it is.
fn stated_as(field: &Field) -> Option<String> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match field.path.as_slice() {
        [key] => Some(key.clone()),
        [key, index] if is_number(index) => Some(key.clone()),
        [object, key] if OBJECTS.contains(&object.as_str()) => Some(format!("{object}.{key}")),
        _ => None,
    }
}
