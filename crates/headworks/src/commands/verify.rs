use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use headworks_attest::keyless::{Identity, TrustedRoot};
use headworks_attest::oms::{Comparison, Layout, Manifest, OmsError, Signature, Tolerance};
use headworks_attest::{Certificate, PublicKey, TimestampAuthority};
use headworks_gate::signing::{Links, ModelFiles, verify_contents, verify_into};
use serde::Serialize;

use super::model_paths::ModelPaths;
use super::sign::read_certificates;
use crate::exit::Exit;
use crate::terminal;

/// Name and version of the JSON answer's layout.
const SCHEMA: &str = "headworks/verification/v1";

/// Uncovered paths that the text answer lists.
const LISTED_MAX: usize = 20;

/// How `headworks verify` verifies.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  headworks verify key ./model --public-key signing-pub.pem --signature model.sig
  headworks verify certificate ./model --certificate-chain root.pem --signature model.sig
  headworks verify sigstore ./model --identity dev@acme.example --identity-provider https://accounts.acme.example

Exit code 0 only when the signature holds and every file agrees with it. What the signature does not cover is
listed: it says nothing about those files.")]
pub(crate) enum Command {
    /// Verify with the public key of the signer
    Key(KeyOptions),
    /// Verify with the root that the signer's certificate leads to
    Certificate(CertificateOptions),
    /// Verify a keyless signature by the identity of the signer and who vouches for it
    Sigstore(SigstoreOptions),
}

/// Options of `headworks verify key`.
#[derive(Debug, Args)]
pub(crate) struct KeyOptions {
    #[command(flatten)]
    model: VerifiedModel,
    /// The public key (PEM)
    #[arg(long, alias = "public_key", value_name = "FILE")]
    public_key: PathBuf,
}

/// Options of `headworks verify certificate`.
#[derive(Debug, Args)]
pub(crate) struct CertificateOptions {
    #[command(flatten)]
    model: VerifiedModel,
    /// A root, or a certificate on the way to it (PEM); repeat for more
    #[arg(long, alias = "certificate_chain", value_name = "FILE", required = true)]
    certificate_chain: Vec<PathBuf>,
    /// Certificates of a timestamp authority (PEM, its own first, its root last); an expired signer counts when
    /// this authority saw the signature while the certificate was valid
    #[arg(long, value_name = "FILE")]
    timestamp_authority: Vec<PathBuf>,
    /// Show the fingerprints of the signer's certificates
    #[arg(long, alias = "log_fingerprints")]
    log_fingerprints: bool,
}

/// Options of `headworks verify sigstore`.
#[derive(Debug, Args)]
pub(crate) struct SigstoreOptions {
    #[command(flatten)]
    model: VerifiedModel,
    /// Who is to have signed, exactly: an e-mail address or a URI
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// Who is to vouch for that identity: the issuer
    #[arg(long, alias = "identity_provider", value_name = "URL")]
    identity_provider: String,
    /// Trusted root in place of the public one (JSON: a trusted root, or a client's trust configuration)
    #[arg(long, alias = "trust_config", value_name = "FILE")]
    trust_config: Option<PathBuf>,
    /// Verify with the root of the staging instance, whose identities anybody can have
    #[arg(long, alias = "use_staging", conflicts_with = "trust_config")]
    use_staging: bool,
}

#[derive(Debug, Args)]
struct VerifiedModel {
    #[command(flatten)]
    paths: ModelPaths,
    /// List files that are not signed instead of failing
    #[arg(long, alias = "ignore_unsigned_files")]
    ignore_unsigned_files: bool,
    /// Read what signers before OMS v1.1 wrote: the key's hint or even the encoding is missing, the key must still verify
    #[arg(long)]
    allow_legacy_unsafe: bool,
    /// Copy the signed files to this empty directory while they are verified: what is there was verified,
    /// whatever happens to MODEL meanwhile; nothing is there when something differs
    #[arg(long, value_name = "DIR")]
    copy_to: Option<PathBuf>,
    /// How to answer
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// The answer.
#[derive(Debug, Default, Serialize)]
struct Verification {
    schema: &'static str,
    model: String,
    signature: String,
    verified: bool,
    method: &'static str,
    layout: Option<&'static str>,
    /// Who signed, when that could be established.
    signer: Option<Signer>,
    /// SHA-256 over the digests of all signed files.
    root: Option<String>,
    signed_as: Option<String>,
    covered_files: usize,
    covered_bytes: u64,
    problems: Vec<String>,
    uncovered: Vec<Uncovered>,
}

#[derive(Debug, Clone, Default, Serialize)]
struct Signer {
    /// Digest of the public key.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// A keyless identity and its issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    /// The verified path, the signer's certificate first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    certificates: Vec<CertificateAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamped: Option<bool>,
}

#[derive(Debug, Clone, Serialize)]
struct CertificateAnswer {
    subject: String,
    digest: String,
}

#[derive(Debug, Serialize)]
struct Uncovered {
    path: String,
    reason: &'static str,
}

pub(crate) fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Key(options) => {
            let path = &options.public_key;
            let text = fs::read(path).with_context(|| format!("cannot read the public key `{}`", path.display()))?;
            let key = PublicKey::from_pem(&text)
                .with_context(|| format!("cannot use the public key `{}`", path.display()))?;
            options.model.answer("key", |signature| {
                let signer = Signer { key: Some(key.digest().to_string()), ..Signer::default() };
                Ok((signature.verify_key(&key)?, signer))
            })
        }
        Command::Certificate(options) => {
            let read =
                |paths: &[PathBuf]| paths.iter().map(|path| read_certificates(path)).collect::<Result<Vec<_>, _>>();
            let roots: Vec<Certificate> = read(&options.certificate_chain)?.into_iter().flatten().collect();
            let authorities = read(&options.timestamp_authority)?;
            let authorities: Vec<_> =
                authorities.iter().map(|chain| TimestampAuthority::new(chain)).collect::<Result<_, _>>()?;
            let now = u64::try_from(terminal::now().as_second()).unwrap_or_default();
            options.model.answer("certificate", |signature| {
                let certified = signature.verify_certificate(&roots, &authorities, now)?;
                if options.log_fingerprints {
                    certified
                        .path
                        .iter()
                        .for_each(|each| terminal::note(&format!("{}  {}", each.digest(), each.subject())));
                }
                let signer = Signer {
                    key: certified.path.first().map(|leaf| leaf.key().digest().to_string()),
                    identity: None,
                    certificates: certified.path.iter().map(CertificateAnswer::of).collect(),
                    checked_at: Some(certified.checked_at),
                    timestamped: Some(certified.timestamped),
                };
                Ok((certified.manifest, signer))
            })
        }
        Command::Sigstore(options) => {
            let wanted = Identity::new(&options.identity, &options.identity_provider)?;
            let root = options.root()?;
            let now_ms = terminal::now().as_millisecond();
            options.model.answer("sigstore", |signature| {
                let (manifest, authenticated) = signature.authenticate_keyless(&root, now_ms)?;
                let verified = authenticated.expect(&wanted)?;
                Ok((manifest, Signer { identity: Some(verified.signer.to_string()), ..Signer::default() }))
            })
        }
    }
}

impl SigstoreOptions {
    fn root(&self) -> anyhow::Result<TrustedRoot> {
        let Some(path) = &self.trust_config else {
            return Ok(if self.use_staging { TrustedRoot::staging()? } else { TrustedRoot::production()? });
        };
        let bytes = fs::read(path).with_context(|| format!("cannot read the trusted root `{}`", path.display()))?;
        let document = headworks_attest::json::value(&bytes).with_context(|| format!("`{}`", path.display()))?;
        // A client's trust configuration holds the root beside the addresses for signing.
        let root = document.get("trustedRoot").map_or(bytes, |root| root.to_string().into_bytes());
        TrustedRoot::from_json(&root).with_context(|| format!("cannot use the trusted root `{}`", path.display()))
    }
}

impl VerifiedModel {
    fn answer(
        &self,
        method: &'static str,
        verify: impl FnOnce(&Signature) -> Result<(Manifest, Signer), OmsError>,
    ) -> anyhow::Result<Exit> {
        let path = &self.paths.signature;
        let bundle = fs::read(path).with_context(|| format!("cannot read the signature `{}`", path.display()))?;
        let mut answer = Verification {
            schema: SCHEMA,
            model: self.paths.model.display().to_string(),
            signature: path.display().to_string(),
            method,
            ..Verification::default()
        };
        match Signature::read(&bundle, self.allow_legacy_unsafe).and_then(|signature| verify(&signature)) {
            Ok((manifest, signer)) => {
                answer.signer = Some(signer);
                answer.compared(&manifest, &self.compare(&manifest)?);
            }
            Err(error) => answer.problems.push(explained(&error)),
        }
        let text = match self.format {
            Format::Text => answer.text(),
            Format::Json => serde_json::to_string_pretty(&answer)? + "\n",
        };
        terminal::answer(&text)?;
        Ok(if answer.verified { Exit::Fine } else { Exit::Refused })
    }

    fn compare(&self, manifest: &Manifest) -> anyhow::Result<Comparison> {
        let links = if manifest.serialization.allow_symlinks { Links::WithinModel } else { Links::Refuse };
        let files = ModelFiles::list(&self.paths.model, links)?;
        let tolerance = Tolerance {
            ignore_paths: self.paths.ignored(&files)?,
            signature_path: self.paths.signature_within(&files),
            ignore_unsigned_files: self.ignore_unsigned_files,
        };
        let Some(target) = &self.copy_to else { return Ok(verify_contents(&files, manifest, &tolerance)) };
        verify_into(&files, manifest, &tolerance, target)
            .with_context(|| format!("cannot copy to `{}`", target.display()))
    }
}

impl Verification {
    fn compared(&mut self, manifest: &Manifest, comparison: &Comparison) {
        self.verified = comparison.agrees();
        self.layout = Some(layout(manifest.layout));
        self.root = Some(manifest.root.to_string());
        self.signed_as = Some(manifest.name.clone());
        self.covered_files = comparison.covered_files;
        self.covered_bytes = comparison.covered_bytes;
        self.problems = comparison.problems.iter().map(ToString::to_string).collect();
        let uncovered = comparison.uncovered.iter();
        self.uncovered =
            uncovered.map(|each| Uncovered { path: each.path.clone(), reason: each.reason.describe() }).collect();
    }

    fn text(&self) -> String {
        let mut text = format!("{}  `{}`\n", if self.verified { "verified" } else { "NOT VERIFIED" }, self.model);
        for problem in self.problems.iter().take(LISTED_MAX) {
            text.push_str(&format!("  {}\n", problem.replace('\n', "\n  ")));
        }
        text.push_str(&rest(self.problems.len()));
        if let Some(signer) = &self.signer {
            text.push_str(&signer.text());
        }
        if self.verified {
            let (files, bytes) = (self.covered_files, self.covered_bytes);
            text.push_str(&format!("  covers {files} {}, {bytes} bytes\n", if files == 1 { "file" } else { "files" }));
        }
        if !self.uncovered.is_empty() {
            text.push_str("  not covered by the signature:\n");
            for each in self.uncovered.iter().take(LISTED_MAX) {
                text.push_str(&format!("    {}  ({})\n", each.path.escape_debug(), each.reason));
            }
            text.push_str(&rest(self.uncovered.len()));
        }
        text
    }
}

impl Signer {
    fn text(&self) -> String {
        let key = self.key.iter().map(|key| format!("the key {key}"));
        let who = key.chain(self.identity.clone()).collect::<Vec<_>>().join(", ");
        let mut text = format!("  signed by {}\n", who.escape_debug());
        for certificate in &self.certificates {
            text.push_str(&format!("    {}  {}\n", certificate.digest, certificate.subject.escape_debug()));
        }
        text
    }
}

impl CertificateAnswer {
    fn of(certificate: &Certificate) -> Self {
        Self { subject: certificate.subject(), digest: certificate.digest().to_string() }
    }
}

fn rest(count: usize) -> String {
    match count.checked_sub(LISTED_MAX) {
        Some(more @ 1..) => format!("    and {more} more; --format json lists all\n"),
        _ => String::new(),
    }
}

fn layout(layout: Layout) -> &'static str {
    match layout {
        Layout::V1 => "oms-v1.0",
        Layout::BeforeV1_1 => "before-v1.1",
        Layout::Digests => "digests-v0.1",
    }
}

fn explained(error: &OmsError) -> String {
    let hint = match error {
        OmsError::LegacyForm | OmsError::Manifest(headworks_attest::oms::ManifestError::LegacyLayout) => {
            "\nhint: --allow-legacy-unsafe reads it; better, sign the model again"
        }
        OmsError::Method { made, .. } => return format!("{error}\nhint: use `headworks verify {made}`"),
        _ => "",
    };
    format!("{error}{hint}")
}
