//! Facts about model and dataset cards: what a publisher claims in the front matter of a README.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a card claims. A claim is compared with what the files are; it shows nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum CardFact {
    /// One value of a field; a list states one fact for each of its values.
    Field {
        /// Name of the field: `license`, `base_model`, `datasets`, `library_name`, `pipeline_tag`, `tags`; one of an
        /// inner object has the outer one's before it, as in `co2_eq_emissions.emissions`.
        key: String,
        /// The value as written, shortened.
        value: String,
    },
    /// How the text below a heading of the card begins.
    Section {
        /// The heading.
        title: String,
        /// The first words below it, without the marks of a list.
        text: String,
    },
    /// A result that the card's `model-index` claims.
    Result {
        /// The task that was measured; empty when it is not stated.
        task: String,
        /// The dataset that was measured on; empty when it is not stated.
        dataset: String,
        /// What was measured.
        metric: String,
        /// The value as written, shortened.
        value: String,
    },
}
