//! RPM: epoch, version and release, compared as `rpmvercmp` does.

use std::cmp::Ordering;

use super::number::{Number, take_while};

#[derive(Debug, Clone)]
pub(super) struct Rpm<'a> {
    epoch: Number<'a>,
    version: &'a str,
    release: Option<&'a str>,
}

/// Every text has an order in RPM.
pub(super) fn parse(text: &str) -> Rpm<'_> {
    let text = text.trim();
    let mut rest = text;
    let digits = take_while(&mut rest, |byte| byte.is_ascii_digit());
    let (epoch, rest) = match rest.strip_prefix(':') {
        Some(rest) => (Number::new(digits), rest),
        None => (Number::ZERO, text),
    };
    let (version, release) = rest.rsplit_once('-').map_or((rest, None), |(version, release)| (version, Some(release)));
    Rpm { epoch, version, release }
}

impl Rpm<'_> {
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        self.epoch.cmp(&other.epoch).then_with(|| compare(self.version, other.version)).then_with(|| {
            match (self.release, other.release) {
                (Some(a), Some(b)) => compare(a, b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            }
        })
    }
}

/// Compares runs of digits or letters; anything else only separates them, but for `~` and `^`.
fn compare(mut a: &str, mut b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    loop {
        skip_separators(&mut a);
        skip_separators(&mut b);
        if let Some(order) = compare_mark(&mut a, &mut b) {
            match order {
                Ordering::Equal => continue,
                decided => return decided,
            }
        }
        if a.is_empty() || b.is_empty() {
            return (!a.is_empty()).cmp(&!b.is_empty());
        }
        let is_number = a.starts_with(|first: char| first.is_ascii_digit());
        let wanted = |byte: u8| if is_number { byte.is_ascii_digit() } else { byte.is_ascii_alphabetic() };
        let (left, right) = (take_while(&mut a, wanted), take_while(&mut b, wanted));
        if right.is_empty() {
            return if is_number { Ordering::Greater } else { Ordering::Less };
        }
        let order = if is_number { Number::new(left).cmp(&Number::new(right)) } else { left.cmp(right) };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn skip_separators(text: &mut &str) {
    *text = text.trim_start_matches(|next: char| !(next.is_ascii_alphanumeric() || next == '~' || next == '^'));
}

/// A tilde is below everything, the end included. A caret is above the end and below everything else.
fn compare_mark(a: &mut &str, b: &mut &str) -> Option<Ordering> {
    match (a.strip_prefix('~'), b.strip_prefix('~')) {
        (Some(left), Some(right)) => {
            (*a, *b) = (left, right);
            return Some(Ordering::Equal);
        }
        (Some(_), None) => return Some(Ordering::Less),
        (None, Some(_)) => return Some(Ordering::Greater),
        (None, None) => {}
    }
    match (a.strip_prefix('^'), b.strip_prefix('^')) {
        (Some(left), Some(right)) => {
            (*a, *b) = (left, right);
            Some(Ordering::Equal)
        }
        (Some(_), None) => Some(if b.is_empty() { Ordering::Greater } else { Ordering::Less }),
        (None, Some(_)) => Some(if a.is_empty() { Ordering::Less } else { Ordering::Greater }),
        (None, None) => None,
    }
}
