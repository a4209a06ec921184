//! PEP 440: Python's versions.

use std::cmp::Ordering;

use super::What;
use super::number::{Number, compare_padded, take_while};

#[derive(Debug, Clone, Copy)]
pub(super) struct Pep440<'a> {
    epoch: Number<'a>,
    /// Numbers between dots.
    release: &'a str,
    pre: Option<(Phase, Number<'a>)>,
    post: Option<Number<'a>>,
    dev: Option<Number<'a>>,
    /// Segments between `.`, `-` or `_`, in any case; empty without a local label.
    local: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Alpha,
    Beta,
    Candidate,
}

/// Spellings of the phases; a longer one comes before those it starts with.
const PHASES: &[(&str, Phase)] = &[
    ("alpha", Phase::Alpha),
    ("a", Phase::Alpha),
    ("beta", Phase::Beta),
    ("b", Phase::Beta),
    ("preview", Phase::Candidate),
    ("pre", Phase::Candidate),
    ("c", Phase::Candidate),
    ("rc", Phase::Candidate),
];

const SEPARATORS: &[char] = &['-', '_', '.'];

pub(super) fn parse(text: &str) -> Result<Pep440<'_>, What> {
    let mut rest = text.trim();
    rest = rest.strip_prefix(['v', 'V']).unwrap_or(rest);
    let epoch = epoch(&mut rest);
    let release = release(&mut rest)?;
    let pre = pre(&mut rest);
    let post = post(&mut rest);
    let dev = word(&mut rest, &["dev"]).map(|()| number(&mut rest));
    let local = match rest.strip_prefix('+') {
        Some(local) => checked_local(local)?,
        None if rest.is_empty() => "",
        None => return Err("something that PEP 440 does not have"),
    };
    Ok(Pep440 { epoch, release, pre, post, dev, local })
}

fn epoch<'a>(rest: &mut &'a str) -> Number<'a> {
    let mut after = *rest;
    let digits = take_while(&mut after, |byte| byte.is_ascii_digit());
    match after.strip_prefix('!') {
        Some(after) if !digits.is_empty() => {
            *rest = after;
            Number::new(digits)
        }
        _ => Number::ZERO,
    }
}

/// The longest run of numbers with single dots between them.
fn release<'a>(rest: &mut &'a str) -> Result<&'a str, What> {
    let start = *rest;
    loop {
        if take_while(rest, |byte| byte.is_ascii_digit()).is_empty() {
            return Err("no number where one belongs");
        }
        match rest.strip_prefix('.') {
            Some(after) if after.starts_with(|next: char| next.is_ascii_digit()) => *rest = after,
            _ => break,
        }
    }
    Ok(start.get(..start.len().saturating_sub(rest.len())).unwrap_or(start))
}

/// Takes one of these words with the separator before it, in any case.
fn word(rest: &mut &str, words: &[&str]) -> Option<()> {
    let after = rest.strip_prefix(SEPARATORS).unwrap_or(rest);
    let found = words.iter().find_map(|word| {
        let start = after.get(..word.len())?;
        start.eq_ignore_ascii_case(word).then(|| after.get(word.len()..)).flatten()
    })?;
    *rest = found;
    Some(())
}

/// The number after a word, with the separator before it; none is zero.
fn number<'a>(rest: &mut &'a str) -> Number<'a> {
    *rest = rest.strip_prefix(SEPARATORS).unwrap_or(rest);
    Number::new(take_while(rest, |byte| byte.is_ascii_digit()))
}

fn pre<'a>(rest: &mut &'a str) -> Option<(Phase, Number<'a>)> {
    let phase = PHASES.iter().find_map(|(spelling, phase)| word(rest, &[spelling]).map(|()| *phase))?;
    Some((phase, number(rest)))
}

fn post<'a>(rest: &mut &'a str) -> Option<Number<'a>> {
    if let Some(mut after) = rest.strip_prefix('-') {
        let digits = take_while(&mut after, |byte| byte.is_ascii_digit());
        if !digits.is_empty() {
            *rest = after;
            return Some(Number::new(digits));
        }
    }
    word(rest, &["post", "rev", "r"]).map(|()| number(rest))
}

fn checked_local(local: &str) -> Result<&str, What> {
    let is_segment = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if local.split(SEPARATORS).all(is_segment) { Ok(local) } else { Err("a malformed local label") }
}

impl Pep440<'_> {
    pub(super) fn is_local(&self) -> bool {
        !self.local.is_empty()
    }

    /// The version that this one was built from.
    pub(super) fn public(&self) -> Self {
        Self { local: "", ..*self }
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let numbers = |release: &str, other: &str| {
            compare_padded(release.split('.').map(Number::new), other.split('.').map(Number::new))
        };
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| numbers(self.release, other.release))
            .then_with(|| self.phase().cmp(&other.phase()))
            .then_with(|| self.post.cmp(&other.post))
            .then_with(|| self.completeness().cmp(&other.completeness()))
            .then_with(|| compare_local(self.local, other.local))
    }

    /// A development release of nothing is below every pre-release, and what has no phase is above all of them.
    fn phase(&self) -> (u8, Option<(Phase, Number<'_>)>) {
        match self.pre {
            Some(_) => (1, self.pre),
            None if self.post.is_none() && self.dev.is_some() => (0, None),
            None => (2, None),
        }
    }

    fn completeness(&self) -> (bool, Option<Number<'_>>) {
        (self.dev.is_none(), self.dev)
    }
}

/// Numbers are above words, and the shorter of two that begin alike is below the longer.
fn compare_local(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return b.is_empty().cmp(&a.is_empty());
    }
    let (mut a, mut b) = (a.split(SEPARATORS), b.split(SEPARATORS));
    loop {
        let (left, right) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => (left, right),
        };
        let is_number = |segment: &str| segment.bytes().all(|byte| byte.is_ascii_digit());
        let order = match (is_number(left), is_number(right)) {
            (true, true) => Number::new(left).cmp(&Number::new(right)),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase()),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
