//! Semantic Versioning 2.0 and the ways in which package managers take it.

use std::cmp::Ordering;

use super::What;
use super::number::{Number, take_while};

/// What one tool takes beyond, or short of, the specification.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flavour {
    /// Characters that may stand before the first number.
    prefix: &'static [char],
    /// How many prefix characters may stand there.
    prefix_chars_max: usize,
    /// Whether `1` and `1.2` are versions; never together with a pre-release or build.
    is_partial: bool,
    /// Whether `01` is a number.
    has_leading_zeros: bool,
    /// Whether builds have an order.
    orders_builds: bool,
    /// The largest number.
    number_max: u64,
    /// Longest version.
    bytes_max: usize,
}

const STRICT: Flavour = Flavour {
    prefix: &[],
    prefix_chars_max: 0,
    is_partial: false,
    has_leading_zeros: false,
    orders_builds: false,
    number_max: u64::MAX,
    bytes_max: super::VERSION_BYTES_MAX,
};

/// What an advisory may write in a range of type SEMVER: OSV's own service pads shorter versions with zeros.
pub(super) const PLAIN: Flavour = Flavour { prefix: &['v', 'V'], prefix_chars_max: 1, is_partial: true, ..STRICT };
pub(super) const CARGO: Flavour = STRICT;
pub(super) const HEX: Flavour = STRICT;
pub(super) const GO: Flavour = Flavour { prefix: &['v'], prefix_chars_max: 1, is_partial: true, ..STRICT };
/// A registry holds strict versions; a lock file may have `v1.2.3` or `=1.2.3`. Numbers are those of JavaScript.
pub(super) const NPM: Flavour = Flavour {
    prefix: &['v', '=', ' '],
    prefix_chars_max: 8,
    is_partial: true,
    number_max: 9_007_199_254_740_991,
    bytes_max: 256,
    ..STRICT
};
pub(super) const PUB: Flavour = Flavour { has_leading_zeros: true, orders_builds: true, ..STRICT };

#[derive(Debug, Clone)]
pub(super) struct SemVer<'a> {
    core: [Number<'a>; 3],
    /// Identifiers between dots; empty for a release.
    pre: &'a str,
    /// The same; empty where builds have no order.
    build: &'a str,
}

pub(super) fn parse(text: &str, flavour: Flavour) -> Result<SemVer<'_>, What> {
    let mut rest = text.trim();
    if rest.len() > flavour.bytes_max {
        return Err("too many bytes");
    }
    for _ in 0..flavour.prefix_chars_max {
        rest = rest.strip_prefix(flavour.prefix).unwrap_or(rest);
    }
    let (core, numbers) = core(&mut rest, flavour)?;
    if numbers < 3 && !(flavour.is_partial && rest.is_empty()) {
        return Err("fewer than three numbers");
    }
    let (rest, build) = match rest.split_once('+') {
        Some((rest, build)) => (rest, identifiers(build, true)?),
        None => (rest, ""),
    };
    let pre = match rest.strip_prefix('-') {
        Some(pre) => identifiers(pre, flavour.has_leading_zeros)?,
        None if rest.is_empty() => "",
        None => return Err("something after the third number"),
    };
    Ok(SemVer { core, pre, build: if flavour.orders_builds { build } else { "" } })
}

/// One to three numbers, and how many there were.
fn core<'a>(rest: &mut &'a str, flavour: Flavour) -> Result<([Number<'a>; 3], usize), What> {
    let mut core = [Number::ZERO; 3];
    for (index, number) in core.iter_mut().enumerate() {
        if index > 0 {
            match rest.strip_prefix('.') {
                Some(after) => *rest = after,
                None => return Ok((core, index)),
            }
        }
        let digits = take_while(rest, |byte| byte.is_ascii_digit());
        if digits.is_empty() {
            return Err("no number where one belongs");
        }
        if !flavour.has_leading_zeros && has_leading_zero(digits) {
            return Err("a number with a leading zero");
        }
        *number = Number::new(digits);
        if flavour.number_max < u64::MAX && number.value().is_none_or(|value| value > flavour.number_max) {
            return Err("a number that is too large");
        }
    }
    Ok((core, 3))
}

fn has_leading_zero(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0')
}

fn is_numeric(identifier: &str) -> bool {
    !identifier.is_empty() && identifier.bytes().all(|byte| byte.is_ascii_digit())
}

/// A pre-release or build whose identifiers are what they must be.
fn identifiers(text: &str, zeros: bool) -> Result<&str, What> {
    for identifier in text.split('.') {
        if identifier.is_empty() {
            return Err("an empty identifier");
        }
        if !identifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err("a character that no identifier may have");
        }
        if !zeros && is_numeric(identifier) && has_leading_zero(identifier) {
            return Err("a numeric identifier with a leading zero");
        }
    }
    Ok(text)
}

impl SemVer<'_> {
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let pre = match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_identifiers(self.pre, other.pre),
        };
        self.core.cmp(&other.core).then(pre).then_with(|| compare_builds(self.build, other.build))
    }
}

fn compare_builds(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() { b.is_empty().cmp(&a.is_empty()) } else { compare_identifiers(a, b) }
}

/// Numbers are below words, and the shorter of two that begin alike is below the longer.
fn compare_identifiers(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (left, right) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => (left, right),
        };
        let order = match (is_numeric(left), is_numeric(right)) {
            (true, true) => Number::new(left).cmp(&Number::new(right)),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => left.cmp(right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
