//! Hashes small files while the command goes on, so that little is left to do at its end.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::stamp::{Hashed, Reader, regular};

/// Larger files wait for the end, when every processor is free for them.
const AHEAD_BYTES_MAX: u64 = 4 << 20;
/// Waking the worker costs more than hashing a small file, so it is woken for this many.
const WOKEN_FOR: usize = 64;

/// A worker that hashes what is given to it.
#[derive(Debug)]
pub(super) struct Ahead {
    shared: Arc<Mutex<Shared>>,
    worker: JoinHandle<HashMap<PathBuf, Hashed>>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Vec<PathBuf>,
    is_over: bool,
}

impl Ahead {
    /// None: the system gives no thread, and everything waits for the end.
    pub(super) fn new() -> Option<Self> {
        let shared = Arc::<Mutex<Shared>>::default();
        let own = Arc::clone(&shared);
        let worker = thread::Builder::new().name("hash ahead".into()).spawn(move || work(&own)).ok()?;
        Some(Self { shared, worker })
    }

    /// Takes the path of a file that the command may read from now on.
    pub(super) fn push(&self, path: PathBuf) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.waiting.push(path);
        if shared.waiting.len() == WOKEN_FOR {
            self.worker.thread().unpark();
        }
    }

    /// What was hashed so far, by path. Each is worth something only while the file still has its stamp.
    pub(super) fn finish(self) -> HashMap<PathBuf, Hashed> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.worker.thread().unpark();
        self.worker.join().unwrap_or_default()
    }
}

fn work(shared: &Mutex<Shared>) -> HashMap<PathBuf, Hashed> {
    let (mut hashed, mut reader) = (HashMap::new(), Reader::new());
    loop {
        let paths = {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if shared.is_over {
                return hashed;
            }
            std::mem::take(&mut shared.waiting)
        };
        if paths.is_empty() {
            thread::park();
        }
        for path in paths.into_iter().filter(|path| is_small(path)) {
            if let Ok(file) = reader.hash(&path) {
                hashed.insert(path, file);
            }
        }
    }
}

fn is_small(path: &Path) -> bool {
    regular(path).is_some_and(|stamp| stamp.size <= AHEAD_BYTES_MAX)
}
