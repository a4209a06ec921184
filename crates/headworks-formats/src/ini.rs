//! INI files as Python's `configparser` reads them: sections, keys, and values that go on in indented lines.
//!
//! Source: `configparser` of CPython 3.14 with its defaults, as setuptools uses it for `setup.cfg` and importlib
//! for `entry_points.txt`: `=` and `:` both delimit, `#` and `;` begin a comment only where a line begins. Names
//! are not lowered and nothing is interpolated. Keys before the first section are left out, for the reader refuses
//! a file that has any.

use std::borrow::Cow;
use std::ops::Range;

use crate::document::{Collection, Scalar, Sink};

/// Hands the values of `text` to `sink`: one object for each section.
pub(crate) fn values<'t>(text: &'t str, sink: &mut impl Sink<'t>) {
    let mut reading = Reading { sink, in_section: false, value: None };
    if !reading.sink.open(Collection::Object, 0) {
        return;
    }
    let mut at = 0usize;
    for line in text.split_inclusive('\n') {
        reading.line(line, at);
        at = at.saturating_add(line.len());
    }
    reading.end_section(at);
    reading.sink.close(at);
}

struct Reading<'s, S> {
    sink: &'s mut S,
    in_section: bool,
    /// The value so far, and its place.
    value: Option<(String, Range<usize>)>,
}

impl<S> Reading<'_, S> {
    fn line<'t>(&mut self, line: &'t str, at: usize)
    where
        S: Sink<'t>,
    {
        let content = line.trim();
        let is_indented = line.starts_with([' ', '\t']);
        if content.is_empty() || content.starts_with(['#', ';']) {
            return;
        }
        if is_indented && let Some((value, range)) = &mut self.value {
            value.push('\n');
            value.push_str(content);
            range.end = at.saturating_add(line.trim_end().len());
            return;
        }
        self.end_value();
        match content.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((name, _)) => self.begin_section(name, at),
            None => self.pair(content, at),
        }
    }

    fn begin_section<'t>(&mut self, name: &'t str, at: usize)
    where
        S: Sink<'t>,
    {
        self.end_section(at);
        let range = at..at.saturating_add(name.len());
        self.sink.key(Cow::Borrowed(name.trim()), &at.to_le_bytes(), range);
        self.in_section = self.sink.open(Collection::Object, at);
    }

    fn pair<'t>(&mut self, content: &'t str, at: usize)
    where
        S: Sink<'t>,
    {
        if !self.in_section {
            return;
        }
        let (key, value) = content.split_once(['=', ':']).unwrap_or((content, ""));
        let end = at.saturating_add(content.len());
        self.sink.key(Cow::Borrowed(key.trim()), &at.to_le_bytes(), at..end);
        self.value = Some((value.trim().to_owned(), at..end));
    }

    fn end_value<'t>(&mut self)
    where
        S: Sink<'t>,
    {
        if let Some((value, range)) = self.value.take() {
            self.sink.scalar(Scalar::Text(Cow::Owned(value)), range);
        }
    }

    fn end_section<'t>(&mut self, at: usize)
    where
        S: Sink<'t>,
    {
        self.end_value();
        if std::mem::take(&mut self.in_section) {
            self.sink.close(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{Limits, Place};

    use crate::fields::{self, Syntax};
    use crate::format::Input;
    use crate::inspection::Inspection;

    #[test]
    fn values_go_on_in_indented_lines_and_comments_do_not_end_them() {
        let text = "stray = 0\n[a b]\nkey: one\n  two\n\n  # none\n  three\n; none\nlast = 1\n[c]\nd\n";
        let bytes = text.as_bytes().to_vec();
        let input = Input { bytes: &bytes, place: Place::file("setup.cfg") };
        let limits = Limits::default();
        let fields = fields::read(&input, Syntax::Ini, "x", &mut Inspection::new(&limits));
        let shown = fields.iter().map(|field| format!("{}={}", field.path.join("."), field.value));
        assert_eq!(Vec::from_iter(shown), ["a b.key=one\ntwo\nthree", "a b.last=1", "c.d="]);
    }
}
