//! A copy of a log with its envelopes, for readers elsewhere: any static file server can serve it.

use std::path::{Path, PathBuf};

use headworks_attest::log::tiles::{Bundle, HEIGHT, Tile, WIDTH};

use super::tree::{CHECKPOINT, Tree, read_bundle, read_tile};
use super::{Log, LogError, VERIFIER};
use crate::StoreError;
use crate::durable::Staging;

/// Name of the folder with the envelopes, each under the hexadecimal digest of its bytes.
const ENVELOPES: &str = "envelopes";

/// Name of the file with the key that verifies the verdicts of the gate.
const GATE: &str = "gate.pub.pem";

/// Name of the folder in which files are made.
const STAGING: &str = ".staging";

/// Where a copy is made.
struct Copy<'a> {
    folder: &'a Path,
    staging: Staging,
}

impl Copy<'_> {
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.staging.write_derived(&[(self.folder.join(name), bytes)])
    }
}

impl Log {
    /// Copies the log, as its newest checkpoint has it, with envelopes and public keys; the number of entries.
    ///
    /// # Errors
    /// When anything of it does not hold, or the folder cannot be written.
    pub fn export(&self, folder: &Path) -> Result<u64, StoreError> {
        let tree = self.tree()?;
        let copy = Copy { folder, staging: Staging::open(folder.join(STAGING))? };
        self.copy_tiles(&tree, &copy)?;
        for entry in super::rows::entries(self.tree()?, 0).take(usize::try_from(tree.size()).unwrap_or(usize::MAX)) {
            let entry = entry?;
            let bytes = self.envelope(&entry)?.to_json();
            copy.write(&format!("{ENVELOPES}/{}", entry.leaf.envelope.hex()), &bytes)?;
        }
        copy.write(VERIFIER, format!("{}\n", self.verifier()).as_bytes())?;
        copy.write(GATE, self.gate().to_pem().as_bytes())?;
        // Last, so that a copy that was cut short is none.
        copy.write(CHECKPOINT, tree.note().to_string().as_bytes())?;
        let _ = std::fs::remove_dir(folder.join(STAGING));
        Ok(tree.size())
    }

    fn copy_tiles(&self, tree: &Tree, copy: &Copy<'_>) -> Result<(), StoreError> {
        for level in 0.. {
            let hashes = tree.size().checked_shr(u32::from(level * HEIGHT)).unwrap_or(0);
            if hashes == 0 {
                break;
            }
            for index in 0..hashes.div_ceil(u64::from(WIDTH)) {
                let Some(tile) = Tile::in_tree(level, index, tree.size()) else { continue };
                copy.write(
                    &tile.to_string(),
                    &headworks_attest::log::tiles::tile_bytes(&read_tile(self.folder(), tile)?),
                )?;
            }
        }
        for index in 0..tree.size().div_ceil(u64::from(WIDTH)) {
            let Some(bundle) = Bundle::in_log(index, tree.size()) else { continue };
            let entries = read_bundle(self.folder(), bundle)?;
            let path: PathBuf = self.folder().join(bundle.to_string());
            let bytes = headworks_attest::log::tiles::bundle_bytes(&entries);
            copy.write(&bundle.to_string(), &bytes.map_err(|error| LogError::Malformed { path, error })?)?;
        }
        Ok(())
    }
}
