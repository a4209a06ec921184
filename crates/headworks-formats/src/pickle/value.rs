//! Values as the machine knows them: sixteen bytes each, copied freely, never traversed without bound.
//!
//! A container's content is not kept, except a tuple's, which cannot change once it exists. So a
//! stream of DUPs and GETs costs what its opcodes cost, however large the object it would build.

use std::cell::Cell;

use headworks_types::Fault;

use super::events::{CalleeId, Span};
use super::window::Window;

/// One value on the stack or in the memo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// What the machine cannot know.
    Unknown,
    /// What the machine knew once and keeps no longer.
    Forgotten,
    None,
    Bool(bool),
    Int(i64),
    /// An integer of more than 64 bits.
    LargeInt,
    Float,
    /// A string whose text the arena can show.
    Str {
        length: u32,
        start: u64,
    },
    /// A string whose text is long, has lone surrogates or depends on the loader's `encoding`.
    OpaqueStr,
    Bytes(u64),
    /// `length` values from `start` in the arena.
    Tuple {
        weight: Weight,
        length: u32,
        start: u64,
    },
    List,
    /// A dictionary that was empty at first, with a number that tells it from every other one;
    /// 0 for one that was not.
    Dict(u32),
    Set,
    FrozenSet,
    Global(CalleeId),
    /// The result of a call; `detail` is an index that the caller of the callee gave a meaning.
    Instance {
        of: CalleeId,
        detail: u32,
    },
    /// What `persistent_load` returned for the storage of that index, if it is one.
    Persistent(u32),
    Buffer,
}

/// How many values a tuple would be if every tuple in it were written out: a number of eleven bits and
/// how often it is doubled, cut off, so that the weight of a tuple is never too large.
///
/// CPython computes the hash of a tuple from those of its items each time, so a key of thirty
/// tuples that each hold the one before twice takes a billion steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight(u16);

impl Weight {
    const FRACTION_BITS: u32 = 10;

    fn of(items: &[Value]) -> Self {
        let weights = items.iter().map(|item| match item {
            Value::Tuple { weight, .. } => weight.values(),
            _ => 1,
        });
        Self::cut(weights.fold(1, u64::saturating_add))
    }

    fn cut(values: u64) -> Self {
        let doublings = values.checked_ilog2().unwrap_or_default().saturating_sub(Self::FRACTION_BITS);
        let number = values.checked_shr(doublings).unwrap_or_default();
        let packed =
            u64::from(doublings).checked_shl(Self::FRACTION_BITS.saturating_add(1)).unwrap_or_default() | number;
        Self(u16::try_from(packed).unwrap_or(u16::MAX))
    }

    /// The number of values.
    pub(super) fn values(self) -> u64 {
        let bits = Self::FRACTION_BITS.saturating_add(1);
        let doublings = self.0.checked_shr(bits).unwrap_or_default();
        let number = self.0 ^ doublings.checked_shl(bits).unwrap_or_default();
        u64::from(number).checked_shl(u32::from(doublings)).unwrap_or(u64::MAX)
    }
}

/// The index that stands for no detail.
pub(super) const NO_DETAIL: u32 = u32::MAX;

/// Marks a text offset that counts from the start of the arena's own text.
const OWN_TEXT: u64 = 1 << 63;

/// Marks a text offset that counts from the start of the text that is held for good.
const HELD_TEXT: u64 = 1 << 62;

/// A longer string of a memo entry is not held: no name is that long.
const HELD_BYTES_MAX: usize = 1024;

/// Tuple items and text, of which both ends are kept.
pub(super) struct Arena<'b> {
    input: Option<&'b [u8]>,
    items: Window<Value>,
    text: Window<u8>,
    held: Vec<u8>,
    charged: u64,
    max: u64,
    /// Something was asked for that is kept no longer.
    missed: Cell<bool>,
    missed_at: Option<Span>,
}

impl<'b> Arena<'b> {
    /// An arena over the input's bytes, where those are in memory.
    ///
    /// It takes charges of up to `max` bytes, and keeps so many values and bytes of text at each end.
    pub(super) fn new(input: Option<&'b [u8]>, max: u64, values_kept: u64, text_bytes_kept: u64) -> Self {
        Self {
            input,
            items: Window::new(values_kept),
            text: Window::new(text_bytes_kept),
            held: Vec::new(),
            charged: 0,
            max,
            missed: Cell::new(false),
            missed_at: None,
        }
    }

    /// A tuple of these items.
    pub(super) fn tuple(&mut self, items: &[Value]) -> Value {
        let start = self.items.extend(items);
        if self.items.is_full() {
            self.items.shed(|_, _| {});
        }
        let weight = Weight::of(items);
        u32::try_from(items.len()).map_or(Value::Unknown, |length| Value::Tuple { weight, length, start })
    }

    /// A string of this text, which lies at `offset` of the input.
    pub(super) fn string_at(&mut self, offset: u64, text: &str) -> Value {
        match (self.input, u32::try_from(text.len())) {
            (Some(_), Ok(length)) => Value::Str { length, start: offset },
            _ => self.string(text),
        }
    }

    /// A string of text that is not in the input as it is.
    pub(super) fn string(&mut self, text: &str) -> Value {
        let start = self.text.extend(text.as_bytes()) | OWN_TEXT;
        if self.text.is_full() {
            self.text.shed(|_, _| {});
        }
        u32::try_from(text.len()).map_or(Value::OpaqueStr, |length| Value::Str { length, start })
    }

    /// The same value, whose text stays however much text follows.
    pub(super) fn hold(&mut self, value: Value) -> Value {
        match value {
            Value::Str { length, start } if start & OWN_TEXT != 0 => {
                let length_in_memory = usize::try_from(length).unwrap_or(usize::MAX);
                let Some(text) = self.text.get(start & !OWN_TEXT, length_in_memory) else { return Value::Forgotten };
                if text.len() > HELD_BYTES_MAX {
                    return value;
                }
                let start = self.held.len() as u64 | HELD_TEXT;
                self.held.extend_from_slice(text);
                Value::Str { length, start }
            }
            value => value,
        }
    }

    /// The text of a string, where it is known.
    pub(super) fn text(&self, value: Value) -> Option<&str> {
        std::str::from_utf8(self.text_bytes(value)?).ok()
    }

    /// The same for whoever can do without, so that nothing is missed where it is kept no longer.
    pub(super) fn text_if_kept(&self, value: Value) -> Option<&str> {
        let before = self.missed.get();
        let text = self.text(value);
        self.missed.set(before);
        text
    }

    /// The same as bytes, for comparisons that need not decode it again.
    pub(super) fn text_bytes(&self, value: Value) -> Option<&[u8]> {
        let Value::Str { length, start } = value else { return None };
        let length = usize::try_from(length).ok()?;
        if start & OWN_TEXT != 0 {
            return self.or_missed(self.text.get(start & !OWN_TEXT, length));
        }
        let from = if start & HELD_TEXT != 0 { self.held.as_slice() } else { self.input? };
        let start = usize::try_from(start & !HELD_TEXT).ok()?;
        from.get(start..start.checked_add(length)?)
    }

    /// The items of a tuple.
    pub(super) fn items(&self, value: Value) -> Option<&[Value]> {
        let Value::Tuple { length, start, .. } = value else { return None };
        self.or_missed(self.items.get(start, usize::try_from(length).ok()?))
    }

    fn or_missed<T>(&self, kept: Option<T>) -> Option<T> {
        if kept.is_none() {
            self.missed.set(true);
        }
        kept
    }

    /// Notes that an event needs a value that is kept no longer.
    pub(super) fn miss(&self) {
        self.missed.set(true);
    }

    /// Notes that `span` is where something was missed, if anything was since the last event.
    pub(super) fn locate_missed(&mut self, span: Span) {
        if self.missed.replace(false) {
            self.missed_at.get_or_insert(span);
        }
    }

    /// The first event that lacks something that was kept no longer.
    pub(super) fn missed_at(&self) -> Option<Span> {
        self.missed_at
    }

    /// The input's bytes, where they are in memory.
    pub(super) fn input(&self) -> Option<&'b [u8]> {
        self.input
    }

    /// Takes bytes from the budget.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), Fault> {
        self.charged = self.charged.saturating_add(bytes);
        if self.charged > self.max { Err(budget("pickle_arena_bytes_max", self.max)) } else { Ok(()) }
    }
}

/// The fault of a spent bound.
#[cold]
pub(super) fn budget(limit: &str, max: u64) -> Fault {
    Fault::Budget { limit: limit.to_owned(), max }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_sixteen_bytes() {
        assert_eq!(size_of::<Value>(), 16);
    }

    #[test]
    fn the_weight_of_tuples_in_tuples_is_never_too_large() {
        for values in [0, 1, 2, 1023, 1024, 2047, 2048, 2049, 65_535, 1 << 32, (1 << 40) - 1] {
            let weight = Weight::cut(values).values();
            assert!(weight <= values && weight >= values - values / 1024, "{values}: {weight}");
        }
        let mut arena = Arena::new(None, 1 << 20, 64, 64);
        let mut tuple = arena.tuple(&[]);
        for _ in 0..32 {
            tuple = arena.tuple(&[tuple, tuple]);
        }
        let Value::Tuple { weight, .. } = tuple else { panic!("not a tuple") };
        assert!((1 << 32..1 << 34).contains(&weight.values()), "{}", weight.values());
    }

    #[test]
    fn text_is_found_in_the_input_and_beside_it() {
        let mut arena = Arena::new(Some(b"..os system"), 1 << 10, 8, 8);
        let (near, own) = (arena.string_at(2, "os"), arena.string("posix"));
        assert_eq!((arena.text(near), arena.text(own)), (Some("os"), Some("posix")));
    }

    #[test]
    fn a_spent_arena_is_a_budget_fault() {
        let mut arena = Arena::new(None, 40, 8, 8);
        assert!(arena.charge(32).is_ok());
        assert_eq!(arena.charge(16), Err(budget("pickle_arena_bytes_max", 40)));
    }

    #[test]
    fn text_that_is_held_outlives_what_follows_and_other_text_is_missed() {
        let mut arena = Arena::new(None, 1 << 10, 16, 16);
        (0..4).for_each(|_| _ = arena.string("first"));
        let (one, other) = (arena.string("module"), arena.string("ordinary"));
        let held = arena.hold(one);
        (0..20).for_each(|_| _ = arena.string("more text"));
        assert_eq!((arena.text(held), arena.text(other)), (Some("module"), None));
        let span = Span { start: 5, end: 6 };
        arena.locate_missed(span);
        assert_eq!(arena.missed_at(), Some(span));
    }
}
