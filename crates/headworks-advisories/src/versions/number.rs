//! Numbers of any length, compared as they are written.

use std::cmp::Ordering;

/// Decimal digits without leading zeros: a version's number may be longer than any integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number<'a>(&'a str);

impl<'a> Number<'a> {
    pub(crate) const ZERO: Number<'static> = Number("");

    /// The number with these digits, which the caller has looked at; none of them is zero.
    pub(crate) fn new(digits: &'a str) -> Self {
        Self(digits.trim_start_matches('0'))
    }

    pub(crate) fn is_zero(self) -> bool {
        self.0.is_empty()
    }

    /// The number as an integer, when it fits.
    pub(crate) fn value(self) -> Option<u64> {
        if self.is_zero() { Some(0) } else { self.0.parse().ok() }
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Takes the ASCII bytes that are wanted off the start of a text.
pub(crate) fn take_while<'a>(text: &mut &'a str, wanted: impl Fn(u8) -> bool) -> &'a str {
    let end = text.bytes().position(|byte| !(byte.is_ascii() && wanted(byte))).unwrap_or(text.len());
    let (taken, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    *text = rest;
    taken
}

/// Compares two sequences of numbers; what one lacks counts as zero.
pub(crate) fn compare_padded<'a>(
    mut a: impl Iterator<Item = Number<'a>>,
    mut b: impl Iterator<Item = Number<'a>>,
) -> Ordering {
    loop {
        let (left, right) = (a.next(), b.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        match left.unwrap_or(Number::ZERO).cmp(&right.unwrap_or(Number::ZERO)) {
            Ordering::Equal => {}
            decided => return decided,
        }
    }
}
