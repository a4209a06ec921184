//! Facts about chat templates, which are parsed and never rendered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// What a chat template contains.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum TemplateFact {
    /// A template was parsed to its end.
    Template {
        /// Its name, where the document gives one.
        name: String,
        /// SHA-256 of the template's text.
        digest: Digest,
    },
    /// Something in it that a formatting template does not need.
    Construct {
        /// What it is.
        construct: TemplateConstruct,
        /// The expression or text, shortened.
        excerpt: String,
    },
}

/// Constructs that a formatting template does not need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TemplateConstruct {
    /// Access to a Python attribute that leads out of the sandbox: `__class__`, `__globals__`, `mro`.
    AttributeTraversal,
    /// Use of a template global that reaches Python objects: `cycler`, `joiner`, `lipsum`, `self`.
    Global,
    /// `include`, `import`, `extends`: another template is loaded.
    Inclusion,
    /// A branch on what a message says, not on its role or on a switch.
    ContentBranch,
    /// Text, emitted under a content branch, that instructs the model.
    HiddenInstruction,
    /// Text, emitted always, that instructs the model against its user.
    Instruction,
    /// A URL that the template emits.
    Url,
    /// Invisible or bidirectional characters in the template.
    InvisibleCharacter,
}
