//! Reading a log: nothing is handed out before it was checked against a signed checkpoint.
//!
//! The partial tiles at the right edge give the root, which the checkpoint signs, so all their hashes hold
//! when the root does. A full tile holds when the hash over it is the one in the tile above it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use headworks_attest::log::tiles::{Bundle, FILE_BYTES_MAX, HEIGHT, Tile};
use headworks_attest::log::{Checkpoint, CheckpointError, Edge, Leaf, Note, ProofError, VerifierKey, merkle};
use headworks_types::Digest;

use super::LogError;

/// Name of the checkpoint's file.
pub(crate) const CHECKPOINT: &str = "checkpoint";

/// Hashes of tiles by level and index, each checked.
type CheckedTiles = HashMap<(u8, u64), Arc<Vec<Digest>>>;

/// A log at one size, in a folder in the layout of C2SP tlog-tiles.
#[derive(Debug)]
pub struct Tree {
    folder: PathBuf,
    note: Note,
    checkpoint: Checkpoint,
    edge: Edge,
    checked: Mutex<CheckedTiles>,
}

impl Tree {
    /// The log in `folder` as its checkpoint, signed by `key`, has it.
    ///
    /// # Errors
    /// When the checkpoint or the tiles at the right edge do not hold.
    pub fn open(folder: &Path, key: &VerifierKey) -> Result<Self, LogError> {
        let path = folder.join(CHECKPOINT);
        let bytes = read(&path)?.ok_or(LogError::Missing { path })?;
        Self::at(folder, &bytes, key)
    }

    /// The log in `folder` as a checkpoint has it that may be older than the one that lies there.
    ///
    /// # Errors
    /// When the checkpoint or the tiles at the right edge do not hold.
    pub fn at(folder: &Path, checkpoint: &[u8], key: &VerifierKey) -> Result<Self, LogError> {
        let path = folder.join(CHECKPOINT);
        let refused = |error: CheckpointError| LogError::Checkpoint { path: path.clone(), error };
        let note = Note::parse(checkpoint).map_err(|error| refused(error.into()))?;
        let checkpoint = Checkpoint::verify(&note, key).map_err(refused)?;
        let edge = Edge::of(checkpoint.size, |tile| read_tile(folder, tile))?;
        if edge.root() != checkpoint.root {
            let lowest = Tile::right_edge(checkpoint.size).next();
            let path = lowest.map_or(path.clone(), |tile| folder.join(tile.to_string()));
            return Err(LogError::Altered { path });
        }
        Ok(Self { folder: folder.to_owned(), note, checkpoint, edge, checked: Mutex::default() })
    }

    /// The checkpoint that everything is checked against.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The checkpoint with all signatures that lie with it.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.checkpoint.size
    }

    /// The right edge, from which the tree grows.
    pub(crate) fn edge(&self) -> &Edge {
        &self.edge
    }

    /// Proof that an entry is in the tree.
    ///
    /// # Errors
    /// When there is no such entry, or a tile does not hold.
    pub fn inclusion(&self, index: u64) -> Result<Vec<Digest>, LogError> {
        merkle::inclusion(index, self.size(), &mut |level, index| self.node(level, index))
    }

    /// Proof that the tree extends what it was at an older size.
    ///
    /// # Errors
    /// When it was never that large, or a tile does not hold.
    pub fn consistency(&self, old: u64) -> Result<Vec<Digest>, LogError> {
        merkle::consistency(old, self.size(), &mut |level, index| self.node(level, index))
    }

    /// Checks that the tree extends an older one.
    ///
    /// # Errors
    /// When it does not.
    pub fn extends(&self, old: &Checkpoint) -> Result<(), LogError> {
        let forked = || LogError::Forked { size: old.size, root: old.root };
        if old.size > self.size() {
            return Err(forked());
        }
        let proof = self.consistency(old.size)?;
        let Checkpoint { size, root, .. } = &self.checkpoint;
        merkle::verify_consistency(old.size, &old.root, *size, root, &proof).map_err(|_| forked())
    }

    /// The entries of a bundle, each as it was logged.
    ///
    /// # Errors
    /// When there is none, or it does not hold.
    pub fn bundle(&self, index: u64) -> Result<Vec<Vec<u8>>, LogError> {
        let beyond = LogError::NoEntry { index: index << HEIGHT, size: self.size() };
        let bundle = Bundle::in_log(index, self.size()).ok_or(beyond)?;
        let entries = read_bundle(&self.folder, bundle)?;
        let hashes = self.hashes(Tile { level: 0, index, width: bundle.width })?;
        let equal = entries.iter().map(|entry| merkle::leaf_hash(entry)).eq(hashes.iter().copied());
        if equal { Ok(entries) } else { Err(LogError::Altered { path: self.folder.join(bundle.to_string()) }) }
    }

    /// An entry.
    ///
    /// # Errors
    /// When there is none, or it does not hold.
    pub fn entry(&self, index: u64) -> Result<Leaf, LogError> {
        let no_entry = || LogError::NoEntry { index, size: self.size() };
        let bundle = Bundle::of_entry(index, self.size()).ok_or_else(no_entry)?;
        let place = usize::try_from(index - bundle.start()).map_err(|_| no_entry())?;
        let entry = self.bundle(bundle.index)?.into_iter().nth(place).ok_or_else(no_entry)?;
        Leaf::parse(&entry).map_err(|error| LogError::Leaf { index, error })
    }

    /// Checks every tile and every bundle; what is wrong with each.
    pub fn faults(&self) -> impl Iterator<Item = LogError> {
        let bundles = self.size().div_ceil(1 << HEIGHT);
        (0..bundles).filter_map(|index| self.bundle(index).err())
    }

    fn node(&self, level: u8, index: u64) -> Result<Digest, LogError> {
        let beyond = || ProofError::OutOfRange { inner: index.saturating_mul(1 << level.min(62)), size: self.size() };
        let tile = Tile::of_node(level, index, self.size()).ok_or_else(beyond)?;
        let hashes = self.hashes(tile)?;
        Ok(tile.node(&hashes, level, index).ok_or_else(beyond)?)
    }

    /// The hashes of a tile, checked.
    fn hashes(&self, tile: Tile) -> Result<Arc<Vec<Digest>>, LogError> {
        if tile.is_partial() {
            return Ok(Arc::new(self.edge.hashes(tile.level).unwrap_or_default().to_vec()));
        }
        let key = (tile.level, tile.index);
        if let Some(hashes) = self.lock().get(&key) {
            return Ok(hashes.clone());
        }
        let hashes = Arc::new(read_tile(&self.folder, tile)?);
        if self.parent_hash(tile)? != Some(merkle::root_of(&hashes)) {
            return Err(LogError::Altered { path: self.folder.join(tile.to_string()) });
        }
        let mut checked = self.lock();
        // The lowest tiles are many and are mostly read in order, so the last one is enough.
        checked.retain(|&(level, _), _| level > 0 || tile.level > 0);
        checked.insert(key, hashes.clone());
        Ok(hashes)
    }

    fn parent_hash(&self, tile: Tile) -> Result<Option<Digest>, LogError> {
        let Some(parent) = Tile::in_tree(tile.level + 1, tile.index >> HEIGHT, self.size()) else { return Ok(None) };
        let place = usize::try_from(tile.index - (parent.index << HEIGHT)).ok();
        let hashes = self.hashes(parent)?;
        Ok(place.and_then(|place| hashes.get(place).copied()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, CheckedTiles> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of a file; none when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, LogError> {
    let failed = |source| LogError::Io { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 <= FILE_BYTES_MAX { Ok(Some(bytes)) } else { Err(failed(io::ErrorKind::FileTooLarge.into())) }
}

/// The hashes of a tile, unchecked. A partial one may have gone when it became full.
pub(crate) fn read_tile(folder: &Path, tile: Tile) -> Result<Vec<Digest>, LogError> {
    let (path, bytes, found) = read_or_full(folder, &tile.to_string(), &tile.full().to_string())?;
    let there = if found { tile } else { tile.full() };
    let mut hashes = there.parse(&bytes).map_err(|error| LogError::Malformed { path, error })?;
    hashes.truncate(usize::from(tile.width));
    Ok(hashes)
}

/// The entries of a bundle, unchecked.
pub(crate) fn read_bundle(folder: &Path, bundle: Bundle) -> Result<Vec<Vec<u8>>, LogError> {
    let (path, bytes, found) = read_or_full(folder, &bundle.to_string(), &bundle.full().to_string())?;
    let there = if found { bundle } else { bundle.full() };
    let entries = there.parse(&bytes).map_err(|error| LogError::Malformed { path, error })?;
    Ok(entries.into_iter().take(usize::from(bundle.width)).map(<[u8]>::to_owned).collect())
}

fn read_or_full(folder: &Path, partial: &str, full: &str) -> Result<(PathBuf, Vec<u8>, bool), LogError> {
    let path = folder.join(partial);
    if let Some(bytes) = read(&path)? {
        return Ok((path, bytes, true));
    }
    let full = folder.join(full);
    match read(&full)? {
        Some(bytes) => Ok((full, bytes, false)),
        None => Err(LogError::Missing { path }),
    }
}
