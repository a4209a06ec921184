use anyhow::bail;
use clap::Args;
use headworks_attest::trust::{Continuity, Moment};

use super::Place;
use super::file::TrustFile;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks trust pin`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks trust pin pkg:huggingface/acme/bert acme
  headworks trust pin pkg:huggingface/acme/bert globex --replace

From then on an artifact of this name that is signed by somebody else, or not at all, is refused. What was admitted from a
signer is remembered by the store without a pin.")]
pub(crate) struct Options {
    /// The artifact's name, as `check --artifact-name` has it
    #[arg(value_name = "PURL")]
    artifact: String,
    /// Who signs artifacts of this name
    #[arg(value_name = "PUBLISHER")]
    publisher: String,
    /// Let another publisher take over the name
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let Options { artifact, publisher, replace, place } = options;
    let mut file = TrustFile::read(global, place)?;
    match file.store.continuity(artifact, Some(publisher)) {
        Continuity::Same => {
            terminal::answer(&format!(
                "`{}` is pinned to `{}` already\n",
                artifact.escape_debug(),
                publisher.escape_debug()
            ))?;
            return Ok(Exit::Fine);
        }
        Continuity::OtherPublisher { was, .. } if !replace => {
            bail!(
                "`{artifact}` is pinned to `{was}`\nhint: find out who has the name now; --replace sets the pin anew"
            );
        }
        _ => file.store.pins.retain(|pin| pin.artifact != *artifact),
    }
    file.store.pin(artifact, publisher, Moment::from_ms(terminal::now().as_millisecond()));
    file.write()?;
    terminal::answer(&format!("+ `{}` is signed by `{}`\n", artifact.escape_debug(), publisher.escape_debug()))?;
    Ok(Exit::Fine)
}
