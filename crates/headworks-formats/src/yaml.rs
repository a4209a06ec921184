//! YAML documents.
//!
//! Source: YAML 1.2.2, read as a stream of events; no node is built and no alias expanded, so a
//! document that multiplies itself through anchors costs what its bytes cost. Tags matter most:
//! PyYAML's `Loader` and `unsafe_load` construct what `!!python/…` names.
//!
//! Not covered: constructors that a program registers for tags of its own.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use headworks_types::Fault;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use crate::configuration::Configuration;
use crate::document::{self, Collection, Scalar, Sink};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::secrets;

/// YAML, claimed by name: nearly every text is YAML to its grammar.
pub(crate) static FORMAT: Format = Format { id: "yaml", title: "YAML document", claims, inspect };

/// What `!!` stands for.
const CORE_PREFIX: &str = "tag:yaml.org,2002:";

/// Tags of the core schema and of YAML 1.1's type repository, which build plain data.
const PLAIN_TAGS: [&str; 13] =
    ["str", "int", "float", "bool", "null", "map", "seq", "set", "omap", "pairs", "binary", "timestamp", "merge"];

/// Characters kept of a scalar that has an anchor: enough for any name a loader would look up.
const ANCHORED_BYTES_MAX: usize = 4096;

fn claims(probe: &Probe<'_>) -> bool {
    let name = probe.name();
    (name.ends_with(".yaml") || name.ends_with(".yml") || name == "MLmodel") && !(crate::git_lfs::FORMAT.claims)(probe)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => {
            inspection.identified(input, FORMAT.id, "not read");
            return inspection.read_failed(input.place.at(0..input.bytes.size()), FORMAT.id, &error);
        }
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => read(input, text, inspection),
        Err(error) => {
            inspection.identified(input, FORMAT.id, "not UTF-8");
            let at = error.valid_up_to() as u64;
            let fault = Fault::Malformed { format: FORMAT.id.into(), problem: "the text is not UTF-8".into() };
            inspection.fact(input.place.at(at..bytes.len() as u64), fault);
        }
    }
}

fn read(input: &Input<'_>, text: &str, inspection: &mut Inspection<'_>) {
    let mut sink = Configuration::new(input, inspection, FORMAT.id, text, 0);
    let outcome = values(text, &mut sink);
    let (values, depth) = (sink.values, sink.depth);
    let documents = outcome.as_ref().map_or(1, |documents| *documents);
    inspection.identified(input, FORMAT.id, format!("YAML, {documents} documents, {values} values, depth {depth}"));
    if let Err(Some(broken)) = outcome {
        let at = broken.at as u64;
        let fault = broken.fault(FORMAT.id, text, inspection.limits.document_depth_max);
        inspection.fact(input.place.at(at..text.len() as u64), fault);
    }
    secrets::scan(text, input, 0, inspection);
}

/// Hands the values of all documents in `text` to `sink`.
///
/// The number of documents, or the error that ends the stream; no error after a bound was reached,
/// which the sink has stated.
pub(crate) fn values<'t>(text: &'t str, sink: &mut impl Sink<'t>) -> Result<u64, Option<Broken>> {
    let mut document = Document { sink, lines: Lines::of(text), open: Vec::new(), anchors: HashMap::new() };
    let outcome = document.read(Parser::new_from_str(text));
    let lines = document.lines;
    outcome.map_err(|error| {
        error.map(|error| Broken { at: lines.offset(error.marker()), problem: error.info().to_owned() })
    })
}

/// Where a text stops being YAML, and why.
pub(crate) struct Broken {
    pub(crate) at: usize,
    problem: String,
}

impl Broken {
    /// The fault in the terms of `format`, which read `text`.
    pub(crate) fn fault(self, format: &str, text: &str, depth_max: u64) -> Fault {
        let format = format.to_owned();
        if self.problem.contains("recursion limit") {
            // The parser looks ahead and has a bound of its own for that.
            Fault::Budget { limit: "document_depth_max".into(), max: depth_max }
        } else if self.at >= text.trim_end().len() {
            Fault::Truncated { format, wanted: self.problem }
        } else {
            Fault::Malformed { format, problem: self.problem }
        }
    }
}

struct Document<'t, 's, S> {
    sink: &'s mut S,
    lines: Lines<'t>,
    open: Vec<Open>,
    /// Scalars that have an anchor; what an alias of one says.
    anchors: HashMap<usize, Option<String>>,
}

/// An open mapping or sequence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Sequence,
    /// A mapping whose next node is a key.
    AtKey,
    /// A mapping whose next node is a value.
    AtValue,
}

impl<'t, S: Sink<'t>> Document<'t, '_, S> {
    /// The number of documents in the stream, or the error that ends it; no error after a bound
    /// was reached, which the sink has stated.
    fn read(&mut self, mut parser: Parser<'t, StrInput<'t>>) -> Result<u64, Option<ScanError>> {
        let mut documents: u64 = 0;
        while let Some(next) = parser.next_event() {
            let (event, span) = next.map_err(Some)?;
            match event {
                Event::DocumentStart(_) => documents = documents.saturating_add(1),
                Event::DocumentEnd => self.anchors.clear(),
                Event::StreamEnd => break,
                event => self.node(event, span)?,
            }
        }
        Ok(documents)
    }

    fn node(&mut self, event: Event<'t>, span: Span) -> Result<(), Option<ScanError>> {
        let at = self.lines.range(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.tag(tag.as_deref(), at.clone());
                self.scalar(text, style, anchor, at);
            }
            Event::SequenceStart(anchor, tag) => self.open(Collection::Array, anchor, tag.as_deref(), at)?,
            Event::MappingStart(anchor, tag) => self.open(Collection::Object, anchor, tag.as_deref(), at)?,
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                self.sink.close(at.end);
                self.node_ends();
            }
            Event::Alias(anchor) => self.alias(anchor, at),
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        collection: Collection,
        anchor: usize,
        tag: Option<&Tag>,
        at: Range<usize>,
    ) -> Result<(), Option<ScanError>> {
        self.tag(tag, at.clone());
        self.anchors.insert(anchor, None);
        if self.is_at_key() {
            self.sink.key(Cow::Borrowed("?"), &at.start.to_le_bytes(), at.clone());
        }
        if !self.sink.open(collection, at.start) {
            return Err(None);
        }
        self.open.push(if collection == Collection::Array { Open::Sequence } else { Open::AtKey });
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'t, str>, style: ScalarStyle, anchor: usize, at: Range<usize>) {
        if anchor != 0 {
            let kept = text.char_indices().take_while(|(index, _)| *index < ANCHORED_BYTES_MAX).map(|(_, c)| c);
            self.anchors.insert(anchor, Some(kept.collect()));
        }
        self.text(text, style == ScalarStyle::Plain, at);
    }

    /// A scalar where a key or a value is due.
    fn text(&mut self, text: Cow<'t, str>, is_plain: bool, at: Range<usize>) {
        if self.is_at_key() {
            // `<<` merges a mapping in and may stand more than once.
            let identity = if text == "<<" { at.start.to_string() } else { text.clone().into_owned() };
            self.sink.key(text, identity.as_bytes(), at);
        } else {
            self.sink.scalar(if is_plain { plain(text) } else { Scalar::Text(text) }, at);
        }
        self.node_ends();
    }

    fn alias(&mut self, anchor: usize, at: Range<usize>) {
        match self.anchors.get(&anchor).cloned().flatten() {
            Some(text) => self.text(Cow::Owned(text), true, at),
            None => {
                if self.is_at_key() {
                    self.sink.key(Cow::Borrowed("?"), &at.start.to_le_bytes(), at);
                } else {
                    self.sink.alias_of_collection(at);
                }
                self.node_ends();
            }
        }
    }

    fn tag(&mut self, tag: Option<&Tag>, at: Range<usize>) {
        let Some(tag) = tag else { return };
        // `!` alone only says that the node has no tag of its own.
        let tag = format!("{}{}", tag.handle, tag.suffix);
        match tag.strip_prefix(CORE_PREFIX) {
            Some(core) if PLAIN_TAGS.contains(&core) => {}
            Some(core) => self.sink.constructing_tag(&format!("!!{core}"), at),
            None if tag == "!" => {}
            None => self.sink.constructing_tag(&tag, at),
        }
    }

    fn is_at_key(&self) -> bool {
        self.open.last() == Some(&Open::AtKey)
    }

    /// A node is over: a mapping's next node is of the other kind.
    fn node_ends(&mut self) {
        if let Some(innermost) = self.open.last_mut() {
            *innermost = match *innermost {
                Open::AtKey => Open::AtValue,
                Open::AtValue => Open::AtKey,
                Open::Sequence => Open::Sequence,
            };
        }
    }
}

/// What a scalar without quotes is. YAML 1.1's words count too, for PyYAML reads those.
fn plain(text: Cow<'_, str>) -> Scalar<'_> {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Scalar::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "0" => Scalar::Bool(false),
        _ => Scalar::Text(text),
    }
}

/// Where the lines of a text begin: the parser counts lines and characters, facts count bytes.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// The place that was asked for last, as line, column and offset: places come in order, and a
    /// line of many megabytes must not be counted from its beginning each time.
    latest: Cell<(usize, usize, usize)>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let feeds = memchr::memchr_iter(b'\n', text.as_bytes()).map(|feed| feed.saturating_add(1));
        Self { text, starts: std::iter::once(0).chain(feeds).collect(), latest: Cell::new((0, 0, 0)) }
    }

    fn offset(&self, marker: &Marker) -> usize {
        let index = marker.line().saturating_sub(1);
        let Some(&line_start) = self.starts.get(index) else { return self.text.len() };
        let (line, column, offset) = self.latest.get();
        let continues = line == index && column <= marker.col() && offset >= line_start;
        let (column, start) = if continues { (column, offset) } else { (0, line_start) };
        let rest = self.text.get(start..).unwrap_or_default();
        let ahead = marker.col().saturating_sub(column);
        let passed = rest.char_indices().nth(ahead).map_or(rest.len(), |(passed, _)| passed);
        let found = start.saturating_add(passed);
        self.latest.set((index, marker.col(), found));
        found
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.offset(&span.start);
        start..self.offset(&span.end).max(start)
    }
}
