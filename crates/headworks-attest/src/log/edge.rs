//! The right edge of a tree: all that is needed to add entries and to know the root.

use headworks_types::Digest;

use super::merkle;
use super::tiles::{Tile, WIDTH};

/// The hashes of the partial tiles of a tree, level by level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    levels: Vec<Vec<Digest>>,
    size: u64,
}

impl Edge {
    /// The edge of a tree of `size` entries; `hashes` gives those of each of its partial tiles.
    ///
    /// # Errors
    /// When `hashes` fails.
    pub fn of<E>(size: u64, mut hashes: impl FnMut(Tile) -> Result<Vec<Digest>, E>) -> Result<Self, E> {
        let mut levels: Vec<Vec<Digest>> = Vec::new();
        for tile in Tile::right_edge(size) {
            levels.resize(usize::from(tile.level), Vec::new());
            levels.push(hashes(tile)?);
        }
        Ok(Self { levels, size })
    }

    /// Entries in the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds an entry by its hash and returns the tiles that became full by it, from level 0 up.
    pub fn push(&mut self, leaf: Digest) -> Vec<(Tile, Vec<Digest>)> {
        let (mut full, mut hash) = (Vec::new(), leaf);
        self.size += 1;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(level) else { break };
            hashes.push(hash);
            if hashes.len() < usize::from(WIDTH) {
                break;
            }
            hash = merkle::root_of(hashes);
            let level = level as u8;
            let index = (self.size >> (u32::from(level) * 8 + 8)).saturating_sub(1);
            full.push((Tile { level, index, width: WIDTH }, std::mem::take(hashes)));
        }
        full
    }

    /// The root of the tree.
    pub fn root(&self) -> Digest {
        let peaks = self.levels.iter().flat_map(|hashes| peaks(hashes));
        peaks.reduce(|right, left| merkle::node_hash(&left, &right)).unwrap_or_else(merkle::empty_root)
    }

    /// The partial tiles with their hashes, from level 0 up.
    pub fn partial(&self) -> impl Iterator<Item = (Tile, &[Digest])> {
        Tile::right_edge(self.size).filter_map(|tile| Some((tile, self.hashes(tile.level)?)))
    }

    /// The hashes of the partial tile of a level.
    pub fn hashes(&self, level: u8) -> Option<&[Digest]> {
        self.levels.get(usize::from(level)).map(Vec::as_slice)
    }
}

/// Roots of the perfect subtrees that a run of hashes consists of, the smallest, which is last, first.
fn peaks(hashes: &[Digest]) -> Vec<Digest> {
    let (mut rest, mut roots) = (hashes, Vec::new());
    while !rest.is_empty() {
        let smallest = 1 << rest.len().trailing_zeros();
        let Some((before, subtree)) = rest.split_at_checked(rest.len().saturating_sub(smallest)) else { break };
        roots.push(merkle::root_of(subtree));
        rest = before;
    }
    roots
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_root_is_that_of_the_whole_tree_and_the_tiles_are_complete() {
        let leaves: Vec<Digest> = (0..70_000_u32).map(|number| merkle::leaf_hash(&number.to_be_bytes())).collect();
        let (mut edge, mut tiles) = (Edge::default(), BTreeMap::new());
        for (number, leaf) in leaves.iter().enumerate() {
            tiles.extend(edge.push(*leaf));
            let size = number + 1;
            if [1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000].contains(&size) {
                assert_eq!(edge.root(), merkle::root_of(&leaves[..size]), "{size}");
            }
        }
        tiles.extend(edge.partial().map(|(tile, hashes)| (tile, hashes.to_vec())));
        assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
        for (tile, hashes) in &tiles {
            assert_eq!(Tile::in_tree(tile.level, tile.index, 70_000), Some(*tile));
            assert_eq!(hashes.len(), usize::from(tile.width));
        }
        let again = Edge::of(70_000, |tile| Ok::<_, ()>(tiles[&tile].clone())).unwrap();
        assert_eq!((again.root(), again.size()), (edge.root(), 70_000));
        assert_eq!(Edge::default().root(), merkle::empty_root());
    }
}
