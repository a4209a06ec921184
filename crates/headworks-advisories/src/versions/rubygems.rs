//! RubyGems: numbers and words between dots; a word makes a pre-release.

use std::cmp::Ordering;

use super::What;
use super::number::{Number, take_while};

#[derive(Debug, Clone)]
pub(super) struct RubyGems<'a>(Vec<Segment<'a>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Segment<'a> {
    Number(Number<'a>),
    Word(&'a str),
}

/// A segment, and whether it stands at the start or after a dot.
type Placed<'a> = (Segment<'a>, bool);

const PRE: Segment<'static> = Segment::Word("pre");

pub(super) fn parse(text: &str) -> Result<RubyGems<'_>, What> {
    let text = text.trim();
    check(text)?;
    let mut segments = Vec::new();
    for (index, part) in text.split('-').enumerate() {
        // `1.0-1` is the pre-release `1.0.pre.1`, and `1.0-rc1` is `1.0.rc1`.
        let has_word = part.split('.').next().is_some_and(|first| first.bytes().any(|byte| byte.is_ascii_alphabetic()));
        if index > 0 && !has_word {
            segments.push((PRE, true));
        }
        scan(part, &mut segments);
    }
    drop_zeros_at_end(&mut segments);
    drop_zeros_before_word(&mut segments);
    Ok(RubyGems(without_redundant_pre(&segments)))
}

/// A number first, then dots with numbers or words; after the first hyphen, anything of these and hyphens.
fn check(text: &str) -> Result<(), What> {
    let (main, tail) = text.split_once('-').map_or((text, None), |(main, tail)| (main, Some(tail)));
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_tail =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let mut parts = main.split('.');
    if !parts.next().is_some_and(|first| is_word(first) && first.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err("no number at the start");
    }
    if parts.all(is_word) && tail.is_none_or(|tail| tail.split('.').all(is_tail)) {
        Ok(())
    } else {
        Err("a malformed segment")
    }
}

fn scan<'a>(mut part: &'a str, segments: &mut Vec<Placed<'a>>) {
    let mut after_dot = true;
    while !part.is_empty() {
        let digits = take_while(&mut part, |byte| byte.is_ascii_digit());
        if !digits.is_empty() {
            segments.push((Segment::Number(Number::new(digits)), after_dot));
            after_dot = false;
            continue;
        }
        let word = take_while(&mut part, |byte| byte.is_ascii_alphabetic());
        if !word.is_empty() {
            segments.push((Segment::Word(word), after_dot));
            after_dot = false;
            continue;
        }
        part = part.strip_prefix(['.', '-']).unwrap_or_default();
        after_dot = true;
    }
}

fn is_zero(segment: &Segment<'_>) -> bool {
    matches!(segment, Segment::Number(number) if number.is_zero())
}

fn drop_zeros_at_end(segments: &mut Vec<Placed<'_>>) {
    while segments.len() > 1 && segments.last().is_some_and(|(segment, _)| is_zero(segment)) {
        segments.pop();
    }
}

/// Only before the first word that has zeros before it.
fn drop_zeros_before_word(segments: &mut Vec<Placed<'_>>) {
    for index in 0..segments.len() {
        let before = segments.get(..index).unwrap_or_default();
        let zeros = before.iter().rev().take_while(|(segment, after_dot)| is_zero(segment) && *after_dot).count();
        if zeros > 0 && matches!(segments.get(index), Some((Segment::Word(_), _))) {
            segments.drain(index.saturating_sub(zeros)..index);
            return;
        }
    }
}

/// Older releases wrote `1.0.pre.rc.1` for `1.0-rc.1`.
fn without_redundant_pre<'a>(segments: &[Placed<'a>]) -> Vec<Segment<'a>> {
    let next_is_word = |index: usize| matches!(segments.get(index.saturating_add(1)), Some((Segment::Word(_), _)));
    let kept = segments.iter().enumerate().filter(|(index, (segment, _))| *segment != PRE || !next_is_word(*index));
    kept.map(|(_, (segment, _))| *segment).collect()
}

impl RubyGems<'_> {
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (self.0.iter(), other.0.iter());
        loop {
            let order = match (a.next(), b.next()) {
                (None, None) => return Ordering::Equal,
                (Some(left), None) => compare_to_nothing(left),
                (None, Some(right)) => compare_to_nothing(right).reverse(),
                (Some(Segment::Number(left)), Some(Segment::Number(right))) => left.cmp(right),
                (Some(Segment::Word(left)), Some(Segment::Word(right))) => left.cmp(right),
                (Some(Segment::Word(_)), Some(Segment::Number(_))) => Ordering::Less,
                (Some(Segment::Number(_)), Some(Segment::Word(_))) => Ordering::Greater,
            };
            if order != Ordering::Equal {
                return order;
            }
        }
    }
}

fn compare_to_nothing(segment: &Segment<'_>) -> Ordering {
    match segment {
        Segment::Word(_) => Ordering::Less,
        Segment::Number(number) => number.cmp(&Number::ZERO),
    }
}
