//! Writing a log: entries, then tiles, then the checkpoint, each durable before the next.
//!
//! A signed tree gets out only when its entries are durable. So after a crash the entries that lie beyond the
//! checkpoint are taken in before anything else: a checkpoint over them may have been seen by somebody, and
//! no other tree of that size may ever get out. Entries that were never whole were never in one that did.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use headworks_attest::log::tiles::{self, Bundle, HEIGHT, Tile, WIDTH};
use headworks_attest::log::{Checkpoint, Edge, Note, NoteSignature, VerifierKey, merkle};
use headworks_attest::{Envelope, SigningKey, log::Leaf};
use headworks_types::Digest;

use super::LogError;
use super::tree::{CHECKPOINT, Tree, read, read_bundle, read_tile};
use crate::StoreError;
use crate::content::Content;
use crate::durable::Staging;

/// Name of the file that the writing process locks.
const LOCK: &str = ".lock";

/// How long a process waits for another one that writes.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// How long it sleeps between two attempts.
const LOCK_RETRY: Duration = Duration::from_millis(2);

/// What adds entries to a log. Processes take turns; within one, the owner of this value does.
#[derive(Debug)]
pub(crate) struct Writer {
    folder: PathBuf,
    staging: Arc<Staging>,
    content: Arc<Content>,
    key: Arc<SigningKey>,
    verifier: VerifierKey,
    /// What lies on the disk, as long as nobody else writes and nothing fails.
    state: Option<State>,
}

#[derive(Debug)]
struct State {
    checkpoint: Vec<u8>,
    edge: Edge,
    /// Entries of the last bundle, as long as it is partial.
    bundle: Vec<Vec<u8>>,
}

/// The right to write, until it is dropped or the process ends.
struct Lock(#[expect(dead_code, reason = "the lock is held as long as the file is open")] File);

impl Writer {
    pub(crate) fn new(
        folder: PathBuf,
        staging: Arc<Staging>,
        content: Arc<Content>,
        key: Arc<SigningKey>,
        verifier: VerifierKey,
    ) -> Self {
        Self { folder, staging, content, key, verifier, state: None }
    }

    /// Signs the empty log, if there is none.
    pub(crate) fn create(&self) -> Result<(), StoreError> {
        let path = self.folder.join(CHECKPOINT);
        if path.exists() {
            return Ok(());
        }
        let _lock = self.lock()?;
        // Another process may have been first.
        if path.exists() {
            return Ok(());
        }
        if self.folder.join("tile").exists() {
            return Err(LogError::NoCheckpoint { path }.into());
        }
        let note = self.signed(&Edge::default())?;
        self.staging.write_all(&[(path, note.to_string().as_bytes())])
    }

    /// Makes what a power cut took of the partial tiles again.
    pub(crate) fn mend_torn(&mut self) -> Result<(), StoreError> {
        match Tree::open(&self.folder, &self.verifier) {
            Err(error) if is_torn(&error) => {
                let _lock = self.lock()?;
                self.state = Some(self.load()?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Adds entries and what they name; index of the first. All of it is durable when this returns.
    pub(crate) fn commit(&mut self, blobs: &[Vec<u8>], entries: Vec<Vec<u8>>) -> Result<u64, StoreError> {
        let _lock = self.lock()?;
        let mut state = self.load()?;
        let first = state.edge.size();
        self.extend(&mut state, blobs, entries)?;
        self.state = Some(state);
        Ok(first)
    }

    /// Puts a witness's signature under the checkpoint, if it is still the one that was witnessed.
    pub(crate) fn cosign(&mut self, checkpoint: &Checkpoint, line: NoteSignature) -> Result<bool, StoreError> {
        let _lock = self.lock()?;
        let state = self.load()?;
        let note = Note::parse(&state.checkpoint).map_err(LogError::from)?;
        if note.text_unverified() != checkpoint.to_string() {
            return Ok(false);
        }
        let cosigned = note.with(line).map_err(LogError::from)?.to_string().into_bytes();
        self.staging.write_all(&[(self.folder.join(CHECKPOINT), &cosigned)])?;
        self.state = Some(State { checkpoint: cosigned, ..state });
        Ok(true)
    }

    fn extend(&self, state: &mut State, blobs: &[Vec<u8>], entries: Vec<Vec<u8>>) -> Result<(), StoreError> {
        let (mut bundles, mut full) = (Vec::new(), Vec::new());
        for entry in entries {
            full.extend(state.edge.push(merkle::leaf_hash(&entry)));
            state.bundle.push(entry);
            if state.bundle.len() == usize::from(WIDTH) {
                bundles.push(self.bundle_file(state.edge.size(), &std::mem::take(&mut state.bundle))?);
            }
        }
        if !state.bundle.is_empty() {
            bundles.push(self.bundle_file(state.edge.size(), &state.bundle)?);
        }
        // Envelopes first: an entry whose envelope is lost would prove nothing.
        self.publish(state, &full, &[&self.content.missing(blobs), &borrowed(&bundles)])
    }

    /// Makes tiles and checkpoint of entries that are durable already, or are in the groups to be written before.
    fn publish(
        &self,
        state: &mut State,
        full: &[(Tile, Vec<Digest>)],
        before: &[&[(PathBuf, &[u8])]],
    ) -> Result<(), StoreError> {
        let file = |tile: &Tile, hashes: &[Digest]| (self.folder.join(tile.to_string()), tiles::tile_bytes(hashes));
        let full_files: Vec<_> = full.iter().map(|(tile, hashes)| file(tile, hashes)).collect();
        let partial_files: Vec<_> = state.edge.partial().map(|(tile, hashes)| file(&tile, hashes)).collect();
        // What is lost of the partial tiles in a power cut is computed again from the last bundle and the full tiles.
        self.staging.write_derived(&borrowed(&partial_files))?;
        let note = self.signed(&state.edge)?.to_string().into_bytes();
        let (tiles, checkpoint) = (borrowed(&full_files), [(self.folder.join(CHECKPOINT), note.as_slice())]);
        let groups: Vec<_> = before.iter().copied().chain([tiles.as_slice(), &checkpoint]).collect();
        self.staging.write_in_order(&groups)?;
        state.checkpoint = note;
        full.iter().for_each(|(tile, _)| self.forget_partial(*tile));
        Ok(())
    }

    /// Partial files may go when the full one is there (tlog-tiles); who still wants them reads the full one.
    fn forget_partial(&self, tile: Tile) {
        let _ = fs::remove_dir_all(self.folder.join(format!("{tile}.p")));
        if tile.level == 0 {
            let bundle = Bundle { index: tile.index, width: WIDTH };
            let _ = fs::remove_dir_all(self.folder.join(format!("{bundle}.p")));
        }
    }

    /// What lies on the disk, after taking in what a writer that died left behind.
    fn load(&mut self) -> Result<State, StoreError> {
        let path = self.folder.join(CHECKPOINT);
        let checkpoint = read(&path)?.ok_or(LogError::NoCheckpoint { path })?;
        let known = self.state.take().filter(|state| state.checkpoint == checkpoint);
        let mut state = match known {
            Some(state) => state,
            None => self.read_state(checkpoint)?,
        };
        self.take_in(&mut state)?;
        Ok(state)
    }

    fn read_state(&self, checkpoint: Vec<u8>) -> Result<State, StoreError> {
        let tree = match Tree::at(&self.folder, &checkpoint, &self.verifier) {
            Err(error) if is_torn(&error) => {
                self.mend(&checkpoint)?;
                Tree::at(&self.folder, &checkpoint, &self.verifier)?
            }
            tree => tree?,
        };
        let partial = Bundle::in_log(tree.size() >> HEIGHT, tree.size());
        let bundle = partial.map(|bundle| tree.bundle(bundle.index)).transpose()?.unwrap_or_default();
        Ok(State { checkpoint, edge: tree.edge().clone(), bundle })
    }

    /// Writes the partial tiles again, out of the last bundle and the full tiles, if the checkpoint agrees with them.
    fn mend(&self, checkpoint: &[u8]) -> Result<(), StoreError> {
        let note = Note::parse(checkpoint).map_err(LogError::from)?;
        let refused = |error| LogError::Checkpoint { path: self.folder.join(CHECKPOINT), error };
        let signed = Checkpoint::verify(&note, &self.verifier).map_err(refused)?;
        let edge = Edge::of(signed.size, |tile| self.recompute(tile))?;
        if edge.root() != signed.root {
            let lowest = Tile::right_edge(signed.size).next();
            let path = self.folder.join(lowest.map_or_else(|| CHECKPOINT.to_owned(), |tile| tile.to_string()));
            return Err(LogError::Altered { path }.into());
        }
        let file = |(tile, hashes): (Tile, &[Digest])| (self.folder.join(tile.to_string()), tiles::tile_bytes(hashes));
        self.staging.write_all(&borrowed(&edge.partial().map(file).collect::<Vec<_>>()))
    }

    fn recompute(&self, tile: Tile) -> Result<Vec<Digest>, LogError> {
        let Some(below) = tile.level.checked_sub(1) else {
            let entries = read_bundle(&self.folder, Bundle { index: tile.index, width: tile.width })?;
            return Ok(entries.iter().map(|entry| merkle::leaf_hash(entry)).collect());
        };
        let start = tile.index << HEIGHT;
        let full = (start..start + u64::from(tile.width)).map(|index| Tile { level: below, index, width: WIDTH });
        full.map(|tile| Ok(merkle::root_of(&read_tile(&self.folder, tile)?))).collect()
    }

    /// Takes in the entries that lie beyond the checkpoint.
    fn take_in(&self, state: &mut State) -> Result<(), StoreError> {
        let mut full = Vec::new();
        let before = state.edge.size();
        while let Some(bundle) = self.beyond(state.edge.size())? {
            let entries = read_bundle(&self.folder, bundle)?;
            let path = || self.folder.join(bundle.to_string());
            let known = state.bundle.len();
            let (old, new) = entries.split_at_checked(known).ok_or_else(|| LogError::Altered { path: path() })?;
            if old != state.bundle || !new.iter().all(|entry| self.is_ours(entry)) {
                return Err(LogError::Altered { path: path() }.into());
            }
            for entry in new {
                full.extend(state.edge.push(merkle::leaf_hash(entry)));
            }
            state.bundle = if bundle.is_partial() { entries } else { Vec::new() };
            if bundle.is_partial() {
                break;
            }
        }
        if state.edge.size() > before { self.publish(state, &full, &[]) } else { Ok(()) }
    }

    /// The bundle on the disk that has the most entries from `size` on.
    fn beyond(&self, size: u64) -> Result<Option<Bundle>, LogError> {
        let index = size >> HEIGHT;
        let full = Bundle { index, width: WIDTH };
        if self.folder.join(full.to_string()).exists() {
            return Ok(Some(full));
        }
        let path = self.folder.join(format!("{full}.p"));
        let names = match fs::read_dir(&path) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LogError::Io { path, source }),
        };
        let widths = names.filter_map(|name| name.ok()?.file_name().to_str()?.parse::<u16>().ok());
        let widest = widths.filter(|width| *width < WIDTH).max();
        Ok(widest.map(|width| Bundle { index, width }).filter(|bundle| bundle.start() + u64::from(bundle.width) > size))
    }

    /// Whether an entry is one that this log could have begun to write: its envelope was durable before it.
    fn is_ours(&self, entry: &[u8]) -> bool {
        let Ok(leaf) = Leaf::parse(entry) else { return false };
        let envelope = self.content.get(&leaf.envelope).ok().and_then(|bytes| Envelope::from_json(&bytes).ok());
        envelope.is_some_and(|envelope| leaf.is_of(&envelope))
    }

    fn bundle_file(&self, size: u64, entries: &[Vec<u8>]) -> Result<(PathBuf, Vec<u8>), LogError> {
        let index = size.saturating_sub(1) >> HEIGHT;
        let width = u16::try_from(entries.len()).unwrap_or(WIDTH);
        let path = self.folder.join(Bundle { index, width }.to_string());
        let bytes = tiles::bundle_bytes(entries).map_err(|error| LogError::Malformed { path: path.clone(), error })?;
        Ok((path, bytes))
    }

    fn signed(&self, edge: &Edge) -> Result<Note, LogError> {
        let origin = self.verifier.name().to_owned();
        let checkpoint = Checkpoint { origin, size: edge.size(), root: edge.root(), extensions: Vec::new() };
        Ok(checkpoint.sign(&self.key)?)
    }

    fn lock(&self) -> Result<Lock, StoreError> {
        crate::durable::create_private(&self.folder)?;
        let path = self.folder.join(LOCK);
        let file = File::options().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|source| LogError::Io { path: path.clone(), source })?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_WAIT => std::thread::sleep(LOCK_RETRY),
                Err(TryLockError::WouldBlock) => return Err(LogError::Busy { path }.into()),
                Err(TryLockError::Error(source)) => return Err(LogError::Io { path, source }.into()),
            }
        }
    }
}

/// Whether a partial tile may have been lost in a power cut: it is gone or cut, where an altered one has its size.
fn is_torn(error: &LogError) -> bool {
    matches!(error, LogError::Missing { .. } | LogError::Malformed { .. })
}

fn borrowed(files: &[(PathBuf, Vec<u8>)]) -> Vec<(PathBuf, &[u8])> {
    files.iter().map(|(path, bytes)| (path.clone(), bytes.as_slice())).collect()
}

/// The path of the log below a store's folder.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("log")
}
