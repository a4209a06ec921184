//! What is recorded of a training run, and how more is added: for `checkpoint` and for a run that is watched.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use headworks_attest::oms::Serialization;
use headworks_attest::training::{Chain, Event, Saved};
use headworks_attest::{PublicKey, SigningKey};
use headworks_gate::signing::{Links, ModelFiles, make_manifest};
use headworks_store::{Log, Store};

use crate::terminal;

/// A run with what is recorded of it, and the key to record more.
pub(in crate::commands) struct OpenRun<'key> {
    pub(in crate::commands) name: String,
    /// None: nothing is recorded yet.
    pub(in crate::commands) chain: Option<Chain>,
    store: Store,
    key: &'key SigningKey,
    public: PublicKey,
}

impl<'key> OpenRun<'key> {
    /// Reads and verifies what is recorded.
    pub(in crate::commands) async fn open(name: &str, store: Store, key: &'key SigningKey) -> anyhow::Result<Self> {
        let public = key.public()?;
        let chain = of(&store, name, &public).await?;
        Ok(Self { name: name.to_owned(), chain, store, key, public })
    }

    /// The log that it is recorded in.
    pub(in crate::commands) fn log(&self) -> &Log {
        self.store.log()
    }

    /// What is recorded; an error when nothing is.
    pub(in crate::commands) fn chain(&self) -> anyhow::Result<&Chain> {
        self.chain.as_ref().with_context(|| {
            format!("no event of run `{}` is recorded\nhint: `headworks checkpoint add` records its first", self.name)
        })
    }

    /// Signs an event and logs it; the chain is read again, so that what was added meanwhile counts.
    pub(in crate::commands) async fn record(&mut self, event: &Event) -> anyhow::Result<()> {
        self.store.log().append(&[event.sign(self.key)?]).await?;
        self.chain = of(&self.store, &self.name, &self.public).await?;
        Ok(())
    }
}

/// What is recorded of a run, verified; none when nothing is.
pub(in crate::commands) async fn of(store: &Store, run: &str, key: &PublicKey) -> anyhow::Result<Option<Chain>> {
    let entries = store.log().find(&Event::run_subject(run)).await?;
    let envelopes: Result<Vec<_>, _> = entries.iter().map(|entry| store.log().envelope(entry)).collect();
    match envelopes?.as_slice() {
        [] => Ok(None),
        envelopes => match Chain::verify(run, envelopes, key) {
            Ok(chain) => Ok(Some(chain)),
            Err(error) => bail!(
                "the record of run `{run}` does not hold: {error}\nhint: `headworks log verify` checks the log; a run whose record is broken is not resumed"
            ),
        },
    }
}

/// The files of a checkpoint with their digests; what it stands for is the caller's to say.
///
/// # Errors
/// When it cannot be read, or changed meanwhile: what is half one save and half another is no checkpoint.
pub(in crate::commands) fn measure(path: &Path) -> anyhow::Result<Saved> {
    let real = path.canonicalize().with_context(|| format!("cannot read the checkpoint `{}`", path.display()))?;
    let before = stamps(&real)?;
    let files = ModelFiles::list(path, Links::Refuse)?;
    let measured = make_manifest(&files, Serialization::files(Vec::new()), &|_| false).map_err(|problems| {
        anyhow::anyhow!("cannot read the checkpoint `{}`: {}", path.display(), problems.join("; "))
    })?;
    ensure!(before == stamps(&real)?, "the checkpoint `{}` changed while it was read", path.display());
    let manifest = measured.manifest;
    let files = manifest.resources.iter().map(|resource| (resource.path.clone(), resource.digest.clone())).collect();
    Ok(Saved { root: manifest.root, files, step: 0, tokens_seen: None, data_cursor: None, configuration: None })
}

/// What changes when a file is written to.
type Stamp = (PathBuf, u64, Option<std::time::SystemTime>, (i64, i64));

/// The state of everything at and below a path.
fn stamps(path: &Path) -> anyhow::Result<Vec<Stamp>> {
    let (mut found, mut next) = (Vec::new(), vec![path.to_owned()]);
    while let Some(path) = next.pop() {
        let read = |path: &Path| -> std::io::Result<(Metadata, Vec<PathBuf>)> {
            let metadata = path.symlink_metadata()?;
            let entries = if metadata.is_dir() { Some(fs::read_dir(path)?) } else { None };
            let below = entries.into_iter().flatten().map(|entry| Ok(entry?.path()));
            Ok((metadata, below.collect::<std::io::Result<_>>()?))
        };
        let (metadata, below) = read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        found.push((path, metadata.len(), metadata.modified().ok(), changed(&metadata)));
        next.extend(below);
    }
    found.sort();
    Ok(found)
}

/// When something about it was changed, which nobody can set.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> (i64, i64) {
    (0, 0)
}

/// The time of an event.
pub(in crate::commands) fn now_ms() -> i64 {
    terminal::now().as_millisecond()
}
