//! Jinja source as tokens.
//!
//! Source: jinja2 `lexer.py`. Bracket depth counts, because `}}` within a dictionary ends nothing.

use std::borrow::Cow;
use std::ops::Range;

use super::Broken;

/// One token with its place in the source.
#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) at: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'t> {
    /// Text outside of tags, emitted as it is.
    Text(&'t str),
    /// `{{`
    ExpressionStart,
    /// `}}`
    ExpressionEnd,
    /// `{%`
    TagStart,
    /// `%}`
    TagEnd,
    Name(&'t str),
    Number,
    String(Cow<'t, str>),
    Symbol(&'static str),
}

/// Longest first, so that `**` is not two of `*`.
const SYMBOLS: [&str; 26] = [
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",",
    ":", ".", "|", ";",
];

/// The tokens of `source`.
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, Broken> {
    let mut lexer = Lexer { source, at: 0, tokens: Vec::new() };
    while lexer.at < source.len() {
        lexer.outside()?;
    }
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    source: &'t str,
    at: usize,
    tokens: Vec<Token<'t>>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, kind: Kind<'t>, length: usize) {
        let start = self.at;
        self.at = start.saturating_add(length);
        self.tokens.push(Token { kind, at: start..self.at });
    }

    /// Text up to the next tag, and that tag.
    fn outside(&mut self) -> Result<(), Broken> {
        let rest = self.rest();
        let opening = memchr::memchr_iter(b'{', rest.as_bytes())
            .find(|&at| matches!(rest.as_bytes().get(at.saturating_add(1)), Some(b'{' | b'%' | b'#')));
        let length = opening.unwrap_or(rest.len());
        if length > 0 {
            self.push(Kind::Text(rest.get(..length).unwrap_or_default()), length);
        }
        let rest = self.rest();
        match rest.as_bytes().get(1) {
            Some(b'#') => self.comment(),
            Some(b'%') if is_tag(rest, "raw") => self.raw(),
            Some(b'%') => self.inside(Kind::TagStart, "%}", Kind::TagEnd),
            Some(b'{') => self.inside(Kind::ExpressionStart, "}}", Kind::ExpressionEnd),
            _ => Ok(()),
        }
    }

    fn comment(&mut self) -> Result<(), Broken> {
        let rest = self.rest();
        let end = rest.find("#}").ok_or_else(|| self.ends("the end of a comment"))?;
        self.at = self.at.saturating_add(end).saturating_add(2);
        Ok(())
    }

    /// `{% raw %}`: text up to `{% endraw %}`.
    fn raw(&mut self) -> Result<(), Broken> {
        self.past("%}", "the end of `raw`")?;
        let rest = self.rest();
        let mut tags = rest.match_indices("{%").map(|(at, _)| at);
        let end = tags
            .find(|&at| is_tag(rest.get(at..).unwrap_or_default(), "endraw"))
            .ok_or_else(|| self.ends("`endraw`"))?;
        self.push(Kind::Text(rest.get(..end).unwrap_or_default()), end);
        self.past("%}", "the end of `endraw`")
    }

    fn past(&mut self, mark: &str, wanted: &'static str) -> Result<(), Broken> {
        let end = self.rest().find(mark).ok_or_else(|| self.ends(wanted))?;
        self.at = self.at.saturating_add(end).saturating_add(mark.len());
        Ok(())
    }

    /// Tokens from `{{` or `{%` to its end.
    fn inside(&mut self, start: Kind<'t>, mark: &str, end: Kind<'t>) -> Result<(), Broken> {
        let control = self.rest().get(2..3).is_some_and(|control| matches!(control, "-" | "+"));
        self.push(start, if control { 3 } else { 2 });
        let mut brackets: usize = 0;
        loop {
            let rest = self.rest();
            let space = rest.len().saturating_sub(rest.trim_start().len());
            self.at = self.at.saturating_add(space);
            let rest = self.rest();
            if rest.is_empty() {
                return Err(self.ends("the end of a tag"));
            }
            let unmarked = rest.strip_prefix(['-', '+']).unwrap_or(rest);
            if brackets == 0 && unmarked.starts_with(mark) {
                let control = rest.len().saturating_sub(unmarked.len());
                self.push(end, mark.len().saturating_add(control));
                return Ok(());
            }
            self.token(&mut brackets)?;
        }
    }

    fn token(&mut self, brackets: &mut usize) -> Result<(), Broken> {
        let rest = self.rest();
        match rest.chars().next() {
            Some('"' | '\'') => self.string(),
            Some(first) if first.is_alphabetic() || first == '_' => {
                let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                self.push(Kind::Name(rest.get(..length).unwrap_or_default()), length);
                Ok(())
            }
            Some(first) if first.is_ascii_digit() => {
                self.push(Kind::Number, number_length(rest));
                Ok(())
            }
            _ => self.symbol(brackets),
        }
    }

    fn symbol(&mut self, brackets: &mut usize) -> Result<(), Broken> {
        let rest = self.rest();
        let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) else {
            return Err(Broken::grammar(self.at, "a character that Jinja does not know"));
        };
        match symbol {
            "(" | "[" | "{" => *brackets = brackets.saturating_add(1),
            ")" | "]" | "}" => *brackets = brackets.saturating_sub(1),
            _ => {}
        }
        self.push(Kind::Symbol(symbol), symbol.len());
        Ok(())
    }

    fn string(&mut self) -> Result<(), Broken> {
        let rest = self.rest();
        let quote = rest.chars().next().unwrap_or('"');
        let mut escaped = false;
        let mut has_escapes = false;
        let body = rest.get(1..).unwrap_or_default();
        let end = body.char_indices().find(|&(_, c)| {
            let closes = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            has_escapes |= escaped;
            closes
        });
        let (end, _) = end.ok_or_else(|| self.ends("the end of a string"))?;
        let raw = body.get(..end).unwrap_or_default();
        let text = if has_escapes { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) };
        self.push(Kind::String(text), end.saturating_add(2));
        Ok(())
    }

    fn ends(&self, wanted: &'static str) -> Broken {
        Broken::ends(self.source.len(), wanted)
    }
}

/// Whether `rest` begins with the tag `{% name %}`.
fn is_tag(rest: &str, name: &str) -> bool {
    let Some(inner) = rest.strip_prefix("{%") else { return false };
    let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner).trim_start();
    let after = inner.strip_prefix(name).map(str::trim_start);
    after.is_some_and(|after| after.strip_prefix(['-', '+']).unwrap_or(after).starts_with("%}"))
}

/// Digits, and a fraction or exponent: `1.5`, `1e3`, `0xff`, `1_000`. A method call on a number
/// (`1.bit_length`) is none of it.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let word = |from: usize| {
        let tail = bytes.get(from..).unwrap_or_default();
        tail.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
    };
    let whole = word(0);
    let after_dot = whole.saturating_add(1);
    let has_fraction = bytes.get(whole) == Some(&b'.') && bytes.get(after_dot).is_some_and(u8::is_ascii_digit);
    if has_fraction { after_dot.saturating_add(word(after_dot)) } else { whole }
}

/// A string's text: Jinja decodes literals as Python's `unicode-escape`.
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        let (character, length) = resolve(escape);
        text.extend(character);
        rest = escape.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// The character of an escape and the length of what follows the backslash.
fn resolve(escape: &str) -> (Option<char>, usize) {
    let Some(first) = escape.chars().next() else { return (Some('\\'), 0) };
    let numeric = |radix: u32, from: usize, longest: usize| {
        let digits = escape.get(from..).unwrap_or_default();
        let length = digits.chars().take(longest).take_while(|c| c.is_digit(radix)).count();
        let value = digits.get(..length).and_then(|digits| u32::from_str_radix(digits, radix).ok());
        let character = value.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
        (Some(character), from.saturating_add(length))
    };
    match first {
        'n' => (Some('\n'), 1),
        't' => (Some('\t'), 1),
        'r' => (Some('\r'), 1),
        'a' => (Some('\u{7}'), 1),
        'b' => (Some('\u{8}'), 1),
        'f' => (Some('\u{c}'), 1),
        'v' => (Some('\u{b}'), 1),
        '\n' => (None, 1),
        'x' => numeric(16, 1, 2),
        'u' => numeric(16, 1, 4),
        'U' => numeric(16, 1, 8),
        '0'..='7' => numeric(8, 0, 3),
        '\\' | '\'' | '"' => (Some(first), 1),
        // Python keeps the backslash of an escape it does not know.
        _ => (Some('\\'), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<Kind<'_>> {
        tokens(source).unwrap().into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn braces_of_a_dictionary_end_no_expression() {
        let kinds = kinds("a{{- {'b': {}}-}}c");
        assert_eq!(kinds.first(), Some(&Kind::Text("a")));
        assert_eq!(kinds.last(), Some(&Kind::Text("c")));
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::ExpressionEnd).count(), 1);
    }

    #[test]
    fn escapes_in_strings_are_resolved() {
        assert_eq!(kinds(r"{{ '\x5f\u005fclass\137_\'\d' }}")[1], Kind::String(r"__class__'\d".into()));
    }

    #[test]
    fn comments_say_nothing_and_raw_text_is_text() {
        let expected = vec![Kind::Text("a"), Kind::Text("{{ b }}"), Kind::Text("c")];
        assert_eq!(kinds("a{# {{ x }} #}{% raw -%}{{ b }}{%- endraw %}c"), expected);
    }

    #[test]
    fn what_never_ends_is_broken() {
        for source in ["{{ a", "{% if", "{# a", "{{ 'a", "{% raw %}a", "{{ '\\' }}"] {
            assert!(tokens(source).is_err(), "{source}");
        }
    }
}
