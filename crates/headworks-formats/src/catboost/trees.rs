//! The trees of a model, and what a reader that trusts them would stumble over.
//!
//! All trees lie in the same lists. A tree of the oblivious kind has one split for each level and a leaf for each
//! combination of answers; in a tree of the other kind each node says how far behind it its children lie.

use std::ops::Range;

use headworks_types::Fault;

use crate::flatbuffer::{Flatbuffer, Table, Vector};

/// Levels of one oblivious tree: the reader shifts by them.
const LEVELS_MAX: u64 = 31;

/// Stands for a node that is no leaf.
const NO_LEAF: u32 = u32::MAX;

/// How much of everything there is.
#[derive(Default)]
pub(super) struct Trees {
    pub(super) trees: u64,
    pub(super) splits: u64,
    pub(super) leaf_values: u64,
    pub(super) outputs: u64,
    pub(super) features: u64,
}

/// Measures the lists of `table` and holds them against each other.
pub(super) fn read(buffer: &mut Flatbuffer<'_>, table: Table) -> Result<Trees, Fault> {
    let outputs = u64::from(buffer.u32(table, 0)?);
    let splits = buffer.vector(table, 1, 4)?;
    let sizes = buffer.vector(table, 2, 4)?;
    let (features, conditions) = conditions(buffer, table)?;
    let leaves = buffer.vector(table, 8, 8)?;
    for index in splits.indices() {
        if u64::from(buffer.u32_of(splits, index)?) >= conditions {
            return Err(buffer.malformed(format!("split {index} is none of {conditions} conditions")));
        }
    }
    let mut walk = Walk { buffer, table, outputs: outputs.max(1), splits: splits.count, leaves: leaves.count };
    if walk.buffer.vector(table, 10, 4)?.count > 0 {
        walk.nodes(sizes)?;
    } else {
        walk.levels(sizes)?;
    }
    walk.starts(sizes)?;
    Ok(Trees { trees: sizes.count, splits: splits.count, leaf_values: leaves.count, outputs, features })
}

/// The features and the conditions on them, which splits count from 0.
fn conditions(buffer: &mut Flatbuffer<'_>, table: Table) -> Result<(u64, u64), Fault> {
    // Field of the trees, and the field of each of its tables that has one element for each condition.
    const LISTS: [(u16, Option<u16>); 7] =
        [(4, None), (5, Some(3)), (6, Some(1)), (7, Some(1)), (12, None), (13, Some(3)), (18, None)];
    let (mut features, mut conditions) = (0u64, 0u64);
    for (list, values) in LISTS {
        let tables = buffer.tables(table, list)?;
        let is_input = matches!(list, 4 | 5 | 12 | 18);
        features = features.saturating_add(if is_input { tables.count } else { 0 });
        let Some(values) = values else { continue };
        for index in tables.indices() {
            let feature = buffer.element(tables, index)?;
            conditions = conditions.saturating_add(buffer.vector(feature, values, 4)?.count);
        }
    }
    Ok((features, conditions))
}

struct Walk<'w, 'a> {
    buffer: &'w mut Flatbuffer<'a>,
    table: Table,
    outputs: u64,
    splits: u64,
    leaves: u64,
}

impl Walk<'_, '_> {
    /// Oblivious trees: one split for each level, and leaves for all answers.
    fn levels(&mut self, sizes: Vector) -> Result<(), Fault> {
        let (mut splits, mut leaves) = (0u64, 0u64);
        for tree in sizes.indices() {
            let levels = u64::from(self.buffer.u32_of(sizes, tree)?);
            if levels > LEVELS_MAX {
                return Err(self.buffer.malformed(format!("tree {tree} has {levels} levels")));
            }
            splits = splits.saturating_add(levels);
            let shift = u32::try_from(levels).unwrap_or_default();
            leaves = leaves.saturating_add(1u64.checked_shl(shift).unwrap_or_default());
        }
        self.same("splits", splits, self.splits)?;
        self.same("leaf values", leaves.saturating_mul(self.outputs), self.leaves)
    }

    /// Other trees: each node says where its children are and which leaf it is.
    fn nodes(&mut self, sizes: Vector) -> Result<(), Fault> {
        let steps = self.buffer.vector(self.table, 10, 4)?;
        let ids = self.buffer.vector(self.table, 11, 4)?;
        let mut start = 0u64;
        self.same("nodes", self.splits, steps.count)?;
        self.same("numbers of leaves", self.splits, ids.count)?;
        for tree in sizes.indices() {
            let end = start.saturating_add(u64::from(self.buffer.u32_of(sizes, tree)?));
            if end > self.splits {
                return Err(self.buffer.malformed(format!("tree {tree} ends behind the last split")));
            }
            self.nodes_of(tree, start..end, steps, ids)?;
            start = end;
        }
        self.same("splits", start, self.splits)
    }

    fn nodes_of(&mut self, tree: u64, nodes: Range<u64>, steps: Vector, ids: Vector) -> Result<(), Fault> {
        for node in nodes.clone() {
            let [low, high, other_low, other_high] = self.buffer.u32_of(steps, node)?.to_le_bytes();
            let steps = [u16::from_le_bytes([low, high]), u16::from_le_bytes([other_low, other_high])];
            if steps.iter().any(|&step| node.saturating_add(u64::from(step)) >= nodes.end) {
                return Err(self.buffer.malformed(format!("a child outside of tree {tree}")));
            }
            let leaf = self.buffer.u32_of(ids, node)?;
            let is_outside = u64::from(leaf).saturating_add(self.outputs) > self.leaves;
            if leaf != NO_LEAF && is_outside {
                return Err(self.buffer.malformed(format!("tree {tree} has leaf {leaf} of {}", self.leaves)));
            }
        }
        Ok(())
    }

    /// Where each tree begins, which follows from the sizes.
    fn starts(&mut self, sizes: Vector) -> Result<(), Fault> {
        let starts = self.buffer.vector(self.table, 3, 4)?;
        if starts.count == 0 {
            return Ok(());
        }
        self.same("beginnings of trees", sizes.count, starts.count)?;
        let mut start = 0u64;
        for tree in sizes.indices() {
            let stated = u64::from(self.buffer.u32_of(starts, tree)?);
            self.same("splits before a tree", start, stated)?;
            start = start.saturating_add(u64::from(self.buffer.u32_of(sizes, tree)?));
        }
        Ok(())
    }

    fn same(&self, of: &str, expected: u64, found: u64) -> Result<(), Fault> {
        match expected == found {
            true => Ok(()),
            false => Err(self.buffer.malformed(format!("{found} {of} where the sizes of trees ask for {expected}"))),
        }
    }
}
