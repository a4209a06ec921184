//! Names of files in a manifest: one spelling each, inside the model, the same on every file system.

use unicode_normalization::UnicodeNormalization as _;

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// It is empty.
    #[error("is empty")]
    Empty,
    /// It is absolute.
    #[error("is absolute")]
    Absolute,
    /// It has an empty component, `.` or `..`.
    #[error("has the component ``, `.` or `..`")]
    Component,
    /// It has a character that separates paths on another system or that no terminal shows.
    #[error("has a backslash or a control character")]
    Character,
    /// A component ends in a dot or a space, which some systems drop.
    #[error("has a component that ends in a dot or a space")]
    Trailing,
}

/// Judges a name by OMS v1.0 §6.1.2 and by what other systems would make of it.
///
/// # Errors
/// Says what is wrong.
pub fn check(name: &str) -> Result<(), NameProblem> {
    if name.is_empty() {
        return Err(NameProblem::Empty);
    }
    if name.starts_with('/') {
        return Err(NameProblem::Absolute);
    }
    if name.chars().any(|character| character == '\\' || character.is_control()) {
        return Err(NameProblem::Character);
    }
    name.split('/').try_for_each(component)
}

fn component(component: &str) -> Result<(), NameProblem> {
    match component {
        "" | "." | ".." => Err(NameProblem::Component),
        _ if component.ends_with(['.', ' ']) => Err(NameProblem::Trailing),
        _ => Ok(()),
    }
}

/// What a file system may make of a name that folds case and composes characters: twins share it.
pub(super) fn folded(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// Whether `path` is `prefix` or lies below it.
pub fn is_within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_model_or_have_two_spellings_are_refused() {
        for name in ["", "/a", "a/../b", "./a", "a//b", "a/", "a\\b", "a\u{7}", "a./b", "a "] {
            assert!(check(name).is_err(), "{name:?}");
        }
        for name in ["a", ".config", "a b/c (copy).bin", "模型.bin", "a:0:5", "...a"] {
            assert_eq!(check(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn twins_fold_to_the_same() {
        assert_eq!(folded("Model.bin"), folded("model.BIN"));
        assert_eq!(folded("e\u{301}"), folded("\u{e9}"));
        assert_ne!(folded("model.bin"), folded("model-bin"));
    }

    #[test]
    fn a_prefix_ends_at_a_component() {
        assert!(is_within("cache", "cache") && is_within("cache/a", "cache"));
        assert!(!is_within("cached", "cache"));
    }
}
