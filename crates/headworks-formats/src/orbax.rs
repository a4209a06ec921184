//! What Orbax writes beside the arrays of a checkpoint: which handlers restore it, and as what types.
//!
//! Source: `_src/metadata` and `_src/handlers/handler_type_registry.py` of orbax-checkpoint 0.12. A reader finds both
//! files by their names. `_CHECKPOINT_METADATA` names the class of the handler of each item, which a reader looks up
//! in its own registry and never imports; `_METADATA` names for each leaf of the tree the type that it is restored
//! as, which is looked up the same way. The arrays are files of Zarr, or a database that holds such files.
//!
//! Not covered: whether the tree agrees with the arrays; named tuples, which a reader builds anew from their fields.

use headworks_types::fact::GraphFact;

use crate::fields::{self, Field, Syntax};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::{shortened, state_metadata};

/// Metadata of a checkpoint of Orbax.
pub(crate) static FORMAT: Format = Format { id: "orbax", title: "Orbax checkpoint metadata", claims, inspect };

const OF_CHECKPOINT: &str = "_CHECKPOINT_METADATA";
const OF_TREE: &str = "_METADATA";

fn claims(probe: &Probe<'_>) -> bool {
    matches!(probe.name(), OF_CHECKPOINT | OF_TREE) && probe.head.trim_ascii_start().first() == Some(&b'{')
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let fields = fields::read(input, Syntax::NamedJson, FORMAT.id, inspection);
    let leaves = fields.iter().filter(|field| field.is(VALUE_TYPE)).count();
    let handlers = fields.iter().filter(|field| is_handler(field)).count();
    let summary = match input.place.base_name() {
        OF_TREE => format!("tree of {leaves} leaves"),
        _ => format!("checkpoint of {handlers} items"),
    };
    inspection.identified(input, FORMAT.id, summary);
    for field in &fields {
        if field.is(VALUE_TYPE) {
            state(field, "value_type", "", &field.value, input, inspection);
        } else if is_handler(field) {
            let (module, name) = field.value.rsplit_once('.').unwrap_or(("", &field.value));
            state(field, &field.path.join("."), module, name, input, inspection);
        } else if field.starts(&["custom_metadata"]) {
            state_metadata(field.location(input), &field.path.join("."), &field.value, inspection);
        }
    }
}

/// The type that a leaf is restored as.
const VALUE_TYPE: &[&str] = &["tree_metadata", "*", "value_metadata", "value_type"];

/// Whether the value is the class of the only item, or of one of several.
fn is_handler(field: &Field) -> bool {
    let is_class = field.is(&["item_handlers"]) || field.is(&["item_handlers", "*"]);
    is_class && field.value != "null"
}

fn state(field: &Field, key: &str, module: &str, name: &str, input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let (framework, key) = (FORMAT.id.to_owned(), shortened(key));
    let fact = GraphFact::Object { framework, key, module: shortened(module), name: shortened(name) };
    inspection.fact(field.location(input), fact);
}
