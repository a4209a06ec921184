//! Values as the machine knows them: sixteen bytes each, copied freely, never traversed without bound.
//!
//! A container's content is not kept, except a tuple's, which cannot change once it exists. So a
//! stream of DUPs and GETs costs what its opcodes cost, however large the object it would build.

use headworks_types::Fault;

use super::events::CalleeId;

/// One value on the stack or in the memo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// What the machine cannot know.
    Unknown,
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

/// The index that stands for no detail.
pub(super) const NO_DETAIL: u32 = u32::MAX;

/// Marks a text offset that counts from the start of the arena's own text.
const OWN_TEXT: u64 = 1 << 63;

/// Tuple items and text, in two growing buffers that are never copied from.
pub(super) struct Arena<'b> {
    input: Option<&'b [u8]>,
    items: Vec<Value>,
    text: Vec<u8>,
    charged: u64,
    max: u64,
}

impl<'b> Arena<'b> {
    /// An arena over the input's bytes, where those are in memory.
    pub(super) fn new(input: Option<&'b [u8]>, max: u64) -> Self {
        Self { input, items: Vec::new(), text: Vec::new(), charged: 0, max }
    }

    /// A tuple of these items.
    pub(super) fn tuple(&mut self, items: &[Value]) -> Result<Value, Fault> {
        self.charge((items.len() as u64).saturating_mul(size_of::<Value>() as u64))?;
        let start = self.items.len() as u64;
        self.items.extend_from_slice(items);
        Ok(u32::try_from(items.len()).map_or(Value::Unknown, |length| Value::Tuple { length, start }))
    }

    /// A string of this text, which lies at `offset` of the input.
    pub(super) fn string_at(&mut self, offset: u64, text: &str) -> Result<Value, Fault> {
        match (self.input, u32::try_from(text.len())) {
            (Some(_), Ok(length)) => Ok(Value::Str { length, start: offset }),
            _ => self.string(text),
        }
    }

    /// A string of text that is not in the input as it is.
    pub(super) fn string(&mut self, text: &str) -> Result<Value, Fault> {
        self.charge(text.len() as u64)?;
        let start = self.text.len() as u64 | OWN_TEXT;
        self.text.extend_from_slice(text.as_bytes());
        Ok(u32::try_from(text.len()).map_or(Value::OpaqueStr, |length| Value::Str { length, start }))
    }

    /// The text of a string, where it is known.
    pub(super) fn text(&self, value: Value) -> Option<&str> {
        std::str::from_utf8(self.text_bytes(value)?).ok()
    }

    /// The same as bytes, for comparisons that need not decode it again.
    pub(super) fn text_bytes(&self, value: Value) -> Option<&[u8]> {
        let Value::Str { length, start } = value else { return None };
        let from = if start & OWN_TEXT == 0 { self.input? } else { &self.text };
        let start = usize::try_from(start & !OWN_TEXT).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        from.get(start..end)
    }

    /// The items of a tuple.
    pub(super) fn items(&self, value: Value) -> Option<&[Value]> {
        let Value::Tuple { length, start } = value else { return None };
        let start = usize::try_from(start).ok()?;
        self.items.get(start..start.checked_add(usize::try_from(length).ok()?)?)
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
    fn text_is_found_in_the_input_and_beside_it() {
        let mut arena = Arena::new(Some(b"..os system"), 1 << 10);
        let (near, own) = (arena.string_at(2, "os").unwrap(), arena.string("posix").unwrap());
        assert_eq!((arena.text(near), arena.text(own)), (Some("os"), Some("posix")));
    }

    #[test]
    fn a_spent_arena_is_a_budget_fault() {
        let mut arena = Arena::new(None, 40);
        assert!(arena.tuple(&[Value::None; 2]).is_ok());
        assert_eq!(arena.tuple(&[Value::None]), Err(budget("pickle_arena_bytes_max", 40)));
    }
}
