//! The memo, with CPython's rules: PUT names its index, MEMOIZE takes the number of entries.

use std::collections::HashMap;

use super::value::Value;

/// Entries by index: picklers count up from 0, so those are a vector; hostile indexes go to a map.
#[derive(Default)]
pub(super) struct Memo {
    dense: Vec<Option<Value>>,
    sparse: HashMap<u64, Value>,
    entries: u64,
}

/// How far beyond the last dense index a new one may lie; some picklers leave small gaps.
const GAP: usize = 64;

impl Memo {
    /// Number of entries, which is the index that MEMOIZE uses.
    pub(super) fn len(&self) -> u64 {
        self.entries
    }

    /// The value at `index`.
    #[inline]
    pub(super) fn get(&self, index: u64) -> Option<Value> {
        let dense = usize::try_from(index).ok().and_then(|index| *self.dense.get(index)?);
        dense.or_else(|| self.sparse.get(&index).copied())
    }

    /// Sets or overwrites the value at `index`.
    #[inline]
    pub(super) fn put(&mut self, index: u64, value: Value) {
        match usize::try_from(index).ok().filter(|&index| index < self.dense.len().saturating_add(GAP)) {
            Some(index) if self.sparse.is_empty() => self.put_dense(index, value),
            _ => self.put_beside(index, value),
        }
    }

    #[inline]
    fn put_dense(&mut self, index: usize, value: Value) {
        if index >= self.dense.len() {
            self.dense.resize(index.saturating_add(1), None);
        }
        if let Some(slot) = self.dense.get_mut(index) {
            self.entries = self.entries.saturating_add(u64::from(slot.is_none()));
            *slot = Some(value);
        }
    }

    /// Once an index is in the map it stays there, so that no index is in both.
    fn put_beside(&mut self, index: u64, value: Value) {
        let dense = usize::try_from(index).ok().filter(|&index| index < self.dense.len());
        match dense {
            Some(dense) if !self.sparse.contains_key(&index) => self.put_dense(dense, value),
            _ => {
                let new = self.sparse.insert(index, value).is_none();
                self.entries = self.entries.saturating_add(u64::from(new));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memoize_counts_entries_and_not_the_highest_index() {
        let mut memo = Memo::default();
        memo.put(u64::MAX, Value::Int(1));
        memo.put(7, Value::Int(2));
        memo.put(7, Value::Int(3));
        assert_eq!((memo.len(), memo.get(7), memo.get(u64::MAX)), (2, Some(Value::Int(3)), Some(Value::Int(1))));
    }

    #[test]
    fn an_index_between_dense_ones_is_absent_until_it_is_put() {
        let mut memo = Memo::default();
        memo.put(0, Value::None);
        memo.put(40, Value::None);
        assert_eq!((memo.len(), memo.get(20)), (2, None));
    }

    #[test]
    fn dense_and_sparse_indexes_agree_with_a_plain_map() {
        let (mut memo, mut plain) = (Memo::default(), HashMap::new());
        let mut state = 1u64;
        for step in 0..4000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let index = (state >> 40) % if step % 7 == 0 { 100_000 } else { 300 };
            memo.put(index, Value::Int(step));
            plain.insert(index, Value::Int(step));
            assert_eq!(memo.len(), plain.len() as u64);
        }
        assert!(plain.iter().all(|(&index, &value)| memo.get(index) == Some(value)));
    }
}
