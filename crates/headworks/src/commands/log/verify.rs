use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_attest::log::{Leaf, Receipt, VerifierKey};
use headworks_store::StoreError;
use headworks_store::log::Checkpoint;
use headworks_types::Digest;

use super::StoreOption;
use crate::arguments::Global;
use crate::commands::witness_option::{WitnessOption, read};
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks log verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks log verify                                   every file, envelope and row of the store
  headworks log verify --witness seen.checkpoint --witness-key witness.example/w1+5f8e...
  headworks log verify --proof model.tlog-proof --log-key headworks.local/9b1c77e0+... --envelope verdict.json")]
pub(crate) struct Options {
    #[command(flatten)]
    witness: WitnessOption,
    /// Receipt to check, without the log
    #[arg(long, value_name = "FILE", conflicts_with = "witness")]
    proof: Option<PathBuf>,
    /// Key of the log, as name+hash+base64 [default: that of the store]
    #[arg(long, value_name = "VKEY", requires = "proof")]
    log_key: Option<VerifierKey>,
    /// Envelope that the receipt must be of
    #[arg(long, value_name = "FILE", requires = "proof")]
    envelope: Option<PathBuf>,
    /// Digest of an artifact or a file that the receipt's entry must be about
    #[arg(long, value_name = "DIGEST", requires = "proof")]
    about: Option<Digest>,
    #[command(flatten)]
    store: StoreOption,
}

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    match options.proof.clone() {
        Some(proof) => verify_receipt(global, options, &proof).await,
        None => verify_log(global, options).await,
    }
}

async fn verify_log(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let store = match options.store.open(global).await {
        Ok(store) => store,
        Err(error) => return refused(error),
    };
    let mut audit = match store.log().audit().await {
        Ok(audit) => audit,
        Err(error) => return refused(error.into()),
    };
    let mut said = String::new();
    if let Some((seen, name)) = options.witness.seen(store.log().verifier())? {
        audit.compare(&store.log().tree()?, &seen);
        said = format!("it contains the {} entries that `{name}` saw\n", seen.size);
    }
    let Checkpoint { origin, size, root, .. } = &audit.checkpoint;
    let key = store.log().verifier();
    if audit.faults.is_empty() {
        terminal::answer(&format!(
            "log {origin}: {size} entries, root {root}, key {key}\n\
             checkpoint, tiles, entries, envelopes and index agree\n{said}"
        ))?;
        return Ok(Exit::Fine);
    }
    let faults: String = audit.faults.iter().map(|fault| format!("{fault}\n")).collect();
    terminal::answer(&format!("log {origin}: {size} entries, root {root}\n{faults}"))?;
    terminal::note(
        "hint: rows of the index come back with `headworks store rebuild`; files come back from a copy only",
    );
    Ok(Exit::Refused)
}

/// A log that does not hold is an answer; anything else kept us from one.
fn refused(error: anyhow::Error) -> anyhow::Result<Exit> {
    match error.downcast::<StoreError>() {
        Ok(StoreError::Log(fault)) => {
            terminal::answer(&format!("{fault}\n"))?;
            Ok(Exit::Refused)
        }
        Ok(error) => Err(error.into()),
        Err(error) => Err(error),
    }
}

async fn verify_receipt(global: &Global, options: Options, path: &Path) -> anyhow::Result<Exit> {
    let receipt = Receipt::parse(&read(path)?).with_context(|| format!("`{}`", path.display()))?;
    let key = match options.log_key {
        Some(key) => key,
        None => options.store.open(global).await?.log().verifier().clone(),
    };
    let (bytes, checkpoint) = match receipt.verify(&key) {
        Ok(verified) => verified,
        Err(error) => return not_shown(path, &error.to_string()),
    };
    let leaf = Leaf::parse(bytes).with_context(|| format!("`{}`", path.display()))?;
    if let Some(witness) = &options.witness.witness_key
        && let Err(error) = witness.time_of(&receipt.checkpoint)
    {
        return not_shown(path, &error.to_string());
    }
    if let Some(envelope) = &options.envelope
        && Digest::of(&std::fs::read(envelope).with_context(|| format!("cannot read `{}`", envelope.display()))?)
            != leaf.envelope
    {
        return not_shown(path, &format!("`{}` is not the envelope of its entry", envelope.display()));
    }
    if let Some(about) = options.about.filter(|about| !leaf.subjects.contains(about)) {
        return not_shown(path, &format!("its entry is not about {about}"));
    }
    terminal::answer(&format!(
        "entry {} of log {} is envelope {} ({})\n",
        receipt.index,
        checkpoint.origin,
        leaf.envelope,
        if leaf.predicate_type.is_empty() { &leaf.payload_type } else { &leaf.predicate_type },
    ))?;
    Ok(Exit::Fine)
}

fn not_shown(path: &Path, why: &str) -> anyhow::Result<Exit> {
    terminal::answer(&format!("`{}` does not show it: {why}\n", path.display()))?;
    Ok(Exit::Refused)
}
