//! Sets of kinds of edges or nodes.

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds([u64; 4]);

impl Kinds {
    /// Every kind.
    pub const ALL: Self = Self([u64::MAX; 4]);

    /// Whether a kind is in the set.
    pub fn contains(&self, kind: u8) -> bool {
        self.0[usize::from(kind >> 6)] >> (kind & 63) & 1 == 1
    }
}

impl Default for Kinds {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromIterator<u8> for Kinds {
    fn from_iter<T: IntoIterator<Item = u8>>(kinds: T) -> Self {
        let mut set = Self([0; 4]);
        for kind in kinds {
            set.0[usize::from(kind >> 6)] |= 1 << (kind & 63);
        }
        set
    }
}
