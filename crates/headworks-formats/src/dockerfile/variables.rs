//! Variables of a build file, as far as the file itself gives their values.

use std::collections::HashMap;

/// Bytes of one value that are kept.
const VALUE_BYTES_MAX: usize = 4096;

/// How many times its own length, and a little more, a text may grow: a value that holds another twice doubles.
const GROWTH_MAX: usize = 16;
const GROWTH_BYTES_FREE: usize = 256;

/// Names with their values.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(HashMap<String, String>);

impl Variables {
    /// Sets a variable to a value in which others are replaced already.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let end = value.floor_char_boundary(VALUE_BYTES_MAX);
        self.0.insert(name.to_owned(), value.get(..end).unwrap_or_default().to_owned());
    }

    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// `text` with every variable replaced whose value is known: `$A`, `${A}`, `${A:-b}`, `${A-b}`, `${A:+b}`.
    pub(super) fn replace_in(&self, text: &str) -> String {
        let max = text.len().saturating_mul(GROWTH_MAX).saturating_add(GROWTH_BYTES_FREE);
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, from)) = rest.split_once('$') {
            replaced.push_str(before);
            let (written, after) = reference(from);
            let value = if before.ends_with('\\') { None } else { self.value(written) };
            match value.filter(|value| replaced.len().saturating_add(value.len()) < max) {
                Some(value) => replaced.push_str(value),
                None => {
                    replaced.push('$');
                    replaced.push_str(written);
                }
            }
            rest = after;
        }
        replaced.push_str(rest);
        replaced
    }

    /// The value of a reference as it is written behind its `$`.
    fn value<'s>(&'s self, written: &'s str) -> Option<&'s str> {
        let Some(inner) = written.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) else {
            return self.get(written);
        };
        let end = inner.find(|character: char| !is_of_name(character)).unwrap_or(inner.len());
        let (name, operator) = inner.split_at_checked(end)?;
        let known = self.get(name).filter(|value| !value.is_empty());
        match operator.strip_prefix(':').unwrap_or(operator).split_at_checked(1) {
            None => self.get(name),
            // What stands for a missing value may name variables itself; then it is not known.
            Some(("-", word)) => known.or(Some(word).filter(|word| !word.contains('$'))),
            Some(("+", word)) => known.and(Some(word)),
            Some(_) => None,
        }
    }
}

/// What a reference is written as behind its `$`, and what follows it.
fn reference(from: &str) -> (&str, &str) {
    let end = match from.strip_prefix('{') {
        Some(inner) => inner.find('}').map_or(0, |end| end.saturating_add(2)),
        None => from.find(|character: char| !is_of_name(character)).unwrap_or(from.len()),
    };
    from.split_at_checked(end).unwrap_or(("", from))
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_are_put_in_place_and_unknown_ones_stay() {
        let mut variables = Variables::default();
        variables.set("A", "1");
        let replaced = |text: &str| variables.replace_in(text);
        assert_eq!(replaced("x:$A-${A}-${B:-2}-${A:+3}"), "x:1-1-2-3");
        assert_eq!(replaced("$B ${B} ${B:+x} \\$A $"), "$B ${B} ${B:+x} \\$A $");
        assert_eq!(replaced("${A%.*} $(date) ${A"), "${A%.*} $(date) ${A");
    }

    #[test]
    fn values_that_hold_each_other_do_not_explode() {
        let mut variables = Variables::default();
        variables.set("V0", "xxxxxxxx");
        for level in 0..64 {
            let value = variables.replace_in(&format!("$V{level}$V{level}$V{level}$V{level}"));
            variables.set(&format!("V{}", level + 1), &value);
        }
        let text = "$V64".repeat(10_000);
        assert!(variables.replace_in(&text).len() < 1_000_000);
    }
}
