//! Faults: what was not understood. Any of them keeps an artifact from being admitted.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why some bytes are not, or not wholly, understood.
///
/// A fault is evidence, not an error: the facts read before it stay, and the requirement that
/// needed the bytes ends in `not_established`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// No known format claims the bytes.
    Unrecognised,
    /// The bytes end before the format says they do.
    Truncated {
        /// Format that was being read.
        format: String,
        /// What was being read, in the format's own words.
        wanted: String,
    },
    /// The bytes break a rule of their format.
    Malformed {
        /// Format that was being read.
        format: String,
        /// What is wrong, in the format's own words, with the values that are.
        problem: String,
    },
    /// The format allows it and this version of headworks does not read it.
    Unsupported {
        /// Format that was being read.
        format: String,
        /// The feature.
        feature: String,
    },
    /// A bound of [`Limits`](crate::Limits) was reached.
    Budget {
        /// Name of the field of `Limits`.
        limit: String,
        /// Its value.
        max: u64,
    },
    /// Bytes that no parser of this file accounts for.
    Unexplained {
        /// Format that explains the rest.
        format: String,
    },
    /// The bytes are encrypted, so nobody without the key can inspect them.
    Encrypted {
        /// Format of the container.
        format: String,
    },
    /// The bytes could not be read at all, or changed while they were read.
    Unreadable {
        /// The system's own words.
        reason: String,
    },
    /// The bytes are elsewhere: a Git-LFS pointer, an index that names a missing file.
    Absent {
        /// What stands in their place and what it names.
        stand_in: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unrecognised => f.write_str("no known format claims these bytes"),
            Self::Truncated { format, wanted } => write!(f, "{format}: the bytes end before {wanted}"),
            Self::Malformed { format, problem } => write!(f, "{format}: {problem}"),
            Self::Unsupported { format, feature } => write!(f, "{format}: {feature} is not read by this version"),
            Self::Budget { limit, max } => write!(f, "limit `{limit}` of {max} reached"),
            Self::Unexplained { format } => write!(f, "{format}: bytes that nothing accounts for"),
            Self::Encrypted { format } => write!(f, "{format}: encrypted, so nobody without the key can inspect it"),
            Self::Unreadable { reason } => write!(f, "cannot be read: {reason}"),
            Self::Absent { stand_in } => write!(f, "the bytes are elsewhere: {stand_in}"),
        }
    }
}
