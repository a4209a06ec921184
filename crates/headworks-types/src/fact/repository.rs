//! Facts that only mean something beside the other files of a repository.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// What a file says about the other files of its repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum RepositoryFact {
    /// An index says which tensors lie in a shard of the weights.
    Shard {
        /// The shard, relative to the directory of the index.
        file: String,
        /// How many tensors it is said to hold.
        tensors: u64,
        /// Digest of their names, as in [`TensorFact::Names`](super::TensorFact::Names).
        names: Digest,
    },
    /// An index states the bytes of all tensors.
    IndexTotal {
        /// What it states.
        bytes: u64,
    },
    /// A setting of a model's configuration that the weights, or the description, must agree with.
    Setting {
        /// Path of the key within the document.
        key: String,
        /// The value as JSON, shortened.
        value: String,
    },
}
