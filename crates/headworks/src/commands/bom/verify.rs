use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use headworks_attest::{Envelope, PublicKey, jsf, json};
use headworks_gate::{acquire, measure};
use headworks_report::bom::{self, Document};
use headworks_types::Limits;

use super::read;
use super::sign::SPDX;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks bom verify`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The document; for SPDX the envelope that holds it, when it was signed
    document: PathBuf,
    /// Key that must have signed it; without one the signature is not looked at, and the answer says so
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// The artifact whose files must be those of the document
    #[arg(long, value_name = "PATH")]
    artifact: Option<PathBuf>,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Exit> {
    let bytes = read(&options.document)?;
    let (document, mut problems) = match opened(&bytes, options) {
        Ok(document) => (document, Vec::new()),
        Err(error) => {
            terminal::answer(&format!("REFUSED: {error:#}\n"))?;
            return Ok(Exit::Refused);
        }
    };
    problems.extend(document.problems.iter().cloned());
    if let Some(path) = &options.artifact {
        let artifact = measure(&acquire(path, &Limits::default())?);
        problems.extend(bom::disagreements(&document.bom, &artifact));
    }
    let checked = [("signature", options.public_key.is_some()), ("files of the artifact", options.artifact.is_some())];
    let checked: Vec<&str> = checked.into_iter().filter(|(_, done)| *done).map(|(what, _)| what).collect();
    let checked = if checked.is_empty() {
        "relations only: no key and no artifact were given".to_owned()
    } else {
        checked.join(", ")
    };
    let verdict = if problems.is_empty() { "verified" } else { "REFUSED" };
    let mut text = format!(
        "{verdict}: {} {}, {} components; checked: {checked}\n",
        document.format,
        document.version,
        document.bom.components.len()
    );
    problems.iter().for_each(|problem| text.push_str(&format!("  {problem}\n")));
    terminal::answer(&text)?;
    Ok(if problems.is_empty() { Exit::Fine } else { Exit::Refused })
}

/// The document, once its signature holds when a key is given.
fn opened(bytes: &[u8], options: &Options) -> anyhow::Result<Document> {
    let Some(path) = &options.public_key else { return Ok(bom::read(bytes)?) };
    let text = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let key = PublicKey::from_pem(&text).with_context(|| format!("`{}`", path.display()))?;
    let value = json::value(bytes)?;
    if value.get("payloadType").is_some() {
        let envelope = Envelope::from_json(bytes)?;
        return Ok(bom::read(envelope.verify(SPDX, &key)?)?);
    }
    jsf::verify(&value, &key)?;
    Ok(bom::read(bytes)?)
}
