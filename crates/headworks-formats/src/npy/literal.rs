//! The part of Python's literals that NumPy writes into headers.
//!
//! Anything else, also what `ast.literal_eval` would take, is refused: a header that NumPy did not
//! write is not understood.

use std::iter::Peekable;
use std::str::CharIndices;

/// A Python literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Integer(u64),
    Bool(bool),
    Tuple(Vec<Literal>),
    List(Vec<Literal>),
    /// Entries in the order written, so that a repeated key can be told.
    Dict(Vec<(String, Literal)>),
}

impl Literal {
    /// The value as a number.
    pub(super) fn integer(&self) -> Option<u64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The value as text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads a literal with nothing but white space after it.
///
/// # Errors
/// What is wrong, as the end of a sentence about the text.
pub(super) fn parse(text: &str, depth_max: u64) -> Result<Literal, String> {
    let mut parser = Parser { characters: text.char_indices().peekable(), size: text.len() };
    let literal = parser.value(depth_max)?;
    match parser.peek() {
        None => Ok(literal),
        Some(_) => parser.fail("goes on after its literal"),
    }
}

struct Parser<'t> {
    characters: Peekable<CharIndices<'t>>,
    size: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth_left: u64) -> Result<Literal, String> {
        let Some(inner) = depth_left.checked_sub(1) else {
            return self.fail("is nested too deeply");
        };
        match self.peek() {
            Some('{') => self.dict(inner),
            Some('(') => self.tuple(inner),
            Some('[') => self.sequence(']', inner).map(|(values, _)| Literal::List(values)),
            Some('\'' | '"') => self.text().map(Literal::Text),
            Some('0'..='9') => self.integer(),
            Some('A'..='z') => self.word(),
            _ => self.fail("holds something that is no literal"),
        }
    }

    fn dict(&mut self, depth_left: u64) -> Result<Literal, String> {
        let mut entries = Vec::new();
        self.expect('{')?;
        while self.peek() != Some('}') {
            let Literal::Text(key) = self.value(depth_left)? else {
                return self.fail("has a key that is no text");
            };
            self.expect(':')?;
            entries.push((key, self.value(depth_left)?));
            if self.peek() != Some('}') {
                self.expect(',')?;
            }
        }
        self.expect('}')?;
        Ok(Literal::Dict(entries))
    }

    /// One value in parentheses is itself; with a comma it is a tuple.
    fn tuple(&mut self, depth_left: u64) -> Result<Literal, String> {
        let (mut values, commas) = self.sequence(')', depth_left)?;
        match values.pop() {
            Some(value) if values.is_empty() && commas == 0 => Ok(value),
            last => {
                values.extend(last);
                Ok(Literal::Tuple(values))
            }
        }
    }

    /// Values between the bracket here and `close`, and the number of commas.
    fn sequence(&mut self, close: char, depth_left: u64) -> Result<(Vec<Literal>, u64), String> {
        let mut values = Vec::new();
        let mut commas: u64 = 0;
        self.characters.next();
        while self.peek() != Some(close) {
            values.push(self.value(depth_left)?);
            if self.peek() != Some(close) {
                self.expect(',')?;
                commas = commas.saturating_add(1);
            }
        }
        self.expect(close)?;
        Ok((values, commas))
    }

    fn integer(&mut self) -> Result<Literal, String> {
        let digits = self.take_while(|character| character.is_ascii_digit());
        // Python 2 wrote long integers with a suffix.
        self.characters.next_if(|&(_, character)| character == 'L');
        let padded = digits.len() > 1 && digits.starts_with('0');
        match digits.parse() {
            Ok(value) if !padded => Ok(Literal::Integer(value)),
            _ => self.fail("holds a number that cannot be a length"),
        }
    }

    fn word(&mut self) -> Result<Literal, String> {
        let word = self.take_while(|character| character.is_ascii_alphanumeric() || character == '_');
        let prefix = matches!(word.as_str(), "u" | "b");
        match (word.as_str(), self.characters.peek()) {
            ("True", _) => Ok(Literal::Bool(true)),
            ("False", _) => Ok(Literal::Bool(false)),
            // Python 2 marked which of its two kinds of text it meant.
            (_, Some((_, '\'' | '"'))) if prefix => self.text().map(Literal::Text),
            _ => self.fail("holds a name that is no literal"),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        let quote = self.characters.next().map_or('\'', |(_, quote)| quote);
        let mut text = String::new();
        loop {
            match self.characters.next() {
                Some((_, character)) if character == quote => return Ok(text),
                Some((_, '\\')) => text.push(self.escape()?),
                Some((_, '\n')) | None => return self.fail("holds text that does not end"),
                Some((_, character)) => text.push(character),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let digits = match self.characters.next() {
            Some((_, character @ ('\\' | '\'' | '"'))) => return Ok(character),
            Some((_, 'n')) => return Ok('\n'),
            Some((_, 'r')) => return Ok('\r'),
            Some((_, 't')) => return Ok('\t'),
            Some((_, 'x')) => 2,
            Some((_, 'u')) => 4,
            Some((_, 'U')) => 8,
            _ => return self.fail("holds an escape that Python does not write"),
        };
        let code: String = self.characters.by_ref().take(digits).map(|(_, digit)| digit).collect();
        let is_hex = code.len() == digits && code.bytes().all(|digit| digit.is_ascii_hexdigit());
        let code = is_hex.then(|| u32::from_str_radix(&code, 16).ok()).flatten();
        code.and_then(char::from_u32).map_or_else(|| self.fail("holds an escape that is no character"), Ok)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some((_, character)) = self.characters.next_if(|&(_, character)| wanted(character)) {
            taken.push(character);
        }
        taken
    }

    /// The next character that is no white space.
    fn peek(&mut self) -> Option<char> {
        while self.characters.next_if(|(_, character)| " \t\r\n".contains(*character)).is_some() {}
        self.characters.peek().map(|&(_, character)| character)
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.peek() != Some(wanted) {
            return self.fail(&format!("lacks `{wanted}`"));
        }
        self.characters.next();
        Ok(())
    }

    fn fail<T>(&mut self, problem: &str) -> Result<T, String> {
        let at = self.characters.peek().map_or(self.size, |&(at, _)| at);
        Err(format!("{problem}, at byte {at} of it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_in_parentheses_is_no_tuple() {
        assert_eq!(parse("(3)", 4), Ok(Literal::Integer(3)));
        assert_eq!(parse("(3,)", 4), Ok(Literal::Tuple(vec![Literal::Integer(3)])));
        assert_eq!(parse("()", 4), Ok(Literal::Tuple(vec![])));
    }

    #[test]
    fn text_is_read_in_all_spellings_that_python_writes() {
        for (written, meant) in [(r"'a'", "a"), (r#""it's""#, "it's"), (r"'\x41\u00e9\n\\'", "Aé\n\\"), ("u'a'", "a")]
        {
            assert_eq!(parse(written, 4), Ok(Literal::Text(meant.into())));
        }
    }

    #[test]
    fn what_is_no_plain_literal_is_refused() {
        let calls = [
            "__import__('os')",
            "-1",
            "1_0",
            "00",
            "0x10",
            "'a' 'b'",
            "'a",
            "1 # c",
            "{1: 2}",
            "'\\N{DOT}'",
            "[,]",
            "",
        ];
        for text in calls {
            assert!(parse(text, 4).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_ends_at_the_bound() {
        let nested = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(parse(&nested, 128).is_err());
    }
}
