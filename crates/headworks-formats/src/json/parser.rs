//! A JSON parser that recurses nowhere and allocates only for strings with escapes.

use std::borrow::Cow;
use std::ops::Range;

use crate::document::{Collection, Scalar, Sink};

/// Parses the values of `text` one after the other.
pub(crate) struct Parser<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Collection>,
    /// Whether comments and commas before an end are passed over.
    takes_comments: bool,
    /// Whether there was one.
    pub(crate) has_comments: bool,
    /// Whether a number was written as Python writes the ones JSON has no word for.
    pub(crate) python_numbers: bool,
}

/// Why a value could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Offset at which the text stops being JSON.
    pub(crate) at: usize,
    pub(crate) reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The text ends within a value.
    Ends { wanted: &'static str },
    /// The text breaks the grammar.
    Grammar(&'static str),
    /// The sink follows no deeper.
    TooDeep,
}

/// What the grammar allows next.
#[derive(Clone, Copy)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, open: Vec::new(), takes_comments: false, has_comments: false, python_numbers: false }
    }

    /// The same for JSON with comments, in which a comma may also stand behind the last value.
    pub(crate) fn with_comments(text: &'t str) -> Self {
        Self { takes_comments: true, ..Self::new(text) }
    }

    /// Offset of the next byte.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Passes over white space, and comments where they may stand; whether there was a line feed in it.
    pub(crate) fn skip_space(&mut self) -> bool {
        let mut line = self.skip_white();
        while let Some(length) = self.comment() {
            self.has_comments = true;
            line |= self.rest().get(..length).is_some_and(|comment| comment.contains(&b'\n'));
            self.at = self.at.saturating_add(length);
            line |= self.skip_white();
        }
        line
    }

    /// The length of the comment that begins here and has an end.
    fn comment(&self) -> Option<usize> {
        let rest = self.rest();
        match rest.get(..2).filter(|_| self.takes_comments)? {
            b"//" => Some(memchr::memchr(b'\n', rest).unwrap_or(rest.len())),
            b"/*" => memchr::memmem::find(rest.get(2..)?, b"*/").map(|inner| inner.saturating_add(4)),
            _ => None,
        }
    }

    fn skip_white(&mut self) -> bool {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).unwrap_or(rest.len());
        let line = rest.get(..length).is_some_and(|space| space.contains(&b'\n'));
        self.at = self.at.saturating_add(length);
        line
    }

    /// Whether all text is parsed.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Parses one value with all it holds.
    pub(crate) fn value(&mut self, sink: &mut impl Sink<'t>) -> Result<(), Broken> {
        self.open.clear();
        let mut next = Next::Value;
        loop {
            self.skip_space();
            next = match (next, self.peek()) {
                (Next::KeyOrEnd, Some(b'}')) | (Next::ValueOrEnd, Some(b']')) => self.close(sink),
                (Next::Key | Next::KeyOrEnd, _) => self.key(sink)?,
                (Next::Value | Next::ValueOrEnd, _) => self.element(sink)?,
                (Next::CommaOrEnd, _) => self.comma_or_end(sink)?,
            };
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    fn element(&mut self, sink: &mut impl Sink<'t>) -> Result<Next, Broken> {
        match self.peek() {
            Some(b'{') => self.open(Collection::Object, sink),
            Some(b'[') => self.open(Collection::Array, sink),
            Some(b'"') => {
                let (text, range) = self.string()?;
                sink.scalar(Scalar::Text(text.text), range);
                Ok(Next::CommaOrEnd)
            }
            Some(b'-' | b'0'..=b'9') => self.number(sink),
            Some(_) => self.word(sink),
            None => Err(self.ends("a value")),
        }
    }

    fn open(&mut self, collection: Collection, sink: &mut impl Sink<'t>) -> Result<Next, Broken> {
        if !sink.open(collection, self.at) {
            return Err(Broken { at: self.at, reason: Reason::TooDeep });
        }
        self.open.push(collection);
        self.step();
        Ok(if collection == Collection::Object { Next::KeyOrEnd } else { Next::ValueOrEnd })
    }

    fn close(&mut self, sink: &mut impl Sink<'t>) -> Next {
        self.step();
        self.open.pop();
        sink.close(self.at);
        Next::CommaOrEnd
    }

    fn key(&mut self, sink: &mut impl Sink<'t>) -> Result<Next, Broken> {
        match self.peek() {
            Some(b'"') => {}
            Some(_) => return Err(self.grammar("a key in quotes is due")),
            None => return Err(self.ends("a key")),
        }
        let (key, range) = self.string()?;
        let raw = self.text.get(range.clone()).unwrap_or_default();
        // A lone surrogate has no UTF-8, so such keys are compared as they are written.
        let identity = if key.is_lossy { Cow::Borrowed(raw) } else { key.text.clone() };
        sink.key(key.text, identity.as_bytes(), range);
        self.skip_space();
        match self.peek() {
            Some(b':') => self.step(),
            Some(_) => return Err(self.grammar("a colon is due after the key")),
            None => return Err(self.ends("a colon")),
        }
        Ok(Next::Value)
    }

    fn comma_or_end(&mut self, sink: &mut impl Sink<'t>) -> Result<Next, Broken> {
        match (self.open.last(), self.peek()) {
            (Some(Collection::Object), Some(b'}')) | (Some(Collection::Array), Some(b']')) => Ok(self.close(sink)),
            (Some(Collection::Object), Some(b',')) => {
                let is_last = self.comma(b'}');
                Ok(if is_last { Next::KeyOrEnd } else { Next::Key })
            }
            (Some(Collection::Array), Some(b',')) => {
                let is_last = self.comma(b']');
                Ok(if is_last { Next::ValueOrEnd } else { Next::Value })
            }
            (Some(_), Some(_)) => Err(self.grammar("a comma or the end of the object or array is due")),
            (Some(_), None) => Err(self.ends("the end of an object or array")),
            (None, _) => Ok(Next::CommaOrEnd),
        }
    }

    /// Passes over a comma; whether the end follows and may.
    fn comma(&mut self, end: u8) -> bool {
        self.step();
        self.skip_space();
        let is_last = self.takes_comments && self.peek() == Some(end);
        self.has_comments |= is_last;
        is_last
    }

    /// `true`, `false`, `null`, and the two numbers that Python's `json` writes as words.
    fn word(&mut self, sink: &mut impl Sink<'t>) -> Result<Next, Broken> {
        const WORDS: [(&str, Scalar<'static>); 5] = [
            ("true", Scalar::Bool(true)),
            ("false", Scalar::Bool(false)),
            ("null", Scalar::Null),
            ("NaN", Scalar::Number("NaN")),
            ("Infinity", Scalar::Number("Infinity")),
        ];
        let rest = self.rest();
        let Some((word, scalar)) = WORDS.iter().find(|(word, _)| rest.starts_with(word.as_bytes())) else {
            let cut = WORDS.iter().any(|(word, _)| word.as_bytes().starts_with(rest));
            return Err(if cut { self.ends("a word") } else { self.grammar("no value begins like this") });
        };
        self.python_numbers |= matches!(scalar, Scalar::Number(_));
        let range = self.advance(word.len());
        sink.scalar(scalar.clone(), range);
        Ok(Next::CommaOrEnd)
    }

    fn number(&mut self, sink: &mut impl Sink<'t>) -> Result<Next, Broken> {
        let rest = self.rest();
        if rest.starts_with(b"-Infinity") {
            self.python_numbers = true;
            let range = self.advance("-Infinity".len());
            sink.scalar(Scalar::Number("-Infinity"), range);
            return Ok(Next::CommaOrEnd);
        }
        let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.iter().position(|byte| !part(byte)).unwrap_or(rest.len());
        if !is_number(rest.get(..length).unwrap_or_default()) {
            let cut = length == rest.len();
            return Err(if cut { self.ends("a number") } else { self.grammar("this is no number") });
        }
        let range = self.advance(length);
        sink.scalar(Scalar::Number(self.text.get(range.clone()).unwrap_or_default()), range);
        Ok(Next::CommaOrEnd)
    }

    /// The string that begins here, and the range of what lies between its quotes.
    fn string(&mut self) -> Result<(Unescaped<'t>, Range<usize>), Broken> {
        self.step();
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.rest();
            let stop = rest.iter().position(|&byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            self.at = self.at.saturating_add(stop.unwrap_or(rest.len()));
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.grammar("a control character lies in a string")),
                None => return Err(self.ends("the end of a string")),
            }
        }
        let range = start..self.at;
        let raw = self.text.get(range.clone()).unwrap_or_default();
        self.step();
        let plain = Unescaped { text: Cow::Borrowed(raw), is_lossy: false };
        Ok((if escaped { Unescaped::of(raw) } else { plain }, range))
    }

    /// Passes over one escape.
    fn escape(&mut self) -> Result<(), Broken> {
        let length = match self.rest().get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => 6,
            Some(_) => return Err(self.grammar("no such escape")),
            None => return Err(self.ends("an escape")),
        };
        match self.rest().get(2..length) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {}
            Some(_) => return Err(self.grammar("four hexadecimal digits are due after `\\u`")),
            None => return Err(self.ends("an escape")),
        }
        self.advance(length);
        Ok(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn advance(&mut self, count: usize) -> Range<usize> {
        let start = self.at;
        self.at = start.saturating_add(count);
        start..self.at
    }

    fn ends(&self, wanted: &'static str) -> Broken {
        Broken { at: self.text.len(), reason: Reason::Ends { wanted } }
    }

    fn grammar(&self, problem: &'static str) -> Broken {
        Broken { at: self.at, reason: Reason::Grammar(problem) }
    }
}

/// Whether the bytes are a number by the grammar of RFC 8259, section 6.
fn is_number(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (whole, rest) = digits(bytes);
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with(b"0")) {
        return false;
    }
    let rest = match rest.strip_prefix(b".").map(digits) {
        Some(([], _)) => return false,
        Some((_, rest)) => rest,
        None => rest,
    };
    match rest.split_first() {
        None => true,
        Some((b'e' | b'E', exponent)) => {
            let unsigned = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
            !unsigned.is_empty() && unsigned.iter().all(u8::is_ascii_digit)
        }
        Some(_) => false,
    }
}

fn digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    bytes.split_at_checked(length).unwrap_or((bytes, &[]))
}

/// A string without its escapes.
struct Unescaped<'t> {
    text: Cow<'t, str>,
    /// Whether a lone surrogate became U+FFFD: Python keeps one, UTF-8 cannot.
    is_lossy: bool,
}

impl Unescaped<'_> {
    /// Resolves the escapes of `raw`, which the parser has checked.
    fn of(raw: &str) -> Self {
        let mut text = String::with_capacity(raw.len());
        let mut is_lossy = false;
        let mut rest = raw;
        while let Some((before, escape)) = rest.split_once('\\') {
            text.push_str(before);
            let (character, length) = resolve(escape);
            is_lossy |= character.is_none();
            text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
            rest = escape.get(length..).unwrap_or_default();
        }
        text.push_str(rest);
        Self { text: Cow::Owned(text), is_lossy }
    }
}

/// The character an escape stands for, `None` for half a surrogate pair, and the escape's length
/// without its backslash.
fn resolve(escape: &str) -> (Option<char>, usize) {
    let simple = match escape.as_bytes().first() {
        Some(b'u') => return resolve_unicode(escape),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(&other) => char::from(other),
        None => return (None, 0),
    };
    (Some(simple), 1)
}

fn resolve_unicode(escape: &str) -> (Option<char>, usize) {
    let unit = |at: Range<usize>| escape.get(at).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let Some(first) = unit(1..5) else { return (None, 1) };
    let second = escape.get(5..7).filter(|&next| next == "\\u").and_then(|_| unit(7..11));
    let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    match (char::from_u32(u32::from(first)), pair) {
        (Some(character), _) => (Some(character), 5),
        (None, Some(character)) => (Some(character), 11),
        (None, None) => (None, 5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what it is told.
    #[derive(Default)]
    struct Log(Vec<String>);

    impl<'t> Sink<'t> for Log {
        fn open(&mut self, collection: Collection, _: usize) -> bool {
            self.0.push(if collection == Collection::Object { "{".into() } else { "[".into() });
            true
        }
        fn key(&mut self, key: Cow<'t, str>, _: &[u8], _: Range<usize>) {
            self.0.push(format!("{key}:"));
        }
        fn scalar(&mut self, scalar: Scalar<'t>, at: Range<usize>) {
            self.0.push(scalar.text().map_or(format!("{scalar:?}@{at:?}"), str::to_owned));
        }
        fn close(&mut self, _: usize) {
            self.0.push(".".into());
        }
    }

    fn parse(text: &str) -> Result<String, Broken> {
        let mut log = Log::default();
        Parser::new(text).value(&mut log)?;
        Ok(log.0.join(" "))
    }

    #[test]
    fn a_document_is_told_in_its_own_order() {
        let told = parse(r#"{"a": [1, {"b": null}, []], "c": "d"}"#);
        assert_eq!(told.unwrap(), "{ a: [ Number(\"1\")@7..8 { b: Null@16..20 . [ . . c: d .");
    }

    #[test]
    fn escapes_are_resolved_and_pairs_joined() {
        assert_eq!(parse(r#""\u005f\u005fclass\u0020\ud83d\ude00\n\/""#).unwrap(), "__class 😀\n/");
        assert_eq!(parse(r#""\ud83d\u0041""#).unwrap(), "\u{fffd}A");
    }

    #[test]
    fn what_python_writes_is_read_and_what_no_parser_writes_is_not() {
        assert!(parse("[NaN, Infinity, -Infinity, -0.5e+3]").is_ok());
        for broken in ["[01]", "[1.]", "[.5]", "[+1]", "{'a': 1}", "[1,]", "{\"a\":1,}", "[1 2]", "\"\t\"", "[tru]"] {
            assert!(matches!(parse(broken), Err(Broken { reason: Reason::Grammar(_), .. })), "{broken}");
        }
    }

    #[test]
    fn comments_and_last_commas_are_passed_over_where_they_may_stand() {
        let text = "// a\n{ /* b */ \"a\" /**/ : [1, 2,], // c\n \"u\": \"http://x\",\n /* d\n */ }";
        let mut log = Log::default();
        let mut parser = Parser::with_comments(text);
        assert_eq!(parser.value(&mut log), Ok(()));
        assert!(parser.has_comments);
        assert_eq!(log.0.len(), 9);
        for broken in ["[1,,]", "[,]", "{,}", "[1] /", "/* [1]"] {
            let mut parser = Parser::with_comments(broken);
            let whole = parser.value(&mut Log::default()).is_ok() && {
                parser.skip_space();
                parser.is_at_end()
            };
            assert!(!whole, "{broken}");
        }
    }

    #[test]
    fn every_proper_prefix_ends_too_early() {
        let whole = r#"{"a": [true, "x\u0041", -1.5e3, null]}"#;
        for length in 0..whole.len() {
            let broken = parse(&whole[..length]).expect_err("a prefix is no document");
            assert!(matches!(broken.reason, Reason::Ends { .. }), "{} {broken:?}", &whole[..length]);
        }
    }
}
