//! Checkpoints of training runs: recorded as they are saved, and guarded when one is resumed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use headworks_attest::oms::Serialization;
use headworks_attest::training::{Chain, Event, EventKind, Saved, TrainingError};
use headworks_attest::{PublicKey, SigningKey, keys};
use headworks_gate::signing::{Links, ModelFiles, make_manifest};
use headworks_store::Store;
use headworks_types::Digest;

use crate::arguments::Global;
use crate::exit::Exit;
use crate::settings::{Given, Settings};
use crate::terminal;

/// What can be done with the checkpoints of a run.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  headworks checkpoint add out/step-1000 --run bert-7 --step 1000 --private-key run.pem
  headworks checkpoint resume out/step-1000 --run bert-7 --private-key run.pem && python train.py --resume out/step-1000
  headworks checkpoint rewind --run bert-7 --to 12 --reason 'loss spike after step 9000' --private-key run.pem

`resume` exits with 0 only for the newest recorded checkpoint, byte for byte.")]
pub(crate) enum Command {
    /// Record a checkpoint that was saved; the first one begins the run
    Add(AddOptions),
    /// Check that a directory is the newest recorded checkpoint
    Verify(VerifyOptions),
    /// Check the same, and record that training goes on from it in a new session
    Resume(ResumeOptions),
    /// Record the decision to go on from an older checkpoint
    Rewind(RewindOptions),
    /// List what is recorded of a run
    List(ListOptions),
}

#[derive(Debug, Args)]
struct RunOptions {
    /// Name of the training run, never used again for another
    #[arg(long, value_name = "NAME")]
    run: String,
    /// Directory of the store
    #[arg(long, env = "HEADWORKS_STORE", value_name = "DIR")]
    store: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct SigningRun {
    #[command(flatten)]
    run: RunOptions,
    /// The run's private key (PEM)
    #[arg(long, value_name = "FILE")]
    private_key: PathBuf,
    /// File that holds this trainer's session [default: .headworks-session-NAME]
    #[arg(long, env = "HEADWORKS_SESSION_FILE", value_name = "FILE")]
    session_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ReadingRun {
    #[command(flatten)]
    run: RunOptions,
    /// The run's public key (PEM)
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
}

/// Options of `headworks checkpoint add`.
#[derive(Debug, Args)]
pub(crate) struct AddOptions {
    /// The checkpoint: weights, optimizer, scheduler, random state, data cursor
    checkpoint: PathBuf,
    #[command(flatten)]
    run: SigningRun,
    /// Training step
    #[arg(long, value_name = "N")]
    step: u64,
    /// Tokens or samples seen so far
    #[arg(long, value_name = "N")]
    tokens: Option<u64>,
    /// File with the position in the data
    #[arg(long, value_name = "FILE")]
    data_cursor: Option<PathBuf>,
    /// File with the run's configuration, which must stay the same
    #[arg(long, value_name = "FILE")]
    configuration: Option<PathBuf>,
}

/// Options of `headworks checkpoint verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyOptions {
    /// The checkpoint
    checkpoint: PathBuf,
    #[command(flatten)]
    run: ReadingRun,
}

/// Options of `headworks checkpoint resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeOptions {
    /// The checkpoint
    checkpoint: PathBuf,
    #[command(flatten)]
    run: SigningRun,
}

/// Options of `headworks checkpoint rewind`.
#[derive(Debug, Args)]
pub(crate) struct RewindOptions {
    #[command(flatten)]
    run: SigningRun,
    /// Event of the checkpoint to go back to, as `list` numbers them
    #[arg(long, value_name = "EVENT")]
    to: u64,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Options of `headworks checkpoint list`.
#[derive(Debug, Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    run: ReadingRun,
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Add(options) => add(global, options).await,
        Command::Verify(options) => {
            let (chain, saved) = (options.run.chain(global).await?, read(&options.checkpoint)?);
            answer(chain.resume(saved.root, &saved.files, "", now_ms()), |event| newest(&options.checkpoint, event))
        }
        Command::Resume(options) => resume(global, options).await,
        Command::Rewind(options) => rewind(global, options).await,
        Command::List(options) => {
            let chain = options.run.chain(global).await?;
            terminal::answer(&chain.events().iter().map(row).collect::<String>())?;
            Ok(Exit::Fine)
        }
    }
}

async fn add(global: &Global, options: AddOptions) -> anyhow::Result<Exit> {
    let mut run = options.run.open(global).await?;
    let digest = |path: &Option<PathBuf>| path.as_deref().map(file_digest).transpose();
    let (configuration, data_cursor) = (digest(&options.configuration)?, digest(&options.data_cursor)?);
    if run.chain.is_none() {
        let session = run.new_session()?;
        run.record(Chain::start(&run.name, &session, configuration, now_ms())).await?;
    }
    let (step, tokens_seen) = (options.step, options.tokens);
    let saved = Saved { step, tokens_seen, data_cursor, configuration, ..read(&options.checkpoint)? };
    let session = run.session()?;
    let event = run.chain()?.save(saved, &session, now_ms());
    run.answer(event, |event| format!("Recorded step {} of `{}` as event {}\n", event.step, event.run_id, event.seq))
        .await
}

async fn resume(global: &Global, options: ResumeOptions) -> anyhow::Result<Exit> {
    let mut run = options.run.open(global).await?;
    let saved = read(&options.checkpoint)?;
    let session = keys::random_id()?;
    let event = run.chain()?.resume(saved.root, &saved.files, &session, now_ms());
    if event.is_ok() {
        run.keep_session(&session)?;
    }
    run.answer(event, |event| newest(&options.checkpoint, event)).await
}

async fn rewind(global: &Global, options: RewindOptions) -> anyhow::Result<Exit> {
    let mut run = options.run.open(global).await?;
    let session = keys::random_id()?;
    let event = run.chain()?.rewind(options.to, &options.reason, &session, now_ms());
    run.answer(event, |event| format!("`{}` goes on from step {} when it is resumed\n", event.run_id, event.step)).await
}

/// A run with what is recorded of it, and the key to record more.
struct OpenRun {
    name: String,
    store: Store,
    key: SigningKey,
    public: PublicKey,
    chain: Option<Chain>,
    session_file: PathBuf,
}

impl SigningRun {
    async fn open(self, global: &Global) -> anyhow::Result<OpenRun> {
        let path = &self.private_key;
        let text = fs::read(path).with_context(|| format!("cannot read the private key `{}`", path.display()))?;
        let key = SigningKey::from_pem(&text, None)
            .with_context(|| format!("cannot use the private key `{}`", path.display()))?;
        let public = key.public()?;
        let name = self.run.run.clone();
        let store = self.run.open(global).await?;
        let chain = chain(&store, &name, &public).await?;
        let default = || PathBuf::from(format!(".headworks-session-{}", name.replace(['/', '\\'], "_")));
        let session_file = self.session_file.unwrap_or_else(default);
        Ok(OpenRun { name, store, key, public, chain, session_file })
    }
}

impl ReadingRun {
    async fn chain(&self, global: &Global) -> anyhow::Result<Chain> {
        let path = &self.public_key;
        let text = fs::read(path).with_context(|| format!("cannot read the public key `{}`", path.display()))?;
        let key =
            PublicKey::from_pem(&text).with_context(|| format!("cannot use the public key `{}`", path.display()))?;
        let store = self.run.open(global).await?;
        let found = chain(&store, &self.run.run, &key).await?;
        found.with_context(|| format!("no event of run `{}` is recorded in the store", self.run.run))
    }
}

impl RunOptions {
    async fn open(&self, global: &Global) -> anyhow::Result<Store> {
        let given = Given { store: self.store.clone(), ..Given::default() };
        Ok(Store::open(&Settings::resolve(global, given, &[])?.store.value).await?)
    }
}

impl OpenRun {
    fn chain(&self) -> anyhow::Result<&Chain> {
        self.chain.as_ref().with_context(|| {
            format!("no event of run `{}` is recorded\nhint: `headworks checkpoint add` records its first", self.name)
        })
    }

    fn session(&self) -> anyhow::Result<String> {
        let path = &self.session_file;
        let text = fs::read_to_string(path).with_context(|| {
            format!("cannot read the session `{}`\nhint: `headworks checkpoint resume` begins one", path.display())
        })?;
        Ok(text.trim().to_owned())
    }

    fn new_session(&self) -> anyhow::Result<String> {
        let session = keys::random_id()?;
        self.keep_session(&session)?;
        Ok(session)
    }

    fn keep_session(&self, session: &str) -> anyhow::Result<()> {
        let path = &self.session_file;
        fs::write(path, format!("{session}\n"))
            .with_context(|| format!("cannot write the session `{}`", path.display()))
    }

    /// Signs an event and logs it; the chain is read again, so that what was added meanwhile counts.
    async fn record(&mut self, event: Event) -> anyhow::Result<()> {
        self.store.log().append(&[event.sign(&self.key)?]).await?;
        self.chain = chain(&self.store, &self.name, &self.public).await?;
        Ok(())
    }

    async fn answer(
        &mut self,
        event: Result<Event, TrainingError>,
        said: impl FnOnce(&Event) -> String,
    ) -> anyhow::Result<Exit> {
        if let Ok(event) = &event {
            self.record(event.clone()).await?;
        }
        answer(event, said)
    }
}

/// What is recorded of a run, verified; none when nothing is.
async fn chain(store: &Store, run: &str, key: &PublicKey) -> anyhow::Result<Option<Chain>> {
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

fn answer(event: Result<Event, TrainingError>, said: impl FnOnce(&Event) -> String) -> anyhow::Result<Exit> {
    match event {
        Ok(event) => {
            terminal::answer(&said(&event))?;
            Ok(Exit::Fine)
        }
        Err(error) => {
            terminal::answer(&format!("REFUSED  {error}\n"))?;
            Ok(Exit::Refused)
        }
    }
}

fn newest(path: &Path, event: &Event) -> String {
    format!("`{}` is the newest checkpoint of `{}`: step {}\n", path.display(), event.run_id, event.step)
}

/// The files of a checkpoint with their digests; what it stands for is the caller's to say.
fn read(path: &Path) -> anyhow::Result<Saved> {
    let files = ModelFiles::list(path, Links::Refuse)?;
    let measured = make_manifest(&files, Serialization::files(Vec::new()), &|_| false).map_err(|problems| {
        anyhow::anyhow!("cannot read the checkpoint `{}`: {}", path.display(), problems.join("; "))
    })?;
    let manifest = measured.manifest;
    let files: BTreeMap<String, String> =
        manifest.resources.iter().map(|resource| (resource.path.clone(), resource.digest.clone())).collect();
    Ok(Saved { root: manifest.root, files, step: 0, tokens_seen: None, data_cursor: None, configuration: None })
}

fn file_digest(path: &Path) -> anyhow::Result<Digest> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Digest::of(&bytes))
}

fn row(event: &Event) -> String {
    let kind = match event.kind {
        EventKind::Start => "start",
        EventKind::Save => "save",
        EventKind::Resume => "resume",
        EventKind::Rewind => "rewind",
    };
    let root = event.root.map(|root| root.abbreviated()).unwrap_or_default();
    let reason: String = event.reason.iter().flat_map(|reason| reason.escape_debug()).collect();
    format!("{:>6}  {kind:<6}  step {:>9}  {root}  {reason}\n", event.seq, event.step)
}

fn now_ms() -> i64 {
    terminal::now().as_millisecond()
}
