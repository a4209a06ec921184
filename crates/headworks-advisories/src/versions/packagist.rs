//! Packagist: Composer brings a version into one form, then PHP's `version_compare` orders it.

mod date;

use std::cmp::Ordering;

use super::What;
use super::number::{Number, take_while};

/// Numbers that Composer fills a version up to.
const NUMBERS: usize = 4;
/// Digits that the first number has at most; longer ones are dates.
const MAJOR_DIGITS_MAX: usize = 5;
/// What stands for the `x` of a branch such as `1.x-dev`.
const ANY: &str = "9999999";

/// Words for how stable a version is, longest first, and what Composer makes of them.
const STABILITIES: &[(&str, &str)] = &[
    ("stable", ""),
    ("beta", "beta"),
    ("b", "beta"),
    ("rc", "RC"),
    ("alpha", "alpha"),
    ("a", "alpha"),
    ("patch", "patch"),
    ("pl", "patch"),
    ("p", "patch"),
];

/// The normal form, cut into numbers and words.
#[derive(Debug, Clone)]
pub(super) struct Packagist(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Number(String),
    Word(String),
}

pub(super) fn parse(text: &str) -> Result<Packagist, What> {
    let normal = normalize(text)?;
    let mut rest = normal.as_str();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let digits = take_while(&mut rest, |byte| byte.is_ascii_digit());
        let word = take_while(&mut rest, |byte| byte.is_ascii_alphabetic());
        match (digits.is_empty(), word.is_empty()) {
            (true, true) => rest = rest.get(1..).unwrap_or_default(),
            (false, true) => parts.push(Part::Number(digits.to_owned())),
            (true, false) => parts.push(Part::Word(word.to_owned())),
            (false, false) => {
                parts.push(Part::Number(digits.to_owned()));
                parts.push(Part::Word(word.to_owned()));
            }
        }
    }
    Ok(Packagist(parts))
}

/// The normal form: four numbers, then how stable it is.
fn normalize(text: &str) -> Result<String, What> {
    let mut text = text.trim();
    if let Some((version, alias)) = text.split_once(" as ")
        && !version.contains([' ', ','])
        && !alias.trim().is_empty()
    {
        text = version;
    }
    if let Some((version, flag)) = text.rsplit_once('@')
        && ["stable", "rc", "beta", "alpha", "dev"].iter().any(|known| flag.eq_ignore_ascii_case(known))
    {
        text = version;
    }
    if matches!(text, "master" | "trunk" | "default") || starts_with(text, "dev-").is_some() {
        return Err("a branch, which has no place in the order of versions");
    }
    if let Some((version, build)) = text.split_once('+')
        && !build.is_empty()
        && !build.contains(char::is_whitespace)
    {
        text = version;
    }
    if !text.is_ascii() {
        return Err("something that Composer does not take");
    }
    let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let found = classical(bare).or_else(|| date::normalize(bare)).or_else(|| branch(text));
    found.ok_or("something that Composer does not take")
}

fn classical(text: &str) -> Option<String> {
    let mut rest = text;
    let first = take_while(&mut rest, |byte| byte.is_ascii_digit());
    if first.is_empty() || first.len() > MAJOR_DIGITS_MAX {
        return None;
    }
    let mut numbers = vec![first];
    while numbers.len() < NUMBERS {
        let Some(mut after) = rest.strip_prefix('.') else { break };
        let digits = take_while(&mut after, |byte| byte.is_ascii_digit());
        if digits.is_empty() {
            break;
        }
        numbers.push(digits);
        rest = after;
    }
    let modifier = modifier(rest)?;
    numbers.resize(NUMBERS, "0");
    Some(numbers.join(".") + &modifier)
}

/// What comes after the numbers, in its normal form; none when it is not that.
fn modifier(text: &str) -> Option<String> {
    let without = text.strip_prefix(['.', '_', '-']).unwrap_or(text);
    [without, text].into_iter().find_map(|rest| {
        let words = STABILITIES.iter().filter_map(|(word, normal)| Some((*normal, starts_with(rest, word)?)));
        let of_word = words.filter_map(|(normal, mut rest)| {
            let digits = numbers(&mut rest);
            let dev = dev(rest)?;
            Some(if normal.is_empty() { String::new() } else { format!("-{normal}{digits}{dev}") })
        });
        of_word.into_iter().next().or_else(|| dev(rest).map(str::to_owned))
    })
}

/// Numbers with a dot or hyphen before each, without the first of these.
fn numbers<'a>(rest: &mut &'a str) -> &'a str {
    let start = *rest;
    loop {
        let mut after = rest.strip_prefix(['.', '-']).unwrap_or(rest);
        if take_while(&mut after, |byte| byte.is_ascii_digit()).is_empty() {
            break;
        }
        *rest = after;
    }
    let taken = start.get(..start.len().saturating_sub(rest.len())).unwrap_or_default();
    taken.trim_start_matches(['.', '-'])
}

fn dev(rest: &str) -> Option<&'static str> {
    if rest.is_empty() {
        return Some("");
    }
    let rest = rest.strip_prefix(['.', '-']).unwrap_or(rest);
    rest.eq_ignore_ascii_case("dev").then_some("-dev")
}

/// A branch by numbers, as in `1.x-dev`: above all releases of its line.
fn branch(text: &str) -> Option<String> {
    let end = text.len().checked_sub(3)?;
    let (name, dev) = text.split_at_checked(end)?;
    if !dev.eq_ignore_ascii_case("dev") {
        return None;
    }
    let name = name.strip_suffix(['.', '-']).unwrap_or(name).trim();
    let mut numbers: Vec<&str> = name.strip_prefix(['v', 'V']).unwrap_or(name).split('.').collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_any = |part: &str| matches!(part, "x" | "X" | "*");
    let (first, others) = numbers.split_first()?;
    if !is_number(first) || numbers.len() > NUMBERS || !others.iter().all(|part| is_number(part) || is_any(part)) {
        return None;
    }
    numbers.resize(NUMBERS, "x");
    let numbers: Vec<&str> = numbers.into_iter().map(|part| if is_any(part) { ANY } else { part }).collect();
    Some(format!("{}-dev", numbers.join(".")))
}

/// The rest of a text after a word, in any case.
fn starts_with<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

impl Packagist {
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (self.0.iter(), other.0.iter());
        loop {
            let order = match (a.next(), b.next()) {
                (None, None) => return Ordering::Equal,
                (Some(left), None) => compare_to_nothing(left),
                (None, Some(right)) => compare_to_nothing(right).reverse(),
                (Some(Part::Number(left)), Some(Part::Number(right))) => Number::new(left).cmp(&Number::new(right)),
                (Some(left), Some(right)) => weight(left).cmp(&weight(right)),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
    }
}

fn compare_to_nothing(part: &Part) -> Ordering {
    match part {
        Part::Number(_) => Ordering::Greater,
        Part::Word(_) => weight(part).cmp(&4),
    }
}

/// PHP's order of words; a number is the release.
fn weight(part: &Part) -> u8 {
    let Part::Word(word) = part else { return 4 };
    const WORDS: &[(&str, u8)] = &[("dev", 0), ("a", 1), ("b", 2), ("RC", 3), ("p", 5)];
    WORDS.iter().find(|(start, _)| word.starts_with(start)).map_or(0, |(_, weight)| *weight)
}

#[cfg(test)]
pub(super) fn normal_form(text: &str) -> Option<String> {
    normalize(text).ok()
}
