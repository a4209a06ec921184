//! A command that is run and stated.

mod keeper;
mod remarks;
mod step;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use headworks_attest::SigningKey;
use headworks_sandbox::{
    KEY_PASSWORD_VARIABLE, Kind, Manifest, Provenance, RecordError, Recording, Request, Source, Watch,
};
use headworks_types::Digest;

use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;
use keeper::Keeper;

/// Options of `headworks run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks run --kind train --private-key run.pem -- python train.py
  headworks run --kind dataset --manifest run.toml --strict -- ./tokenize.sh
  headworks run --kind evaluate --output eval.intoto.json -- python -m harness
  headworks run --kind train --private-key run.pem --checkpoints out --run bert-7 -- python train.py

The command runs as it would alone; what it reads, writes, starts and reaches is observed by the kernel. It exits
with 1 when the command fails, when a strict run was refused something, when an input is not the declared one, or when
a checkpoint is not the newest recorded one or could not be recorded. The statement is written in each case, but a
signed one needs a file that the command wrote, and nothing is run when --resume-from is refused. With 2 nothing was
run, or the statement could not be written.")]
pub(crate) struct Options {
    /// What the run makes
    #[arg(long, value_enum)]
    kind: KindName,
    /// What cannot be observed: mixture, hyperparameters, seeds, steps, base model, inputs, licences, reviewer
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Where the statement goes
    #[arg(short, long, value_name = "FILE", default_value = "headworks-run.intoto.json")]
    output: PathBuf,
    /// Refuse reads of anything but the declared inputs, the working tree of git and installed programs; refuse network
    #[arg(long)]
    strict: bool,
    /// Sign the statement with this key (PEM); without one it is written unsigned
    #[arg(long, value_name = "KEY")]
    private_key: Option<PathBuf>,
    /// The key's password
    #[arg(long, env = KEY_PASSWORD_VARIABLE, hide_env_values = true, value_name = "PASSWORD", requires = "private_key")]
    password: Option<String>,
    #[command(flatten)]
    kept: keeper::Kept,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindName {
    /// A model from nothing
    Train,
    /// A model from another one
    Finetune,
    /// A model from several
    Merge,
    /// A model with fewer bits
    Quantize,
    /// A model in another format
    Convert,
    /// A dataset
    Dataset,
    /// A judgement of a model
    Evaluate,
}

pub(crate) fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    // The key is opened first: a run of a day must not end in a mistyped password.
    let key = || options.private_key.as_deref().map(|path| key(path, options.password.as_deref())).transpose();
    let signing = key()?;
    let output = std::path::absolute(&options.output)?;
    let request = request(options)?;
    let keeper = match Keeper::open(global, &options.kept, key)?.transpose() {
        Ok(keeper) => keeper,
        Err(refused) => {
            terminal::note(&format!("the checkpoint to resume from is REFUSED, and nothing was run: {refused:#}"));
            return Ok(Exit::Refused);
        }
    };
    let watch = if options.strict {
        // A checkpoint that was held against the record is a known input.
        let resumed = keeper.as_ref().and_then(Keeper::resumed);
        Watch::Strict { known: headworks_sandbox::known(&request).into_iter().chain(resumed).collect() }
    } else {
        Watch::Plain
    };
    let checkpoints = keeper.as_ref().map(Keeper::checkpoints);
    let recording = headworks_sandbox::record(&request.argv, &watch, checkpoints)
        .map_err(|error| not_run(&error, &request.argv))?;
    let wrote_it = recording.written.iter().any(|file| file.path == without_links(&output));
    ensure!(!wrote_it, "the command wrote `{}` itself\nhint: name another --output", output.display());
    // A record that cannot be read any more must not cost the statement.
    let head = keeper.as_ref().map_or(Ok(None), Keeper::head);
    let statement = headworks_sandbox::statement(&request, &recording, head.as_ref().ok().and_then(Option::as_ref));
    let differences = request.manifest.differences(&request.folder, &recording.read);
    let altered = keeper.map(|keeper| keeper.altered(&recording.read)).unwrap_or_default();
    // A command that failed before it wrote anything failed, and that nothing can be signed is no news.
    if signing.is_some() && statement.subjects() == 0 && !recording.succeeded() {
        remarks::complain(&recording, &differences, &altered);
        terminal::note("the command wrote no file, so there is no statement");
        return Ok(Exit::Refused);
    }
    write(&output, &statement, signing.as_ref())?;
    if !global.quiet {
        remarks::say(&recording, &options.output, signing.is_some());
    }
    remarks::complain(&recording, &differences, &altered);
    head.context("the statement was written without the head of the chain of checkpoints")?;
    let fine = recording.succeeded() && differences.is_empty() && altered.is_empty() && is_strict(options, &recording);
    Ok(if fine { Exit::Fine } else { Exit::Refused })
}

/// Whether a run that is to be strict was seen and stated as a whole.
fn is_strict(options: &Options, recording: &Recording) -> bool {
    !options.strict || (recording.is_complete() && recording.read.iter().all(|file| file.digest.is_some()))
}

fn request(options: &Options) -> anyhow::Result<Request> {
    let folder = std::env::current_dir().and_then(fs::canonicalize).context("cannot tell where this runs")?;
    let (manifest, manifest_digest) = match &options.manifest {
        Some(path) => manifest(path).map(|(manifest, digest)| (manifest, Some(digest)))?,
        None => (Manifest::default(), None),
    };
    Ok(Request {
        kind: options.kind.into(),
        argv: options.command.clone(),
        source: Source::of(&folder),
        folder,
        strict: options.strict,
        manifest,
        manifest_digest,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

fn manifest(path: &Path) -> anyhow::Result<(Manifest, Digest)> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{shown}`"))?;
    let hint = "hint: the keys of a manifest are listed in docs/src/buildtypes.md";
    let manifest = Manifest::parse(&text).map_err(|error| anyhow::anyhow!("`{shown}`: {error}\n{hint}"))?;
    Ok((manifest, Digest::of(text.as_bytes())))
}

fn key(path: &Path, password: Option<&str>) -> anyhow::Result<SigningKey> {
    let text = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    SigningKey::from_pem(&text, password).with_context(|| format!("`{}`", path.display()))
}

fn not_run(error: &RecordError, argv: &[OsString]) -> anyhow::Error {
    let program = argv.first().map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
    let hint = match error {
        RecordError::NotWatched { .. } => {
            "allow seccomp user notification here, or run without --strict and --checkpoints"
        }
        RecordError::UnknownInput { .. } => "declare it as one of the [[inputs]], or give it `< /dev/null`",
        RecordError::NotStarted(_) => "the program is looked for in the folders of PATH",
    };
    anyhow::anyhow!("`{program}`: {error}\nhint: {hint}")
}

/// The bare statement, or the envelope that signs it.
fn write(output: &Path, statement: &Provenance, key: Option<&SigningKey>) -> anyhow::Result<()> {
    let bytes = match key {
        Some(_) if statement.subjects() == 0 => {
            bail!("the command wrote no file, so there is nothing to sign a statement about")
        }
        Some(key) => statement.sign(key)?.to_json(),
        None => statement.to_json().to_vec(),
    };
    let staged = output.with_extension("json.new");
    fs::write(&staged, bytes).with_context(|| format!("cannot write `{}`", staged.display()))?;
    fs::rename(&staged, output).with_context(|| format!("cannot write `{}`", output.display()))
}

fn without_links(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Train => Self::Train,
            KindName::Finetune => Self::Finetune,
            KindName::Merge => Self::Merge,
            KindName::Quantize => Self::Quantize,
            KindName::Convert => Self::Convert,
            KindName::Dataset => Self::Dataset,
            KindName::Evaluate => Self::Evaluate,
        }
    }
}
