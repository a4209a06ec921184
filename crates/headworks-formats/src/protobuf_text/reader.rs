//! The grammar of protocol buffers as text.
//!
//! Source: the text format specification of protobuf.dev. Read are messages in braces or angle brackets, lists,
//! extensions and `Any` by their bracketed names, numbered fields, comments, strings in several parts with all escapes,
//! and separators. Nothing recurses; no schema is asked, so a name is what the text says it is.

use std::borrow::Cow;

use crate::document::{Collection, Scalar, Sink};

/// Where a text stops being a message, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) at: usize,
    pub(super) problem: &'static str,
    /// Whether the text ends too early.
    pub(super) is_cut: bool,
}

/// An open message or list, by the byte that closes it.
type Close = u8;

/// Hands the fields of `text` to `sink` as those of one object.
///
/// No error after the sink followed no deeper, which it has stated.
pub(super) fn read<'t>(text: &'t str, sink: &mut impl Sink<'t>) -> Result<(), Option<Broken>> {
    let mut reader = Reader { text, at: 0, open: Vec::new() };
    if !sink.open(Collection::Object, 0) {
        return Err(None);
    }
    reader.document(sink)?;
    sink.close(text.len());
    Ok(())
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Close>,
}

impl<'t> Reader<'t> {
    fn document(&mut self, sink: &mut impl Sink<'t>) -> Result<(), Option<Broken>> {
        loop {
            self.skip_space();
            match (self.open.last().copied(), self.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => return Err(Some(self.cut("the end of a message or list"))),
                (Some(close), Some(byte)) if byte == close => self.close(sink),
                (Some(b']'), Some(_)) => self.value(sink)?,
                _ => self.field(sink)?,
            }
        }
    }

    /// A name, perhaps a colon, and a value.
    fn field(&mut self, sink: &mut impl Sink<'t>) -> Result<(), Option<Broken>> {
        let start = self.at;
        let name = self.name()?;
        sink.key(Cow::Borrowed(name), &start.to_le_bytes(), start..self.at);
        self.skip_space();
        let has_colon = self.take(b':');
        self.skip_space();
        match self.peek() {
            Some(b'{' | b'<' | b'[') => self.value(sink),
            Some(_) if has_colon => self.value(sink),
            Some(_) => Err(Some(self.broken("a colon is due before the value"))),
            None => Err(Some(self.cut("a value"))),
        }
    }

    /// An identifier, a number of a field, or the name of a type in brackets.
    fn name(&mut self) -> Result<&'t str, Option<Broken>> {
        let rest = self.rest();
        let length = match self.peek() {
            Some(b'[') => match memchr::memchr(b']', rest) {
                Some(end) => end.saturating_add(1),
                None => return Err(Some(self.cut("the end of a name in brackets"))),
            },
            _ => run(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        };
        match length {
            0 => Err(Some(self.broken("no field begins like this"))),
            length => Ok(self.advance(length)),
        }
    }

    fn value(&mut self, sink: &mut impl Sink<'t>) -> Result<(), Option<Broken>> {
        match self.peek() {
            Some(b'{') => self.open(Collection::Object, b'}', sink),
            Some(b'<') => self.open(Collection::Object, b'>', sink),
            Some(b'[') if self.open.last() != Some(&b']') => self.open(Collection::Array, b']', sink),
            Some(b'"' | b'\'') => {
                let start = self.at;
                let text = self.strings()?;
                sink.scalar(Scalar::Text(text), start..self.at);
                self.after_value()
            }
            Some(_) => self.word(sink),
            None => Err(Some(self.cut("a value"))),
        }
    }

    fn open(&mut self, collection: Collection, close: Close, sink: &mut impl Sink<'t>) -> Result<(), Option<Broken>> {
        if !sink.open(collection, self.at) {
            return Err(None);
        }
        self.open.push(close);
        self.step();
        Ok(())
    }

    fn close(&mut self, sink: &mut impl Sink<'t>) {
        self.step();
        self.open.pop();
        sink.close(self.at);
        // A list whose last comma closes it is refused by parsers and read here, for nothing hides in it.
        _ = self.after_value();
    }

    /// A comma in a list, or what may separate two fields.
    fn after_value(&mut self) -> Result<(), Option<Broken>> {
        self.skip_space();
        match (self.open.last(), self.peek()) {
            (Some(b']'), Some(b',')) | (_, Some(b',' | b';')) => self.step(),
            (Some(b']'), Some(byte)) if byte != b']' => return Err(Some(self.broken("a comma is due in a list"))),
            _ => {}
        }
        Ok(())
    }

    /// A number, or an identifier with perhaps a sign.
    fn word(&mut self, sink: &mut impl Sink<'t>) -> Result<(), Option<Broken>> {
        let start = self.at;
        if self.take(b'-') {
            self.skip_space();
        }
        let length = run(self.rest(), |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'+' | b'-'));
        if length == 0 {
            return Err(Some(if self.peek().is_none() {
                self.cut("a value")
            } else {
                self.broken("no value begins like this")
            }));
        }
        let word = self.advance(length);
        let is_number = word.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        let whole = self.text.get(start..self.at).unwrap_or_default();
        sink.scalar(
            match word {
                "true" | "True" | "t" => Scalar::Bool(true),
                "false" | "False" | "f" => Scalar::Bool(false),
                _ if is_number => Scalar::Number(whole),
                _ => Scalar::Text(Cow::Borrowed(whole)),
            },
            start..self.at,
        );
        self.after_value()
    }

    /// One string or several that stand one after the other, which are one value.
    fn strings(&mut self) -> Result<Cow<'t, str>, Option<Broken>> {
        let first = self.string()?;
        let mut end = self.at;
        self.skip_space();
        if !matches!(self.peek(), Some(b'"' | b'\'')) {
            self.at = end;
            return Ok(unescaped(first));
        }
        let mut whole = unescaped(first).into_owned();
        while matches!(self.peek(), Some(b'"' | b'\'')) {
            let part = self.string()?;
            whole.push_str(&unescaped(part));
            end = self.at;
            self.skip_space();
        }
        self.at = end;
        Ok(Cow::Owned(whole))
    }

    /// What lies between the quotes of the string that begins here.
    fn string(&mut self) -> Result<&'t str, Option<Broken>> {
        let quote = self.peek().unwrap_or(b'"');
        self.step();
        let start = self.at;
        loop {
            let stop = memchr::memchr3(quote, b'\\', b'\n', self.rest());
            let Some(stop) = stop else {
                self.at = self.text.len();
                return Err(Some(self.cut("the end of a string")));
            };
            self.at = self.at.saturating_add(stop);
            match self.peek() {
                Some(b'\\') => self.at = self.text.len().min(self.at.saturating_add(2)),
                Some(b'\n') => return Err(Some(self.broken("a string goes over the end of its line"))),
                _ => break,
            }
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        self.step();
        Ok(raw)
    }

    fn skip_space(&mut self) {
        loop {
            self.at = self.at.saturating_add(run(self.rest(), |byte| byte.is_ascii_whitespace() || byte == 0x0b));
            if self.peek() != Some(b'#') {
                return;
            }
            let line = memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
            self.at = self.at.saturating_add(line);
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        if is_next {
            self.step();
        }
        is_next
    }

    fn advance(&mut self, length: usize) -> &'t str {
        let start = self.at;
        self.at = start.saturating_add(length);
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn broken(&self, problem: &'static str) -> Broken {
        Broken { at: self.at, problem, is_cut: false }
    }

    fn cut(&self, wanted: &'static str) -> Broken {
        Broken { at: self.text.len(), problem: wanted, is_cut: true }
    }
}

/// How many bytes of the beginning are of a kind.
fn run(bytes: &[u8], is_of_kind: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !is_of_kind(*byte)).unwrap_or(bytes.len())
}

/// A string without its escapes; bytes that are no UTF-8 are shown as U+FFFD.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        bytes.extend_from_slice(before);
        let length = resolve(escape.get(1..).unwrap_or_default(), &mut bytes);
        rest = escape.get(length.saturating_add(1)..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest);
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// Appends what an escape stands for; its length without the backslash.
fn resolve(escape: &[u8], into: &mut Vec<u8>) -> usize {
    let Some(&first) = escape.first() else { return 0 };
    let number = |from: usize, max: usize, radix: u32| {
        let digits = escape.get(from..).unwrap_or_default();
        let digits = digits.get(..run(digits, |byte| char::from(byte).is_digit(radix)).min(max)).unwrap_or_default();
        let value = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok());
        value.map(|value| (value, from.saturating_add(digits.len())))
    };
    let simple = match first {
        b'0'..=b'7' => {
            let (value, length) = number(0, 3, 8).unwrap_or_default();
            into.push(u8::try_from(value & 0xff).unwrap_or_default());
            return length.max(1);
        }
        b'x' | b'X' => {
            let (value, length) = number(1, 2, 16).unwrap_or((0, 1));
            into.push(u8::try_from(value & 0xff).unwrap_or_default());
            return length;
        }
        b'u' | b'U' => {
            let (value, length) = number(1, if first == b'u' { 4 } else { 8 }, 16).unwrap_or((0, 1));
            let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            into.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return length;
        }
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        other => other,
    };
    into.push(simple);
    1
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    /// Writes down what it is told.
    #[derive(Default)]
    struct Log(Vec<String>);

    impl<'t> Sink<'t> for Log {
        fn open(&mut self, collection: Collection, _: usize) -> bool {
            self.0.push(if collection == Collection::Object { "{".into() } else { "[".into() });
            self.0.len() < 10_000
        }
        fn key(&mut self, key: Cow<'t, str>, _: &[u8], _: Range<usize>) {
            self.0.push(format!("{key}:"));
        }
        fn scalar(&mut self, scalar: Scalar<'t>, _: Range<usize>) {
            self.0.push(match scalar {
                Scalar::Text(text) => format!("{text:?}"),
                other => format!("{other:?}"),
            });
        }
        fn close(&mut self, _: usize) {
            self.0.push(".".into());
        }
    }

    fn told(text: &str) -> Result<String, Option<Broken>> {
        let mut log = Log::default();
        read(text, &mut log)?;
        Ok(log.0.join(" "))
    }

    #[test]
    fn messages_lists_and_extensions_are_told_in_their_order() {
        let text = "a { b: 1, c <d: -0x1F> } # e\nf: [1, {g: on}] [x.y/z]: { h: 'i' \"j\" };\n[k.l]: true 5: 1.5f\n";
        let expected = "{ a: { b: Number(\"1\") c: { d: Number(\"-0x1F\") . . f: [ Number(\"1\") { g: \"on\" . . \
                        [x.y/z]: { h: \"ij\" . [k.l]: Bool(true) 5: Number(\"1.5f\") .";
        assert_eq!(told(text).as_deref(), Ok(expected));
    }

    #[test]
    fn every_escape_is_resolved() {
        assert_eq!(told(r#"a: "\101\x42\103\u00e9\U0001F600\n\\\'\?""#).unwrap(), r#"{ a: "ABCé😀\n\\'?" ."#);
        assert_eq!(told(r#"a: "\377\0001""#).unwrap(), "{ a: \"\u{fffd}\\01\" .");
    }

    #[test]
    fn what_parsers_refuse_is_refused() {
        for broken in ["a 1", "a: }", "}", "a: [1 2]", "a: \"x\ny\"", "a: [[1]]", "a { ] }", "= 1"] {
            assert!(matches!(told(broken), Err(Some(Broken { is_cut: false, .. }))), "{broken}");
        }
        for cut in ["a {", "a: \"x", "a: [1,", "a:", "a", "[a.b", "a: 'x\\"] {
            assert!(matches!(told(cut), Err(Some(Broken { is_cut: true, .. }))), "{cut}");
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        assert_eq!(told(&"a{".repeat(100_000)), Err(None));
    }
}
