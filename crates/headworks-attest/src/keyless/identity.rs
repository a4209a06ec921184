//! Who signs keyless: a name that an issuer vouched for.

use std::fmt;

use serde::Serialize;
use sigstore_verify::{SubjectAltName, VerificationResult};

/// The name in a certificate. The kinds matter: a URI that reads like an e-mail address is another name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "name")]
pub enum San {
    /// An e-mail address: a person or an account.
    Email(String),
    /// A URI: a workflow or a workload.
    Uri(String),
}

/// Who signed, as the certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// The name.
    pub san: San,
    /// Who vouched for it.
    pub issuer: String,
    /// What else the issuer said about a build.
    pub claims: Claims,
}

/// What the issuer said about a build (extensions below 1.3.6.1.4.1.57264.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The workflow that signed, with its ref (.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_signer_uri: Option<String>,
    /// Where it ran (.11); `self-hosted` is a machine of the repository's owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner_environment: Option<String>,
    /// The repository that was built (.12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_repository: Option<String>,
    /// Its commit (.13).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_repository_digest: Option<String>,
    /// Its ref (.14).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_repository_ref: Option<String>,
    /// Its number, which a repository that later takes the name does not have (.15).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_repository_id: Option<String>,
    /// Its owner (.16).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_repository_owner: Option<String>,
    /// The owner's number, which an account that later takes the name does not have (.17).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_repository_owner_id: Option<String>,
    /// The workflow at the top, with its ref (.18).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_config_uri: Option<String>,
    /// What set it off (.20).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_trigger: Option<String>,
    /// The very run (.21).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_invocation_uri: Option<String>,
    /// The protected environment that it deployed to (.23).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_environment: Option<String>,
}

/// Who is to have signed: a name together with the issuer that vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name.
    pub san: SanRule,
    /// The issuer, exactly; another one could vouch for the same name.
    pub issuer: String,
    /// The repository's number, against its name being taken over.
    pub repository_id: Option<String>,
    /// The owner's number, against the account's name being taken over.
    pub owner_id: Option<String>,
}

/// Which names are admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SanRule {
    /// This one, of this kind.
    Exact(San),
    /// A workflow, at any of some refs.
    Workflow(WorkflowPattern),
}

/// A workflow with refs of some form: `https://host/org/repo/.github/workflows/f.yml@refs/tags/*`.
///
/// Everything before the first `@` is literal. Of the ref, a segment that is `*` stands for exactly one
/// segment, without `@`; there is no other wildcard, and no regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowPattern {
    text: String,
}

/// Why a text names no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// It is neither an e-mail address nor a URI.
    #[error("`{0}` is neither an e-mail address nor a URI")]
    NoName(String),
    /// A wildcard stands elsewhere than as a whole segment of a ref.
    #[error("`{0}` has a `*` that is not a whole segment after the `@`, as in `@refs/tags/*`")]
    Wildcard(String),
    /// The issuer is missing.
    #[error("an identity needs the issuer that vouches for it")]
    NoIssuer,
}

impl Identity {
    /// An identity as written: an e-mail address, a URI, or a workflow with a pattern of refs.
    ///
    /// # Errors
    /// When the name is none of these or the issuer is missing.
    pub fn new(name: &str, issuer: &str) -> Result<Self, IdentityError> {
        if issuer.is_empty() {
            return Err(IdentityError::NoIssuer);
        }
        Ok(Self { san: SanRule::parse(name)?, issuer: issuer.to_owned(), repository_id: None, owner_id: None })
    }

    /// Whether `signer` is this identity.
    pub fn admits(&self, signer: &Signer) -> bool {
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        self.issuer == signer.issuer
            && self.san.admits(&signer.san)
            && same(&self.repository_id, &signer.claims.source_repository_id)
            && same(&self.owner_id, &signer.claims.source_repository_owner_id)
    }
}

impl San {
    /// A name as written; its kind shows in its form.
    ///
    /// # Errors
    /// When it is neither an e-mail address nor a URI.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        let uri = text.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
        let email = text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
        match (printable, uri, email) {
            (true, true, _) => Ok(Self::Uri(text.to_owned())),
            (true, false, true) => Ok(Self::Email(text.to_owned())),
            _ => Err(IdentityError::NoName(text.to_owned())),
        }
    }

    /// The name without its kind.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(name) | Self::Uri(name) => name,
        }
    }
}

impl SanRule {
    /// A name, or a workflow with a pattern of refs.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        if text.contains('*') {
            WorkflowPattern::parse(text).map(Self::Workflow)
        } else {
            San::parse(text).map(Self::Exact)
        }
    }

    /// Whether this is one of the names.
    pub fn admits(&self, san: &San) -> bool {
        match (self, san) {
            (Self::Exact(wanted), found) => wanted == found,
            (Self::Workflow(pattern), San::Uri(uri)) => pattern.admits(uri),
            (Self::Workflow(_), San::Email(_)) => false,
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Exact(san) => san.as_str(),
            Self::Workflow(pattern) => &pattern.text,
        }
    }
}

impl WorkflowPattern {
    fn parse(text: &str) -> Result<Self, IdentityError> {
        let wildcard = || IdentityError::Wildcard(text.to_owned());
        San::parse(text)?;
        let (workflow, git_ref) = text.split_once('@').ok_or_else(wildcard)?;
        let whole = git_ref.split('/').all(|segment| segment == "*" || !segment.contains('*'));
        match workflow.contains('*') || !whole || !workflow.starts_with("https://") {
            true => Err(wildcard()),
            false => Ok(Self { text: text.to_owned() }),
        }
    }

    /// Whether this is one of the workflow's names.
    pub fn admits(&self, uri: &str) -> bool {
        let (Some((workflow, pattern)), Some((found, git_ref))) = (self.text.split_once('@'), uri.split_once('@'))
        else {
            return false;
        };
        let admits = |(wanted, found): (&str, &str)| match wanted {
            "*" => !found.is_empty() && !found.contains('@'),
            literal => literal == found,
        };
        workflow == found
            && pattern.split('/').count() == git_ref.split('/').count()
            && pattern.split('/').zip(git_ref.split('/')).all(admits)
    }
}

impl Signer {
    /// The signer of a certificate; one that names no issuer counts only when an `authority` stands for it.
    pub(super) fn of(result: &VerificationResult, authority: Option<&str>) -> Option<Self> {
        let san = match result.identity()? {
            SubjectAltName::Email(name) => San::Email(name.clone()),
            SubjectAltName::Uri(name) => San::Uri(name.clone()),
            _ => return None,
        };
        let claims = result.certificate()?.ci_claims.clone();
        Some(Self {
            san,
            issuer: result.issuer().or(authority)?.to_owned(),
            claims: Claims {
                build_signer_uri: claims.build_signer_uri,
                runner_environment: claims.runner_environment,
                source_repository: claims.source_repository_uri,
                source_repository_digest: claims.source_repository_digest,
                source_repository_ref: claims.source_repository_ref,
                source_repository_id: claims.source_repository_identifier,
                source_repository_owner: claims.source_repository_owner_uri,
                source_repository_owner_id: claims.source_repository_owner_identifier,
                build_config_uri: claims.build_config_uri,
                build_trigger: claims.build_trigger,
                run_invocation_uri: claims.run_invocation_uri,
                deployment_environment: claims.deployment_environment,
            },
        })
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { san, issuer, .. } = self;
        write!(f, "`{}` of `{issuer}`", san.as_str())
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { san, issuer, repository_id, owner_id } = self;
        write!(f, "`{}` of `{issuer}`", san.as_str())?;
        for (what, id) in [("repository", repository_id), ("owner", owner_id)] {
            if let Some(id) = id {
                write!(f, " with {what} id {id}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://token.actions.githubusercontent.com";

    fn signer(name: &str) -> Signer {
        let claims = Claims { source_repository_owner_id: Some("7".into()), ..Claims::default() };
        Signer { san: San::parse(name).unwrap(), issuer: ISSUER.into(), claims }
    }

    #[test]
    fn an_identity_is_matched_exactly_and_with_its_issuer() {
        let name = "https://github.com/acme/model/.github/workflows/release.yml@refs/tags/v1";
        let identity = Identity::new(name, ISSUER).unwrap();
        assert!(identity.admits(&signer(name)));
        for other in [&name[..name.len() - 1], &format!("{name}0"), &format!("x{name}"), &name.to_uppercase()] {
            assert!(!identity.admits(&signer(other)), "{other}");
        }
        let elsewhere = Identity::new(name, "https://issuer.invalid").unwrap();
        assert!(!elsewhere.admits(&signer(name)));
        assert_eq!(Identity::new(name, ""), Err(IdentityError::NoIssuer));
    }

    #[test]
    fn a_uri_that_reads_like_an_address_is_no_address() {
        let identity = Identity::new("ann@acme.invalid", ISSUER).unwrap();
        assert!(identity.admits(&signer("ann@acme.invalid")));
        let uri = Signer { san: San::Uri("ann@acme.invalid".into()), ..signer("ann@acme.invalid") };
        assert!(!identity.admits(&uri));
    }

    #[test]
    fn the_number_of_the_owner_holds_against_a_name_that_was_taken_over() {
        let name = "https://github.com/acme/model/.github/workflows/release.yml@refs/tags/v1";
        let with = |id: &str| Identity { owner_id: Some(id.into()), ..Identity::new(name, ISSUER).unwrap() };
        assert!(with("7").admits(&signer(name)));
        assert!(!with("8").admits(&signer(name)));
    }

    #[test]
    fn a_pattern_stands_for_one_segment_of_the_ref_and_nothing_else() {
        let rule = SanRule::parse("https://github.com/acme/model/.github/workflows/release.yml@refs/tags/*").unwrap();
        let at = |rest: &str| San::Uri(format!("https://github.com/acme/model/.github/workflows/release.yml{rest}"));
        assert!(rule.admits(&at("@refs/tags/v1.2")));
        for other in ["@refs/heads/main", "@refs/tags/", "@refs/tags/v1/x", "@x@refs/tags/v1", "@refs/tags/v@1", ""] {
            assert!(!rule.admits(&at(other)), "{other}");
        }
        let evil = "https://github.com/acme-evil/model/.github/workflows/release.yml@refs/tags/v1";
        assert!(!rule.admits(&San::Uri(evil.into())));
        for text in [
            "https://github.com/acme/*/.github/workflows/r.yml@refs/tags/v1",
            "*",
            "https://x/y@refs/v*",
            "*@acme.invalid",
        ] {
            assert!(SanRule::parse(text).is_err(), "{text}");
        }
    }
}
