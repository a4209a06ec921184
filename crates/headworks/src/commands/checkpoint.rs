//! Checkpoints of training runs: recorded as they are saved, and guarded when one is resumed.

mod add;
pub(super) mod chain;
mod list;
mod resume;
mod rewind;
mod session;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use headworks_attest::training::{Chain, Event, TrainingError};
use headworks_attest::{PublicKey, SigningKey};
use headworks_store::{LogError, Store};

use super::store_option::StoreOption;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;
use chain::OpenRun;
use session::Session;

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
    Add(add::Options),
    /// Check that a directory is the newest recorded checkpoint
    Verify(verify::Options),
    /// Check the same, and record that training goes on from it in a new session
    Resume(resume::Options),
    /// Record the decision to go on from an older checkpoint
    Rewind(rewind::Options),
    /// List what is recorded of a run
    List(list::Options),
}

#[derive(Debug, Args)]
struct RunOptions {
    /// Name of the training run, never used again for another
    #[arg(long, value_name = "NAME")]
    run: String,
    #[command(flatten)]
    store: StoreOption,
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

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Add(options) => add::run(global, &options).await,
        Command::Verify(options) => verify::run(global, &options).await,
        Command::Resume(options) => resume::run(global, &options).await,
        Command::Rewind(options) => rewind::run(global, &options).await,
        Command::List(options) => list::run(global, &options).await,
    }
}

impl SigningRun {
    fn key(&self) -> anyhow::Result<SigningKey> {
        let path = &self.private_key;
        let text = fs::read(path).with_context(|| format!("cannot read the private key `{}`", path.display()))?;
        SigningKey::from_pem(&text, None).with_context(|| format!("cannot use the private key `{}`", path.display()))
    }

    async fn open<'key>(&self, global: &Global, key: &'key SigningKey) -> anyhow::Result<OpenRun<'key>> {
        OpenRun::open(&self.run.run, self.run.store.open(global).await?, key).await
    }

    fn session(&self) -> Session {
        let default = || PathBuf::from(format!(".headworks-session-{}", self.run.run.replace(['/', '\\'], "_")));
        Session(self.session_file.clone().unwrap_or_else(default))
    }
}

impl ReadingRun {
    async fn store(&self, global: &Global) -> anyhow::Result<Store> {
        self.run.store.open(global).await
    }

    async fn chain(&self, store: &Store) -> anyhow::Result<Chain> {
        let path = &self.public_key;
        let text = fs::read(path).with_context(|| format!("cannot read the public key `{}`", path.display()))?;
        let key =
            PublicKey::from_pem(&text).with_context(|| format!("cannot use the public key `{}`", path.display()))?;
        let found = chain::of(store, &self.run.run, &key).await?;
        found.with_context(|| format!("no event of run `{}` is recorded in the store", self.run.run))
    }
}

/// Records an event and says so, or says why there is none.
async fn record(
    run: &mut OpenRun<'_>,
    event: Result<Event, TrainingError>,
    said: impl FnOnce(&Event) -> String,
) -> anyhow::Result<Exit> {
    if let Ok(event) = &event {
        run.record(event).await?;
    }
    answer(event, said)
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

/// A log that is not what a witness saw may hide that the run went on.
fn contradicted(fault: &LogError) -> anyhow::Result<Exit> {
    terminal::answer(&format!("REFUSED  the log is not what the witness saw: {fault}\n"))?;
    Ok(Exit::Refused)
}

fn newest(path: &Path, event: &Event) -> String {
    format!("`{}` is the newest checkpoint of `{}`: step {}\n", path.display(), event.run_id, event.step)
}
