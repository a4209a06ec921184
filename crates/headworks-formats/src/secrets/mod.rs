//! Credentials with a well-known shape.
//!
//! A shape alone is not enough: token ids, vocabulary entries and weights printed as text have
//! every shape there is. Each kind is verified by what its issuer built in (a checksum, a decodable
//! body, a fixed length) or by how random it is, and examples from documentation are left out. Only
//! the first characters of a credential are ever kept.

mod shape;
mod strength;

use std::borrow::Cow;
use std::ops::Range;

use headworks_types::fact::TextFact;
use memchr::memmem;

use crate::format::Input;
use crate::inspection::Inspection;
use shape::SHAPES;

/// States the credentials in `text`, which begins at `base_offset` in the input.
pub(crate) fn scan(text: &str, input: &Input<'_>, base_offset: u64, inspection: &mut Inspection<'_>) {
    find(text, &mut |range, fact| {
        let start = base_offset.saturating_add(range.start as u64);
        let end = base_offset.saturating_add(range.end as u64);
        inspection.fact(input.place.at(start..end), fact);
    });
}

/// Hands each credential in `text` to `found`. One pass for each marker, linear in the text.
pub(crate) fn find(text: &str, found: &mut dyn FnMut(Range<usize>, TextFact)) {
    for shape in SHAPES {
        let mut passed = 0usize;
        for at in memmem::find_iter(text.as_bytes(), shape.marker) {
            if at < passed {
                continue;
            }
            if let Some(range) = (shape.verify)(text, at) {
                passed = range.end;
                let redacted = redact(text.get(range.clone()).unwrap_or_default());
                found(range, TextFact::Secret { kind: shape.kind.to_owned(), redacted });
            }
        }
    }
}

/// `text` without what follows the first characters of each credential, to be shown to people.
pub(crate) fn without(text: &str) -> Cow<'_, str> {
    let mut ranges = Vec::new();
    find(text, &mut |range, _| ranges.push(range));
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    ranges.sort_by_key(|range| range.start);
    let mut shown = String::new();
    let mut at = 0usize;
    for range in ranges.into_iter().filter(|range| range.start < range.end) {
        if range.start < at {
            continue;
        }
        shown.push_str(text.get(at..range.start).unwrap_or_default());
        shown.push_str(&redact(text.get(range.clone()).unwrap_or_default()));
        at = range.end;
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(shown)
}

/// Enough to find the credential again and far too little to use it.
fn redact(secret: &str) -> String {
    const SHOWN: usize = 6;
    secret.chars().take(SHOWN).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<String> {
        let mut kinds = Vec::new();
        find(text, &mut |_, fact| {
            if let TextFact::Secret { kind, .. } = fact {
                kinds.push(kind);
            }
        });
        kinds
    }

    /// Characters that look random and are the same in every run, none of them issued by anybody.
    fn noise(alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let mut state = 0x1234_5678_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            letters[(state >> 16) as usize % letters.len()]
        };
        (0..length).map(|_| next()).collect()
    }

    const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    fn checksummed(prefix: &str) -> String {
        let body = noise(ALNUM, 30);
        let checksum = strength::base62_checksum(body.as_bytes());
        format!("{prefix}{body}{checksum}")
    }

    #[test]
    fn a_github_token_counts_by_its_checksum() {
        let token = checksummed("ghp_");
        assert_eq!(kinds(&format!("token = \"{token}\"")), ["github-token"]);
        let last = if token.ends_with('A') { 'B' } else { 'A' };
        assert_eq!(kinds(&format!("{}{last}", &token[..39])), Vec::<String>::new());
        assert_eq!(kinds(&checksummed("npm_")), ["npm-token"]);
    }

    #[test]
    fn a_published_expired_token_has_the_checksum_that_we_compute() {
        assert_eq!(strength::base62_checksum(b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"), "0mLq17");
    }

    #[test]
    fn tokens_with_a_prefix_count_when_they_are_random_and_not_when_they_are_examples() {
        let hub = noise("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 34);
        assert_eq!(kinds(&format!("HF_TOKEN=hf_{hub}\n")), ["hugging-face-token"]);
        assert_eq!(kinds(&format!("HF_TOKEN=hf_{}\n", "x".repeat(34))), Vec::<String>::new());
        assert_eq!(kinds("login(token='hf_YOUR_TOKEN_GOES_RIGHT_HERE_PLEASE')"), Vec::<String>::new());
        assert_eq!(kinds(&format!("self.hf_{hub}")), Vec::<String>::new());
    }

    #[test]
    fn an_aws_key_counts_with_its_secret_near_and_not_alone() {
        let id = format!("AKIA{}", noise("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16));
        let secret = noise(&format!("{ALNUM}+/"), 40);
        assert_eq!(kinds(&format!("id = {id}\nsecret = {secret}\n")), ["aws-access-key"]);
        assert_eq!(kinds(&id), Vec::<String>::new());
        assert_eq!(kinds("AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Vec::<String>::new());
    }

    #[test]
    fn a_private_key_counts_with_a_body_and_not_as_a_mention() {
        let body = format!("MII{}", noise(ALNUM, 257));
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----");
        assert_eq!(kinds(&pem), ["private-key"]);
        assert_eq!(kinds(&pem.replace('\n', "\\n")), ["private-key"]);
        assert_eq!(kinds("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"), Vec::<String>::new());
        assert_eq!(kinds("if line.startswith('-----BEGIN RSA PRIVATE KEY-----'):"), Vec::<String>::new());
    }

    #[test]
    fn a_database_url_counts_with_a_strong_password_only() {
        assert_eq!(kinds("postgres://app:k7Q2xW9vLp@db.internal.invalid/app"), ["database-url"]);
        for harmless in ["postgres://user:password@host/db", "mysql://u:${PASS}@h/db", "redis://localhost:6379/0"] {
            assert_eq!(kinds(harmless), Vec::<String>::new(), "{harmless}");
        }
    }

    #[test]
    fn a_web_token_counts_when_header_and_claims_decode() {
        let header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
        let token = format!("{header}.eyJzdWIiOiJzZXJ2aWNlIn0.{}", noise(ALNUM, 43));
        assert_eq!(kinds(&token), ["json-web-token"]);
        assert_eq!(kinds(&format!("{header}.notbase64.{}", noise(ALNUM, 43))), Vec::<String>::new());
    }

    #[test]
    fn marked_keys_of_services_count() {
        let long = noise(ALNUM, 96);
        let samples = [
            (format!("sk-proj-{}T3BlbkFJ{}", &long[..40], &long[40..80]), "openai-key"),
            (format!("sk-ant-api03-{long}"), "anthropic-key"),
            (format!("xoxb-123456789012-210987654321-{}", &long[..24]), "slack-token"),
            (format!("sk_live_{}", &long[..24]), "stripe-key"),
            (format!("AIza{}", &long[..35]), "google-api-key"),
            (format!("123456789:AA{}", &long[..33]), "telegram-bot-token"),
        ];
        for (sample, kind) in samples {
            assert_eq!(kinds(&format!("key: {sample}\n")), [kind], "{sample}");
        }
    }

    /// modelaudit #3, #49, #253: vocabulary words, token ids and weights were reported by the thousand.
    #[test]
    fn vocabularies_token_ids_and_weights_hold_no_secret() {
        let words: String = (0..20_000).map(|id| format!("##hf_{id}\tsk-{id}\tAKIA{id} eyJ{id} ghp_{id}\n")).collect();
        assert_eq!(kinds(&words), Vec::<String>::new());
        let base64 = noise(&format!("{ALNUM}+/"), 400_000);
        assert_eq!(kinds(&base64), Vec::<String>::new());
    }

    #[test]
    fn what_is_shown_to_people_holds_no_credential() {
        let token = checksummed("ghp_");
        assert_eq!(without(&format!("os.system('curl -H {token}')")), format!("os.system('curl -H {}…')", &token[..6]));
    }
}
