//! Auditing a whole log: checkpoint, tiles, entries, envelopes, and the index against them.

use super::rows::{self, Rows};
use super::{Checkpoint, Log, LogError, Tree};
use crate::StoreError;
use crate::index::Expected;

/// Faults that an audit lists; a log that has more is broken all over.
pub const RECORDED_FAULTS_MAX: usize = 100;

/// What an audit found.
#[derive(Debug)]
pub struct Audit {
    /// The checkpoint that everything was held against.
    pub checkpoint: Checkpoint,
    /// What does not hold; nothing when all does.
    pub faults: Vec<LogError>,
}

impl Log {
    /// Checks every file of the log, every envelope, every record, and every row of the index.
    ///
    /// # Errors
    /// When the checkpoint or the right edge does not hold, or the index cannot be read.
    pub async fn audit(&self) -> Result<Audit, StoreError> {
        let tree = self.tree()?;
        let checkpoint = tree.checkpoint().clone();
        let (mut faults, mut expected) = (self.witnessed_fault(&tree), Expected::new().await?);
        for entry in rows::entries(tree, 0) {
            match entry.and_then(|entry| Rows::of(entry, self.content(), self.gate())) {
                Ok(rows) => {
                    expected.count(&rows).await?;
                    faults.extend(self.index.differs(&rows).await?);
                }
                Err(error) => faults.push(error),
            }
            if faults.len() >= RECORDED_FAULTS_MAX {
                return Ok(Audit { checkpoint, faults });
            }
        }
        // Rows that nothing accounts for can only be counted when everything could be read.
        if faults.is_empty() {
            faults = self.index.surplus(&expected).await?;
        }
        Ok(Audit { checkpoint, faults })
    }

    /// What is wrong with the witnessed checkpoint that lies beside the newest one.
    fn witnessed_fault(&self, tree: &Tree) -> Vec<LogError> {
        let fault = match self.witnessed() {
            Ok(witnessed) => witnessed.and_then(|witnessed| tree.extends(witnessed.checkpoint()).err()),
            Err(error) => Some(error),
        };
        fault.into_iter().collect()
    }
}

impl Audit {
    /// Checks that the log still contains what a witness saw.
    pub fn compare(&mut self, tree: &Tree, witnessed: &Checkpoint) {
        self.faults.extend(tree.extends(witnessed).err());
    }
}
