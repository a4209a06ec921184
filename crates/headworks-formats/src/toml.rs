//! TOML 1.0 as a stream of values, as far as manifests use it.
//!
//! Tables and arrays of tables, dotted and quoted keys, all four kinds of strings, arrays and inline
//! tables over several lines. Numbers and dates are handed on as they are written and not checked,
//! and that a key may stand only once is not checked either.

use std::borrow::Cow;

use headworks_types::Fault;

use crate::document::{Collection, Scalar, Sink};

/// Arrays and inline tables within each other.
const NESTING_MAX: usize = 32;

/// Where a text stops being TOML, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) at: usize,
    problem: &'static str,
}

impl Broken {
    /// The fault in the terms of `format`, which read `text`.
    pub(crate) fn fault(&self, format: &str, text: &str) -> Fault {
        let format = format.to_owned();
        match self.at >= text.trim_end().len() {
            true => Fault::Truncated { format, wanted: self.problem.into() },
            false => Fault::Malformed { format, problem: self.problem.into() },
        }
    }
}

/// Hands the values of `text` to `sink`. Every table is handed on where it stands, from the root.
pub(crate) fn values<'t>(text: &'t str, sink: &mut impl Sink<'t>) -> Result<(), Broken> {
    let mut reader = Reader { text, at: 0, sink, arrays: 0 };
    reader.document()
}

struct Reader<'t, 's, S> {
    text: &'t str,
    at: usize,
    sink: &'s mut S,
    /// Arrays of tables begun: the number in a path only keeps their elements apart.
    arrays: usize,
}

type Key<'t> = Vec<(Cow<'t, str>, usize)>;

impl<'t, S: Sink<'t>> Reader<'t, '_, S> {
    fn document(&mut self) -> Result<(), Broken> {
        let mut table: Key<'t> = Vec::new();
        self.sink.open(Collection::Object, 0);
        loop {
            self.skip_lines();
            match self.peek() {
                None => break,
                Some(b'[') => table = self.header()?,
                Some(_) => {
                    let mut key = table.clone();
                    key.extend(self.key()?);
                    self.expect(b'=', "`=` after a key")?;
                    self.pair(&key, 0)?;
                }
            }
            self.end_of_line()?;
        }
        self.sink.close(self.at);
        Ok(())
    }

    /// `[a.b]` or `[[a.b]]`.
    fn header(&mut self) -> Result<Key<'t>, Broken> {
        self.bump();
        let is_array = self.peek() == Some(b'[');
        if is_array {
            self.bump();
        }
        let mut key = self.key()?;
        self.expect(b']', "`]` after the name of a table")?;
        if is_array {
            self.expect(b']', "`]]` after the name of a table")?;
            key.push((Cow::Owned(self.arrays.to_string()), self.at));
            self.arrays = self.arrays.saturating_add(1);
        }
        Ok(key)
    }

    /// Parts separated by dots.
    fn key(&mut self) -> Result<Key<'t>, Broken> {
        let mut parts = Vec::new();
        loop {
            self.skip_blanks();
            let start = self.at;
            let part = match self.peek() {
                Some(b'"' | b'\'') => self.string()?,
                _ => {
                    self.pass(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80);
                    Cow::Borrowed(self.since(start))
                }
            };
            if self.at == start {
                return Err(self.broken("a key"));
            }
            parts.push((part, start));
            self.skip_blanks();
            if self.peek() != Some(b'.') {
                return Ok(parts);
            }
            self.bump();
        }
    }

    /// The value of `key`, within the objects that its parts name.
    fn pair(&mut self, key: &Key<'t>, depth: usize) -> Result<(), Broken> {
        let Some((_, above)) = key.split_last() else { return Ok(()) };
        for (index, (part, at)) in key.iter().enumerate() {
            self.sink.key(part.clone(), part.as_bytes(), *at..at.saturating_add(part.len()));
            if index < above.len() {
                self.sink.open(Collection::Object, *at);
            }
        }
        self.value(depth)?;
        above.iter().for_each(|_| self.sink.close(self.at));
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<(), Broken> {
        self.skip_blanks();
        let start = self.at;
        match self.peek() {
            Some(b'[') => self.collection(Collection::Array, b']', depth),
            Some(b'{') => self.collection(Collection::Object, b'}', depth),
            Some(b'"' | b'\'') => {
                let text = self.string()?;
                self.sink.scalar(Scalar::Text(text), start..self.at);
                Ok(())
            }
            _ => {
                self.pass(|byte| !matches!(byte, b',' | b']' | b'}' | b'#' | b'\n' | b'\r'));
                let written = self.since(start).trim_end();
                let scalar = match written {
                    "" => return Err(self.broken("a value")),
                    "true" => Scalar::Bool(true),
                    "false" => Scalar::Bool(false),
                    other => Scalar::Number(other),
                };
                self.sink.scalar(scalar, start..start.saturating_add(written.len()));
                Ok(())
            }
        }
    }

    /// An array or an inline table.
    fn collection(&mut self, collection: Collection, end: u8, depth: usize) -> Result<(), Broken> {
        if depth >= NESTING_MAX {
            return Err(self.broken("fewer arrays within each other"));
        }
        self.sink.open(collection, self.at);
        self.bump();
        loop {
            self.skip_lines();
            if self.peek() == Some(end) {
                break;
            }
            match collection {
                Collection::Array => self.value(depth.saturating_add(1))?,
                Collection::Object => {
                    let key = self.key()?;
                    self.expect(b'=', "`=` after a key")?;
                    self.pair(&key, depth.saturating_add(1))?;
                }
            }
            self.skip_lines();
            match self.peek() {
                Some(b',') => self.bump(),
                Some(byte) if byte == end => break,
                _ => return Err(self.broken("`,` or the end of an array or table")),
            }
        }
        self.bump();
        self.sink.close(self.at);
        Ok(())
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Broken> {
        let quote = match self.rest() {
            rest if rest.starts_with("\"\"\"") => "\"\"\"",
            rest if rest.starts_with("'''") => "'''",
            rest if rest.starts_with('"') => "\"",
            _ => "'",
        };
        self.at = self.at.saturating_add(quote.len());
        let (start, escapes) = (self.at, quote.starts_with('"'));
        let mut is_escaped = false;
        while let Some(byte) = self.peek() {
            let is_line_end = byte == b'\n' && quote.len() == 1;
            if !is_escaped && self.rest().starts_with(quote) {
                let text = self.since(start);
                self.at = self.at.saturating_add(quote.len());
                // Up to two quotes may stand before the closing three.
                while quote.len() == 3 && self.rest().starts_with(quote.get(..1).unwrap_or_default()) {
                    self.bump();
                }
                return Ok(if escapes && text.contains('\\') { Cow::Owned(unescaped(text)) } else { Cow::Borrowed(text) });
            }
            if is_line_end {
                break;
            }
            is_escaped = escapes && byte == b'\\' && !is_escaped;
            self.bump();
        }
        Err(self.broken("the end of a string"))
    }

    fn end_of_line(&mut self) -> Result<(), Broken> {
        self.skip_blanks();
        match self.peek() {
            None | Some(b'\n' | b'\r' | b'#') => Ok(()),
            Some(_) => Err(self.broken("the end of the line")),
        }
    }

    fn expect(&mut self, byte: u8, wanted: &'static str) -> Result<(), Broken> {
        self.skip_blanks();
        if self.peek() != Some(byte) {
            return Err(self.broken(wanted));
        }
        self.bump();
        Ok(())
    }

    fn broken(&self, problem: &'static str) -> Broken {
        Broken { at: self.at, problem }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over the next character.
    fn bump(&mut self) {
        self.at = self.at.saturating_add(self.rest().chars().next().map_or(0, char::len_utf8));
    }

    fn pass(&mut self, passes: impl Fn(u8) -> bool) {
        let length = self.rest().bytes().position(|byte| !passes(byte)).unwrap_or(self.rest().len());
        self.at = self.at.saturating_add(length);
    }

    fn skip_blanks(&mut self) {
        self.pass(|byte| matches!(byte, b' ' | b'\t'));
    }

    /// Passes over white space, line ends and comments.
    fn skip_lines(&mut self) {
        loop {
            self.pass(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
            if self.peek() != Some(b'#') {
                return;
            }
            self.pass(|byte| byte != b'\n');
        }
    }
}

/// The text with the escapes that matter for names and places replaced; others stay as written.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('u') => plain.extend(code_point(&mut characters, 4)),
            Some('U') => plain.extend(code_point(&mut characters, 8)),
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

fn code_point(characters: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let hex: String = characters.by_ref().take(digits).collect();
    u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32)
}
