use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use headworks_attest::bundle::{Bundle, Material};
use headworks_attest::provenance::{Link, differences, types};
use headworks_attest::{Statement, oms};
use serde_json::{Value, json};

use crate::commands::measured;
use crate::commands::sign::{PrivateKey, write_atomically};
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks attest link`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks attest link upload --materials ./out --products /mnt/models/bert --unchanged \\
    --environment bucket=models --environment version=3sL4kqt --private-key ops.pem --output upload.sigstore.json
  headworks attest chain train.intoto.json upload.sigstore.json --artifact /mnt/models/bert --public-key ops.pub

A hand-over between stores is a step that changes nothing: --unchanged compares every file and signs only if that holds.")]
pub(crate) struct Options {
    /// Name of the step
    step: String,
    /// What it took: a file or a directory
    #[arg(long, value_name = "PATH")]
    materials: PathBuf,
    /// What it made: a file or a directory
    #[arg(long, value_name = "PATH")]
    products: PathBuf,
    /// Refuse unless the products are the materials, name by name and byte by byte
    #[arg(long)]
    unchanged: bool,
    /// A fact about where it ran: store, bucket, version of the object, actor; repeat for more
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    environment: Vec<(String, String)>,
    /// The command that did it, and its arguments
    #[arg(long, value_name = "WORD", num_args = 1..)]
    command: Vec<String>,
    #[command(flatten)]
    key: PrivateKey,
    /// Where the signed link goes: a Sigstore bundle with a hint of the key
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Exit> {
    let statement = options.statement()?;
    let key = options.key.read()?;
    let bundle = Bundle::new(Material::KeyHint(oms::hint(&key.public()?)), statement.sign(&key)?);
    write_atomically(&options.output, &bundle.to_json())?;
    terminal::note(&format!("wrote `{}`", options.output.display()));
    Ok(Exit::Fine)
}

impl Options {
    fn statement(&self) -> anyhow::Result<Statement> {
        let files = |path: &Path| anyhow::Ok(measured::files(&measured::artifact(path)?));
        let (materials, products) = (files(&self.materials)?, files(&self.products)?);
        if self.unchanged
            && let differences @ [_, ..] = differences(&materials, &products).as_slice()
        {
            bail!(
                "`{}` is not what `{}` was: {}\nhint: nothing was signed; copy again, or leave --unchanged away for a step that changes files",
                self.products.display(),
                self.materials.display(),
                differences.join("; ")
            );
        }
        let environment: BTreeMap<&str, Value> =
            self.environment.iter().map(|(name, value)| (name.as_str(), json!(value))).collect();
        let link = Link {
            name: self.step.clone(),
            command: self.command.clone(),
            materials,
            byproducts: json!({}),
            environment: json!(environment),
        };
        let statement = Statement::new(products, types::LINK, serde_json::to_value(link)?);
        Link::of(&statement).context("cannot state the step")?;
        Ok(statement)
    }
}

fn pair(text: &str) -> anyhow::Result<(String, String)> {
    let (name, value) = text.split_once('=').context("it has to be NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
