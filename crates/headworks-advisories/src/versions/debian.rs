//! Debian: epoch, upstream version and revision, compared as `dpkg` does.

use std::cmp::Ordering;

use super::What;
use super::number::{Number, take_while};

/// The largest epoch that `dpkg` takes.
const EPOCH_MAX: u64 = 2_147_483_647;

#[derive(Debug, Clone)]
pub(super) struct Debian<'a> {
    epoch: Number<'a>,
    upstream: &'a str,
    revision: &'a str,
}

pub(super) fn parse(text: &str) -> Result<Debian<'_>, What> {
    let text = text.trim();
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) => (self::epoch(epoch)?, rest),
        None => (Number::ZERO, text),
    };
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    if !upstream.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("no digit at the start of the upstream version");
    }
    let is_common = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'~');
    if !upstream.bytes().all(|byte| is_common(byte) || matches!(byte, b'-' | b':')) {
        return Err("a character that no upstream version may have");
    }
    if !revision.bytes().all(is_common) {
        return Err("a character that no revision may have");
    }
    Ok(Debian { epoch, upstream, revision })
}

fn epoch(text: &str) -> Result<Number<'_>, What> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("an epoch that is no number");
    }
    let epoch = Number::new(text);
    if epoch.value().is_none_or(|value| value > EPOCH_MAX) { Err("an epoch that is too large") } else { Ok(epoch) }
}

impl Debian<'_> {
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare(self.upstream, other.upstream))
            .then_with(|| compare(self.revision, other.revision))
    }
}

/// Compares what is no digit and what is, in turns.
fn compare(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let left = take_while(&mut a, |byte| !byte.is_ascii_digit());
        let right = take_while(&mut b, |byte| !byte.is_ascii_digit());
        let left_number = Number::new(take_while(&mut a, |byte| byte.is_ascii_digit()));
        let right_number = Number::new(take_while(&mut b, |byte| byte.is_ascii_digit()));
        let order = compare_text(left, right).then(left_number.cmp(&right_number));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn compare_text(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.bytes(), b.bytes());
    loop {
        let (left, right) = (a.next(), b.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        match weight(left).cmp(&weight(right)) {
            Ordering::Equal => {}
            decided => return decided,
        }
    }
}

/// A tilde is below the end, letters are above it, and everything else is above letters.
fn weight(byte: Option<u8>) -> i32 {
    match byte {
        None => 0,
        Some(b'~') => -1,
        Some(letter) if letter.is_ascii_alphabetic() => i32::from(letter),
        Some(other) => i32::from(other).saturating_add(256),
    }
}
