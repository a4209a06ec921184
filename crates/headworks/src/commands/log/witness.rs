use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use headworks_attest::log::VerifierKey;
use headworks_attest::{Scheme, SigningKey};
use headworks_store::Store;
use headworks_store::log::{Witness, WitnessError};

use super::StoreOption;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks log witness`.
#[derive(Debug, Args)]
#[command(after_help = "\
Run it as another user or on another host, whose key and memory the log's owner cannot change. It prints the checkpoint
with its signature; keep that for `headworks log verify --witness`.

Examples:
  headworks log witness --key witness.pem --state seen.json --log /srv/headworks/log > seen.checkpoint
  headworks log witness --key witness.pem --state seen.json --add-to-log")]
pub(crate) struct Options {
    /// Private key of the witness, Ed25519 in PEM; made when neither it nor the memory exists
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What the witness remembers of each log
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// Name of the witness [default: headworks.local/witness/ and the start of its key's digest]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Directory of the log [default: that of the store]
    #[arg(long, value_name = "DIR", conflicts_with = "add_to_log")]
    log: Option<PathBuf>,
    /// Key of the log, as name+hash+base64 [default: the one seen first, which is remembered]
    #[arg(long, value_name = "VKEY")]
    log_key: Option<VerifierKey>,
    /// Put the signature under the checkpoint of the store's log
    #[arg(long)]
    add_to_log: bool,
    #[command(flatten)]
    store: StoreOption,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let key = key(&options.key, &options.state)?;
    let name = match options.name {
        Some(name) => name,
        None => format!("headworks.local/witness/{:.8}", key.public()?.digest().hex()),
    };
    let mut witness = Witness::open(&name, key, &options.state)?;
    let (root, store_options) = options.store.place(global)?;
    let folder = options.log.unwrap_or_else(|| root.join("log"));
    let log_key = match options.log_key {
        Some(key) => key,
        None => super::published_key(&folder)?,
    };
    let time_s = u64::try_from(terminal::now().as_second()).context("the clock is before 1970")?;
    let (note, line) = match witness.cosign(&folder, &log_key, time_s) {
        Ok(signed) => signed,
        Err(error) => return refused(error),
    };
    if options.add_to_log {
        Store::open_with(&root, store_options).await?.log().add_cosignature(&note, line.clone()).await?;
    }
    terminal::answer(&note.with(line)?.to_string())?;
    terminal::note(&format!("witnessed by {}", witness.verifier()?));
    Ok(Exit::Fine)
}

/// A log that contradicts what was seen is an answer; anything else kept us from one.
fn refused(error: WitnessError) -> anyhow::Result<Exit> {
    use WitnessError::{Log, OtherKey, Rewritten, Shrunk};
    if matches!(error, Log(_) | OtherKey { .. } | Rewritten { .. } | Shrunk { .. }) {
        terminal::answer(&format!("{error}\n"))?;
        return Ok(Exit::Refused);
    }
    Err(error.into())
}

fn key(path: &Path, state: &Path) -> anyhow::Result<SigningKey> {
    if !path.exists() && !state.exists() {
        create(path)?;
        terminal::note(&format!("made the key `{}`", path.display()));
    }
    let hint = "hint: make one with `openssl genpkey -algorithm ed25519`";
    let text = std::fs::read(path).with_context(|| format!("cannot read `{}`\n{hint}", path.display()))?;
    let key = SigningKey::from_pem(&text, None).with_context(|| format!("`{}`\n{hint}", path.display()))?;
    if key.scheme() != Scheme::Ed25519 {
        bail!("`{}` is not a key of Ed25519\n{hint}", path.display());
    }
    Ok(key)
}

fn create(path: &Path) -> anyhow::Result<()> {
    use std::io::Write as _;
    let pem = SigningKey::generate(Scheme::Ed25519)?.to_pem()?;
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || options.open(path).and_then(|mut file| file.write_all(pem.as_bytes()));
    write().with_context(|| format!("cannot write `{}`", path.display()))
}
