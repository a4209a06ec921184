//! Lists that grow without bound and are remembered at both ends only.
//!
//! A pickle of a hundred million objects memoizes each of them, and nearly all entries are never
//! asked for again. What comes first is kept, because names and classes that all objects share are
//! there, and what came last, because most references are to something near.

/// An append-only list; of a long one the first items and the latest are kept.
pub(super) struct Window<T> {
    first: Vec<T>,
    recent: Vec<T>,
    /// Index of the first item of `recent`.
    recent_at: u64,
    kept: usize,
}

impl<T: Copy> Window<T> {
    /// A list that keeps `kept` items at each end, and for a while up to twice as many of the latest.
    pub(super) fn new(kept: u64) -> Self {
        let kept = usize::try_from(kept).unwrap_or(usize::MAX).max(1);
        Self { first: Vec::new(), recent: Vec::new(), recent_at: 0, kept }
    }

    /// Number of items, forgotten ones included.
    #[inline]
    pub(super) fn len(&self) -> u64 {
        self.recent_at.saturating_add(self.recent.len() as u64)
    }

    /// Adds items, which stay in one piece as long as they are kept; the index of the first of them.
    #[inline]
    pub(super) fn extend(&mut self, items: &[T]) -> u64 {
        let start = self.len();
        if self.recent.is_empty() && self.first.len().saturating_add(items.len()) <= self.kept {
            self.first.extend_from_slice(items);
            self.recent_at = self.first.len() as u64;
        } else {
            self.recent.extend_from_slice(items);
        }
        start
    }

    /// Whether it is time to forget.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.recent.len() >= self.kept.saturating_mul(2)
    }

    /// Forgets all but the latest items, each shown to `see` with its index before it goes.
    pub(super) fn shed(&mut self, mut see: impl FnMut(u64, T)) {
        let count = self.recent.len().saturating_sub(self.kept);
        for (index, item) in (self.recent_at..).zip(self.recent.drain(..count)) {
            see(index, item);
        }
        self.recent_at = self.recent_at.saturating_add(count as u64);
    }

    /// The items from `start`, when all of them are kept.
    #[inline]
    pub(super) fn get(&self, start: u64, length: usize) -> Option<&[T]> {
        let (part, start) = match start.checked_sub(self.recent_at) {
            Some(start) => (&self.recent, start),
            None => (&self.first, start),
        };
        let start = usize::try_from(start).ok()?;
        part.get(start..start.checked_add(length)?)
    }

    /// The item at `index`, when it is kept.
    #[inline]
    pub(super) fn item_mut(&mut self, index: u64) -> Option<&mut T> {
        match index.checked_sub(self.recent_at) {
            Some(index) => self.recent.get_mut(usize::try_from(index).ok()?),
            None => self.first.get_mut(usize::try_from(index).ok()?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_kept_and_what_is_forgotten_is_shown_once() {
        let mut window = Window::new(10);
        let mut seen = Vec::new();
        for index in 0..1000u64 {
            assert_eq!(window.extend(&[index]), index);
            if window.is_full() {
                window.shed(|at, item| seen.push((at, item)));
            }
        }
        assert_eq!((window.get(3, 2), window.get(995, 5)), (Some(&[3, 4][..]), Some(&[995, 996, 997, 998, 999][..])));
        assert_eq!((window.get(500, 1), window.get(9, 2), window.get(998, 3)), (None, None, None));
        assert!(window.first.len() + window.recent.len() <= 30);
        assert_eq!(seen.len() + window.first.len() + window.recent.len(), 1000);
        assert!(seen.iter().all(|(at, item)| at == item));
    }

    #[test]
    fn items_that_came_together_are_never_cut_by_the_end_of_the_first_part() {
        let mut window = Window::new(4);
        window.extend(b"abc");
        let start = window.extend(b"defg");
        assert_eq!(window.get(start, 4), Some(&b"defg"[..]));
        assert_eq!((window.extend(b"h"), window.len()), (7, 8));
    }
}
