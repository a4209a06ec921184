use clap::{ArgGroup, Args};
use headworks_attest::trust::{Moment, Revocation};
use headworks_types::Digest;

use super::Place;
use super::file::TrustFile;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks trust revoke`.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("what").required(true).args(["key", "certificate", "identity"])),
    after_help = "\
Examples:
  headworks trust revoke --key sha256:1f0c…9a44 --since 2026-11-20T08:00:00Z --reason 'laptop was stolen'
  headworks trust revoke --identity ann@acme.example --issuer https://accounts.google.com --since 2026-11-20 --reason left

What a log or a timestamp authority shows to have been signed before keeps its worth; all else is refused."
)]
pub(crate) struct Options {
    /// Digest of the key, as `trust list` shows it
    #[arg(long, value_name = "DIGEST")]
    key: Option<Digest>,
    /// Digest of the certificate; all that are issued under it fall with it
    #[arg(long, value_name = "DIGEST")]
    certificate: Option<Digest>,
    /// The identity
    #[arg(long, value_name = "NAME", requires = "issuer")]
    identity: Option<String>,
    /// The issuer of the identity
    #[arg(long, value_name = "URL", requires = "identity")]
    issuer: Option<String>,
    /// Since when it no longer counts: when it may have been lost, not when that was noticed
    #[arg(long, value_name = "TIME")]
    since: Moment,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let mut file = TrustFile::read(global, &options.place)?;
    let Options { key, certificate, identity, issuer, since, reason, .. } = options;
    let shown = format!("- revoked since {since}: {}\n", reason.escape_debug());
    file.store.revocations.push(Revocation { since, reason, key, certificate, identity, issuer });
    file.write()?;
    terminal::answer(&shown)?;
    Ok(Exit::Fine)
}
