//! The memo, with CPython's rules: PUT names its index, MEMOIZE takes the number of entries.
//!
//! Of a long memo only both ends are kept, and what was asked for in time; see [`Window`].

use std::collections::HashMap;

use super::value::{Arena, Value};
use super::window::Window;

/// Entries by index: picklers count up from 0, so those are a list; hostile indexes go to a map.
pub(super) struct Memo {
    dense: Window<Slot>,
    /// Entries beyond the list, and those that left it although they may be wanted again.
    beside: HashMap<u64, Value>,
    beside_max: usize,
    /// The highest index of `beside` that lies beyond the list.
    beyond: Option<u64>,
    entries: u64,
    /// Whether an index without an entry was forgotten, so that nobody can tell it from the others.
    lost_count: bool,
}

#[derive(Clone, Copy)]
struct Slot {
    value: Option<Value>,
    was_used: bool,
}

/// What the memo answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recalled {
    Known(Value),
    Absent,
    Forgotten,
}

/// The memo cannot hold the entry, or cannot tell whether it is a new one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overfull;

/// How far beyond the last dense index a new one may lie; some picklers leave small gaps.
const GAP: u64 = 64;

impl Memo {
    /// A memo that keeps `kept` entries at each end, and as many beside.
    pub(super) fn new(kept: u64) -> Self {
        Self {
            dense: Window::new(kept),
            beside: HashMap::new(),
            beside_max: usize::try_from(kept).unwrap_or(usize::MAX),
            beyond: None,
            entries: 0,
            lost_count: false,
        }
    }

    /// Number of entries, which is the index that MEMOIZE uses.
    pub(super) fn len(&self) -> u64 {
        self.entries
    }

    /// The value at `index`.
    #[inline]
    pub(super) fn get(&mut self, index: u64) -> Recalled {
        if let Some(slot) = self.dense.item_mut(index)
            && let Some(value) = slot.value
        {
            slot.was_used = true;
            return Recalled::Known(value);
        }
        match self.beside.get(&index) {
            Some(&value) => Recalled::Known(value),
            None if self.is_forgotten(index) => Recalled::Forgotten,
            None => Recalled::Absent,
        }
    }

    /// Sets or overwrites the value at `index`.
    #[inline]
    pub(super) fn put(&mut self, index: u64, value: Value, arena: &mut Arena<'_>) -> Result<(), Overfull> {
        let next = self.dense.len();
        let follows = index >= next && index < next.saturating_add(GAP);
        if !follows || self.beyond.is_some_and(|beyond| index <= beyond) {
            return self.put_elsewhere(index, value);
        }
        (next..index).for_each(|_| self.push(None));
        self.push(Some(value));
        self.entries = self.entries.saturating_add(1);
        if self.dense.is_full() {
            self.shed(arena);
        }
        Ok(())
    }

    #[inline]
    fn push(&mut self, value: Option<Value>) {
        self.dense.extend(&[Slot { value, was_used: false }]);
    }

    /// Overwrites an entry, fills a gap, or goes beside the list; no index is in both.
    fn put_elsewhere(&mut self, index: u64, value: Value) -> Result<(), Overfull> {
        if let Some(known) = self.beside.get_mut(&index) {
            *known = value;
            return Ok(());
        }
        if let Some(slot) = self.dense.item_mut(index) {
            self.entries = self.entries.saturating_add(u64::from(slot.value.is_none()));
            slot.value = Some(value);
            return Ok(());
        }
        let forgotten = self.is_forgotten(index);
        if self.beside.len() >= self.beside_max || (forgotten && self.lost_count) {
            return Err(Overfull);
        }
        self.beside.insert(index, value);
        if !forgotten {
            self.entries = self.entries.saturating_add(1);
            self.beyond = self.beyond.max(Some(index));
        }
        Ok(())
    }

    fn is_forgotten(&self, index: u64) -> bool {
        index < self.dense.len() && self.dense.get(index, 1).is_none()
    }

    /// Forgets the older half of the latest entries, but not classes, nor what was asked for since.
    #[cold]
    fn shed(&mut self, arena: &mut Arena<'_>) {
        let Self { dense, beside, beside_max, lost_count, .. } = self;
        dense.shed(|index, slot| match slot.value {
            Some(value) => {
                let is_wanted = slot.was_used || matches!(value, Value::Global(_));
                if is_wanted && beside.len() < *beside_max {
                    beside.insert(index, arena.hold(value));
                }
            }
            None => *lost_count = true,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(memo: &mut Memo, index: u64, value: Value) {
        memo.put(index, value, &mut Arena::new(None, 1 << 20, 1 << 10, 1 << 10)).expect("there is room");
    }

    #[test]
    fn memoize_counts_entries_and_not_the_highest_index() {
        let mut memo = Memo::new(100);
        put(&mut memo, u64::MAX, Value::Int(1));
        put(&mut memo, 7, Value::Int(2));
        put(&mut memo, 7, Value::Int(3));
        let known = |value| Recalled::Known(Value::Int(value));
        assert_eq!((memo.len(), memo.get(7), memo.get(u64::MAX)), (2, known(3), known(1)));
    }

    #[test]
    fn an_index_between_dense_ones_is_absent_until_it_is_put() {
        let mut memo = Memo::new(100);
        put(&mut memo, 0, Value::None);
        put(&mut memo, 40, Value::None);
        assert_eq!((memo.len(), memo.get(20)), (2, Recalled::Absent));
    }

    #[test]
    fn dense_and_sparse_indexes_agree_with_a_plain_map() {
        let (mut memo, mut plain) = (Memo::new(1 << 13), HashMap::new());
        let mut state = 1u64;
        for step in 0..4000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let index = (state >> 40) % if step % 7 == 0 { 100_000 } else { 300 };
            put(&mut memo, index, Value::Int(step));
            plain.insert(index, Value::Int(step));
            assert_eq!(memo.len(), plain.len() as u64);
        }
        assert!(plain.iter().all(|(&index, &value)| memo.get(index) == Recalled::Known(value)));
    }

    #[test]
    fn a_long_memo_forgets_its_middle_but_not_what_was_asked_for() {
        let mut memo = Memo::new(10);
        for index in 0..1000 {
            put(&mut memo, index, Value::Int(i64::try_from(index).expect("small")));
            memo.get(25);
        }
        let known = |value| Recalled::Known(Value::Int(value));
        assert_eq!((memo.get(0), memo.get(25), memo.get(999)), (known(0), known(25), known(999)));
        assert_eq!((memo.get(500), memo.get(1000), memo.len()), (Recalled::Forgotten, Recalled::Absent, 1000));
    }

    #[test]
    fn an_entry_that_is_put_again_after_it_was_forgotten_is_not_counted_twice() {
        let mut memo = Memo::new(10);
        (0..1000).for_each(|index| put(&mut memo, index, Value::None));
        put(&mut memo, 500, Value::Bool(true));
        assert_eq!((memo.get(500), memo.len()), (Recalled::Known(Value::Bool(true)), 1000));
    }

    #[test]
    fn a_gap_that_was_forgotten_leaves_the_count_in_doubt() {
        let mut memo = Memo::new(10);
        put(&mut memo, 12, Value::None);
        (13..1000).for_each(|index| put(&mut memo, index, Value::None));
        let arena = &mut Arena::new(None, 1 << 20, 1 << 10, 1 << 10);
        assert_eq!(memo.put(11, Value::None, arena), Err(Overfull));
    }
}
