use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_report::{Logged, Recorded, dossier, json, text};
use headworks_store::{Entry, Store};
use headworks_types::Record;

use crate::arguments::Global;
use crate::exit::Exit;
use crate::settings::{Given, Settings};
use crate::terminal;

/// Options of `headworks show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks show                    the records, newest first
  headworks show 9b1c77e0           of a record, an artifact or a file, by the start of its digest
  headworks show 9b1c77e0 --json    the newest such record, with the receipt of its verdict")]
pub(crate) struct Options {
    /// Start of the digest of a record, an artifact or a file
    #[arg(value_name = "DIGEST")]
    digest: Option<String>,
    /// Print the record as it is stored, and the receipt of its verdict in the evidence log
    #[arg(long, requires = "digest")]
    json: bool,
    /// Write the gate's signature over the files of the newest such artifact that was admitted
    #[arg(long, requires = "digest", value_name = "FILE")]
    model_signature: Option<PathBuf>,
    /// Directory of the store
    #[arg(long, env = "HEADWORKS_STORE", value_name = "DIR")]
    store: Option<PathBuf>,
}

/// Shorter starts of a digest match by accident.
const HEX_DIGITS_MIN: usize = 4;

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let settings = Settings::resolve(global, Given { store: options.store, ..Given::default() }, &[])?;
    let hex = hex(options.digest.as_deref().unwrap_or_default())?;
    let store = Store::open_with(&settings.store.value, settings.log_options()?).await?;
    let entries = store.find(&hex).await?;
    let Some(newest) = entries.first() else {
        terminal::note(&format!("no record in `{}` matches `{hex}`", settings.store.value.display()));
        return Ok(Exit::NothingMatched);
    };
    if hex.is_empty() {
        terminal::answer(&entries.iter().map(row).collect::<String>())?;
        return Ok(Exit::Fine);
    }
    let record = store.read(&newest.digest)?;
    if let Some(path) = &options.model_signature {
        return write_signature(&store, &record, path).await;
    }
    let logged = Some(logged(&store, newest)?);
    let shown = if options.json {
        json::render_record(&record, logged.as_ref())
    } else {
        let recorded = Recorded { seq: newest.seq, digest: newest.digest, reused: false, logged };
        let style = text::Style::new(settings.color.value.wanted());
        dossier::render_dossier(&record, &recorded, &time(newest.decided_at_ms), &super::catalogue(), style)
    };
    terminal::answer(&shown)?;
    if let others @ 1.. = entries.len() - 1 {
        terminal::note(&format!("{others} older records match too; `headworks show` lists all"));
    }
    Ok(Exit::Fine)
}

/// Only what was admitted has a signature of the gate; `headworks store key` prints the key for it.
async fn write_signature(store: &Store, record: &Record, path: &Path) -> anyhow::Result<Exit> {
    let Some(bundle) = store.model_signature(record).await? else {
        terminal::note(
            "the gate signed no files of this artifact: it was not admitted, or has names that cannot be signed",
        );
        return Ok(Exit::NothingMatched);
    };
    std::fs::write(path, bundle.to_json()).with_context(|| format!("cannot write `{}`", path.display()))?;
    terminal::note(&format!(
        "wrote `{}`; `headworks store key` prints the public key that verifies it",
        path.display()
    ));
    Ok(Exit::Fine)
}

/// Where the verdict of a record is in the evidence log, with the proof.
pub(super) fn logged(store: &Store, entry: &Entry) -> anyhow::Result<Logged> {
    let receipt = store.receipt(entry)?;
    Ok(Logged { index: receipt.index, receipt: receipt.to_string() })
}

fn hex(digest: &str) -> anyhow::Result<String> {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest).to_ascii_lowercase();
    let enough = digest.is_empty() || hex.len() >= HEX_DIGITS_MIN;
    anyhow::ensure!(
        enough && hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "`{digest}` is no digest; write at least {HEX_DIGITS_MIN} of its hexadecimal digits"
    );
    Ok(hex)
}

fn row(entry: &Entry) -> String {
    let Entry { seq, digest, admission, tier, name, decided_at_ms, .. } = entry;
    let name: String = name.escape_debug().collect();
    format!("{seq:>6}  {admission:<6}  {tier:<10}  {}  {}  {name}\n", time(*decided_at_ms), digest.abbreviated())
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| format!("{ms} ms"), |time| format!("{time:.0}"))
}
