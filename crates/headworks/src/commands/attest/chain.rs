use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::{ArgGroup, Args};
use headworks_attest::provenance::{Document, Link, documents, not_taken};
use headworks_attest::trust::{Decision, Role, SignedBy, When};
use headworks_attest::{Bundle, Envelope, PublicKey, Statement, TrustStore};

use super::ByTrustStore;
use super::verify::trust_store;
use crate::arguments::Global;
use crate::commands::measured;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks attest chain`.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("who").required(true).args(["public_key", "by_trust_store"])),
    after_help = "\
Example:
  headworks attest chain train.intoto.json upload.sigstore.json deploy.sigstore.json --artifact /srv/models/bert \\
    --public-key trainer.pub --public-key ops.pub

The files are the steps in their order. The first may be any statement about files; each other one has to be a link that
took exactly what the one before made; and the artifact has to be exactly what the last one made."
)]
pub(crate) struct Options {
    /// Signed statements, the first step first
    #[arg(value_name = "FILE", required = true)]
    steps: Vec<PathBuf>,
    /// What the last step made: a file or a directory
    #[arg(long, value_name = "PATH")]
    artifact: PathBuf,
    /// A key that may have signed a step (PEM); repeat for more
    #[arg(long, alias = "public_key", value_name = "FILE")]
    public_key: Vec<PathBuf>,
    #[command(flatten)]
    by: ByTrustStore,
}

/// Whose signature counts.
enum Signers {
    Keys(Vec<PublicKey>),
    Enrolled { store: TrustStore, name: String },
}

pub(super) fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let signers = options.signers(global)?;
    let mut before: Option<Statement> = None;
    for path in &options.steps {
        let said = step(path, &signers, before.as_ref());
        match said {
            Ok(statement) => before = Some(statement),
            Err(error) => return refused(path, &error),
        }
    }
    let found = measured::files(&measured::artifact(&options.artifact)?);
    let left = before.map(|made| not_taken(&made, &found)).unwrap_or_default();
    if let differences @ [_, ..] = left.as_slice() {
        return refused(&options.artifact, &anyhow::anyhow!("not what the last step made: {}", differences.join("; ")));
    }
    let (count, artifact) = (options.steps.len(), options.artifact.display());
    terminal::answer(&format!(
        "verified  `{artifact}` is what {count} steps made, each from what the one before left\n"
    ))?;
    Ok(Exit::Fine)
}

fn refused(path: &Path, error: &anyhow::Error) -> anyhow::Result<Exit> {
    terminal::answer(&format!("REFUSED  `{}`: {error:#}\n", path.display()))?;
    Ok(Exit::Refused)
}

/// The statement of a step, if somebody who counts signed it and it took exactly what the step before made.
fn step(path: &Path, signers: &Signers, before: Option<&Statement>) -> anyhow::Result<Statement> {
    let bytes = fs::read(path).context("cannot be read")?;
    let found = documents(&bytes)?;
    let [Document::Bundle(document) | Document::Envelope(document)] = found.as_slice() else {
        bail!("it holds {} statements; each step is one file with one", found.len());
    };
    let envelope = match Bundle::from_json(document) {
        Ok(bundle) => bundle.envelope,
        Err(_) => Envelope::from_json(document)?,
    };
    let statement = signers.verify(&envelope)?;
    ensure!(!statement.subject.is_empty(), "it made nothing");
    if let Some(before) = before {
        let link = Link::of(&statement)?;
        let differences = not_taken(before, &link.materials);
        ensure!(
            differences.is_empty(),
            "`{}` did not take what the step before made: {}",
            link.name,
            differences.join("; ")
        );
    }
    Ok(statement)
}

impl Options {
    fn signers(&self, global: &Global) -> anyhow::Result<Signers> {
        if self.by.by_trust_store {
            let store = trust_store(global, self.by.trust.clone())?;
            return Ok(Signers::Enrolled { store, name: self.by.name.clone().unwrap_or_default() });
        }
        let read = |path: &PathBuf| {
            let pem = fs::read(path).with_context(|| format!("cannot read the public key `{}`", path.display()))?;
            PublicKey::from_pem(&pem).with_context(|| format!("cannot use the public key `{}`", path.display()))
        };
        Ok(Signers::Keys(self.public_key.iter().map(read).collect::<anyhow::Result<_>>()?))
    }
}

impl Signers {
    fn verify(&self, envelope: &Envelope) -> anyhow::Result<Statement> {
        let by = |key: &PublicKey| Statement::verify(envelope, key).ok();
        let (store, name) = match self {
            Self::Keys(keys) => return keys.iter().find_map(by).context("none of the keys signed it"),
            Self::Enrolled { store, name } => (store, name),
        };
        let keys = store.keys.iter().filter_map(|key| PublicKey::from_pem(key.pem.as_bytes()).ok());
        let found = keys.filter_map(|key| Some((by(&key)?, key))).next();
        let (statement, key) = found.context("no key of the trust store signed it")?;
        let when = When { now_ms: terminal::now().as_millisecond(), signed_ms: None };
        match store.decide(SignedBy::Key(key.digest()), Role::Provenance, name, when) {
            Decision::Enrolled { .. } => Ok(statement),
            _ => bail!("its signer may not say how `{name}` was made\nhint: `headworks trust list` shows who may"),
        }
    }
}
