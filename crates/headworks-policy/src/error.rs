//! Why a policy gives no verdict. None of these ever admits.

/// Why a policy could not be loaded or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A file is neither Rego nor JSON.
    #[error("`{file}` is no part of a policy; a policy is `.rego` and `.json` files")]
    Foreign {
        /// Name of the file.
        file: String,
    },
    /// A Rego file cannot be read or evaluated.
    #[error("{file}:{line}: {message}")]
    Rego {
        /// Name of the file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A JSON file cannot be read.
    #[error("{file}:{line}: {message}")]
    Data {
        /// Name of the file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A rule calls a builtin whose answer is no named input of the verdict.
    #[error("{file}:{line}: `{builtin}` is not available: a verdict depends on named inputs only\nhint: {hint}")]
    Forbidden {
        /// Name of the file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// The builtin.
        builtin: String,
        /// What to use in its place.
        hint: String,
    },
    /// The policy does not define the tier.
    #[error("the policy has no tier `{tier}`; it has {}", known.join(", "))]
    UnknownTier {
        /// The tier that was asked for.
        tier: String,
        /// Those that are defined.
        known: Vec<String>,
    },
    /// The evaluation failed at no place that is known.
    #[error("the policy could not be evaluated: {0}")]
    Evaluation(String),
    /// The policy answered, but not in the form that a verdict is made of.
    #[error("`{document}` of the policy is malformed: {message}")]
    Malformed {
        /// Path of the document.
        document: &'static str,
        /// What is wrong.
        message: String,
    },
}

impl PolicyError {
    /// What the engine says went wrong, with the place taken out of its drawing of the line.
    pub(crate) fn of_engine(error: impl std::fmt::Display) -> Self {
        let text = error.to_string();
        let message = text.split_once("error: ").map_or(text.as_str(), |(_, message)| message);
        let message = message.trim().to_owned();
        match place(&text) {
            Some((file, line)) => Self::Rego { file, line, message },
            None => Self::Evaluation(message),
        }
    }
}

/// Reads `--> file:line:column`.
fn place(text: &str) -> Option<(String, u64)> {
    let (_, after) = text.split_once("--> ")?;
    let (place, _) = after.split_once('\n')?;
    let (place, _column) = place.rsplit_once(':')?;
    let (file, line) = place.rsplit_once(':')?;
    Some((file.to_owned(), line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_read_from_the_engines_drawing() {
        let drawing = "\n--> my policy.rego:3:7\n  |\n3 | allow if ]\n  |       ^\nerror: unexpected token `]`";
        let expected =
            PolicyError::Rego { file: "my policy.rego".into(), line: 3, message: "unexpected token `]`".into() };
        assert_eq!(PolicyError::of_engine(drawing), expected);
    }

    #[test]
    fn an_error_without_a_place_keeps_its_words() {
        assert_eq!(PolicyError::of_engine("time limit"), PolicyError::Evaluation("time limit".into()));
    }
}
