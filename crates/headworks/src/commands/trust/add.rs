use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use headworks_attest::PublicKey;
use headworks_attest::trust::{Enrolled, EnrolledIdentity, Moment, NamePattern, Role, Window};

use super::Place;
use super::file::TrustFile;
use crate::arguments::Global;
use crate::commands::sign::read_certificates;
use crate::exit::Exit;
use crate::terminal;

/// By what a publisher signs.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  headworks trust add key acme --public-key acme.pem --role models --signs 'pkg:huggingface/acme/*'
  headworks trust add identity acme --role provenance --signs 'pkg:huggingface/acme/*' \\
    --identity 'https://github.com/acme/model/.github/workflows/release.yml@refs/tags/*' \\
    --issuer https://token.actions.githubusercontent.com --owner-id 7231")]
pub(crate) enum Command {
    /// By a key
    Key(KeyOptions),
    /// By a certificate, or by those issued under it
    Certificate(CertificateOptions),
    /// By a keyless identity
    Identity(IdentityOptions),
}

/// Options of `headworks trust add key`.
#[derive(Debug, Args)]
pub(crate) struct KeyOptions {
    #[command(flatten)]
    enrolment: Enrolment,
    /// The public key (PEM)
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
}

/// Options of `headworks trust add certificate`.
#[derive(Debug, Args)]
pub(crate) struct CertificateOptions {
    #[command(flatten)]
    enrolment: Enrolment,
    /// The certificate (PEM)
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
}

/// Options of `headworks trust add identity`.
#[derive(Debug, Args)]
pub(crate) struct IdentityOptions {
    #[command(flatten)]
    enrolment: Enrolment,
    /// The identity: exactly, or a workflow whose ref has segments that are `*`
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// Who vouches for it
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// The repository's number, against names that were taken over
    #[arg(long, value_name = "NUMBER")]
    repository_id: Option<String>,
    /// The owner's number, against names that were taken over
    #[arg(long, value_name = "NUMBER")]
    owner_id: Option<String>,
}

#[derive(Debug, Args)]
struct Enrolment {
    /// Name of the publisher
    #[arg(value_name = "NAME")]
    name: String,
    /// What it may sign; repeat for more. A new publisher needs one
    #[arg(long, value_name = "ROLE")]
    role: Vec<Role>,
    /// Names of artifacts that it may sign: `*` is one segment, `**` at the end all that follow
    #[arg(long, value_name = "PATTERN")]
    signs: Vec<NamePattern>,
    /// Counts from then on
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// Counts until then
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Key(options) => key(global, options),
        Command::Certificate(options) => certificate(global, options),
        Command::Identity(options) => identity(global, options),
    }
}

fn key(global: &Global, KeyOptions { enrolment, public_key }: KeyOptions) -> anyhow::Result<Exit> {
    let path = public_key.display();
    let pem = fs::read(&public_key).with_context(|| format!("cannot read the public key `{path}`"))?;
    let key = PublicKey::from_pem(&pem).with_context(|| format!("cannot use the public key `{path}`"))?;
    let (mut file, window) = (enrolment.open(global)?, enrolment.window());
    let digest = key.digest();
    file.store.keys.push(Enrolled { publisher: enrolment.name.clone(), digest, window, pem: key.to_pem() });
    enrolment.close(file, &digest.to_string())
}

fn certificate(
    global: &Global,
    CertificateOptions { enrolment, certificate }: CertificateOptions,
) -> anyhow::Result<Exit> {
    let found = read_certificates(&certificate)?;
    let path = certificate.display();
    let [one] = found.as_slice() else { anyhow::bail!("`{path}` holds {} certificates, not one", found.len()) };
    let pem = fs::read_to_string(&certificate).with_context(|| format!("cannot read the certificate `{path}`"))?;
    let (mut file, window) = (enrolment.open(global)?, enrolment.window());
    let digest = one.digest();
    file.store.certificates.push(Enrolled { publisher: enrolment.name.clone(), digest, window, pem });
    enrolment.close(file, &digest.to_string())
}

fn identity(global: &Global, options: IdentityOptions) -> anyhow::Result<Exit> {
    let IdentityOptions { enrolment, identity, issuer, repository_id, owner_id } = options;
    let (mut file, window) = (enrolment.open(global)?, enrolment.window());
    let shown = format!("`{identity}` of `{issuer}`");
    let publisher = enrolment.name.clone();
    file.store.identities.push(EnrolledIdentity { publisher, name: identity, issuer, repository_id, owner_id, window });
    enrolment.close(file, &shown)
}

impl Enrolment {
    fn open(&self, global: &Global) -> anyhow::Result<TrustFile> {
        let mut file = TrustFile::read(global, &self.place)?;
        file.store.publisher(&self.name, &self.role, &self.signs);
        let known = file.store.publishers.iter().find(|publisher| publisher.name == self.name);
        ensure!(
            known.is_some_and(|publisher| !publisher.roles.is_empty() && !publisher.signs.is_empty()),
            "`{}` is a new publisher, and nothing says what it may sign\n\
             hint: add --role, such as `--role models`, and --signs, such as `--signs 'pkg:huggingface/{}/*'`",
            self.name,
            self.name
        );
        Ok(file)
    }

    fn window(&self) -> Window {
        Window { from: self.from, until: self.until }
    }

    fn close(&self, file: TrustFile, what: &str) -> anyhow::Result<Exit> {
        file.write()?;
        terminal::answer(&format!("+ {}  {what}\n", self.name))?;
        Ok(Exit::Fine)
    }
}
