//! XML as a stream of elements: what PMML and OpenVINO have in common.
//!
//! Source: XML 1.0, Namespaces in XML, XInclude 1.0, `xml-stylesheet`. No tree is built, no entity
//! is replaced but the five of XML itself, and nothing is fetched; what a less careful parser would
//! expand, fetch or run is stated. Schema locations are not: parsers fetch them only when asked to
//! validate, and honest files name one.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use headworks_types::fact::{ExternalKind, GraphFact};
use headworks_types::{Fault, Location};
use quick_xml::Error;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::document;
use crate::encoding::Text;
use crate::format::{Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Namespace of elements that include another document.
const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";

/// Namespace of elements that are a program for an XSLT processor.
const XSLT: &str = "http://www.w3.org/1999/XSL/Transform";

/// Encodings whose bytes below 0x80 are ASCII; under another one, other characters would be read than we do.
const ASCII_ENCODINGS: &[&str] = &["utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"];

/// Is told what the document holds, in its order.
pub(crate) trait Sink {
    /// An element begins.
    fn open(&mut self, element: &Element<'_>, at: Location, inspection: &mut Inspection<'_>);
    /// Characters of the innermost element.
    fn text(&mut self, text: &str);
    /// The innermost element ends.
    fn close(&mut self, inspection: &mut Inspection<'_>);
}

/// The start of an element.
pub(crate) struct Element<'t> {
    /// Its name without prefix.
    pub(crate) name: &'t str,
    /// Elements around it.
    pub(crate) depth: usize,
    prefix: &'t str,
    attributes: Vec<(&'t str, Cow<'t, str>)>,
}

impl Element<'_> {
    /// The value of the attribute `name`.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| &**value)
    }

    fn binds(&self, namespace: &str) -> bool {
        self.attributes.iter().any(|(key, value)| key.starts_with("xmlns") && value.trim() == namespace)
    }
}

/// Whether the document's outermost element is called `name`, or may be because it lies beyond the probe.
pub(crate) fn has_root(probe: &Probe<'_>, name: &str) -> bool {
    let text = Text::decode(probe.head, true);
    let start = text.characters.trim_start_matches('\u{feff}').trim_start();
    if !start.starts_with('<') {
        return false;
    }
    let mut reader = Reader::from_str(start);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => return tag.local_name().into_inner() == name,
            // No parser takes words before the element: this is Markdown that begins with a comment.
            Ok(Event::Text(words)) if !words.trim().is_empty() => return false,
            Ok(Event::Eof) | Err(_) => return !probe.is_whole() && hides_root(start),
            Ok(_) => {}
        }
    }
}

/// Whether a text that shows no element yet begins like XML.
fn hides_root(start: &str) -> bool {
    ["<?xml", "<!--", "<!DOCTYPE"].iter().any(|mark| start.starts_with(mark))
}

/// Walks the document in `input`, read for the format `format`.
pub(crate) fn walk(format: &'static str, input: &Input<'_>, sink: &mut impl Sink, inspection: &mut Inspection<'_>) {
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => return inspection.read_failed(input.place.at(0..input.bytes.size()), format, &error),
    };
    let text = Text::decode(&bytes, true);
    if let Some(at) = text.broken_at {
        let problem = format!("no {} text", text.encoding.name());
        let fault = Fault::Malformed { format: format.into(), problem };
        inspection.fact(input.place.at(at..bytes.len() as u64), fault);
    }
    let exact = text.offsets_are_exact();
    let characters = text.characters.trim_start_matches('\u{feff}');
    let base = text.characters.len().saturating_sub(characters.len());
    let walk = Walk { format, input, characters, base, exact, open: 0, includes: false, root_ended: false };
    walk.run(sink, inspection);
}

struct Walk<'t> {
    format: &'static str,
    input: &'t Input<'t>,
    characters: &'t str,
    /// Length of the byte-order mark.
    base: usize,
    /// Whether offsets in the text are offsets in the bytes.
    exact: bool,
    /// Elements around the current place.
    open: usize,
    /// Whether the XInclude namespace was bound.
    includes: bool,
    root_ended: bool,
}

impl Walk<'_> {
    fn run(mut self, sink: &mut impl Sink, inspection: &mut Inspection<'_>) {
        let mut reader = Reader::from_str(self.characters);
        loop {
            let start = usize::try_from(reader.buffer_position()).unwrap_or_default();
            let event = reader.read_event();
            let at = self.location(start..usize::try_from(reader.buffer_position()).unwrap_or_default());
            let outcome = match event {
                Ok(Event::Eof) if self.open == 0 && self.root_ended => return,
                Ok(Event::Eof) => Err(self.truncated("the end of an element")),
                Ok(event) => self.event(&event, &at, sink, inspection),
                Err(error) => Err(self.broken(&error)),
            };
            if let Err(fault) = outcome {
                let rest = self.location(start..self.characters.len());
                return inspection.fact(rest, fault);
            }
        }
    }

    fn event(
        &mut self,
        event: &Event<'_>,
        at: &Location,
        sink: &mut impl Sink,
        inspection: &mut Inspection<'_>,
    ) -> Result<(), Fault> {
        match event {
            Event::Start(tag) => self.start(tag, at, sink, inspection)?,
            Event::Empty(tag) => {
                self.start(tag, at, sink, inspection)?;
                self.end(sink, inspection);
            }
            Event::End(_) => self.end(sink, inspection),
            Event::Text(text) => self.text(text, sink)?,
            Event::CData(text) => sink.text(text),
            Event::GeneralRef(reference) => self.reference(reference, sink)?,
            Event::Decl(declaration) => {
                if let Some(encoding) = declaration.encoding() {
                    let encoding = encoding.map_err(|error| self.malformed(&error.to_string()))?;
                    self.encoding(&encoding)?;
                }
            }
            Event::DocType(content) => self.document_type(content, at, inspection),
            Event::PI(instruction) => self.instruction(instruction.target(), instruction.content(), at, inspection),
            Event::Comment(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn start(
        &mut self,
        tag: &BytesStart<'_>,
        at: &Location,
        sink: &mut impl Sink,
        inspection: &mut Inspection<'_>,
    ) -> Result<(), Fault> {
        let max = inspection.limits.document_depth_max;
        if self.open as u64 >= max {
            return Err(Fault::Budget { limit: "document_depth_max".into(), max });
        }
        if self.open == 0 && self.root_ended {
            return Err(self.malformed("a second element beside the outermost one"));
        }
        let element = self.element(tag)?;
        self.state_programs(&element, at, inspection);
        sink.open(&element, at.clone(), inspection);
        self.open = self.open.saturating_add(1);
        Ok(())
    }

    fn end(&mut self, sink: &mut impl Sink, inspection: &mut Inspection<'_>) {
        self.open = self.open.saturating_sub(1);
        self.root_ended = self.open == 0;
        sink.close(inspection);
    }

    fn element<'e>(&self, tag: &'e BytesStart<'_>) -> Result<Element<'e>, Fault> {
        let mut attributes = Vec::new();
        let mut seen = HashSet::new();
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.malformed(&error.to_string()))?;
            let key = attribute.key.into_inner();
            if !seen.insert(key) {
                return Err(self.malformed(&format!("the attribute `{}` twice in one element", shortened(key))));
            }
            let value = quick_xml::escape::unescape(&attribute.value);
            let value = value.map_err(|error| self.malformed(&error.to_string()))?;
            attributes.push((key, Cow::Owned(value.into_owned())));
        }
        let (name, prefix) = tag.name().decompose();
        let prefix = prefix.map_or("", |prefix| prefix.into_inner());
        Ok(Element { name: name.into_inner(), depth: self.open, prefix, attributes })
    }

    /// States an element that another document or a processor stands behind.
    fn state_programs(&mut self, element: &Element<'_>, at: &Location, inspection: &mut Inspection<'_>) {
        self.includes |= element.binds(XINCLUDE);
        let is_prefixed = !element.prefix.is_empty() || element.binds(XINCLUDE);
        if self.includes && is_prefixed && element.name == "include" {
            let target = element.attribute("href").unwrap_or_default();
            self.external(at, "include", target, inspection);
        }
        if element.binds(XSLT) {
            let (framework, language) = (self.format.to_owned(), "xslt".to_owned());
            let (holder, excerpt) = (element.name.to_owned(), String::new());
            inspection.fact(at.clone(), GraphFact::EmbeddedCode { framework, language, holder, excerpt });
        }
    }

    fn text(&self, text: &str, sink: &mut impl Sink) -> Result<(), Fault> {
        if self.open == 0 && !text.trim().is_empty() {
            return Err(self.malformed("text outside of the outermost element"));
        }
        sink.text(text);
        Ok(())
    }

    /// A reference in text. Only the entities of XML itself stand for something that is here.
    fn reference(&self, name: &str, sink: &mut impl Sink) -> Result<(), Fault> {
        let whole = format!("&{name};");
        match quick_xml::escape::unescape(&whole) {
            Ok(text) => sink.text(&text),
            Err(_) => return Err(self.malformed(&format!("the entity `{}`, which is not read", shortened(name)))),
        }
        Ok(())
    }

    fn encoding(&self, name: &str) -> Result<(), Fault> {
        let is_known = ASCII_ENCODINGS.iter().any(|known| name.eq_ignore_ascii_case(known));
        let is_wide = !self.exact && name.get(..6).is_some_and(|name| name.eq_ignore_ascii_case("utf-16"));
        if is_known || is_wide {
            return Ok(());
        }
        Err(self.unsupported(format!("the encoding `{}`", shortened(name))))
    }

    /// A document type names a file to fetch, or declares entities that fetch one or multiply.
    fn document_type(&self, content: &str, at: &Location, inspection: &mut Inspection<'_>) {
        let target = shortened(content.trim());
        let (framework, holder) = (self.format.to_owned(), "DOCTYPE".to_owned());
        inspection.fact(at.clone(), GraphFact::External { framework, kind: ExternalKind::Entity, holder, target });
    }

    fn instruction(&self, name: &str, content: &str, at: &Location, inspection: &mut Inspection<'_>) {
        let href = content.split_once("href").and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
        match href {
            Some(href) => self.external(at, name, href, inspection),
            None => {
                let feature = format!("the processing instruction `{}`", shortened(name));
                inspection.fact(at.clone(), self.unsupported(feature));
            }
        }
    }

    fn external(&self, at: &Location, holder: &str, target: &str, inspection: &mut Inspection<'_>) {
        let kind = kind_of(target);
        let (framework, holder, target) = (self.format.to_owned(), holder.to_owned(), shortened(target));
        inspection.fact(at.clone(), GraphFact::External { framework, kind, holder, target });
    }

    fn broken(&self, error: &Error) -> Fault {
        match error {
            Error::Syntax(error) => self.truncated(&error.to_string()),
            error => self.malformed(&error.to_string()),
        }
    }

    fn location(&self, at: Range<usize>) -> Location {
        let offset = |at: usize| at.saturating_add(self.base) as u64;
        let bytes = if self.exact { offset(at.start)..offset(at.end) } else { 0..self.input.bytes.size() };
        self.input.place.at(bytes)
    }

    fn malformed(&self, problem: &str) -> Fault {
        Fault::Malformed { format: self.format.into(), problem: shortened(problem) }
    }

    fn unsupported(&self, feature: String) -> Fault {
        Fault::Unsupported { format: self.format.into(), feature }
    }

    fn truncated(&self, wanted: &str) -> Fault {
        Fault::Truncated { format: self.format.into(), wanted: wanted.into() }
    }
}

/// What kind of place `target` is, for a parser that follows it.
fn kind_of(target: &str) -> ExternalKind {
    let has_scheme = target.split_once(':').is_some_and(|(scheme, _)| scheme.len() > 1);
    let is_rooted = target.starts_with(['/', '\\', '~']) || target.get(1..2) == Some(":");
    match (has_scheme, is_rooted || target.split(['/', '\\']).any(|part| part == "..")) {
        (true, _) => ExternalKind::Url,
        (false, true) => ExternalKind::EscapingPath,
        (false, false) => ExternalKind::Sibling,
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, FactKind, Limits, Place};

    use super::*;

    fn inspect(text: &str) -> Vec<Fact> {
        crate::inspect_as(&crate::pmml::FORMAT, &text.as_bytes().to_vec(), Place::file("m.pmml"), &Limits::default())
    }

    fn has_fault(text: &str) -> bool {
        inspect(text).iter().any(|fact| matches!(fact.kind, FactKind::Fault(_)))
    }

    fn externals(text: &str) -> Vec<(ExternalKind, String)> {
        let external = |fact: Fact| match fact.kind {
            FactKind::Graph(GraphFact::External { kind, target, .. }) => Some((kind, target)),
            _ => None,
        };
        inspect(text).into_iter().filter_map(external).collect()
    }

    #[test]
    fn references_of_xml_itself_are_text_and_others_are_not_read() {
        assert!(!has_fault("<PMML version='4.4'><Header copyright='&#169; &amp; &lt;'>&gt;&#x41;</Header></PMML>"));
        assert!(has_fault("<PMML>&secret;</PMML>"));
        assert!(has_fault("<PMML a='&secret;'/>"));
    }

    #[test]
    fn what_a_parser_would_fetch_is_stated() {
        assert_eq!(
            externals("<!DOCTYPE PMML SYSTEM 'http://a.invalid/x.dtd'><PMML/>"),
            [(ExternalKind::Entity, "PMML SYSTEM 'http://a.invalid/x.dtd'".to_owned())]
        );
        let include = "<PMML xmlns:i='http://www.w3.org/2001/XInclude'><i:include href='/etc/hostname'/></PMML>";
        assert_eq!(externals(include), [(ExternalKind::EscapingPath, "/etc/hostname".to_owned())]);
        let style = "<?xml-stylesheet type='text/xsl' href='https://a.invalid/x.xsl'?><PMML/>";
        assert_eq!(externals(style), [(ExternalKind::Url, "https://a.invalid/x.xsl".to_owned())]);
    }

    #[test]
    fn text_that_is_not_one_well_formed_document_is_a_fault() {
        for text in [
            "<PMML>",
            "<PMML></OTHER>",
            "<PMML/><PMML/>",
            "<PMML/>payload",
            "<PMML a='1' a='2'/>",
            "<?xml version='1.0' encoding='UTF-7'?><PMML/>",
        ] {
            assert!(has_fault(text), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded_by_name() {
        let facts = inspect(&format!("<PMML>{}", "<a>".repeat(100_000)));
        let budget = |fact: &Fact| matches!(&fact.kind, FactKind::Fault(Fault::Budget { limit, .. }) if limit == "document_depth_max");
        assert!(facts.iter().any(budget));
    }
}
