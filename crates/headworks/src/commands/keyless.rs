//! What keyless signing asks of its user: who they are, and which services certify and log it.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use headworks_gate::signing::keyless::{Instance, InstanceError, KeylessSigningError, ToSign, Token, TokenProblem};

use crate::terminal;

#[derive(Debug, Args)]
pub(crate) struct KeylessOptions {
    /// The identity token of an issuer that the certificate authority knows. Other users of a machine can see the
    /// arguments of a command, so better pass it in the environment
    #[arg(
        long,
        alias = "identity_token",
        env = "HEADWORKS_IDENTITY_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    identity_token: Option<Secret>,
    /// Without a token, take the one that the build service around offers: GitHub, GitLab, Buildkite, CircleCI
    #[arg(long, alias = "use_ambient_credentials")]
    use_ambient_credentials: bool,
    /// For whom the token has to be
    #[arg(long, alias = "client_id", value_name = "NAME", default_value = "sigstore")]
    client_id: String,
    /// The name that the certificate has to have; for issuers whose tokens do not tell
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
    /// Sign with these services in place of the public ones (JSON: a client's trust configuration)
    #[arg(long, alias = "trust_config", value_name = "FILE")]
    trust_config: Option<PathBuf>,
    /// Sign with the staging instance, whose signatures nobody should rely on
    #[arg(long, alias = "use_staging", conflicts_with = "trust_config")]
    use_staging: bool,
}

/// A text that is not shown to whoever prints its owner.
#[derive(Clone)]
struct Secret(String);

/// Options whose files and token were read.
pub(crate) struct Keyless<'a> {
    options: &'a KeylessOptions,
    instance: Instance,
    token: Option<Token>,
}

impl KeylessOptions {
    /// Reads what is given, so that a mistake shows before anything is hashed.
    pub(crate) fn read(&self) -> anyhow::Result<Keyless<'_>> {
        let token = self.identity_token.as_ref().map(|Secret(text)| Token::read(text, &self.client_id)).transpose();
        let token = token.map_err(|problem| explained(&problem.into()))?;
        anyhow::ensure!(
            token.is_some() || self.use_ambient_credentials,
            "keyless signing needs an identity token\n\
             hint: pass one in HEADWORKS_IDENTITY_TOKEN, or --use-ambient-credentials in a build job"
        );
        if let Some(token) = &token {
            token.identity(self.identity.as_deref()).map_err(|problem| explained(&problem.into()))?;
            token.expect_alive(now_ms()).map_err(|problem| explained(&problem.into()))?;
        }
        Ok(Keyless { options: self, instance: self.instance()?, token })
    }

    fn instance(&self) -> anyhow::Result<Instance> {
        let Some(path) = &self.trust_config else {
            return Ok(if self.use_staging { Instance::staging()? } else { Instance::production()? });
        };
        let shown = path.display();
        let bytes = fs::read(path).with_context(|| format!("cannot read the trust configuration `{shown}`"))?;
        Instance::from_trust_config(&bytes)
            .map_err(|error| explained(&error.into()))
            .with_context(|| format!("cannot use the trust configuration `{shown}`"))
    }
}

impl Keyless<'_> {
    /// A bundle of the statement. It was verified; what did not verify is an error.
    pub(crate) fn sign(&self, to_sign: ToSign<'_>) -> anyhow::Result<Vec<u8>> {
        self.signed(to_sign).map_err(|error| explained(&error))
    }

    fn signed(&self, to_sign: ToSign<'_>) -> Result<Vec<u8>, KeylessSigningError> {
        let token = match &self.token {
            Some(token) => token.clone(),
            // Only now, because it lives for minutes.
            None => Token::ambient(&self.options.client_id)?,
        };
        let identity = token.identity(self.options.identity.as_deref())?;
        let bundle = self.instance.sign(to_sign, &token, &identity, now_ms)?;
        terminal::note(&format!("signed as {identity}"));
        Ok(bundle)
    }
}

fn now_ms() -> i64 {
    terminal::now().as_millisecond()
}

/// The error with what to do about it.
fn explained(error: &KeylessSigningError) -> anyhow::Error {
    let hint = match error {
        KeylessSigningError::Token(problem) => about_token(problem),
        KeylessSigningError::Instance(InstanceError::Address(_)) => {
            "services that are not on this machine are reached by https only, for they see the token"
        }
        KeylessSigningError::Instance(_) => {
            "--trust-config takes what the operator of the services gives to clients: `trustedRoot` and `signingConfig`"
        }
        KeylessSigningError::Client(_) | KeylessSigningError::Service { .. } => {
            "nothing was written; see whether the services are reached and know the issuer (each request may take 30 s)"
        }
        KeylessSigningError::OtherStatement | KeylessSigningError::Bundle(_) | KeylessSigningError::Unverified(_) => {
            "nothing was written; services, trusted root and the clock of this machine have to agree"
        }
    };
    anyhow::anyhow!("{}\nhint: {hint}", printable(&error.to_string()))
}

/// What a service said or had certified must not speak to the terminal.
fn printable(text: &str) -> String {
    let shown = |c: char| if "\"'\\".contains(c) { c.to_string() } else { c.escape_debug().to_string() };
    text.chars().map(shown).collect()
}

fn about_token(problem: &TokenProblem) -> &'static str {
    match problem {
        TokenProblem::Expired { .. } => "get a new token; it is good for minutes",
        TokenProblem::Audience { .. } => "ask the issuer for one for `sigstore`, or name its audience with --client-id",
        TokenProblem::NoName { .. } | TokenProblem::Name(_) => "say with --identity which name the certificate has",
        TokenProblem::NotOffered => "pass a token in HEADWORKS_IDENTITY_TOKEN",
        TokenProblem::NotGiven { .. } => "let the job have one; on GitHub by `permissions: id-token: write`",
        TokenProblem::Address(_) => "ACTIONS_ID_TOKEN_REQUEST_URL is set by GitHub; nothing else should set it",
        TokenProblem::Size { .. } | TokenProblem::Malformed(_) | TokenProblem::Claim(_) => {
            "pass the whole token as the issuer gave it, three parts with dots between them"
        }
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_says_does_not_speak_to_the_terminal() {
        assert_eq!(
            printable("it's \"a\\b\" \u{1b}[2J\nhint: é\u{202e}"),
            "it's \"a\\b\" \\u{1b}[2J\\nhint: é\\u{202e}"
        );
    }

    #[test]
    fn a_token_is_not_shown_with_the_options_that_have_it() {
        assert_eq!(format!("{:?}", Some(Secret::from("e30.e30.e30".to_owned()))), "Some(Secret)");
    }
}
