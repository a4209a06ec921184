//! What an identity token says, and the name in the certificate that it leads to.
//!
//! Source of the names: sigstore/fulcio, `docs/oidc.md` and `config/identity/config.yaml`. The token's own signature
//! is for the certificate authority to check; nothing here is believed, it only says what is to be expected.

use headworks_attest::encoding::from_base64url;
use headworks_attest::json;
use serde_json::Value;

use super::token::TokenProblem;

/// Issuer of GitHub's workflows; enterprises append their name.
const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// Issuer of GitLab's jobs.
const GITLAB: &str = "https://gitlab.com";

/// Issuer of Buildkite's jobs.
const BUILDKITE: &str = "https://agent.buildkite.com";

/// The claims of a token that matter here.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    pub(super) issuer: String,
    pub(super) audience: Vec<String>,
    pub(super) expires_s: i64,
    subject: String,
    all: Value,
}

impl Claims {
    /// The claims of a JSON Web Token (RFC 7519 in the compact form of RFC 7515).
    pub(super) fn of(token: &str) -> Result<Self, TokenProblem> {
        let parts: Vec<&str> = token.split('.').collect();
        let [_, payload, _] = parts.as_slice() else {
            return Err(TokenProblem::Malformed("it has not three parts"));
        };
        let payload = from_base64url(payload).ok_or(TokenProblem::Malformed("its claims are not base64url"))?;
        let all = json::value(&payload).map_err(|_| TokenProblem::Malformed("its claims are not JSON"))?;
        let text = |name| text(&all, name).map(str::to_owned).ok_or(TokenProblem::Claim(name));
        Ok(Self {
            issuer: text("iss")?,
            audience: audience(&all).ok_or(TokenProblem::Claim("aud"))?,
            expires_s: all.get("exp").and_then(Value::as_i64).ok_or(TokenProblem::Claim("exp"))?,
            subject: text("sub")?,
            all,
        })
    }

    /// The issuer that a certificate names: the one behind a federating service, if there is one.
    pub(super) fn certified_issuer(&self) -> &str {
        let federated = self.all.pointer("/federated_claims/connector_id").and_then(Value::as_str);
        federated.filter(|issuer| !issuer.is_empty()).unwrap_or(&self.issuer)
    }

    /// The name that a certificate has, if the token tells.
    pub(super) fn name(&self) -> Option<String> {
        let claim = |name| text(&self.all, name);
        let below = |issuer| {
            self.issuer.strip_prefix(issuer).is_some_and(|rest: &str| rest.is_empty() || rest.starts_with('/'))
        };
        if below(GITHUB) {
            return Some(format!("https://github.com/{}", claim("job_workflow_ref")?));
        }
        match self.issuer.as_str() {
            GITLAB => Some(format!("https://{}", claim("ci_config_ref_uri")?)),
            BUILDKITE => {
                Some(format!("https://buildkite.com/{}/{}", claim("organization_slug")?, claim("pipeline_slug")?))
            }
            _ => Some(claim("email").unwrap_or(&self.subject).to_owned()),
        }
    }
}

fn text<'a>(claims: &'a Value, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// One audience or several.
fn audience(claims: &Value) -> Option<Vec<String>> {
    match claims.get("aud")? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(list) => list.iter().map(|each| each.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tests::token;
    use super::*;

    fn named(claims: &Value) -> (Option<String>, String) {
        let claims = Claims::of(&token(claims)).unwrap();
        (claims.name(), claims.certified_issuer().to_owned())
    }

    fn claims(more: &Value) -> Value {
        let mut claims =
            serde_json::json!({ "iss": "https://issuer.example", "sub": "42", "aud": "sigstore", "exp": 9 });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    }

    #[test]
    fn the_name_is_the_one_that_the_authority_gives_for_tokens_of_the_issuer() {
        for (more, name, issuer) in [
            (serde_json::json!({ "sub": "https://a.example/b" }), "https://a.example/b", "https://issuer.example"),
            (serde_json::json!({ "email": "ann@acme.example" }), "ann@acme.example", "https://issuer.example"),
            (
                serde_json::json!({
                    "email": "ann@acme.example", "federated_claims": { "connector_id": "https://accounts.example" },
                }),
                "ann@acme.example",
                "https://accounts.example",
            ),
            (
                serde_json::json!({ "iss": GITHUB, "job_workflow_ref": "a/b/.github/workflows/c.yml@refs/heads/d" }),
                "https://github.com/a/b/.github/workflows/c.yml@refs/heads/d",
                GITHUB,
            ),
            (
                serde_json::json!({ "iss": GITLAB, "ci_config_ref_uri": "gitlab.com/a/b//.gitlab-ci.yml@refs/heads/d" }),
                "https://gitlab.com/a/b//.gitlab-ci.yml@refs/heads/d",
                GITLAB,
            ),
            (
                serde_json::json!({ "iss": BUILDKITE, "organization_slug": "a", "pipeline_slug": "b" }),
                "https://buildkite.com/a/b",
                BUILDKITE,
            ),
        ] {
            assert_eq!(named(&claims(&more)), (Some(name.to_owned()), issuer.to_owned()));
        }
    }

    #[test]
    fn a_token_of_a_build_service_never_falls_back_to_another_claim() {
        let elsewhere = format!("{GITHUB}/acme");
        for issuer in [GITHUB, &elsewhere, GITLAB, BUILDKITE] {
            let claims = claims(&serde_json::json!({ "iss": issuer, "email": "ann@acme.example" }));
            assert_eq!(named(&claims).0, None, "{issuer}");
        }
        let look_alike = claims(&serde_json::json!({ "iss": format!("{GITHUB}.example"), "job_workflow_ref": "a" }));
        assert_eq!(named(&look_alike).0.as_deref(), Some("42"));
    }

    #[test]
    fn a_token_that_lacks_a_claim_or_has_one_twice_is_refused() {
        for missing in ["iss", "sub", "aud", "exp"] {
            let mut claims = claims(&serde_json::json!({}));
            claims.as_object_mut().unwrap().remove(missing);
            assert_eq!(Claims::of(&token(&claims)).unwrap_err(), TokenProblem::Claim(missing));
        }
        let twice = r#"{"iss":"a","iss":"b","sub":"c","aud":"sigstore","exp":9}"#;
        let token = format!("e30.{}.e30", super::super::token::tests::base64url(twice.as_bytes()));
        assert!(matches!(Claims::of(&token), Err(TokenProblem::Malformed(_))));
        for malformed in ["", "a.b", "a.b.c.d", "e30.%%%.e30", "e30.e31.e30"] {
            assert!(matches!(Claims::of(malformed), Err(TokenProblem::Malformed(_))), "{malformed}");
        }
    }
}
