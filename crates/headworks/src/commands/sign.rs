use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand};
use headworks_attest::oms::{self, GIT_PATHS, Manifest, Serialization, Signer};
use headworks_attest::{Certificate, SigningKey};
use headworks_gate::signing::{Links, Measured, ModelFiles, make_manifest};

use super::model_paths::ModelPaths;
use crate::exit::Exit;
use crate::terminal;

#[cfg(feature = "keyless")]
mod sigstore;
#[cfg(feature = "pkcs11")]
mod token;

/// How `headworks sign` signs.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  headworks sign key ./model --private-key signing.pem --signature model.sig
  headworks sign certificate ./model --private-key signing.pem --signing-certificate leaf.pem --certificate-chain ca.pem

The signature is a bundle of OpenSSF Model Signing v1.0, which `model_signing verify` of the reference accepts.")]
pub(crate) enum Command {
    /// Sign with a private key that verifiers know the public half of
    Key(KeyOptions),
    /// Sign with a private key and the certificates that say whose it is
    Certificate(CertificateOptions),
    /// Sign as somebody whom an issuer vouches for, with a key that is forgotten (keyless)
    #[cfg(feature = "keyless")]
    Sigstore(sigstore::Options),
    /// Sign with a key on a token (PKCS #11)
    #[cfg(feature = "pkcs11")]
    Pkcs11Key(token::KeyOptions),
    /// Sign with a key on a token (PKCS #11) and the certificates that say whose it is
    #[cfg(feature = "pkcs11")]
    Pkcs11Certificate(token::CertificateOptions),
}

/// Options of `headworks sign key`.
#[derive(Debug, Args)]
pub(crate) struct KeyOptions {
    #[command(flatten)]
    model: SignedModel,
    #[command(flatten)]
    key: PrivateKey,
}

/// Options of `headworks sign certificate`.
#[derive(Debug, Args)]
pub(crate) struct CertificateOptions {
    #[command(flatten)]
    model: SignedModel,
    #[command(flatten)]
    key: PrivateKey,
    /// The certificate of the key (PEM)
    #[arg(long, alias = "signing_certificate", value_name = "FILE")]
    signing_certificate: PathBuf,
    /// A certificate between it and the root (PEM); repeat from the issuer upwards
    #[arg(long, alias = "certificate_chain", value_name = "FILE")]
    certificate_chain: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct SignedModel {
    #[command(flatten)]
    paths: ModelPaths,
    /// Sign `.git`, `.gitattributes`, `.github` and `.gitignore` at the root too
    #[arg(long, alias = "no-ignore_git_paths", alias = "no-ignore-git-paths")]
    include_git_paths: bool,
    /// Sign files that symbolic links within the model lead to, under the names of the links
    #[arg(long, alias = "allow_symlinks")]
    allow_symlinks: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PrivateKey {
    /// The private key (PEM; ECDSA on P-256, P-384 or P-521)
    #[arg(long, alias = "private_key", value_name = "FILE")]
    private_key: PathBuf,
    /// Password of the private key
    #[arg(long, env = "HEADWORKS_KEY_PASSWORD", value_name = "TEXT", hide_env_values = true)]
    password: Option<String>,
}

pub(crate) fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Key(options) => {
            let key = options.key.read()?;
            let signer = Signer::Key(key.public()?);
            options.model.sign(&signer, &key)
        }
        Command::Certificate(options) => {
            let key = options.key.read()?;
            let chain = read_chain(&options.signing_certificate, &options.certificate_chain)?;
            options.model.sign(&Signer::Chain(chain), &key)
        }
        #[cfg(feature = "keyless")]
        Command::Sigstore(options) => options.sign(),
        #[cfg(feature = "pkcs11")]
        Command::Pkcs11Key(options) => options.sign(),
        #[cfg(feature = "pkcs11")]
        Command::Pkcs11Certificate(options) => options.sign(),
    }
}

/// The signer's certificate and those above it.
fn read_chain(leaf: &Path, above: &[PathBuf]) -> anyhow::Result<Vec<Certificate>> {
    let paths = std::iter::once(leaf).chain(above.iter().map(PathBuf::as_path));
    let chain = paths.map(read_certificates).collect::<anyhow::Result<Vec<_>>>()?;
    let mut chain: Vec<Certificate> = chain.into_iter().flatten().collect();
    // A self-signed certificate is often named as its own chain.
    chain.dedup_by(|a, b| a.to_der() == b.to_der());
    Ok(chain)
}

impl SignedModel {
    fn sign(&self, signer: &Signer, key: &SigningKey) -> anyhow::Result<Exit> {
        self.write(|manifest| Ok(oms::sign(manifest, signer, key)?.to_json()))
    }

    /// Measures the model, has its manifest signed and writes the signature.
    fn write(&self, sign: impl FnOnce(&Manifest) -> anyhow::Result<Vec<u8>>) -> anyhow::Result<Exit> {
        let Measured { manifest, bytes } = self.measure()?;
        let bundle = sign(&manifest).with_context(|| self.paths.named("cannot sign"))?;
        let signature = &self.paths.signature;
        write_atomically(signature, &bundle)?;
        let count = manifest.resources.len();
        terminal::answer(&format!(
            "Signed {count} {} ({bytes} bytes) of `{}` as {}\n",
            if count == 1 { "file" } else { "files" },
            self.paths.model.display(),
            manifest.root,
        ))?;
        terminal::note(&format!("wrote `{}`", signature.display()));
        Ok(Exit::Fine)
    }

    fn measure(&self) -> anyhow::Result<Measured> {
        let links = if self.allow_symlinks { Links::WithinModel } else { Links::Refuse };
        let files = ModelFiles::list(&self.paths.model, links)?;
        let mut ignored = self.paths.ignored(&files)?;
        ignored.extend(self.paths.signature_within(&files));
        if !self.include_git_paths {
            ignored.extend(GIT_PATHS.map(str::to_owned));
        }
        ignored.sort();
        ignored.dedup();
        let left_out = |path: &str| ignored.iter().any(|ignored| oms::is_within(path, ignored));
        let allow_symlinks = self.allow_symlinks || files.is_hub_snapshot;
        let serialization = Serialization { allow_symlinks, ..Serialization::files(ignored.clone()) };
        make_manifest(&files, serialization, &left_out).map_err(|problems| {
            let model = self.paths.model.display();
            let mut said = format!("cannot sign `{model}`: {}", problems.join("; "));
            if problems.iter().any(|problem| problem.contains("symbolic link")) {
                said.push_str(
                    "\nhint: --allow-symlinks signs what links within the model lead to; --ignore-paths leaves one out",
                );
            }
            anyhow::anyhow!(said)
        })
    }
}

impl PrivateKey {
    pub(crate) fn read(&self) -> anyhow::Result<SigningKey> {
        let path = &self.private_key;
        let text = fs::read(path).with_context(|| format!("cannot read the private key `{}`", path.display()))?;
        let password = self.password.as_deref();
        SigningKey::from_pem(&text, password)
            .with_context(|| format!("cannot use the private key `{}`", path.display()))
    }
}

/// The certificates of a PEM file.
pub(crate) fn read_certificates(path: &Path) -> anyhow::Result<Vec<Certificate>> {
    let text = fs::read(path).with_context(|| format!("cannot read the certificate `{}`", path.display()))?;
    Certificate::all_from_pem(&text).with_context(|| format!("cannot use the certificate `{}`", path.display()))
}

/// Writes beside the target and renames, so that a reader finds a whole signature or the one before.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let Some(name) = path.file_name() else { bail!("`{}` names no file", path.display()) };
    ensure!(!path.is_dir(), "`{}` is a directory\nhint: name the file to write with --signature", path.display());
    let mut staged = name.to_owned();
    staged.push(format!(".{}.partial", std::process::id()));
    let staged = path.with_file_name(staged);
    let written = fs::write(&staged, bytes).and_then(|()| fs::rename(&staged, path));
    written
        .inspect_err(|_| drop(fs::remove_file(&staged)))
        .with_context(|| format!("cannot write `{}`", path.display()))
}
