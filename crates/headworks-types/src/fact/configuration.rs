//! Facts about configuration: keys whose value names code, repositories or paths.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a configuration document makes a loader reach for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum ConfigurationFact {
    /// A key names something outside the document that a loader fetches, imports, calls or opens.
    Reference {
        /// Path of the key within the document, as in `quantization_config.quant_method`.
        key: String,
        /// What the value names.
        kind: ReferenceKind,
        /// The value.
        value: String,
    },
    /// A key that makes a loader run repository code without being asked.
    RemoteCodeSwitch {
        /// Path of the key within the document.
        key: String,
        /// The value, as JSON.
        value: String,
    },
    /// A key occurs twice in one object; readers differ in which one they take.
    DuplicateKey {
        /// Path of the key within the document.
        key: String,
    },
    /// A YAML tag that constructs an object.
    ConstructingTag {
        /// The tag.
        tag: String,
    },
}

/// What a configuration value names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceKind {
    /// A class or function in a module file of the same repository.
    LocalModule,
    /// A class or function in another repository, fetched at load (`owner/name--module.Class`).
    RemoteModule,
    /// A repository on a hub.
    Repository,
    /// An importable module or callable of the loader's own environment.
    Callable,
    /// A path outside the repository, absolute or through `..`.
    EscapingPath,
    /// A URL.
    Url,
}
