//! JSON documents and JSON Lines.
//!
//! Source: RFC 8259, with the three numbers that Python's `json` writes beyond it (`NaN`,
//! `Infinity`, `-Infinity`), because most configuration comes from there. Duplicate keys are legal
//! and every reader resolves them in its own way, so each is a fact.
//!
//! Not covered: what a value means; the layouts and configuration keys that are known are read from the
//! same pass, and JSON with comments is no JSON here.

mod layout;
pub(crate) mod objects;
mod parser;

use std::borrow::Cow;
use std::ops::Range;

use headworks_types::Fault;

use crate::configuration::Configuration;
use crate::document::{self, Collection, Scalar, Sink};
use crate::format::{Format, Input, Probe};
use crate::git_lfs;
use crate::inspection::Inspection;
use crate::{keras, secrets, skops};
use layout::{Both, Layout};
pub(crate) use parser::Parser;
use parser::{Broken, Reason};

/// JSON, JSON Lines.
pub(crate) static FORMAT: Format = Format { id: "json", title: "JSON document", claims, inspect };

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Names that a loader hands to a JSON parser whatever the bytes are.
fn is_named_json(name: &str) -> bool {
    name.ends_with(".json") || is_named_lines(name)
}

/// Whether the tools that read a file of this path pass over comments.
fn takes_comments(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_typescript = name.contains("tsconfig") || name.starts_with("jsconfig");
    let is_tool = matches!(
        name,
        ".devcontainer.json" | ".eslintrc.json" | "api-extractor.json" | "devcontainer.json" | "tslint.json"
    );
    is_tool || (is_typescript && name.ends_with(".json")) || folders.rsplit('/').next() == Some(".vscode")
}

fn is_named_lines(name: &str) -> bool {
    name.ends_with(".jsonl") || name.ends_with(".ndjson")
}

fn claims(probe: &Probe<'_>) -> bool {
    if probe.name().ends_with(".ipynb") {
        return false;
    }
    if is_named_json(probe.name()) {
        // A pointer has the name of what it stands for; that bytes are absent is said elsewhere.
        return !(git_lfs::FORMAT.claims)(probe);
    }
    let head = probe.head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(probe.head);
    matches!(head.trim_ascii_start().first(), Some(b'{' | b'[')) && parses(head, probe.is_whole())
}

/// Hands the values of `text` to `sink`, as far as they are JSON; where they stop is stated by the format itself.
pub(crate) fn values_of<'t>(text: &'t str, sink: &mut impl Sink<'t>) {
    let _ = values(&mut Parser::new(text), sink);
}

/// Whether `head` is JSON, or the beginning of it when it is not the whole.
fn parses(head: &[u8], is_whole: bool) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if !is_whole && error.error_len().is_none() => valid_prefix(head, error.valid_up_to()),
        Err(_) => return false,
    };
    let mut parser = Parser::new(text);
    let broken = match values(&mut parser, &mut Ignored { depth: 0 }) {
        Ok(_) => return true,
        Err((_, broken)) => broken,
    };
    !is_whole && matches!(broken.reason, Reason::Ends { .. } | Reason::TooDeep)
}

/// Follows any depth that fits in a window and keeps nothing.
struct Ignored {
    depth: usize,
}

impl<'t> Sink<'t> for Ignored {
    fn open(&mut self, _: Collection, _: usize) -> bool {
        self.depth = self.depth.saturating_add(1);
        true
    }
    fn key(&mut self, _: Cow<'t, str>, _: &[u8], _: Range<usize>) {}
    fn scalar(&mut self, _: Scalar<'t>, _: Range<usize>) {}
    fn close(&mut self, _: usize) {}
}

/// Parses all values, each on a line of its own from the second on.
///
/// The number of values, or with the error the number before it and where the value began.
fn values<'t>(parser: &mut Parser<'t>, sink: &mut impl Sink<'t>) -> Result<u64, ((u64, usize), Broken)> {
    let mut count: u64 = 0;
    loop {
        let own_line = parser.skip_space();
        let start = parser.position();
        match (parser.is_at_end(), count) {
            (true, 1..) => return Ok(count),
            (false, 1..) if !own_line => {
                let broken = Broken { at: start, reason: Reason::Grammar("more follows on the line of the value") };
                return Err(((count, start), broken));
            }
            _ => {}
        }
        parser.value(sink).map_err(|broken| ((count, start), broken))?;
        count = count.saturating_add(1);
    }
}

/// Tells `sink` of all values in `text`; whether they are JSON to the end.
pub(crate) fn each_value<'t>(text: &'t str, sink: &mut impl Sink<'t>) -> bool {
    values(&mut Parser::new(text), sink).is_ok()
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => {
            inspection.identified(input, FORMAT.id, "not read");
            return inspection.read_failed(input.place.at(0..input.bytes.size()), FORMAT.id, &error);
        }
    };
    let body = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let base = bytes.len().saturating_sub(body.len());
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            let location = input.place.at(base.saturating_add(at) as u64..bytes.len() as u64);
            inspection.fact(location, malformed("the text is not UTF-8"));
            valid_prefix(body, at)
        }
    };
    Document { input, text, base, cut: text.len() < body.len() }.read(inspection);
    secrets::scan(text, input, base as u64, inspection);
}

/// The text of one document in memory.
struct Document<'a> {
    input: &'a Input<'a>,
    text: &'a str,
    /// Length of the byte-order mark.
    base: usize,
    /// Whether the text ends early because what follows is no UTF-8, which is stated already.
    cut: bool,
}

impl Document<'_> {
    fn read(&self, inspection: &mut Inspection<'_>) {
        let mut parser = match takes_comments(self.input.place.innermost()) {
            true => Parser::with_comments(self.text),
            false => Parser::new(self.text),
        };
        let mut layout = Layout::of(self.input.place.base_name(), inspection.limits);
        let mut configuration = Configuration::new(self.input, inspection, FORMAT.id, self.text, self.base);
        let mut sink = Both { configuration: &mut configuration, layout: layout.as_mut() };
        let outcome = values(&mut parser, &mut sink);
        let (contained, depth, readers) = (configuration.values, configuration.depth, configuration.readers);
        let lines = outcome.as_ref().map_or_else(|((count, _), _)| *count, |count| *count);
        inspection.identified(self.input, FORMAT.id, self.summary(lines, contained, depth, &parser));
        if readers.skops {
            skops::state_objects(self.input, self.text, self.base, inspection);
        }
        if readers.keras {
            keras::state_objects(self.input, self.text, self.base, inspection);
        }
        if let Some(layout) = layout {
            layout.state(self.input, self.text, inspection);
        }
        if let Err(((before, start), broken)) = outcome {
            self.report(before, start, &broken, inspection);
        }
    }

    fn summary(&self, lines: u64, contained: u64, depth: usize, parser: &Parser<'_>) -> String {
        let kind = match (lines, self.text.trim_start().as_bytes().first()) {
            (2.., _) => format!("JSON Lines, {lines} lines"),
            (_, Some(b'{')) => "JSON object".to_owned(),
            (_, Some(b'[')) => "JSON array".to_owned(),
            _ => "JSON value".to_owned(),
        };
        let mark = if self.base > 0 { ", byte-order mark" } else { "" };
        let comments = if parser.has_comments { ", with comments" } else { "" };
        let numbers = if parser.python_numbers { ", NaN or Infinity as Python writes them" } else { "" };
        format!("{kind}, {contained} values, depth {depth}{mark}{comments}{numbers}")
    }

    fn report(&self, before: u64, start: usize, broken: &Broken, inspection: &mut Inspection<'_>) {
        let is_lines = before > 1 || is_named_lines(self.input.place.base_name());
        let fault = match broken.reason {
            // The sink has stated it, with the limit's name.
            Reason::TooDeep => return,
            Reason::Ends { .. } if self.cut => return,
            Reason::Grammar(_) | Reason::Ends { .. } if before > 0 && !is_lines => {
                let end = self.text.len();
                return inspection.fact(self.location(start..end), Fault::Unexplained { format: FORMAT.id.into() });
            }
            Reason::Ends { wanted } => Fault::Truncated { format: FORMAT.id.into(), wanted: wanted.into() },
            Reason::Grammar(problem) => malformed(problem),
        };
        inspection.fact(self.location(broken.at..self.text.len()), fault);
    }

    fn location(&self, at: Range<usize>) -> headworks_types::Location {
        let offset = |at: usize| at.saturating_add(self.base) as u64;
        self.input.place.at(offset(at.start)..offset(at.end))
    }
}

fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}

fn valid_prefix(bytes: &[u8], length: usize) -> &str {
    bytes.get(..length).and_then(|prefix| std::str::from_utf8(prefix).ok()).unwrap_or_default()
}
