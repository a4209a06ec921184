//! Where the hashes and entries of a log lie (C2SP tlog-tiles): files of 256 hashes, and of 256 entries.

use std::fmt;

use headworks_types::Digest;

use super::merkle::{self, SIZE_MAX};

/// Levels of the tree in one tile.
pub const HEIGHT: u8 = 8;

/// Hashes in a full tile, and entries in a full bundle.
pub const WIDTH: u16 = 1 << HEIGHT;

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// Largest entry in bytes: its length is written in 16 bits.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// Largest file of a log in bytes: a bundle of the largest entries with their lengths.
pub const FILE_BYTES_MAX: u64 = WIDTH as u64 * (u16::MAX as u64 + 2);

/// A file of hashes: those of the perfect subtrees of 256^level leaves, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// Level of tiles, 0 for the hashes of entries.
    pub level: u8,
    /// Place within the level.
    pub index: u64,
    /// Hashes in it, from 1 to [`WIDTH`].
    pub width: u16,
}

/// A file of entries, beside the tile of level 0 with their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bundle {
    /// Place among the bundles.
    pub index: u64,
    /// Entries in it, from 1 to [`WIDTH`].
    pub width: u16,
}

/// Why a file of a log is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// A tile has another size than its width demands.
    #[error("it has {bytes} bytes, not the {wanted} of a tile of this width")]
    Size {
        /// What it has.
        bytes: usize,
        /// What it should have.
        wanted: usize,
    },
    /// A bundle ends within an entry, or has fewer or more of them than its width says.
    #[error("its entries end at byte {offset}, which is not its end or not entry {wanted} of it")]
    Entries {
        /// Where its last whole entry ends.
        offset: usize,
        /// How many entries it should have.
        wanted: u16,
    },
    /// An entry does not fit into a bundle.
    #[error("entry {place} has {bytes} bytes, more than the {max} that fit", max = ENTRY_BYTES_MAX)]
    EntryTooLarge {
        /// Which.
        place: usize,
        /// Its size.
        bytes: usize,
    },
}

impl Tile {
    /// The tile at this place in a tree of `size` entries; none when it would be empty.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0);
        Some(Self { level, index, width: width_at(index, hashes)? })
    }

    /// The partial tiles of a tree, from level 0 up.
    pub fn right_edge(size: u64) -> impl Iterator<Item = Self> {
        (0..u64::BITS as u8 / HEIGHT).filter_map(move |level| {
            let hashes = size >> (level * HEIGHT);
            let tile = Self::in_tree(level, hashes >> HEIGHT, size)?;
            tile.is_partial().then_some(tile)
        })
    }

    /// The tile that has node (`level`, `index`) of the tree below the root of itself, in a tree of `size` entries.
    pub fn of_node(level: u8, index: u64, size: u64) -> Option<Self> {
        Self::in_tree(level / HEIGHT, index >> (HEIGHT - level % HEIGHT), size)
    }

    /// Node (`level`, `index`) of the tree, out of the hashes of this tile.
    pub fn node(&self, hashes: &[Digest], level: u8, index: u64) -> Option<Digest> {
        let height = level.checked_sub(self.level.checked_mul(HEIGHT)?).filter(|height| *height < HEIGHT)?;
        let place = (index << height).checked_sub(self.index << HEIGHT)?;
        let start = usize::try_from(place).ok()?;
        let subtree = hashes.get(start..start.checked_add(1 << height)?)?;
        Some(merkle::root_of(subtree))
    }

    /// Whether hashes are still to come.
    pub fn is_partial(&self) -> bool {
        self.width < WIDTH
    }

    /// This tile when it is full.
    #[must_use]
    pub fn full(self) -> Self {
        Self { width: WIDTH, ..self }
    }

    /// The hashes in the file's bytes.
    ///
    /// # Errors
    /// When it has another size.
    pub fn parse(&self, bytes: &[u8]) -> Result<Vec<Digest>, TileError> {
        let wanted = usize::from(self.width) * HASH_BYTES;
        if bytes.len() != wanted {
            return Err(TileError::Size { bytes: bytes.len(), wanted });
        }
        Ok(bytes.as_chunks::<HASH_BYTES>().0.iter().map(|hash| Digest::from_bytes(*hash)).collect())
    }
}

/// The file's bytes for these hashes.
pub fn tile_bytes(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.as_bytes()).copied().collect()
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}", self.level, Place(self.index, self.width))
    }
}

impl Bundle {
    /// The bundle at this place in a log of `size` entries; none when it would be empty.
    pub fn in_log(index: u64, size: u64) -> Option<Self> {
        Some(Self { index, width: width_at(index, size)? })
    }

    /// The bundle that has an entry, in a log of `size` entries.
    pub fn of_entry(entry: u64, size: u64) -> Option<Self> {
        (entry < size).then(|| Self::in_log(entry >> HEIGHT, size)).flatten()
    }

    /// Whether entries are still to come.
    pub fn is_partial(&self) -> bool {
        self.width < WIDTH
    }

    /// This bundle when it is full.
    #[must_use]
    pub fn full(self) -> Self {
        Self { width: WIDTH, ..self }
    }

    /// Index of its first entry.
    pub fn start(&self) -> u64 {
        self.index << HEIGHT
    }

    /// The entries in the file's bytes.
    ///
    /// # Errors
    /// When they are not as many as its width says, or something follows.
    pub fn parse<'a>(&self, bytes: &'a [u8]) -> Result<Vec<&'a [u8]>, TileError> {
        let (mut entries, mut rest) = (Vec::new(), bytes);
        while let Some((entry, after)) = take_entry(rest) {
            entries.push(entry);
            rest = after;
        }
        if rest.is_empty() && entries.len() == usize::from(self.width) {
            return Ok(entries);
        }
        Err(TileError::Entries { offset: bytes.len() - rest.len(), wanted: self.width })
    }
}

impl fmt::Display for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/entries/{}", Place(self.index, self.width))
    }
}

/// The bundle's bytes for these entries.
///
/// # Errors
/// When one is too large.
pub fn bundle_bytes<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let entry = entry.as_ref();
        let too_large = |_| TileError::EntryTooLarge { place, bytes: entry.len() };
        bytes.extend(u16::try_from(entry.len()).map_err(too_large)?.to_be_bytes());
        bytes.extend(entry);
    }
    Ok(bytes)
}

fn take_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// How many of `count` things the file at `index` has.
fn width_at(index: u64, count: u64) -> Option<u16> {
    if count > SIZE_MAX || index > SIZE_MAX >> HEIGHT {
        return None;
    }
    let here = count.checked_sub(index << HEIGHT)?.min(u64::from(WIDTH));
    u16::try_from(here).ok().filter(|width| *width > 0)
}

/// `x001/x234/067`, and `.p/<width>` behind it when it is partial.
struct Place(u64, u16);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(index, width) = *self;
        let (mut groups, mut rest) = (vec![format!("{:03}", index % 1000)], index / 1000);
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        f.write_str(&groups.join("/"))?;
        if width < WIDTH { write!(f, ".p/{width}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(Tile { level: 0, index: 1_234_067, width: 256 }.to_string(), "tile/0/x001/x234/067");
        assert_eq!(Tile { level: 1, index: 0, width: 17 }.to_string(), "tile/1/000.p/17");
        assert_eq!(Bundle { index: 273, width: 112 }.to_string(), "tile/entries/273.p/112");
        assert_eq!(Bundle { index: 1000, width: 256 }.to_string(), "tile/entries/x001/000");
    }

    #[test]
    fn the_right_edge_is_that_of_the_specification() {
        let edge: Vec<String> = Tile::right_edge(70_000).map(|tile| tile.to_string()).collect();
        assert_eq!(edge, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
        let edge: Vec<String> = Tile::right_edge(256).map(|tile| tile.to_string()).collect();
        assert_eq!(edge, ["tile/1/000.p/1"]);
        assert_eq!(Tile::right_edge(0).count(), 0);
        assert_eq!(Tile::in_tree(0, 272, 70_000).map(|tile| tile.width), Some(256));
        assert_eq!(Tile::in_tree(0, 274, 70_000), None);
        assert_eq!(Tile::in_tree(255, 0, 70_000), None);
    }

    #[test]
    fn a_tile_gives_the_nodes_below_its_root() {
        let leaves: Vec<Digest> = (0..600_u32).map(|number| merkle::leaf_hash(&number.to_be_bytes())).collect();
        let tile = Tile::of_node(3, 40, 600).unwrap();
        assert_eq!(tile, Tile { level: 0, index: 1, width: 256 });
        assert_eq!(tile.node(&leaves[256..512], 3, 40), Some(merkle::root_of(&leaves[320..328])));
        assert_eq!(tile.node(&leaves[256..512], 8, 1), None);
        assert_eq!(tile.node(&leaves[256..300], 3, 40), None);
        assert_eq!(tile.node(&leaves[256..512], 3, 0), None);
    }

    #[test]
    fn a_bundle_is_had_back_and_nothing_beside_it() {
        let bytes = bundle_bytes(&[&b"one"[..], b"", b"three"]).unwrap();
        let bundle = Bundle { index: 0, width: 3 };
        assert_eq!(bundle.parse(&bytes).unwrap(), [&b"one"[..], b"", b"three"]);
        assert!(Bundle { index: 0, width: 2 }.parse(&bytes).is_err());
        assert!(Bundle { index: 0, width: 4 }.parse(&bytes).is_err());
        assert!(bundle.parse(&bytes[..bytes.len() - 1]).is_err());
        assert!(bundle.parse(&[&bytes[..], b"\0"].concat()).is_err());
        assert!(bundle_bytes(&[vec![0; ENTRY_BYTES_MAX + 1]]).is_err());
        assert!(bundle_bytes(&[vec![0; ENTRY_BYTES_MAX]]).is_ok());
    }

    #[test]
    fn a_tile_of_another_size_is_refused() {
        let tile = Tile { level: 0, index: 0, width: 2 };
        let hashes = [merkle::leaf_hash(b"a"), merkle::leaf_hash(b"b")];
        assert_eq!(tile.parse(&tile_bytes(&hashes)).unwrap(), hashes);
        assert!(tile.parse(&[0; 63]).is_err());
        assert!(tile.parse(&[0; 96]).is_err());
    }
}
