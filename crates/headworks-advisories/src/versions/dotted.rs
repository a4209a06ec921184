//! Numbers and nothing else: CRAN and Hackage.

use std::cmp::Ordering;

use super::What;
use super::number::Number;

#[derive(Debug, Clone)]
pub(super) struct Dotted<'a>(Vec<Number<'a>>);

pub(super) fn parse<'a>(text: &'a str, separators: &[char]) -> Result<Dotted<'a>, What> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = || text.trim().split(separators);
    if parts().all(is_number) {
        Ok(Dotted(parts().map(Number::new).collect()))
    } else {
        Err("something that is no number")
    }
}

impl Dotted<'_> {
    /// The shorter of two that begin alike is below the longer: `1.0` is below `1.0.0`.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
