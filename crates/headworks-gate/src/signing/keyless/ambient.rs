//! Tokens that a build service offers to its jobs.

use ambient_id::{Detector, Error, GitHubError};
use sigstore_sign::reqwest::Url;

use super::instance::Address;
use super::token::{Token, TokenProblem};
use super::{KeylessSigningError, client, in_runtime};

/// Where GitHub's jobs get their token; what they show for it is sent there.
const GITHUB_ADDRESS: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";

impl Token {
    /// The token that the build service around this process offers for `audience`: GitHub, GitLab, Buildkite or
    /// CircleCI.
    ///
    /// # Errors
    /// When there is no such service, it gives none, or gives one that cannot be used.
    pub fn ambient(audience: &str) -> Result<Self, KeylessSigningError> {
        let address = std::env::var(GITHUB_ADDRESS).ok();
        let reached =
            address.as_deref().map(|address| Address::of(address).ok_or(TokenProblem::Address(host(address))));
        let detector = Detector::new_with_client(client(reached.transpose()? == Some(Address::Local))?);
        let found = in_runtime(async { Ok(detector.detect(audience).await) })?;
        let token = found.map_err(|error| not_given(&error))?.ok_or(TokenProblem::NotOffered)?;
        Ok(Self::read(token.reveal(), audience)?)
    }
}

/// The part of an address that holds no secret.
fn host(address: &str) -> String {
    Url::parse(address).map_or_else(|_| "?".to_owned(), |url| url.origin().ascii_serialization())
}

/// What the library says, without addresses and answers, which can hold secrets.
fn not_given(error: &Error) -> TokenProblem {
    let (service, answer) = match error {
        Error::GitHubActions(GitHubError::InsufficientPermissions(what)) => ("GitHub", (*what).to_owned()),
        Error::GitHubActions(GitHubError::Request(_)) => ("GitHub", "the request for it failed".to_owned()),
        Error::GitLabCI(error) => ("GitLab", error.to_string()),
        Error::Buildkite(_) => ("Buildkite", "its agent failed".to_owned()),
        Error::CircleCI(_) => ("CircleCI", "its agent failed".to_owned()),
    };
    TokenProblem::NotGiven { service, answer }
}
