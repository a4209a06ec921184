//! TOML documents.
//!
//! Source: TOML 1.1, read as the events of `toml_parser`; no tree is built. A table's header opens the objects
//! that its keys name and the next header closes them, so `[a.b]` and `a = {b = {…}}` look the same to whoever
//! listens. An array of tables begins anew with each of its headers: its elements are not numbered. Readers refuse
//! a key that stands twice, so that is a fault and no fact. Credentials and hidden text are for the text format,
//! which reads the same file.
//!
//! Not covered: keys that turn a value into a table or extend an inline table, which readers refuse as well.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use headworks_types::Fault;
use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, ParseError, Raw, Source, Span};

use crate::configuration::Configuration;
use crate::document::{self, Collection, Scalar, Sink};
use crate::format::{Format, Input, Probe};
use crate::git_lfs;
use crate::inspection::Inspection;

/// TOML, by name: its readers go by that, and much other text has its grammar.
pub(crate) static FORMAT: Format = Format { id: "toml", title: "TOML document", claims, inspect };

/// Files that are TOML whatever they end in.
const NAMES: &[&str] = &["Cargo.lock", "Pipfile", "pdm.lock", "poetry.lock", "uv.lock"];

fn claims(probe: &Probe<'_>) -> bool {
    let name = probe.name();
    (name.ends_with(".toml") || NAMES.contains(&name)) && !(git_lfs::FORMAT.claims)(probe)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    // A token takes several times the memory of its text.
    let max = inspection.limits.program_bytes_max;
    if input.bytes.size() > max {
        inspection.identified(input, FORMAT.id, "not read");
        return inspection.fact(whole, Fault::Budget { limit: "program_bytes_max".into(), max });
    }
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => {
            inspection.identified(input, FORMAT.id, "not read");
            return inspection.read_failed(whole, FORMAT.id, &error);
        }
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => read(input, text, inspection),
        Err(error) => {
            inspection.identified(input, FORMAT.id, "not UTF-8");
            let fault = Fault::Malformed { format: FORMAT.id.into(), problem: "the text is not UTF-8".into() };
            inspection.fact(input.place.at(error.valid_up_to() as u64..bytes.len() as u64), fault);
        }
    }
}

fn read(input: &Input<'_>, text: &str, inspection: &mut Inspection<'_>) {
    // The sink has the bound itself and says so.
    let depth_max = inspection.limits.document_depth_max.saturating_add(1);
    let mut sink = Configuration::new(input, inspection, FORMAT.id, text, 0);
    let outcome = values(text, depth_max, &mut sink);
    let (values, depth) = (sink.values, sink.depth);
    inspection.identified(input, FORMAT.id, format!("TOML, {values} values, depth {depth}"));
    if let Err(Some(broken)) = outcome {
        let at = broken.at as u64;
        inspection.fact(input.place.at(at..text.len() as u64), broken.fault(text));
    }
}

/// Hands the values of `text` to `sink` as those of one object, no deeper than `depth_max`.
///
/// The error is the first place at which the text stops being TOML; none after a bound was reached, which the sink
/// has stated.
pub(crate) fn values<'t>(text: &'t str, depth_max: u64, sink: &mut impl Sink<'t>) -> Result<(), Option<Broken>> {
    // The parser takes a byte-order mark for the beginning of a key, and writers on Windows leave one.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len().saturating_sub(body.len());
    let source = Source::new(body);
    let tokens = source.lex().into_vec();
    let mut error: Option<ParseError> = None;
    let mut document = Document::new(sink, source, base, depth_max);
    document.enter(Collection::Object, Level::Root, 0, 0);
    parse_document(&tokens, &mut ValidateWhitespace::new(&mut document, source), &mut error);
    document.close_down_to(0, body.len());
    let (is_stopped, repeated) = (document.is_stopped, document.repeated);
    let grammar = error.map(|error| Broken {
        at: base.saturating_add(error.unexpected().or(error.context()).map_or(0, |span| span.start())),
        problem: error.description().to_owned(),
    });
    match grammar.or(repeated) {
        _ if is_stopped => Err(None),
        Some(broken) => Err(Some(broken)),
        None => Ok(()),
    }
}

/// Where a text stops being TOML, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    at: usize,
    problem: String,
}

impl Broken {
    /// The fault that it is in `text`.
    fn fault(self, text: &str) -> Fault {
        let format = FORMAT.id.to_owned();
        match self.at >= text.trim_end().len() {
            true => Fault::Truncated { format, wanted: format!("the end of a value: {}", self.problem) },
            false => Fault::Malformed { format, problem: self.problem },
        }
    }
}

/// Why an object or array is open, which decides what closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// The document itself.
    Root,
    /// A part of the latest header.
    Header,
    /// A part of a dotted key, closed after its value.
    Dotted,
    /// Brackets or braces of a value.
    Value,
    /// Brackets or braces that are not followed.
    Skipped,
}

/// An open object or array.
struct Frame {
    level: Level,
    /// Hash of the keys and elements that lead here.
    path: u64,
    /// Values seen in an array.
    elements: u64,
    is_array: bool,
}

/// A part of a key, and where it stands.
type Part<'t> = (Cow<'t, str>, Range<usize>);

struct Document<'t, 's, S> {
    sink: &'s mut S,
    source: Source<'t>,
    base: usize,
    depth_max: u64,
    open: Vec<Frame>,
    /// The key that is being read.
    key: Vec<Part<'t>>,
    /// Hash of the path of the latest key, whose value comes next.
    value_path: u64,
    /// The elements so far of each array of tables, by the hash of its path.
    tables: HashMap<u64, u64>,
    /// Hashes of the paths that have a value or a header.
    defined: HashSet<u64>,
    repeated: Option<Broken>,
    /// Whether a bound was reached; nothing behind it is told.
    is_stopped: bool,
}

impl<'t, 's, S: Sink<'t>> Document<'t, 's, S> {
    fn new(sink: &'s mut S, source: Source<'t>, base: usize, depth_max: u64) -> Self {
        Self {
            sink,
            source,
            base,
            depth_max,
            open: Vec::new(),
            key: Vec::new(),
            value_path: 0,
            tables: HashMap::new(),
            defined: HashSet::new(),
            repeated: None,
            is_stopped: false,
        }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.base.saturating_add(span.start());
        start..self.base.saturating_add(span.end()).max(start)
    }

    /// Opens an object or array; whether it is followed.
    fn enter(&mut self, collection: Collection, level: Level, path: u64, at: usize) -> bool {
        let is_array = collection == Collection::Array;
        let is_too_deep = self.open.len() as u64 > self.depth_max;
        self.is_stopped = self.is_stopped || is_too_deep || !self.sink.open(collection, at);
        let level = if self.is_stopped { Level::Skipped } else { level };
        self.open.push(Frame { level, path, elements: 0, is_array });
        !self.is_stopped
    }

    /// Closes what is open beyond `count` objects and arrays.
    fn close_down_to(&mut self, count: usize, at: usize) {
        while self.open.len() > count {
            let frame = self.open.pop();
            if !self.is_stopped && frame.is_some_and(|frame| frame.level != Level::Skipped) {
                self.sink.close(at);
            }
        }
    }

    /// Tells the sink of a part of a key. Other headers may name the same table, so no two keys count as the same.
    fn tell_key(&mut self, part: &Part<'t>) {
        if !self.is_stopped {
            self.sink.key(part.0.clone(), &part.1.start.to_le_bytes(), part.1.clone());
        }
    }

    fn define(&mut self, path: u64, at: usize) {
        if !self.defined.insert(path) && self.repeated.is_none() {
            self.repeated = Some(Broken { at, problem: "a key or table stands twice".into() });
        }
    }

    /// Opens the tables of the header whose key was read.
    fn header(&mut self, is_array: bool, at: usize) {
        let key = std::mem::take(&mut self.key);
        let mut path = 0;
        for (index, part) in key.iter().enumerate() {
            let is_last = index.saturating_add(1) == key.len();
            path = step(path, &part.0);
            self.tell_key(part);
            if is_last && is_array {
                self.enter(Collection::Array, Level::Header, path, at);
                let element = self.tables.entry(path).or_insert(0);
                *element = element.saturating_add(1);
            } else if is_last {
                self.define(path, part.1.start);
            }
            path = self.tables.get(&path).map_or(path, |element| step(path, element));
            if !self.enter(Collection::Object, Level::Header, path, at) {
                return;
            }
        }
    }

    /// Opens the objects of the key that was read and leaves its last part for the value.
    fn before_value(&mut self, at: usize) {
        let key = std::mem::take(&mut self.key);
        let mut path = self.open.last().map_or(0, |frame| frame.path);
        for (index, part) in key.iter().enumerate() {
            path = step(path, &part.0);
            self.tell_key(part);
            if index.saturating_add(1) == key.len() {
                self.define(path, part.1.start);
            } else if !self.enter(Collection::Object, Level::Dotted, path, at) {
                return;
            }
        }
        self.value_path = path;
    }

    /// The path of the value that begins: that of its key, or of an element.
    fn path_of_value(&mut self) -> u64 {
        match self.open.last_mut() {
            Some(frame) if frame.is_array => {
                frame.elements = frame.elements.saturating_add(1);
                step(frame.path, &frame.elements)
            }
            _ => self.value_path,
        }
    }

    /// A value is over, and so are the objects of its dotted key.
    fn after_value(&mut self, at: usize) {
        let dotted = self.open.iter().rev().take_while(|frame| frame.level == Level::Dotted).count();
        self.close_down_to(self.open.len().saturating_sub(dotted), at);
    }

    fn open_value(&mut self, collection: Collection, span: Span) -> bool {
        let (path, at) = (self.path_of_value(), self.range(span).start);
        self.enter(collection, Level::Value, path, at)
    }

    fn close_value(&mut self, span: Span) {
        let at = self.range(span).end;
        let is_value = |frame: &Frame| matches!(frame.level, Level::Value | Level::Skipped);
        if let Some(index) = self.open.iter().rposition(is_value) {
            self.close_down_to(index, at);
        }
        self.after_value(at);
    }

    fn begin_header(&mut self, span: Span) {
        let at = self.range(span).start;
        self.close_down_to(1, at);
        self.key.clear();
    }
}

impl<'t, S: Sink<'t>> EventReceiver for Document<'t, '_, S> {
    fn std_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.begin_header(span);
    }

    fn std_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.header(false, self.range(span).end);
    }

    fn array_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.begin_header(span);
    }

    fn array_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.header(true, self.range(span).end);
    }

    fn inline_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.open_value(Collection::Object, span)
    }

    fn inline_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close_value(span);
    }

    fn array_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.open_value(Collection::Array, span)
    }

    fn array_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close_value(span);
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut key = Cow::Borrowed("");
        let raw = self.source.get(span).map_or("", |raw| raw.as_str());
        Raw::new_unchecked(raw, encoding, span).decode_key(&mut key, error);
        self.key.push((key, self.range(span)));
    }

    fn key_val_sep(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.before_value(self.range(span).start);
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut text = Cow::Borrowed("");
        let raw = self.source.get(span).map_or("", |raw| raw.as_str());
        let scalar = match Raw::new_unchecked(raw, encoding, span).decode_scalar(&mut text, error) {
            ScalarKind::String => Scalar::Text(text),
            ScalarKind::DateTime => Scalar::Text(Cow::Borrowed(raw)),
            ScalarKind::Boolean(value) => Scalar::Bool(value),
            ScalarKind::Float | ScalarKind::Integer(_) => Scalar::Number(raw),
        };
        let (range, _) = (self.range(span), self.path_of_value());
        let at = range.end;
        if !self.is_stopped {
            self.sink.scalar(scalar, range);
        }
        self.after_value(at);
    }
}

/// Hash of a path with one more part.
fn step(path: u64, part: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    part.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits, Place};

    use super::*;
    use crate::fields::{self, Syntax};

    fn fields(text: &str) -> Vec<(String, String)> {
        let bytes = text.as_bytes().to_vec();
        let input = Input { bytes: &bytes, place: Place::file("x.toml") };
        let limits = Limits::default();
        let fields = fields::read(&input, Syntax::Toml, "x", &mut Inspection::new(&limits));
        fields.into_iter().map(|field| (field.path.join("."), field.value)).collect()
    }

    fn faults(text: &str) -> Vec<Fault> {
        let facts = crate::inspect(&text.as_bytes().to_vec(), Place::file("x.toml"), &Limits::default());
        let faults = facts.into_iter().filter_map(|fact| match fact.kind {
            FactKind::Fault(fault) => Some(fault),
            _ => None,
        });
        faults.collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect()
    }

    #[test]
    fn headers_dotted_keys_and_inline_tables_lead_to_the_same_paths() {
        let expected = pairs(&[("a.b.c", "1"), ("a.d", "x")]);
        for text in ["[a.b]\nc = 1\n[a]\nd = 'x'\n", "a.b.c = 1\na.d = \"x\"\n", "a = {b = {c = 1}, d = '''x'''}\n"] {
            assert_eq!(fields(text), expected, "{text}");
            assert_eq!(faults(text), [], "{text}");
        }
    }

    #[test]
    fn arrays_of_tables_and_of_values_are_told_apart_from_objects() {
        let text = "[[t]]\nu = 1\n[t.v]\nw = [1, [2, {x = 3}]]\n[[t]]\nu = 2\n[t.v]\nw = true\n";
        let expected = [
            ("t.0.u", "1"),
            ("t.v.w.0", "1"),
            ("t.v.w.1.0", "2"),
            ("t.v.w.1.1.x", "3"),
            ("t.0.u", "2"),
            ("t.v.w", "true"),
        ];
        assert_eq!(fields(text), pairs(&expected));
        assert_eq!(faults(text), []);
    }

    #[test]
    fn a_key_or_table_that_stands_twice_is_a_fault() {
        for text in ["a = 1\na = 2\n", "[a]\n[a]\n", "a = 1\n[a]\n", "a.b = 1\na.b = 2\n", "a = [{b = 1, b = 2}]\n"] {
            assert!(matches!(faults(text).as_slice(), [Fault::Malformed { .. }]), "{text}");
        }
    }

    #[test]
    fn nesting_ends_at_its_bound_and_is_said_once() {
        let text = format!("a = {}{}\nb = 1\n", "[".repeat(50_000), "]".repeat(50_000));
        assert!(matches!(faults(&text).as_slice(), [Fault::Budget { .. }]));
        let header = format!("[{}a]\n", "a.".repeat(1000));
        assert!(matches!(faults(&header).as_slice(), [Fault::Budget { .. }]));
    }

    #[test]
    fn what_a_loader_would_call_is_found_as_in_any_configuration() {
        let bytes = b"[model]\n_target_ = 'toy.Model'\n".to_vec();
        let facts = crate::inspect(&bytes, Place::file("x.toml"), &Limits::default());
        assert!(facts.iter().any(|fact| matches!(fact.kind, FactKind::Configuration(_))));
    }

    #[test]
    fn a_byte_order_mark_and_windows_lines_are_honest() {
        assert_eq!(faults("\u{feff}a = 1\r\n"), []);
        assert_eq!(fields("\u{feff}a = 1\r\n"), pairs(&[("a", "1")]));
    }
}
