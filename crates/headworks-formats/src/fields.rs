//! The values of a manifest as a flat list, each with the path of keys that leads to it.
//!
//! Manifests are small and asked for by key, so this is a list and no tree: a value costs what its
//! bytes cost, and nesting costs a path of bounded length.

use std::borrow::Cow;
use std::ops::Range;

use headworks_types::fact::ConfigurationFact;
use headworks_types::{Fault, Location};

use crate::document::{self, Collection, Scalar, Sink};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::{ini, json, toml, yaml};

/// Keys that lead to a value; what lies deeper has no meaning in any manifest.
const PATH_PARTS_MAX: usize = 16;

/// Bytes of one key.
const KEY_BYTES_MAX: usize = 256;

/// A value and where it stands; in TOML, where a header alone can be what counts, also an empty table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Keys from the outermost object on; the number of an element stands for it.
    pub(crate) path: Vec<String>,
    /// The value as text: `true`, `null` and numbers as they are written.
    pub(crate) value: String,
    /// Where the value stands in the input.
    pub(crate) at: Range<u64>,
}

impl Field {
    /// Whether the path is that of `pattern`, in which `*` stands for any key or number.
    pub(crate) fn is(&self, pattern: &[&str]) -> bool {
        self.path.len() == pattern.len() && self.starts(pattern)
    }

    /// Whether the path begins like `pattern`.
    pub(crate) fn starts(&self, pattern: &[&str]) -> bool {
        let equal = |(part, wanted): (&String, &&str)| *wanted == "*" || part == wanted;
        self.path.len() >= pattern.len() && self.path.iter().zip(pattern).all(equal)
    }

    /// The part of the path at `index`; empty where there is none.
    pub(crate) fn part(&self, index: usize) -> &str {
        self.path.get(index).map_or("", String::as_str)
    }

    /// The value's place.
    pub(crate) fn location(&self, input: &Input<'_>) -> Location {
        input.place.at(self.at.clone())
    }
}

/// The grammar a manifest is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    Ini,
    Json,
    Toml,
    /// JSON under a name that is no JSON's, so that no format of its own may read it and its faults are stated here.
    NamedJson,
    Yaml,
    /// YAML that no format of its own reads, so that its faults are stated here.
    FrontMatter,
}

/// The fields of the whole input, with a fault for what keeps them from being complete.
///
/// That a text breaks the grammar of JSON, TOML or YAML is stated by those formats, which read it too.
pub(crate) fn read(input: &Input<'_>, syntax: Syntax, format: &str, inspection: &mut Inspection<'_>) -> Vec<Field> {
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => {
            inspection.read_failed(input.place.at(0..input.bytes.size()), format, &error);
            return Vec::new();
        }
    };
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let base = bytes.len().saturating_sub(body.len()) as u64;
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            let problem = "the text is not UTF-8".into();
            let at = base.saturating_add(error.valid_up_to() as u64);
            inspection
                .fact(input.place.at(at..bytes.len() as u64), Fault::Malformed { format: format.to_owned(), problem });
            body.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default()
        }
    };
    read_text(text, base, input, syntax, format, inspection)
}

/// The fields of `text`, which begins at `base` in the input.
pub(crate) fn read_text(
    text: &str,
    base: u64,
    input: &Input<'_>,
    syntax: Syntax,
    format: &str,
    inspection: &mut Inspection<'_>,
) -> Vec<Field> {
    let max = inspection.limits.manifest_values_max;
    let mut fields = Fields { base, max, keeps_empty: syntax == Syntax::Toml, ..Fields::default() };
    match syntax {
        Syntax::Ini => ini::values(text, &mut fields),
        Syntax::Json => json::values_of(text, &mut fields),
        Syntax::Toml => drop(toml::values(text, inspection.limits.document_depth_max, &mut fields)),
        Syntax::NamedJson => {
            if !json::each_value(text, &mut fields) && !fields.is_full {
                let at = input.place.at(base..input.bytes.size());
                inspection
                    .fact(at, Fault::Malformed { format: format.to_owned(), problem: "the text is no JSON".into() });
            }
        }
        // A stop of the sink's own is stated below.
        Syntax::Yaml => drop(yaml::values(text, &mut fields)),
        Syntax::FrontMatter => {
            if let Err(Some(broken)) = yaml::values(text, &mut fields) {
                let at = base.saturating_add(broken.at as u64);
                let fault = broken.fault(format, text, inspection.limits.document_depth_max);
                inspection.fact(input.place.at(at..input.bytes.size()), fault);
            }
            for (tag, at) in std::mem::take(&mut fields.tags) {
                inspection.fact(input.place.at(at), ConfigurationFact::ConstructingTag { tag });
            }
        }
    }
    if fields.is_full {
        let fault = Fault::Budget { limit: "manifest_values_max".into(), max };
        inspection.fact(input.place.at(0..input.bytes.size()), fault);
    }
    fields.found
}

/// Collects the fields of a document.
#[derive(Default)]
struct Fields {
    base: u64,
    max: u64,
    /// Whether a collection without values counts as a value without text.
    keeps_empty: bool,
    found: Vec<Field>,
    /// The open collections: the latest key, or the number of the latest element.
    open: Vec<Open>,
    /// Tags that make YAML's loader construct an object.
    tags: Vec<(String, Range<u64>)>,
    is_full: bool,
}

struct Open {
    collection: Collection,
    key: String,
    /// Values seen in it.
    count: u64,
}

impl Fields {
    fn path(&self) -> Vec<String> {
        let part = |open: &Open| match open.collection {
            Collection::Object => open.key.clone(),
            Collection::Array => open.count.saturating_sub(1).to_string(),
        };
        self.open.iter().map(part).collect()
    }

    /// Where bytes of the text are in the input.
    fn range(&self, at: Range<usize>) -> Range<u64> {
        let offset = |at: usize| self.base.saturating_add(at as u64);
        offset(at.start)..offset(at.end)
    }

    fn keep(&mut self, at: Range<usize>, value: impl FnOnce() -> String) {
        if self.open.len() > PATH_PARTS_MAX {
            return;
        }
        self.is_full |= self.found.len() as u64 >= self.max;
        if self.is_full {
            return;
        }
        self.found.push(Field { path: self.path(), value: value(), at: self.range(at) });
    }

    fn count(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.count = open.count.saturating_add(1);
        }
    }
}

impl<'t> Sink<'t> for Fields {
    fn open(&mut self, collection: Collection, _: usize) -> bool {
        self.count();
        self.open.push(Open { collection, key: String::new(), count: 0 });
        !self.is_full
    }

    fn key(&mut self, key: Cow<'t, str>, _: &[u8], _: Range<usize>) {
        if let Some(open) = self.open.last_mut() {
            let end = key.floor_char_boundary(KEY_BYTES_MAX);
            open.key = key.get(..end).unwrap_or_default().to_owned();
        }
    }

    fn scalar(&mut self, scalar: Scalar<'t>, at: Range<usize>) {
        self.count();
        self.keep(at, || match scalar {
            Scalar::Null => "null".to_owned(),
            Scalar::Bool(value) => value.to_string(),
            Scalar::Number(digits) => digits.to_owned(),
            Scalar::Text(text) => text.into_owned(),
        });
    }

    fn close(&mut self, at: usize) {
        let is_empty = self.open.pop().is_some_and(|open| open.count == 0);
        if self.keeps_empty && is_empty && !self.open.is_empty() {
            self.keep(at..at, String::new);
        }
    }

    fn constructing_tag(&mut self, tag: &str, at: Range<usize>) {
        self.is_full |= self.tags.len() as u64 >= self.max;
        if !self.is_full {
            self.tags.push((shortened(tag), self.range(at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{Limits, Place};

    use super::*;

    fn fields(text: &str, syntax: Syntax) -> Vec<(String, String)> {
        let bytes = text.as_bytes().to_vec();
        let input = Input { bytes: &bytes, place: Place::file("x") };
        let limits = Limits::default();
        let fields = read(&input, syntax, "x", &mut Inspection::new(&limits));
        fields.into_iter().map(|field| (field.path.join("."), field.value)).collect()
    }

    #[test]
    fn the_same_manifest_has_the_same_fields_in_every_grammar() {
        let expected =
            [("a.b.0".to_owned(), "x".to_owned()), ("a.b.1".into(), "true".into()), ("c.d".into(), "1".into())];
        assert_eq!(fields(r#"{"a": {"b": ["x", true]}, "c": {"d": 1}}"#, Syntax::Json), expected);
        assert_eq!(fields("a:\n  b: [x, true]\nc:\n  d: 1\n", Syntax::Yaml), expected);
        assert_eq!(fields("[a]\nb = ['x', true]\n[c]\nd = 1\n", Syntax::Toml), expected);
    }

    #[test]
    fn values_beyond_the_bound_are_a_fault() {
        let bytes = b"[1,2,3]".to_vec();
        let input = Input { bytes: &bytes, place: Place::file("x") };
        let limits = Limits { manifest_values_max: 2, ..Limits::default() };
        let mut inspection = Inspection::new(&limits);
        assert_eq!(read(&input, Syntax::Json, "x", &mut inspection).len(), 2);
        assert_eq!(inspection.into_facts().len(), 1);
    }
}
