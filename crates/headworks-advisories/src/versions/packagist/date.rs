//! Versions that are dates: a year, then groups of two digits, then up to two more numbers.

use super::modifier;

/// Groups of two digits after the year.
const PAIRS_MAX: u8 = 6;
/// Numbers of up to three digits after them.
const NUMBERS_MAX: u8 = 2;

/// The date with dots between its parts, and what comes after it.
pub(super) fn normalize(text: &str) -> Option<String> {
    let (year, rest) = text.split_at_checked(4)?;
    if !is_digits(year) {
        return None;
    }
    let end = after_pairs(rest, 0)?;
    let date = text.get(..text.len().saturating_sub(end.len()))?;
    let dotted = date.replace(|character: char| !character.is_ascii_digit(), ".");
    Some(dotted + &modifier(end)?)
}

/// What is left after as many pairs as there are, so that the rest is what may follow.
fn after_pairs(rest: &str, taken: u8) -> Option<&str> {
    let more = if taken < PAIRS_MAX { digits(rest, 2) } else { None };
    more.and_then(|rest| after_pairs(rest, taken.saturating_add(1)))
        .or_else(|| if taken > 0 { after_numbers(rest, 0) } else { None })
}

fn after_numbers(rest: &str, taken: u8) -> Option<&str> {
    if taken < NUMBERS_MAX {
        let longest_first = [3, 2, 1].into_iter();
        let mut found = longest_first.filter_map(|count| after_numbers(digits(rest, count)?, taken.saturating_add(1)));
        if let Some(end) = found.next() {
            return Some(end);
        }
    }
    modifier(rest).map(|_| rest)
}

/// The rest after a separator, which may be absent, and so many digits.
fn digits(rest: &str, count: usize) -> Option<&str> {
    let rest = rest.strip_prefix(['.', ':', '-']).unwrap_or(rest);
    let (start, rest) = rest.split_at_checked(count)?;
    is_digits(start).then_some(rest)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
