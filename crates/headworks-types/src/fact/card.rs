//! Facts about model and dataset cards: what a publisher claims in the front matter of a README.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a card claims. A claim is compared with what the files are; it shows nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum CardFact {
    /// One value of a field; a list states one fact for each of its values.
    Field {
        /// Name of the field: `license`, `base_model`, `datasets`, `library_name`, `pipeline_tag`, `tags`.
        key: String,
        /// The value as written, shortened.
        value: String,
    },
}
