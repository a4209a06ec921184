//! What build files and configurations of images have in common: users and variables.

/// Parts of a name that say that the value is a credential.
const SECRET_PARTS: &[&str] =
    &["apikey", "credential", "credentials", "password", "passwd", "passphrase", "pword", "secret", "token"];

/// Parts before `key` that make it one.
const KEY_PARTS: &[&str] = &["access", "api", "auth", "encryption", "license", "private", "secret", "signing"];

/// Parts that take it back: the value says where the credential is, or what it is called.
const PLACE_PARTS: &[&str] = &[
    "file", "path", "dir", "url", "uri", "name", "public", "id", "expiry", "ttl", "length", "limit", "max", "count",
    "type",
];

/// Whether a user, by name or number with an optional group, is the superuser; nobody named is.
pub(crate) fn is_root(user: &str) -> bool {
    let user = user.split(':').next().unwrap_or(user);
    matches!(user, "" | "0" | "root")
}

/// Whether a variable is named like a credential and has a value that could be one.
pub(crate) fn names_a_secret(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(['_', '-', '.']).collect();
    let is_key = parts.windows(2).any(|pair| matches!(pair, [kind, "key"] if KEY_PARTS.contains(kind)));
    let is_secret = is_key || parts.iter().any(|part| SECRET_PARTS.contains(part));
    let is_place = parts.last().is_some_and(|last| PLACE_PARTS.contains(last)) || parts.contains(&"public");
    is_secret && !is_place && is_literal(value)
}

/// A switch, a number, a path and a variable that the builder sets are no credentials.
fn is_literal(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_switch = matches!(lower.as_str(), "" | "true" | "false" | "yes" | "no" | "on" | "off" | "none" | "null");
    let is_number = lower.bytes().all(|byte| byte.is_ascii_digit()) && lower.len() < 6;
    !is_switch && !is_number && !value.contains('$') && !value.starts_with(['/', '<'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_named_like_a_credential_counts_with_a_value() {
        for (name, value) in
            [("DB_PASSWORD", "hunter2"), ("HF_TOKEN", "x"), ("AWS_SECRET_ACCESS_KEY", "x"), ("API_KEY", "x")]
        {
            assert!(names_a_secret(name, value), "{name}");
        }
    }

    /// `GPG_KEY` is in every image of Python: the fingerprint of a public key.
    #[test]
    fn settings_about_tokens_and_keys_do_not() {
        for (name, value) in [
            ("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568"),
            ("TOKENIZERS_PARALLELISM", "false"),
            ("MAX_TOKEN", "4096"),
            ("HF_TOKEN", "$HF_TOKEN"),
            ("HF_TOKEN", ""),
            ("HF_TOKEN_PATH", "x"),
            ("POSTGRES_PASSWORD_FILE", "/run/secrets/db"),
            ("SSH_PUBLIC_KEY", "x"),
        ] {
            assert!(!names_a_secret(name, value), "{name}");
        }
    }

    #[test]
    fn root_has_a_name_a_number_and_none() {
        assert!(is_root("") && is_root("0:0") && is_root("root:app"));
        assert!(!is_root("1000") && !is_root("app:root"));
    }
}
