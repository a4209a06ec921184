//! Identity tokens: what an issuer says to a certificate authority about who is here.
//!
//! Whoever has the token is that identity until it expires. So it is never shown, neither by what prints values for
//! developers nor in what a service says back, and it is held no longer than a signature takes.

use headworks_attest::keyless::{Identity, IdentityError};
use sigstore_sign::oidc::IdentityToken;
use sigstore_sign::oidc::SecretString;

use super::claims::Claims;

/// Largest token that is read, in bytes; those of build services have about 2,000.
const TOKEN_BYTES_MAX: usize = 64 << 10;

/// Shortest piece of a token that is taken out of what a service says, in bytes.
const SHOWN_BYTES_MAX: usize = 12;

/// A token that is well formed; whether it is genuine only the certificate authority can tell.
#[derive(Clone)]
pub struct Token {
    text: SecretString,
    claims: Claims,
}

/// Why a token cannot be used. None of it holds any part of the token but whom it is by and for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// It is larger than any token.
    #[error("it has {bytes} bytes; up to {max} are read")]
    Size {
        /// How large it is.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// It is no JSON Web Token.
    #[error("it is no JSON Web Token: {0}")]
    Malformed(&'static str),
    /// It lacks a claim.
    #[error("it has no usable claim `{0}`")]
    Claim(&'static str),
    /// Its time is over.
    #[error("it expired {ago_s} seconds ago")]
    Expired {
        /// How long ago, in seconds.
        ago_s: i64,
    },
    /// It is meant for somebody else, who alone should see it.
    #[error("it is meant for {found:?}, not for `{wanted}`")]
    Audience {
        /// Whom it is for.
        found: Vec<String>,
        /// Whom it is to be for.
        wanted: String,
    },
    /// It does not say which name a certificate would have.
    #[error("it does not tell which name a certificate of the issuer `{issuer}` has")]
    NoName {
        /// Who issued it.
        issuer: String,
    },
    /// The name that was asked for is none.
    #[error(transparent)]
    Name(#[from] IdentityError),
    /// There is none.
    #[error("no build service offers one here")]
    NotOffered,
    /// A build service should have given one and did not.
    #[error("{service} gave none: {answer}")]
    NotGiven {
        /// Which.
        service: &'static str,
        /// What happened.
        answer: String,
    },
    /// It would be fetched from an address that anybody could listen to.
    #[error("the address to get it from, `{0}`, is neither https nor on this machine")]
    Address(String),
}

impl Token {
    /// Reads a token that is meant for `audience`.
    ///
    /// # Errors
    /// When it is malformed, lacks a claim or is meant for somebody else.
    pub fn read(text: &str, audience: &str) -> Result<Self, TokenProblem> {
        let text = text.trim();
        if text.len() > TOKEN_BYTES_MAX {
            return Err(TokenProblem::Size { bytes: text.len(), max: TOKEN_BYTES_MAX });
        }
        let claims = Claims::of(text)?;
        if !claims.audience.iter().any(|each| each == audience) {
            return Err(TokenProblem::Audience { found: claims.audience, wanted: audience.to_owned() });
        }
        Ok(Self { text: SecretString::new(text), claims })
    }

    /// Whom a certificate for it has to name: `name` if given, or what its issuer's tokens lead to.
    ///
    /// # Errors
    /// When neither tells.
    pub fn identity(&self, name: Option<&str>) -> Result<Identity, TokenProblem> {
        let name = match name {
            Some(name) => name.to_owned(),
            None => self.claims.name().ok_or_else(|| TokenProblem::NoName { issuer: self.claims.issuer.clone() })?,
        };
        // A pattern would let the authority choose.
        if name.contains('*') {
            return Err(IdentityError::Wildcard(name).into());
        }
        Ok(Identity::new(&name, self.claims.certified_issuer())?)
    }

    /// Demands that it has not expired.
    ///
    /// # Errors
    /// When it has.
    pub fn expect_alive(&self, now_ms: i64) -> Result<(), TokenProblem> {
        let ago_s = now_ms.div_euclid(1000).saturating_sub(self.claims.expires_s);
        if ago_s < 0 { Ok(()) } else { Err(TokenProblem::Expired { ago_s }) }
    }

    pub(super) fn for_library(&self) -> Result<IdentityToken, TokenProblem> {
        // The library's own words could repeat claims.
        IdentityToken::from_jwt(self.text.expose_secret()).map_err(|_| TokenProblem::Malformed("its claims"))
    }

    /// What a service said, cut to `chars_max`, without any piece of the token that it repeats.
    pub(super) fn redacted(&self, said: &str, chars_max: usize) -> String {
        let mut shown: String = said.chars().take(chars_max).collect();
        if shown.len() < said.len() {
            shown.push('…');
        }
        let in_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let mut kept = String::with_capacity(shown.len());
        for word in shown.split_inclusive(|c| !in_token(c)) {
            let text = word.trim_end_matches(|c| !in_token(c));
            kept.push_str(if self.shares_a_piece(text) { "[token]" } else { text });
            kept.push_str(word.strip_prefix(text).unwrap_or_default());
        }
        kept
    }

    fn shares_a_piece(&self, word: &str) -> bool {
        let token = self.text.expose_secret().as_bytes();
        let mut pieces = word.as_bytes().windows(SHOWN_BYTES_MAX);
        pieces.any(|piece| token.windows(SHOWN_BYTES_MAX).any(|other| other == piece))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token(of {:?})", self.claims.issuer)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use headworks_attest::encoding::to_base64;
    use serde_json::{Value, json};

    use super::*;

    pub(in super::super) fn base64url(bytes: &[u8]) -> String {
        to_base64(bytes).replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
    }

    pub(in super::super) fn token(claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        format!("{}.{}.{}", part(&json!({ "alg": "ES256" })), part(claims), base64url(&[7; 64]))
    }

    fn usual() -> Value {
        json!({ "iss": "https://issuer.example", "sub": "https://acme.example/release", "aud": ["x", "sigstore"], "exp": 1000 })
    }

    #[test]
    fn a_token_is_good_until_the_second_it_expires() {
        let token = Token::read(&format!("{}\n", token(&usual())), "sigstore").unwrap();
        assert_eq!(token.expect_alive(999_999), Ok(()));
        assert_eq!(token.expect_alive(1_000_000), Err(TokenProblem::Expired { ago_s: 0 }));
        assert_eq!(token.expect_alive(i64::MAX), Err(TokenProblem::Expired { ago_s: i64::MAX / 1000 - 1000 }));
    }

    #[test]
    fn a_token_for_somebody_else_is_not_shown_to_the_authority() {
        let problem = Token::read(&token(&usual()), "payments").unwrap_err();
        assert!(matches!(problem, TokenProblem::Audience { .. }));
        assert!(Token::read(&token(&usual()), "x").is_ok());
        let large = "a".repeat(TOKEN_BYTES_MAX + 1);
        assert!(matches!(Token::read(&large, "sigstore"), Err(TokenProblem::Size { .. })));
    }

    #[test]
    fn the_name_is_told_by_the_token_or_by_the_user_and_is_no_pattern() {
        let token = Token::read(&token(&usual()), "sigstore").unwrap();
        let name = |given| token.identity(given).map(|identity| identity.to_string());
        assert_eq!(name(None).unwrap(), "`https://acme.example/release` of `https://issuer.example`");
        assert_eq!(name(Some("ann@acme.example")).unwrap(), "`ann@acme.example` of `https://issuer.example`");
        let pattern = "https://github.com/a/b/.github/workflows/c.yml@refs/heads/*";
        assert!(matches!(name(Some(pattern)), Err(TokenProblem::Name(IdentityError::Wildcard(_)))));
    }

    #[test]
    fn what_a_service_says_is_shown_without_any_piece_of_the_token() {
        let text = token(&usual());
        let read = Token::read(&text, "sigstore").unwrap();
        let said = |said: &str| read.redacted(said, 400);
        assert_eq!(said("issuer unknown: https://issuer.example"), "issuer unknown: https://issuer.example");
        assert_eq!(said(&format!("bad token \"{text}\"!")), "bad token \"[token]\"!");
        let (piece, rest) = text.split_at(60);
        assert_eq!(said(&format!("{piece} {rest} x{}y", &text[30..45])), "[token] [token] [token]");
        assert_eq!(read.redacted(&format!("{} {text}", "a".repeat(8)), 20), "aaaaaaaa eyJhbGciOiJ…");
        assert!(!format!("{read:?}").contains("eyJ"));
    }
}
