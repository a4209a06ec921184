//! Edges that were added after the order was made.

/// An added edge: its ends by their places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Added {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) kind: u8,
    /// Number of the node at its end, by which the edges of a place are sorted.
    pub(super) number: u32,
}

/// Added edges, by place and the number of their end.
#[derive(Debug, Default)]
pub(super) struct Delta(Vec<Added>);

impl Delta {
    pub(super) fn edges(&self) -> usize {
        self.0.len()
    }

    pub(super) fn add(&mut self, added: Vec<Added>) {
        self.0.extend(added);
        // A stable sort takes what is sorted already as it is.
        self.0.sort_by_key(Added::key);
        self.0.dedup_by_key(|added| added.key());
    }

    /// The edges that lead from a place.
    pub(super) fn of(&self, place: u32) -> &[Added] {
        let start = self.0.partition_point(|added| added.from < place);
        let rest = &self.0[start..];
        &rest[..rest.iter().take_while(|added| added.from == place).count()]
    }

    /// The edges that lead from a place or a later one.
    pub(super) fn from(&self, place: u32) -> &[Added] {
        &self.0[self.0.partition_point(|added| added.from < place)..]
    }
}

impl Added {
    fn key(&self) -> (u32, u32, u8) {
        (self.from, self.number, self.kind)
    }
}
