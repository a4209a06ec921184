//! Alpine: numbers, a letter, suffixes, a commit and a revision, compared as `apk` does.

use std::cmp::Ordering;

use super::What;
use super::number::{Number, take_while};

/// Suffixes that make a pre-release, in order.
const BEFORE: &[&str] = &["alpha", "beta", "pre", "rc"];
/// Suffixes that come after the release, in order.
const AFTER: &[&str] = &["cvs", "svn", "git", "hg", "p"];

#[derive(Debug, Clone)]
pub(super) struct Alpine<'a>(Vec<Token<'a>>);

/// Parts in the order in which they may follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    First(&'a str),
    Digits(&'a str),
    Letter(&'a str),
    /// Place among the suffixes; negative for those of a pre-release.
    Suffix(i8),
    SuffixNumber(&'a str),
    Commit(&'a str),
    Revision(&'a str),
}

impl Token<'_> {
    /// Place of the kind of token; the end of a version comes after all.
    fn kind(&self) -> u8 {
        match self {
            Self::First(_) => 0,
            Self::Digits(_) => 1,
            Self::Letter(_) => 2,
            Self::Suffix(_) => 3,
            Self::SuffixNumber(_) => 4,
            Self::Commit(_) => 5,
            Self::Revision(_) => 6,
        }
    }
}

/// Place of the end of a version among the kinds.
const END: u8 = 7;

pub(super) fn parse(text: &str) -> Result<Alpine<'_>, What> {
    let mut rest = text.trim();
    let mut tokens = vec![Token::First(digits(&mut rest)?)];
    let mut kind = 0;
    while let Some(first) = rest.bytes().next() {
        let token = next(&mut rest, first, kind)?;
        kind = token.kind();
        tokens.push(token);
    }
    Ok(Alpine(tokens))
}

fn next<'a>(rest: &mut &'a str, first: u8, after: u8) -> Result<Token<'a>, What> {
    let allowed = |latest: u8| if after <= latest { Ok(()) } else { Err("a part where it does not belong") };
    match first {
        b'a'..=b'z' => {
            allowed(1)?;
            let (letter, tail) = rest.split_at_checked(1).ok_or("no letter")?;
            *rest = tail;
            Ok(Token::Letter(letter))
        }
        b'.' => {
            allowed(1)?;
            skip(rest, ".");
            Ok(Token::Digits(digits(rest)?))
        }
        b'0'..=b'9' if after == 3 => Ok(Token::SuffixNumber(digits(rest)?)),
        b'_' => {
            allowed(4)?;
            skip(rest, "_");
            suffix(take_while(rest, |byte| byte.is_ascii_lowercase()))
        }
        b'~' => {
            allowed(4)?;
            skip(rest, "~");
            let commit = take_while(rest, |byte| byte.is_ascii_hexdigit());
            if commit.is_empty() { Err("an empty commit") } else { Ok(Token::Commit(commit)) }
        }
        b'-' => {
            allowed(5)?;
            if !rest.starts_with("-r") {
                return Err("a hyphen without a revision");
            }
            skip(rest, "-r");
            Ok(Token::Revision(digits(rest)?))
        }
        _ => Err("a character that no version may have here"),
    }
}

fn skip(rest: &mut &str, start: &str) {
    *rest = rest.strip_prefix(start).unwrap_or(rest);
}

fn digits<'a>(rest: &mut &'a str) -> Result<&'a str, What> {
    let digits = take_while(rest, |byte| byte.is_ascii_digit());
    if digits.is_empty() { Err("no number where one belongs") } else { Ok(digits) }
}

fn suffix(word: &str) -> Result<Token<'_>, What> {
    let place = |list: &[&str]| list.iter().position(|known| *known == word).and_then(|at| i8::try_from(at).ok());
    if let Some(place) = place(BEFORE) {
        return Ok(Token::Suffix(place.saturating_sub(8)));
    }
    place(AFTER).map(Token::Suffix).ok_or("an unknown suffix")
}

impl Alpine<'_> {
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (self.0.iter(), other.0.iter());
        loop {
            let (left, right) = (a.next(), b.next());
            let kinds = (left.map_or(END, Token::kind), right.map_or(END, Token::kind));
            match (left, right) {
                (None, None) => return Ordering::Equal,
                (Some(left), Some(right)) if kinds.0 == kinds.1 => match compare(left, right) {
                    Ordering::Equal => {}
                    decided => return decided,
                },
                (Some(Token::Suffix(..0)), _) => return Ordering::Less,
                (_, Some(Token::Suffix(..0))) => return Ordering::Greater,
                // Whoever goes on with the earlier kind of part is above.
                _ => return kinds.1.cmp(&kinds.0),
            }
        }
    }
}

fn compare(a: &Token<'_>, b: &Token<'_>) -> Ordering {
    match (a, b) {
        (Token::Digits(a), Token::Digits(b)) if a.starts_with('0') || b.starts_with('0') => a.cmp(b),
        (Token::First(a), Token::First(b))
        | (Token::Digits(a), Token::Digits(b))
        | (Token::SuffixNumber(a), Token::SuffixNumber(b))
        | (Token::Revision(a), Token::Revision(b)) => Number::new(a).cmp(&Number::new(b)),
        (Token::Suffix(a), Token::Suffix(b)) => a.cmp(b),
        (Token::Letter(a), Token::Letter(b)) | (Token::Commit(a), Token::Commit(b)) => a.cmp(b),
        _ => a.kind().cmp(&b.kind()),
    }
}
