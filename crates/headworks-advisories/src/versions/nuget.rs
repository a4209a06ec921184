//! NuGet: one to four numbers, then labels that are compared without regard to case.

use std::cmp::Ordering;

use super::What;
use super::number::{Number, compare_padded, take_while};

/// Numbers that a version has at most.
const NUMBERS_MAX: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct NuGet<'a> {
    /// Numbers between dots.
    numbers: &'a str,
    /// Labels between dots; empty for a release.
    labels: &'a str,
}

pub(super) fn parse(text: &str) -> Result<NuGet<'_>, What> {
    let text = text.trim();
    let mut rest = text.split_once('+').map_or(text, |(before, _)| before);
    let numbers = take_while(&mut rest, |byte| byte.is_ascii_digit() || byte == b'.');
    if numbers.split('.').any(str::is_empty) || numbers.split('.').count() > NUMBERS_MAX {
        return Err("not one to four numbers");
    }
    let labels = match rest.strip_prefix('-') {
        Some(labels) => labels,
        None if rest.is_empty() => return Ok(NuGet { numbers, labels: "" }),
        None => return Err("something after the numbers"),
    };
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if labels.split('.').all(is_label) { Ok(NuGet { numbers, labels }) } else { Err("a malformed label") }
}

impl NuGet<'_> {
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let numbers =
            compare_padded(self.numbers.split('.').map(Number::new), other.numbers.split('.').map(Number::new));
        numbers.then_with(|| match (self.labels.is_empty(), other.labels.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_labels(self.labels, other.labels),
        })
    }
}

fn compare_labels(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (left, right) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => (left, right),
        };
        // NuGet takes a label for a number only when it fits 32 bits, sign included.
        let order = match (left.parse::<i32>(), right.parse::<i32>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => left.to_ascii_uppercase().cmp(&right.to_ascii_uppercase()),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
