//! Facts about plain text: what a reader does not see, and what should not be there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What text hides or leaks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum TextFact {
    /// Characters that no reader sees, outside the places where scripts and emoji need them.
    InvisibleCharacters {
        /// Code points in order of first use, as in `U+E0041`, shortened.
        code_points: Vec<String>,
        /// Most of them in direct succession: one is a slip of the keyboard, a long run carries data.
        longest_run: u64,
        /// The hidden text they spell, where they spell one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spells: Option<String>,
    },
    /// Bidirectional controls that make source text read other than it runs (CVE-2021-42574).
    BidirectionalControls {
        /// Code points in order of first use.
        code_points: Vec<String>,
    },
    /// Instruction-like text in a place that a person does not see: a comment, hidden markup.
    HiddenInstruction {
        /// The text, shortened.
        excerpt: String,
    },
    /// A credential with a well-known shape that passed its checksum or entropy test.
    Secret {
        /// What kind of credential, as in `github-token`.
        kind: String,
        /// The first characters; the rest is never kept.
        redacted: String,
    },
}
