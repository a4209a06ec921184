//! Documents as a stream of values with their key paths: what JSON, YAML, TOML and their kin have in common.
//!
//! A parser tells a [`Sink`] what it meets, in document order, and nobody builds a tree: a
//! tokenizer of fifty megabytes costs one pass and the stack of open objects.

use std::borrow::Cow;
use std::hash::Hasher;
use std::ops::Range;

use headworks_types::ReadError;

use crate::format::Input;
use crate::inspection::Inspection;

/// All bytes of a document; borrowed when they are in memory anyway.
pub(crate) fn whole<'a>(input: &Input<'a>, inspection: &Inspection<'_>) -> Result<Cow<'a, [u8]>, ReadError> {
    let max = inspection.limits.text_bytes_max;
    let size = input.bytes.size();
    if size > max {
        return Err(ReadError::Budget { limit: "text_bytes_max", max });
    }
    if let Some(slice) = input.bytes.as_slice() {
        return Ok(Cow::Borrowed(slice));
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    let count = input.bytes.read_at(0, &mut bytes)?;
    bytes.truncate(count);
    Ok(Cow::Owned(bytes))
}

/// A value that holds no other values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scalar<'t> {
    Null,
    Bool(bool),
    Number(&'t str),
    Text(Cow<'t, str>),
}

impl Scalar<'_> {
    /// The text, when the value is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the value switches something on: loaders write `if config.get(...)`, so a text does.
    /// Of the numbers only 1 counts, for in a vocabulary every word has one.
    pub(crate) fn switches_on(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(digits) => *digits == "1",
            Self::Text(text) => !text.is_empty(),
        }
    }
}

/// What holds other values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collection {
    Object,
    Array,
}

/// Characters of a key path that a fact repeats; of a path, the end says more.
const PATH_CHARS_MAX: usize = 200;

/// The path of the innermost of some open objects or, `with_key`, of its current value; `[]` stands for
/// any element of an array.
pub(crate) fn key_path<'f>(frames: impl ExactSizeIterator<Item = (Collection, &'f str)>, with_key: bool) -> String {
    let own = frames.len().saturating_sub(1);
    let mut path = String::new();
    for (index, (collection, key)) in frames.enumerate() {
        match collection {
            Collection::Array => path.push_str("[]"),
            Collection::Object if index == own && !with_key => {}
            Collection::Object => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(key);
            }
        }
    }
    match path.char_indices().rev().nth(PATH_CHARS_MAX) {
        Some((start, _)) => format!("…{}", path.get(start..).unwrap_or_default()),
        None => path,
    }
}

/// Is told what a parser meets. Ranges are byte offsets in the document.
pub(crate) trait Sink<'t> {
    /// An object or array begins; false when it lies deeper than the sink follows.
    fn open(&mut self, collection: Collection, at: usize) -> bool;
    /// A key of the innermost object. `identity` is what makes two keys the same.
    fn key(&mut self, key: Cow<'t, str>, identity: &[u8], at: Range<usize>);
    /// A value of the innermost object or array, or of the document itself.
    fn scalar(&mut self, scalar: Scalar<'t>, at: Range<usize>);
    /// The innermost object or array ends.
    fn close(&mut self, at: usize);
    /// A tag that makes YAML's loader construct an object.
    fn constructing_tag(&mut self, _tag: &str, _at: Range<usize>) {}
    /// A value that is a collection which stands elsewhere in the document.
    fn alias_of_collection(&mut self, _at: Range<usize>) {}
}

/// The keys of one object, for finding those that occur twice.
///
/// Sixteen bytes a key. Two keys count as one when their 64-bit hashes agree: a duplicate is never
/// missed, and whoever forges a collision has only forged a report against himself.
#[derive(Debug, Default)]
pub(crate) struct Keys(Vec<(u64, usize)>);

impl Keys {
    pub(crate) fn add(&mut self, identity: &[u8], at: usize) {
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write(identity);
        self.0.push((hasher.finish(), at));
    }

    /// Offsets of the keys that occurred before in the same object, in document order.
    pub(crate) fn repeated(mut self) -> Vec<usize> {
        self.0.sort_unstable();
        let pairs = self.0.iter().zip(self.0.iter().skip(1));
        let mut repeated: Vec<usize> =
            pairs.filter(|((before, _), (hash, _))| before == hash).map(|(_, (_, at))| *at).collect();
        repeated.sort_unstable();
        repeated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_repeated_from_its_second_time_on() {
        let mut keys = Keys::default();
        for (at, key) in ["a", "b", "a", "c", "a"].into_iter().enumerate() {
            keys.add(key.as_bytes(), at);
        }
        assert_eq!(keys.repeated(), [2, 4]);
    }

    #[test]
    fn a_text_switches_on_and_a_words_number_does_not() {
        assert!(Scalar::Text("false".into()).switches_on());
        assert!(Scalar::Number("1").switches_on());
        assert!(!Scalar::Number("50257").switches_on());
        assert!(!Scalar::Text("".into()).switches_on());
    }
}
