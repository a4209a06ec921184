use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::{ArgGroup, Args};
use headworks_attest::assessment::{About, Assessed, Content, Judge, Signatory, assess, by_certificate};
use headworks_attest::keyless::{self, Identity, Signed, Subject, TrustedRoot};
use headworks_attest::provenance::{Document, Predicate, documents};
use headworks_attest::trust::{Decision, Moment};
use headworks_attest::{Bundle, Certificate, Envelope, PublicKey, Statement, TrustStore};
use serde::Serialize;

use super::subject::Named;
use super::{ByTrustStore, Format};
use crate::arguments::Global;
use crate::commands::trusted_root;
use crate::exit::Exit;
use crate::settings::{Given, Settings};
use crate::terminal;

/// Name and version of the JSON answer's layout.
const SCHEMA: &str = "headworks/attestations/v1";

/// Options of `headworks attest verify`.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("who").required(true).args(["public_key", "certificate_chain", "certificate_identity", "by_trust_store"])),
    after_help = "\
Examples:
  headworks attest verify build.sigstore.json --artifact model.safetensors --type https://slsa.dev/provenance/v1 \\
    --certificate-identity 'https://github.com/acme/model/.github/workflows/release.yml@refs/tags/*' \\
    --certificate-oidc-issuer https://token.actions.githubusercontent.com
  headworks attest verify tests.json --artifact sha256:1f0c…9a44 --public-key acme.pem
  headworks attest verify *.json --artifact model.safetensors --by-trust-store --name pkg:huggingface/acme/model

A file may be a Sigstore bundle, a DSSE envelope, one of them a line, the attestations that npm and GitHub answer with, or a
provenance object of PyPI. Nothing is fetched. With --type, statements of another type are passed over, and one of this
type has to be there."
)]
pub(crate) struct Options {
    /// Files of attestations
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// What they are to be about: a file, `sha256:…`, `sha512:…` or `gitCommit:…`
    #[arg(long, value_name = "PATH|DIGEST")]
    artifact: Named,
    /// Type of the predicate that is asked for, exactly
    #[arg(long = "type", value_name = "URI")]
    predicate_type: Option<String>,
    /// The public key that has to have signed (PEM)
    #[arg(long, alias = "public_key", value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// A root that the signer's certificate has to lead to (PEM); intermediate ones may be added
    #[arg(long, alias = "certificate_chain", value_name = "FILE")]
    certificate_chain: Vec<PathBuf>,
    /// The identity that has to have signed: exactly, or a workflow whose ref has segments that are `*`
    #[arg(long, value_name = "NAME", requires = "certificate_oidc_issuer")]
    certificate_identity: Option<String>,
    /// Who has to vouch for the identity
    #[arg(long, value_name = "URL", requires = "certificate_identity")]
    certificate_oidc_issuer: Option<String>,
    /// The number of the repository's owner, against names that were taken over
    #[arg(long, value_name = "NUMBER", requires = "certificate_identity")]
    certificate_owner_id: Option<String>,
    #[command(flatten)]
    by: ByTrustStore,
    /// Whose certificates and logs count: `production`, `staging`, `github`, or a trusted_root.json
    #[arg(long, value_name = "ROOT", default_value = "production")]
    trusted_root: String,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The answer.
#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    verified: bool,
    attestations: Vec<Judged>,
}

/// One attestation and what became of it.
#[derive(Serialize)]
struct Judged {
    file: String,
    /// Where in the file, from 0.
    index: usize,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    found: Option<Found>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Verified,
    Refused,
    /// The signature holds; whether its maker still counts is not established.
    Held,
    /// It is of another type than was asked for, and was not looked at.
    PassedOver,
}

/// What a signature that holds shows.
#[derive(Serialize)]
struct Found {
    signer: Signatory,
    logged: bool,
    signed_at: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Predicate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<Statement>,
}

/// Who has to have signed.
enum Wanted {
    Key(PublicKey),
    Certificate(Vec<Certificate>),
    Identity(Identity),
    Enrolled { store: TrustStore, name: String },
}

pub(super) fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let wanted = options.wanted(global)?;
    let root = trusted_root::read(&options.trusted_root)?.root;
    let artifact = options.artifact.read()?;
    let subject = artifact.subject()?;
    let mut attestations = Vec::new();
    for path in &options.files {
        let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let found = documents(&bytes).with_context(|| format!("cannot use `{}`", path.display()))?;
        for (index, document) in found.iter().enumerate() {
            let judged = judge(document, subject, &wanted, &root, options.predicate_type.as_deref());
            attestations.push(Judged { file: path.display().to_string(), index, ..judged });
        }
    }
    let exit = exit(&attestations);
    let answer = Answer { schema: SCHEMA, verified: exit == Exit::Fine, attestations };
    terminal::answer(&match options.format {
        Format::Json => serde_json::to_string_pretty(&answer)? + "\n",
        Format::Text => answer.text(),
    })?;
    Ok(exit)
}

/// Nothing that is verified is a refusal: what was asked for is missing.
fn exit(attestations: &[Judged]) -> Exit {
    let any = |outcome| attestations.iter().any(|judged| judged.outcome == outcome);
    match (any(Outcome::Refused), any(Outcome::Held), any(Outcome::Verified)) {
        (true, ..) => Exit::Refused,
        (false, true, _) => Exit::Held,
        (false, false, true) => Exit::Fine,
        (false, false, false) => Exit::Refused,
    }
}

impl Options {
    fn wanted(&self, global: &Global) -> anyhow::Result<Wanted> {
        if let Some(path) = &self.public_key {
            let pem = fs::read(path).with_context(|| format!("cannot read the public key `{}`", path.display()))?;
            let key = PublicKey::from_pem(&pem);
            return Ok(Wanted::Key(key.with_context(|| format!("cannot use the public key `{}`", path.display()))?));
        }
        if !self.certificate_chain.is_empty() {
            let read = |path: &PathBuf| -> anyhow::Result<Vec<Certificate>> {
                let pem =
                    fs::read(path).with_context(|| format!("cannot read the certificate `{}`", path.display()))?;
                Certificate::all_from_pem(&pem)
                    .with_context(|| format!("cannot use the certificate `{}`", path.display()))
            };
            let all = self.certificate_chain.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
            return Ok(Wanted::Certificate(all.concat()));
        }
        if let (Some(name), Some(issuer)) = (&self.certificate_identity, &self.certificate_oidc_issuer) {
            let identity = Identity::new(name, issuer)?;
            return Ok(Wanted::Identity(Identity { owner_id: self.certificate_owner_id.clone(), ..identity }));
        }
        let store = trust_store(global, self.by.trust.clone())?;
        Ok(Wanted::Enrolled { store, name: self.by.name.clone().unwrap_or_default() })
    }
}

/// The trust store that was named, or the one of the settings.
pub(super) fn trust_store(global: &Global, named: Option<PathBuf>) -> anyhow::Result<TrustStore> {
    let path = Settings::resolve(global, Given { trust: named, ..Given::default() }, &[])?.trust.value;
    let text = fs::read_to_string(&path).with_context(|| {
        format!("cannot read the trust store `{}`\nhint: `headworks trust add` makes one", path.display())
    })?;
    TrustStore::parse(&text).with_context(|| format!("cannot use the trust store `{}`", path.display()))
}

fn judge(
    document: &Document,
    subject: Subject<'_>,
    wanted: &Wanted,
    root: &TrustedRoot,
    predicate_type: Option<&str>,
) -> Judged {
    let judged = |outcome, predicate_type, problem, found| Judged {
        file: String::new(),
        index: 0,
        outcome,
        predicate_type,
        problem,
        found,
    };
    let claimed = match document.statement_unverified() {
        Ok(statement) => statement.map(|statement| statement.predicate_type),
        Err(error) => return judged(Outcome::Refused, None, Some(error.to_string()), None),
    };
    if predicate_type.is_some_and(|wanted| claimed.as_deref() != Some(wanted)) {
        return judged(Outcome::PassedOver, claimed, None, None);
    }
    match found(document, subject, wanted, root, predicate_type) {
        Ok(found) => judged(found.outcome(), claimed, found.problem(), Some(found)),
        Err(error) => judged(Outcome::Refused, claimed, Some(format!("{error:#}")), None),
    }
}

fn found(
    document: &Document,
    subject: Subject<'_>,
    wanted: &Wanted,
    root: &TrustedRoot,
    predicate_type: Option<&str>,
) -> anyhow::Result<Found> {
    let now_ms = terminal::now().as_millisecond();
    let (signer, signed, decision) = match (document, wanted) {
        (_, Wanted::Key(key)) => {
            let signed = by_key(document, subject, key, root, now_ms)?;
            (Signatory::Key(key.digest()), signed, None)
        }
        (Document::Envelope(_), Wanted::Identity(_) | Wanted::Certificate(_)) => {
            bail!("it is a bare envelope, which only a key can have signed\nhint: name the key with --public-key")
        }
        (Document::Bundle(bundle), Wanted::Identity(identity)) => {
            let verified = keyless::verify(bundle, subject, identity, root, now_ms)?;
            (Signatory::Identity(Box::new(verified.signer)), verified.signed, None)
        }
        (Document::Bundle(bundle), Wanted::Certificate(roots)) => {
            let seconds = u64::try_from(now_ms.div_euclid(1000)).unwrap_or_default();
            let (statement, path) = by_certificate(&Bundle::from_json(bundle)?, roots, seconds)?;
            let signer = Signatory::Certificates(path.iter().map(Certificate::digest).collect());
            (signer, unlogged(statement, subject)?, None)
        }
        (_, Wanted::Enrolled { store, name }) => by_anybody(document, subject, store, name, root, now_ms)?,
    };
    let says = match (&signed.statement, predicate_type) {
        (Some(statement), Some(wanted)) => Some(Predicate::expect(statement, wanted)?),
        (Some(statement), None) => Some(Predicate::of(statement)?),
        (None, _) => None,
    };
    let signed_at = signed.times_ms.iter().map(|&ms| Moment::from_ms(ms).to_string()).collect();
    Ok(Found { signer, logged: signed.logged, signed_at, decision, says, statement: signed.statement })
}

fn by_key(
    document: &Document,
    subject: Subject<'_>,
    key: &PublicKey,
    root: &TrustedRoot,
    now_ms: i64,
) -> anyhow::Result<Signed> {
    match document {
        Document::Bundle(bundle) => Ok(keyless::verify_key(bundle, subject, key, root, now_ms)?),
        Document::Envelope(envelope) => unlogged(Statement::verify(&Envelope::from_json(envelope)?, key)?, subject),
    }
}

/// A verified statement that no log shows, if it is about the subject.
fn unlogged(statement: Statement, subject: Subject<'_>) -> anyhow::Result<Signed> {
    ensure!(subject.is_of(&statement), "it is about another artifact");
    Ok(Signed { statement: Some(statement), logged: false, integrated_time_ms: None, times_ms: Vec::new() })
}

/// By whoever the trust store has; it decides what that is worth.
fn by_anybody(
    document: &Document,
    subject: Subject<'_>,
    store: &TrustStore,
    name: &str,
    root: &TrustedRoot,
    now_ms: i64,
) -> anyhow::Result<(Signatory, Signed, Option<Decision>)> {
    let (Document::Bundle(bytes) | Document::Envelope(bytes)) = document;
    let about = About { name, subjects: &[subject] };
    let Assessed { signer, decision, logged, times_ms, content } =
        assess(bytes, about, Judge { store, roots: std::slice::from_ref(root), now_ms })?;
    let statement = match content {
        Content::Statement(statement) => Some(statement),
        Content::Artifact => None,
        Content::Manifest(_) => bail!("it signs the files of a model\nhint: `headworks verify` compares those"),
    };
    Ok((signer, Signed { statement, logged, integrated_time_ms: None, times_ms }, Some(decision)))
}

impl Found {
    fn outcome(&self) -> Outcome {
        match self.decision {
            None | Some(Decision::Enrolled { .. }) => Outcome::Verified,
            Some(Decision::Stale { .. }) => Outcome::Held,
            Some(_) => Outcome::Refused,
        }
    }

    fn problem(&self) -> Option<String> {
        Some(match self.decision.as_ref()? {
            Decision::Enrolled { .. } => return None,
            Decision::Unknown => "the signature holds, but nobody enrolled who made it".to_owned(),
            Decision::NotForThis { publisher } => {
                format!("the signature holds, but `{publisher}` may not sign this artifact in this role")
            }
            Decision::Revoked { since, reason } => {
                format!("the signature holds, but who made it is revoked since {since}: {reason}")
            }
            Decision::OutOfWindow { publisher } => {
                format!("the signature holds, but not within the time for which `{publisher}` has this key or identity")
            }
            Decision::Stale { reviewed, .. } => {
                let last = reviewed.map_or_else(|| "never".to_owned(), |at| format!("last {at}"));
                format!("the signature holds, but revocations were {last} reviewed\nhint: run `headworks trust review`")
            }
        })
    }
}

impl Answer {
    fn text(&self) -> String {
        self.attestations.iter().map(Judged::text).collect()
    }
}

impl Judged {
    fn text(&self) -> String {
        let word = match self.outcome {
            Outcome::Verified => "verified",
            Outcome::Refused => "REFUSED",
            Outcome::Held => "HELD",
            Outcome::PassedOver => "passed over",
        };
        let what = self.predicate_type.as_deref().unwrap_or("no statement");
        let mut text = format!("{word:<11}  `{}` #{}  {}\n", self.file, self.index, what.escape_debug());
        if let Some(problem) = &self.problem {
            // A problem may repeat a name from a certificate, which could hold what moves a terminal's cursor.
            let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
            let lines = problem.lines().map(|line| format!("  {}\n", line.chars().map(plain).collect::<String>()));
            text.extend(lines);
        }
        if let Some(Found { signer, logged, signed_at, .. }) = &self.found {
            text.push_str(&match signer {
                Signatory::Key(digest) => format!("  signed by the key {digest}\n"),
                Signatory::Certificates(_) => format!("  signed by the certificate {signer}\n"),
                Signatory::Identity(signer) => format!("  signed by {}\n", signer.to_string().escape_debug()),
            });
            let log = if *logged { "shown by a log" } else { "not shown by a log" };
            let times = if signed_at.is_empty() { "at no proven time".to_owned() } else { signed_at.join(", ") };
            text.push_str(&format!("  {log}, {times}\n"));
        }
        text
    }
}
