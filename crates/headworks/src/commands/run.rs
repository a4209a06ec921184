use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use headworks_attest::SigningKey;
use headworks_sandbox::{
    Difference, KEY_PASSWORD_VARIABLE, Kind, Manifest, Observation, Provenance, RecordError, Recording, Refusal,
    Request, Source, Watch,
};
use headworks_types::Digest;

use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks run --kind train --private-key run.pem -- python train.py
  headworks run --kind dataset --manifest run.toml --strict -- ./tokenize.sh
  headworks run --kind evaluate --output eval.intoto.json -- python -m harness

The command runs as it would alone; what it reads, writes, starts and reaches is observed by the kernel. It exits
with 1 when the command fails, when a strict run was refused something, or when an input is not the declared one;
the statement is written in each case. With 2 nothing was run.")]
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
    let key = options.private_key.as_deref().map(|path| key(path, options.password.as_deref())).transpose()?;
    let output = std::path::absolute(&options.output)?;
    let request = request(options)?;
    let watch = if options.strict { Watch::Strict { known: headworks_sandbox::known(&request) } } else { Watch::Plain };
    let recording = match headworks_sandbox::record(&request.argv, &watch) {
        Ok(recording) => recording,
        Err(error) => return Err(not_run(&error, &request.argv)),
    };
    let wrote_it = recording.written.iter().any(|file| file.path == without_links(&output));
    ensure!(!wrote_it, "the command wrote `{}` itself\nhint: name another --output", output.display());
    let statement = headworks_sandbox::statement(&request, &recording);
    write(&output, &statement, key.as_ref())?;
    let differences = request.manifest.differences(&request.folder, &recording.read);
    if !global.quiet {
        say(&recording, &options.output, key.is_some());
    }
    complain(&recording, &differences);
    let strictly =
        !options.strict || (recording.is_complete() && recording.read.iter().all(|file| file.digest.is_some()));
    let fine = recording.succeeded() && differences.is_empty() && strictly;
    Ok(if fine { Exit::Fine } else { Exit::Refused })
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
        RecordError::NotWatched { .. } => "allow seccomp user notification here, or run without --strict",
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

/// What the statement is about, in one line, and what it is not.
fn say(recording: &Recording, output: &Path, signed: bool) {
    let (read, written, shown) = (recording.read.len(), recording.written.len(), output.display());
    let how = if signed { "signed" } else { "UNSIGNED" };
    terminal::note(&format!("wrote `{shown}` ({how}): {read} files read, {written} written"));
    if !signed {
        terminal::note("hint: sign it with --private-key KEY; anybody can change an unsigned statement");
    }
    if written == 0 {
        terminal::note("the command wrote no file, so the statement has no subject and proves nothing of any");
    }
}

/// What keeps the run from being a success, or the statement from being whole.
fn complain(recording: &Recording, differences: &[Difference]) {
    if let Observation::None { reason } = &recording.observation {
        terminal::note(&format!("the command ran unwatched: {reason}"));
    }
    for refusal in &recording.refused {
        terminal::note(&format!("refused: {}", refused(refusal)));
    }
    if recording.refused.iter().any(|refusal| matches!(refusal, Refusal::Read { .. } | Refusal::Execute { .. })) {
        terminal::note("hint: declare what the run may read as [[inputs]] of the manifest");
    }
    for difference in differences {
        terminal::note(&differs(difference));
    }
    for file in recording.read.iter().filter(|file| file.digest.is_none()) {
        terminal::note(&format!("which bytes of `{}` were read is not known: {:?}", shown(&file.path), file.state));
    }
    for (call, count) in &recording.unseen {
        terminal::note(&format!("{count} × `{call}` could not be read; the statement is incomplete"));
    }
    match (recording.ended.code, recording.ended.signal) {
        (Some(0), _) => {}
        (Some(code), _) => terminal::note(&format!("the command ended with exit code {code}")),
        (None, signal) => terminal::note(&format!("the command was ended by signal {}", signal.unwrap_or_default())),
    }
    if let survivors @ 1.. = recording.survivors {
        terminal::note(&format!("{survivors} processes outlived the command and were ended"));
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Read { path } => format!("to read `{}`", shown(path)),
        Refusal::Execute { path } => format!("to execute `{}`", shown(path)),
        Refusal::Network { action, endpoint } => format!("network: {action} {endpoint}"),
        Refusal::Escape { call } => format!("`{call}`, which would leave the recorder's view"),
    }
}

fn differs(difference: &Difference) -> String {
    match difference {
        Difference::NotRead { path } => format!("input `{}` was declared with a digest and not read", shown(path)),
        Difference::Digest { path, declared, read } => {
            let read = read.map_or_else(|| "unknown bytes".to_owned(), |digest| digest.to_string());
            format!("input `{}` is declared as {declared}; read was {read}", shown(path))
        }
    }
}

/// Paths come from the command, which must not draw on the terminal.
fn shown(path: &Path) -> String {
    path.to_string_lossy().escape_debug().collect()
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
