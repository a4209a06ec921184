//! Model and dataset cards: the front matter of a README.
//!
//! Source: the Hub's documentation of model and dataset cards, and `huggingface_hub.RepoCard`, which
//! reads the YAML between the first two lines of dashes. Values of the outermost keys and of their
//! lists are stated; evaluation results and widgets below them are not. The text of the card is read
//! by the text format.
//!
//! Not covered: evaluation results, widgets, and claims that only the prose makes.

use headworks_types::{Fault, fact::CardFact};

use crate::document;
use crate::encoding;
use crate::fields::{self, Syntax};
use crate::format::{Format, Input, Probe};
use crate::front_matter;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// README files with front matter.
pub(crate) static FORMAT: Format = Format { id: "model-card", title: "Model or dataset card", claims, inspect };

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
        let is_element = field.path.len() == 2 && field.part(1).bytes().all(|byte| byte.is_ascii_digit());
        if field.path.len() == 1 || is_element {
            let fact = CardFact::Field { key: shortened(field.part(0)), value: shortened(&field.value) };
            inspection.fact(field.location(input), fact);
        }
    }
}
