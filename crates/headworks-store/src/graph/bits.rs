//! A set of places: a bit for each, so that ten million of them stay in the processor's cache.

use std::ops::Range;

/// A set of places.
#[derive(Debug, Clone)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// The empty set of places below `places`.
    pub(super) fn new(places: usize) -> Self {
        Self(vec![0; places.div_ceil(64)])
    }

    /// Adds a place; whether it is new.
    pub(super) fn insert(&mut self, place: u32) -> bool {
        let (word, bit) = (&mut self.0[(place >> 6) as usize], 1 << (place & 63));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Adds a place; this one does not wait for what was there.
    pub(super) fn add(&mut self, place: u32) {
        self.0[(place >> 6) as usize] |= 1 << (place & 63);
    }

    pub(super) fn contains(&self, place: u32) -> bool {
        self.0[(place >> 6) as usize] >> (place & 63) & 1 == 1
    }

    /// Whether a place begins 64 that are all in the set.
    pub(super) fn is_whole_word(&self, place: u32) -> bool {
        place.is_multiple_of(64) && self.0[(place >> 6) as usize] == u64::MAX
    }

    /// Whether a place begins 64 of which none is in the set.
    pub(super) fn is_empty_word(&self, place: u32) -> bool {
        place.is_multiple_of(64) && self.0[(place >> 6) as usize] == 0
    }

    /// The first place in the range that is in the set.
    pub(super) fn first_in(&self, range: Range<u32>) -> Option<u32> {
        first(range, |word| self.0[word])
    }

    /// The first place in the range that is in the set and not in the other one.
    pub(super) fn first_beyond(&self, other: &Self, range: Range<u32>) -> Option<u32> {
        first(range, |word| self.0[word] & !other.0[word])
    }

    /// Adds a whole range.
    pub(super) fn fill(&mut self, range: Range<u32>) {
        let mut at = range.start;
        while at < range.end {
            // As much as lies in one word.
            let end = range.end.min((at | 63) + 1);
            let ones = u64::MAX >> (64 - (end - at));
            self.0[(at >> 6) as usize] |= ones << (at & 63);
            at = end;
        }
    }

    /// How many places are in the set.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many places of a range are in the set.
    pub(super) fn count_in(&self, range: Range<u32>) -> u64 {
        let mut count = 0;
        let mut at = range.start;
        while at < range.end {
            let end = range.end.min((at | 63) + 1);
            let ones = u64::MAX >> (64 - (end - at));
            count += u64::from((self.0[(at >> 6) as usize] >> (at & 63) & ones).count_ones());
            at = end;
        }
        count
    }

    /// The places in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().zip(0u32..).flat_map(|(&word, at)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros();
                (rest != 0).then(|| {
                    rest &= rest - 1;
                    (at << 6) + bit
                })
            })
        })
    }
}

fn first(range: Range<u32>, word_at: impl Fn(usize) -> u64) -> Option<u32> {
    if range.is_empty() {
        return None;
    }
    let (mut at, last) = ((range.start >> 6) as usize, ((range.end - 1) >> 6) as usize);
    let mut word = word_at(at) & (u64::MAX << (range.start & 63));
    while word == 0 && at < last {
        at += 1;
        word = word_at(at);
    }
    let place = ((at as u32) << 6) + word.trailing_zeros();
    (word != 0 && place < range.end).then_some(place)
}
