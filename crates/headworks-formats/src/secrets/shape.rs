//! The shapes: a marker that is searched for, and the check of what stands around it.
//!
//! Sources: the issuers' own descriptions (GitHub's and npm's token formats of 2021, AWS IAM
//! identifiers, RFC 7468, RFC 7519, PyPI's macaroons).

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::strength::{CHECKSUM_DIGITS, base62_checksum, classes, is_placeholder, is_random};

/// One kind of credential.
pub(super) struct Shape {
    pub(super) kind: &'static str,
    /// Bytes that every credential of the kind contains.
    pub(super) marker: &'static [u8],
    /// The credential around a marker at this offset, if it is one.
    pub(super) verify: fn(&str, usize) -> Option<Range<usize>>,
}

/// Bytes around an access key id in which its secret is looked for.
const NEAR: usize = 300;

/// Bytes of a PEM body that are read: an RSA key of 16,384 bits has some 13,000.
const PEM_BYTES_MAX: usize = 20_000;

/// Bytes of a token or URL that are read; a longer one is none.
const TOKEN_BYTES_MAX: usize = 8192;

macro_rules! shapes {
    ($($kind:literal $marker:literal $verify:expr;)+) => {
        &[$(Shape { kind: $kind, marker: $marker, verify: $verify }),+]
    };
}

pub(super) static SHAPES: &[Shape] = shapes! {
    "github-token" b"ghp_" |text, at| checksummed(text, at, 4);
    "github-token" b"gho_" |text, at| checksummed(text, at, 4);
    "github-token" b"ghu_" |text, at| checksummed(text, at, 4);
    "github-token" b"ghs_" |text, at| checksummed(text, at, 4);
    "github-token" b"ghr_" |text, at| checksummed(text, at, 4);
    "github-token" b"github_pat_" |text, at| random(text, at, 11, 82..=82, 4.0);
    "npm-token" b"npm_" |text, at| checksummed(text, at, 4);
    "gitlab-token" b"glpat-" |text, at| random(text, at, 6, 20..=20, 3.3);
    "aws-access-key" b"AKIA" aws_access_key;
    "aws-access-key" b"ASIA" aws_access_key;
    "hugging-face-token" b"hf_" hugging_face_token;
    "openai-key" b"T3BlbkFJ" openai_key;
    "anthropic-key" b"sk-ant-" |text, at| random(text, at, 7, 80..=130, 4.5);
    "groq-key" b"gsk_" |text, at| random(text, at, 4, 52..=52, 4.3);
    "replicate-token" b"r8_" |text, at| random(text, at, 3, 37..=37, 4.0);
    "digitalocean-token" b"dop_v1_" |text, at| random(text, at, 7, 64..=64, 3.3);
    "google-oauth-secret" b"GOCSPX-" |text, at| random(text, at, 7, 28..=28, 3.5);
    "google-api-key" b"AIza" |text, at| random(text, at, 4, 35..=35, 4.0);
    "slack-token" b"xoxb-" slack_token;
    "slack-token" b"xoxp-" slack_token;
    "slack-token" b"xoxa-" slack_token;
    "slack-token" b"xoxs-" slack_token;
    "stripe-key" b"sk_live_" |text, at| random(text, at, 8, 24..=120, 3.5);
    "stripe-key" b"rk_live_" |text, at| random(text, at, 8, 24..=120, 3.5);
    "pypi-token" b"pypi-AgEI" pypi_token;
    "telegram-bot-token" b":AA" telegram_bot_token;
    "json-web-token" b"eyJ" json_web_token;
    "azure-storage-key" b"AccountKey=" azure_storage_key;
    "private-key" b"PRIVATE KEY-----" private_key;
    "database-url" b"postgres://" database_url;
    "database-url" b"postgresql://" database_url;
    "database-url" b"mysql://" database_url;
    "database-url" b"mongodb://" database_url;
    "database-url" b"mongodb+srv://" database_url;
    "database-url" b"redis://" database_url;
    "database-url" b"amqp://" database_url;
};

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_base64_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Whether the byte before `at` could belong to the same word, so that the marker is no beginning.
fn continues(text: &str, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|index| text.as_bytes().get(index)).copied();
    before.is_some_and(|byte| is_token_byte(byte) || matches!(byte, b'.' | b'/' | b'+' | b'#' | 0x80..))
}

/// The run of bytes of a class that begins at `start`, when it is no longer than a token may be.
fn run(text: &str, start: usize, class: fn(u8) -> bool) -> Option<&str> {
    let bytes = text.as_bytes().get(start..)?;
    let length = bytes.iter().take(TOKEN_BYTES_MAX).take_while(|byte| class(**byte)).count();
    if length == TOKEN_BYTES_MAX {
        return None;
    }
    text.get(start..start.checked_add(length)?)
}

/// The token that begins with a marker of `prefix` bytes at `at`, and its part after the marker.
fn token(text: &str, at: usize, prefix: usize) -> Option<(Range<usize>, &str)> {
    if continues(text, at) {
        return None;
    }
    let start = at.checked_add(prefix)?;
    let body = run(text, start, is_token_byte)?;
    Some((at..start.checked_add(body.len())?, body))
}

fn random(
    text: &str,
    at: usize,
    prefix: usize,
    lengths: std::ops::RangeInclusive<usize>,
    bits_min: f64,
) -> Option<Range<usize>> {
    let (range, body) = token(text, at, prefix)?;
    (lengths.contains(&body.len()) && classes(body) >= 2 && is_random(body, bits_min)).then_some(range)
}

fn checksummed(text: &str, at: usize, prefix: usize) -> Option<Range<usize>> {
    const BODY: usize = 30;
    let (range, body) = token(text, at, prefix)?;
    let (random, checksum) = body.split_at_checked(BODY)?;
    (checksum.len() == CHECKSUM_DIGITS && base62_checksum(random.as_bytes()) == checksum).then_some(range)
}

/// Letters, both cases, 34 of them: entropy alone does not tell them from a long identifier.
fn hugging_face_token(text: &str, at: usize) -> Option<Range<usize>> {
    let (range, body) = token(text, at, 3)?;
    let turns = body
        .as_bytes()
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_uppercase() != b.is_ascii_uppercase()));
    let is_token = (34..=37).contains(&body.len())
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && is_random(body, 4.0)
        && turns.count() >= 8;
    is_token.then_some(range)
}

/// An access key id with something that can be its secret nearby; the id alone opens nothing.
fn aws_access_key(text: &str, at: usize) -> Option<Range<usize>> {
    let (range, body) = token(text, at, 4)?;
    let is_id = body.len() == 16 && body.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    let start = text.floor_char_boundary(at.saturating_sub(NEAR));
    let end = text.floor_char_boundary(range.end.saturating_add(NEAR));
    let near = text.get(start..end)?;
    let is_secret = |word: &str| word.len() == 40 && classes(word) == 3 && is_random(word, 4.2);
    (is_id && !is_placeholder(body) && near.split(|c: char| !u8::try_from(c).is_ok_and(is_base64_byte)).any(is_secret))
        .then_some(range)
}

/// `T3BlbkFJ` is "OpenAI" in base64 and stands in the middle of every key.
fn openai_key(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text.as_bytes().get(at.saturating_sub(200)..at)?;
    let length = before.iter().rev().take_while(|byte| is_token_byte(**byte)).count();
    let start = at.checked_sub(length)?;
    let (range, key) = token(text, start, 0)?;
    let body = key.strip_prefix("sk-")?;
    (body.len() >= 40 && is_random(body, 4.0)).then_some(range)
}

fn slack_token(text: &str, at: usize) -> Option<Range<usize>> {
    let (range, body) = token(text, at, 5)?;
    let (numbers, secret) = body.rsplit_once('-')?;
    let numeric = |part: &str| part.len() >= 10 && part.bytes().all(|byte| byte.is_ascii_digit());
    (numbers.split('-').all(numeric) && secret.len() >= 24 && is_random(secret, 3.3)).then_some(range)
}

/// A macaroon, version 2, whose location is the index.
fn pypi_token(text: &str, at: usize) -> Option<Range<usize>> {
    let (range, body) = token(text, at, 5)?;
    let whole = body.get(..body.len().checked_sub(body.len() % 4)?)?;
    let decoded = URL_SAFE_NO_PAD.decode(whole).ok()?;
    (decoded.starts_with(b"\x02\x01\x08pypi.") && decoded.len() >= 60).then_some(range)
}

fn telegram_bot_token(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text.as_bytes().get(at.saturating_sub(11)..at)?;
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let start = at.checked_sub(digits)?;
    let body = run(text, at.checked_add(1)?, is_token_byte)?;
    let end = at.checked_add(1)?.checked_add(body.len())?;
    ((8..=10).contains(&digits)
        && body.len() == 35
        && !continues(text, start)
        && classes(body) == 3
        && is_random(body, 4.0))
    .then_some(start..end)
}

/// Header and claims are JSON objects, and there is a signature.
fn json_web_token(text: &str, at: usize) -> Option<Range<usize>> {
    if continues(text, at) {
        return None;
    }
    let token = run(text, at, |byte| is_token_byte(byte) || byte == b'.')?.trim_end_matches('.');
    let mut parts = token.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let object = |part: &str| {
        let decoded = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&decoded).ok()
    };
    let is_signed = parts.next().is_none() && signature.len() >= 40 && is_random(signature, 4.0);
    // The signature of the sample that every introduction to the format shows.
    let is_sample = signature == "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    let end = at.checked_add(token.len())?;
    (is_signed && !is_sample && object(header)?.contains_key("alg") && object(claims).is_some()).then_some(at..end)
}

fn azure_storage_key(text: &str, at: usize) -> Option<Range<usize>> {
    let start = at.checked_add("AccountKey=".len())?;
    let digits = run(text, start, is_base64_byte)?;
    let body = text.get(start..start.checked_add(digits.len())?.checked_add(2)?)?;
    let is_key = body.len() == 88 && STANDARD.decode(body).is_ok_and(|key| key.len() == 64) && is_random(body, 4.5);
    is_key.then_some(at..start.checked_add(body.len())?)
}

/// A PEM block whose body decodes; in JSON its line ends are written `\n`.
fn private_key(text: &str, at: usize) -> Option<Range<usize>> {
    let line_start = text.floor_char_boundary(at.saturating_sub(40));
    let begin = line_start.checked_add(text.get(line_start..at)?.rfind("-----BEGIN ")?)?;
    let label = text.get(begin..at)?;
    let body_start = at.checked_add("PRIVATE KEY-----".len())?;
    let window = text.get(body_start..text.floor_char_boundary(body_start.saturating_add(PEM_BYTES_MAX)))?;
    // The first dashes must be those of the end, so that many beginnings cost no more than their bytes.
    let body_end =
        window.find("-----").filter(|&end| window.get(end..).is_some_and(|rest| rest.starts_with("-----END ")))?;
    let body = window.get(..body_end)?.replace("\\n", "").replace("\\r", "");
    let packed: String =
        body.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | ',' | '+' | '\\')).collect();
    let is_key = STANDARD.decode(&packed).is_ok_and(|key| is_unencrypted_key(&key));
    (!label.contains("ENCRYPTED") && is_key).then_some(begin..body_start.checked_add(body_end)?)
}

/// DER begins with a sequence that is long enough for the smallest key in use; OpenSSH has its own magic.
fn is_unencrypted_key(key: &[u8]) -> bool {
    (key.first() == Some(&0x30) && key.len() >= 46) || key.starts_with(b"openssh-key-v1\0\0\0\0\x04none")
}

fn database_url(text: &str, at: usize) -> Option<Range<usize>> {
    if continues(text, at) {
        return None;
    }
    let scheme = text.get(at..)?.find("://")?.checked_add(3)?;
    let start = at.checked_add(scheme)?;
    let authority =
        run(text, start, |byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'"' | b'\'' | b'`' | b'<' | b'>'))?;
    let (_, password) = authority.rsplit_once('@')?.0.split_once(':')?;
    let is_plain = !password.contains(['$', '{', '}', '%', '*', '(', '[']);
    let is_strong = password.len() >= 8 && classes(password) >= 2 && is_random(password, 2.8) && !is_common(password);
    (is_plain && is_strong).then_some(at..start.checked_add(authority.len())?)
}

/// Passwords that examples use.
fn is_common(password: &str) -> bool {
    let lower = password.to_ascii_lowercase();
    ["password", "passwd", "secret", "admin", "postgres", "mysql", "root", "test", "pass123", "p@ss"]
        .iter()
        .any(|word| lower.contains(word))
}
