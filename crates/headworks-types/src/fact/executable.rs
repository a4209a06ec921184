//! Facts about machine code and scripts inside or beside models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A program where data was expected.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum ExecutableFact {
    /// A native program or library.
    Native {
        /// `ELF`, `PE` or `Mach-O`.
        container: String,
        /// Architecture, as in `x86_64`.
        architecture: String,
    },
    /// A script with an interpreter line.
    Script {
        /// The interpreter line without `#!`.
        interpreter: String,
    },
}
