use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use headworks_attest::bundle::{Bundle, Material};
use headworks_attest::provenance::Predicate;
use headworks_attest::{ResourceDescriptor, Statement, json};
use headworks_types::Digest;

use super::subject::digest_of;
use crate::commands::sign::{PrivateKey, write_atomically};
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks attest sign`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  headworks attest sign --type https://in-toto.io/attestation/test-result/v0.1 --predicate result.json \\
    --subject model.safetensors --private-key signing.pem --output result.sigstore.json")]
pub(crate) struct Options {
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    key: PrivateKey,
    /// Form of the signed statement
    #[arg(long, value_enum, default_value_t = Form::Bundle)]
    form: Form,
    /// Write it there instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What is said, and about what.
#[derive(Debug, Args)]
pub(super) struct Said {
    /// What to say: a file of JSON
    #[arg(long, value_name = "FILE")]
    predicate: PathBuf,
    /// Type of the predicate
    #[arg(long = "type", value_name = "URI")]
    predicate_type: String,
    /// A file that it is about; repeat for more
    #[arg(long, value_name = "PATH", required = true)]
    subject: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A Sigstore bundle with a hint of the key
    Bundle,
    /// A bare DSSE envelope
    Envelope,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Exit> {
    let statement = options.said.statement()?;
    let key = options.key.read()?;
    let envelope = statement.sign(&key)?;
    let signed = match options.form {
        Form::Envelope => envelope.to_json(),
        // The fingerprint that OpenSSF Model Signing has: over the text of the key, not over its DER.
        Form::Bundle => {
            let hint = Digest::of(key.public()?.to_pem().as_bytes()).hex();
            Bundle::new(Material::KeyHint(hint), envelope).to_json()
        }
    };
    write(options.output.as_deref(), signed)
}

/// Gives the signed statement to who asked for it.
pub(super) fn write(output: Option<&Path>, mut signed: Vec<u8>) -> anyhow::Result<Exit> {
    signed.push(b'\n');
    match output {
        Some(path) => {
            write_atomically(path, &signed)?;
            terminal::note(&format!("wrote `{}`", path.display()));
        }
        None => terminal::answer(&String::from_utf8(signed)?)?,
    }
    Ok(Exit::Fine)
}

impl Said {
    /// The statement. A predicate of a known type that says nothing readable is not signed.
    pub(super) fn statement(&self) -> anyhow::Result<Statement> {
        let path = self.predicate.display();
        let bytes = fs::read(&self.predicate).with_context(|| format!("cannot read the predicate `{path}`"))?;
        let predicate = json::value(&bytes).with_context(|| format!("cannot use the predicate `{path}`"))?;
        let mut subject: Vec<ResourceDescriptor> = Vec::new();
        for path in &self.subject {
            let name = path.to_str().with_context(|| format!("the name of `{}` is not UTF-8", path.display()))?;
            ensure!(subject.iter().all(|other| other.name != name), "the subject `{name}` is named twice");
            subject.push(ResourceDescriptor::sha256(name, digest_of(path)?.hex()));
        }
        let statement = Statement::new(subject, &self.predicate_type, predicate);
        Predicate::of(&statement).with_context(|| format!("cannot use the predicate `{path}`"))?;
        Ok(statement)
    }
}
