//! Keeps the checkpoints of a command: each is recorded before the command goes on, only the newest is read again.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use headworks_attest::training::{Chain, Saved};
use headworks_attest::{ResourceDescriptor, SigningKey, keys};
use headworks_sandbox::{Checkpoints, Moment, ReadFile, Ruling};
use headworks_store::{Options, Store};
use serde_json::json;
use tokio::runtime::Builder;

use super::step::step;
use crate::arguments::Global;
use crate::commands::checkpoint::chain::{OpenRun, measure, now_ms};
use crate::commands::store_option::StoreOption;
use crate::commands::witness_option::WitnessOption;
use crate::terminal;

/// Whether and how checkpoints are kept.
#[derive(Debug, Args)]
pub(super) struct Kept {
    /// Record each checkpoint that the command saves in this folder before it goes on; of those that are there, let it
    /// read the newest recorded one only
    #[arg(long, value_name = "DIR", requires = "run", requires = "private_key", help_heading = "Checkpoints")]
    checkpoints: Option<PathBuf>,
    /// Name of the training run, never used again for another
    #[arg(long, value_name = "NAME", requires = "checkpoints", help_heading = "Checkpoints")]
    run: Option<String>,
    /// Check before the start that this is the newest recorded checkpoint, and record that training goes on from it
    #[arg(long, value_name = "PATH", requires = "checkpoints", help_heading = "Checkpoints")]
    resume_from: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Checkpoints")]
    store: StoreOption,
    #[command(flatten, next_help_heading = "Checkpoints")]
    witness: WitnessOption,
}

/// The keeper of one run.
pub(super) struct Keeper {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

struct State {
    run: String,
    store: (PathBuf, Options),
    key: SigningKey,
    quiet: bool,
    /// What this run adds events under; none before its first checkpoint.
    session: Option<String>,
    /// The checkpoint that it goes on from.
    resumed: Option<Resumed>,
}

struct Resumed {
    /// Without links.
    path: PathBuf,
    files: BTreeMap<String, String>,
}

impl Keeper {
    /// The keeper that was asked for. A checkpoint to resume from is held against the record at once.
    ///
    /// # Errors
    /// When the record cannot be read. The inner result: that checkpoint is refused, and why.
    pub(super) fn open(
        global: &Global,
        options: &Kept,
        key: impl FnOnce() -> anyhow::Result<Option<SigningKey>>,
    ) -> anyhow::Result<Option<anyhow::Result<Self>>> {
        let (Some(folder), Some(run)) = (&options.checkpoints, &options.run) else { return Ok(None) };
        let key = key()?.context("the record of checkpoints is signed\nhint: name the key with --private-key KEY")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        let folder = folder.canonicalize().with_context(|| format!("cannot read `{}`", folder.display()))?;
        let store = options.store.place(global)?;
        let (run, quiet) = (run.clone(), global.quiet);
        let mut state = State { run, store, key, quiet, session: None, resumed: None };
        // A store or a record that cannot be read must stop the run now and not at its first checkpoint.
        let head = aside(|| state.head())?;
        let seen = || options.witness.contradicts(wait(open(&state.store))?.log());
        if let Some(fault) = aside(seen)? {
            return Ok(Some(Err(anyhow::anyhow!("the log is not what the witness saw: {fault}"))));
        }
        if head.is_some() && options.resume_from.is_none() && !quiet {
            let run = &state.run;
            terminal::note(&format!(
                "`{run}` has recorded checkpoints: the command must read the newest before it saves"
            ));
        }
        let refused = options.resume_from.as_ref().and_then(|path| aside(|| state.resume(path)).err());
        let state = Arc::new(Mutex::new(state));
        Ok(Some(refused.map_or(Ok(Self { folder, state }), Err)))
    }

    /// The checkpoint that was held against the record before the start.
    pub(super) fn resumed(&self) -> Option<PathBuf> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.resumed.as_ref().map(|resumed| resumed.path.clone())
    }

    /// What the recorder asks.
    pub(super) fn checkpoints(&self) -> Checkpoints {
        let state = Arc::clone(&self.state);
        let keeper = move |moment: Moment<'_>| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.rule(moment)
        };
        Checkpoints { folder: self.folder.clone(), keeper: Box::new(keeper) }
    }

    /// The newest event of the run, for its statement.
    pub(super) fn head(&self) -> anyhow::Result<Option<ResourceDescriptor>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        aside(|| state.head())
    }

    /// Files of the resumed checkpoint of which other bytes were read than are recorded.
    pub(super) fn altered(&self, read: &[ReadFile]) -> Vec<PathBuf> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(resumed) = &state.resumed else { return Vec::new() };
        read.iter().filter(|file| resumed.is_altered(file)).map(|file| file.path.clone()).collect()
    }
}

impl Resumed {
    /// Whether other bytes are known to have been read of one of its files.
    fn is_altered(&self, file: &ReadFile) -> bool {
        let below = file.path.strip_prefix(&self.path).ok();
        // A checkpoint of one file is listed by its name.
        let name =
            below.and_then(
                |below| if below.as_os_str().is_empty() { self.path.file_name() } else { Some(below.as_os_str()) },
            );
        let recorded = name.and_then(|name| self.files.get(name.to_str()?));
        recorded.zip(file.digest).is_some_and(|(recorded, read)| *recorded != read.hex())
    }
}

impl State {
    /// Answers the recorder; an error is said at once, for the command may go on for days.
    fn rule(&mut self, moment: Moment<'_>) -> Ruling {
        let ruled = match moment {
            Moment::Saved { bytes, name } => aside(|| self.save(bytes, name)),
            Moment::Read { checkpoint } => aside(|| self.resume(checkpoint)),
        };
        match ruled {
            Ok(said) => {
                if !self.quiet {
                    terminal::note(&said);
                }
                Ruling::GoOn
            }
            Err(error) => {
                let name = match moment {
                    Moment::Saved { name, .. } => name,
                    Moment::Read { checkpoint } => checkpoint.file_name().unwrap_or_default(),
                };
                terminal::note(&format!(
                    "checkpoint `{}` is REFUSED: {error:#}",
                    name.to_string_lossy().escape_debug()
                ));
                Ruling::Refuse
            }
        }
    }

    fn save(&mut self, bytes: &Path, name: &OsStr) -> anyhow::Result<String> {
        let mut saved = measure(bytes)?;
        // A single file is known by its name, which it may be about to get.
        if let (true, Some(name), [digest]) =
            (bytes.is_file(), name.to_str(), saved.files.values().cloned().collect::<Vec<_>>().as_slice())
        {
            saved.files = BTreeMap::from([(name.to_owned(), digest.clone())]);
        }
        let Self { run, store, key, session, .. } = self;
        let event = wait(async {
            let mut run = OpenRun::open(run, open(store).await?, key).await?;
            if run.chain.is_none() {
                let session = session.insert(keys::random_id()?);
                run.record(&Chain::start(&run.name, session, None, now_ms())).await?;
            }
            let session = session.as_deref().with_context(|| nothing_resumed(&run.name))?;
            let step = step(name).unwrap_or(run.chain()?.newest()?.seq.saturating_add(1));
            let event = run.chain()?.save(Saved { step, ..saved }, session, now_ms())?;
            run.record(&event).await?;
            anyhow::Ok(event)
        })?;
        let name = name.to_string_lossy();
        Ok(format!("recorded `{}` as event {} of `{}`", name.escape_debug(), event.seq, event.run_id))
    }

    fn resume(&mut self, path: &Path) -> anyhow::Result<String> {
        let shown = path.display().to_string();
        let path = path.canonicalize().with_context(|| format!("cannot read `{shown}`"))?;
        let saved = measure(&path)?;
        if let Some(resumed) = self.resumed.as_ref().filter(|resumed| resumed.path == path) {
            ensure!(resumed.files == saved.files, "it is not the checkpoint any more that was resumed at the start");
            return Ok(format!("`{shown}` is read"));
        }
        let Self { run, store, key, .. } = self;
        let session = keys::random_id()?;
        let resumed = wait(async {
            let mut run = OpenRun::open(run, open(store).await?, key).await?;
            let Some(chain) = &run.chain else { bail!("no checkpoint of run `{}` is recorded", run.name) };
            let event = chain.resume(saved.root, &saved.files, &session, now_ms())?;
            run.record(&event).await?;
            anyhow::Ok(event)
        });
        let event = resumed.context(RESUMING)?;
        self.session = Some(session);
        self.resumed = Some(Resumed { path, files: saved.files });
        Ok(format!("`{}` goes on from step {}, the newest checkpoint", event.run_id, event.step))
    }

    fn head(&mut self) -> anyhow::Result<Option<ResourceDescriptor>> {
        let Self { run, store, key, .. } = self;
        let run = wait(async { OpenRun::open(run, open(store).await?, key).await })?;
        let Some(chain) = &run.chain else { return Ok(None) };
        let newest = chain.newest()?;
        let mut head = ResourceDescriptor::sha256(&run.name, chain.newest_statement().hex());
        head.annotations = BTreeMap::from([
            ("role".to_owned(), json!("checkpointChain")),
            ("event".to_owned(), json!(newest.seq)),
            ("step".to_owned(), json!(newest.step)),
            ("root".to_owned(), json!(newest.root.map(|root| root.hex()))),
        ]);
        Ok(Some(head))
    }
}

const RESUMING: &str = "only the newest recorded checkpoint is resumed";

fn nothing_resumed(run: &str) -> String {
    format!(
        "`{run}` has recorded checkpoints, and this command resumed none of them\nhint: resume the newest, or give this run another name"
    )
}

/// Does something on another thread: this one may carry the runtime of the command line, and one cannot carry two.
fn aside<T: Send>(work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|_| bail!("the keeper of checkpoints panicked"))
}

async fn open((folder, options): &(PathBuf, Options)) -> anyhow::Result<Store> {
    Ok(Store::open_with(folder, options.clone()).await?)
}

/// Waits for the store, on a thread of [`aside`].
fn wait<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    Builder::new_current_thread().enable_time().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use headworks_sandbox::State as Became;
    use headworks_types::Digest;

    use super::*;

    fn is_altered(checkpoint: &str, recorded: &str, read: &str, bytes: Option<&[u8]>) -> bool {
        let files = BTreeMap::from([(recorded.to_owned(), Digest::of(b"weights").hex())]);
        let digest = bytes.map(Digest::of);
        let (path, state) = (read.into(), Became::Unchanged);
        let file = ReadFile { path, opened_as: None, digest, state, executed: false };
        Resumed { path: checkpoint.into(), files }.is_altered(&file)
    }

    #[test]
    fn other_bytes_of_the_resumed_checkpoint_are_found_after_the_run() {
        for (checkpoint, recorded, read) in [("/out/step-1", "w", "/out/step-1/w"), ("/out/1.pt", "1.pt", "/out/1.pt")]
        {
            assert!(is_altered(checkpoint, recorded, read, Some(b"other")), "{read}");
            assert!(!is_altered(checkpoint, recorded, read, Some(b"weights")), "{read}");
            assert!(!is_altered(checkpoint, recorded, read, None), "{read}");
        }
        assert!(!is_altered("/out/step-1", "w", "/out/step-2/w", Some(b"other")));
    }
}
