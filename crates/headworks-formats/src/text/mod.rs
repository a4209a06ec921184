//! Plain text: documentation, licences, vocabularies, sources of other languages than Python.
//!
//! Text explains itself to a person, so what counts is what a person does not see in it: characters
//! without a glyph, direction controls (Unicode Technical Standard 55), comments that address a
//! machine, and credentials.
//!
//! Not covered: what a text says in plain sight, other programming languages than Python, and text in
//! pictures.

mod bidirectional;
mod instruction;
mod invisible;

use std::ops::Range;

use headworks_types::{Fault, Location, fact::TextFact};

use crate::encoding::{Document, Text, is_script, is_text, is_utf16};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::{git_lfs, python, secrets};

/// Text that no structured format owns.
pub(crate) static FORMAT: Format = Format { id: "text", title: "Plain text", claims, inspect };

/// Ends of names by which structured formats claim a file; its text is read there, once.
const OWNED_ENDINGS: &[&str] = &[".json", ".jsonl", ".ndjson", ".yaml", ".yml", "MLmodel", ".jinja", ".jinja2", ".j2"];

const DOCUMENTATION_EXTENSIONS: &[&str] = &["txt", "md", "markdown", "rst", "csv", "tsv", "html", "htm", "xml", "tex"];

const DOCUMENTATION_STEMS: &[&str] =
    &["license", "licence", "copying", "notice", "readme", "authors", "changelog", "contributors", "citation"];

const SOURCE_EXTENSIONS: &[&str] = &[
    "bash", "bat", "c", "cc", "cfg", "cpp", "cs", "cu", "cuh", "go", "h", "hpp", "ini", "java", "js", "jsx", "kt",
    "lua", "m", "mjs", "php", "pl", "ps1", "py", "pyi", "pyw", "r", "rb", "rs", "sh", "sql", "swift", "toml", "ts",
    "tsx",
];

const VOCABULARY_STEMS: &[&str] = &["vocab", "merges", "tokens", "dict", "bpe", "labels", "wordlist"];

const VOCABULARY_EXTENSIONS: &[&str] = &["vocab", "tiktoken", "bpe", "vec", "codes"];

fn claims(probe: &Probe<'_>) -> bool {
    let name = probe.name();
    let is_owned = OWNED_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || name.starts_with("chat_template.")
        || name.to_ascii_lowercase().ends_with(".ipynb")
        || (python::FORMAT.claims)(probe)
        || (git_lfs::FORMAT.claims)(probe);
    let eight_bit = is_documentation(name);
    let is_plain = || is_text(probe.head, eight_bit) && is_text(probe.tail, eight_bit);
    let is_minified = || is_javascript(name) && is_script(probe.head) && is_script(probe.tail);
    !is_owned && (is_utf16(probe.head) || is_plain() || is_minified())
}

/// Minifiers write control characters of strings and expressions as they are.
fn is_javascript(name: &str) -> bool {
    [".cjs", ".js", ".mjs"].iter().any(|ending| name.ends_with(ending))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let document = match Document::read(input, "text_bytes_max", inspection.limits.text_bytes_max) {
        Ok(document) => document,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    let text = Text::decode(&document.bytes, is_documentation(input.place.base_name()));
    let lines = memchr::memchr_iter(b'\n', text.characters.as_bytes()).count();
    inspection.identified(input, FORMAT.id, format!("{}, {}", text.encoding.name(), count(lines, "line")));
    scan_decoded(&text, input, inspection);
    match (document.fault, text.broken_at) {
        (Some(fault), _) => inspection.fact(whole, fault),
        (None, Some(_)) if is_javascript(input.place.base_name()) && is_script(&document.bytes) => {}
        (None, Some(offset)) => {
            let problem = format!("no {} text", text.encoding.name());
            let fault = Fault::Malformed { format: FORMAT.id.into(), problem };
            inspection.fact(input.place.at(offset..input.bytes.size()), fault);
        }
        (None, None) => {}
    }
}

/// States what a decoded document hides or leaks.
pub(crate) fn scan_decoded(text: &Text<'_>, input: &Input<'_>, inspection: &mut Inspection<'_>) {
    if text.offsets_are_exact() {
        return scan(&text.characters, input, 0, inspection);
    }
    // Bytes and characters have different offsets, so the place is the whole file.
    let size = input.bytes.size();
    let mut found = |_: Range<usize>, fact: TextFact| inspection.fact(input.place.at(0..size), fact);
    each_fact(&text.characters, Purpose::of(input.place.base_name()), &mut found);
    secrets::find(&text.characters, &mut found);
}

/// States what `text`, which begins at `base` in the input, hides or leaks.
pub(crate) fn scan(text: &str, input: &Input<'_>, base: u64, inspection: &mut Inspection<'_>) {
    let purpose = Purpose::of(input.place.base_name());
    each_fact(text, purpose, &mut |range, fact| inspection.fact(located(input, base, &range), fact));
    secrets::scan(text, input, base, inspection);
}

/// States what prose without a file of its own hides.
pub(crate) fn scan_prose(text: &str, input: &Input<'_>, inspection: &mut Inspection<'_>) {
    each_fact(text, Purpose::Prose, &mut |range, fact| inspection.fact(located(input, 0, &range), fact));
}

/// States what source text without a file of its own hides.
pub(crate) fn scan_source(text: &str, input: &Input<'_>, inspection: &mut Inspection<'_>) {
    each_fact(text, Purpose::Source, &mut |range, fact| inspection.fact(located(input, 0, &range), fact));
}

fn located(input: &Input<'_>, base: u64, range: &Range<usize>) -> Location {
    input.place.at(base.saturating_add(range.start as u64)..base.saturating_add(range.end as u64))
}

fn each_fact(text: &str, purpose: Purpose, found: &mut dyn FnMut(Range<usize>, TextFact)) {
    if !text.is_ascii() {
        invisible::find(text, purpose, found);
        bidirectional::find(text, purpose, found);
    }
    if purpose == Purpose::Prose {
        instruction::find(text, found);
    }
}

/// What a text is for, as its name says; it decides which characters are at home in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// One token on a line: any character may be one, and none is read.
    Vocabulary,
    /// Read by a compiler or interpreter.
    Source,
    /// Read by people.
    Prose,
}

impl Purpose {
    fn of(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let stem = lower.split('.').next().unwrap_or_default();
        let extension = extension(name);
        let is_vocabulary = VOCABULARY_STEMS.iter().any(|known| stem.starts_with(known))
            && matches!(extension.as_str(), "txt" | "" | "json" | "tsv");
        if is_vocabulary || VOCABULARY_EXTENSIONS.contains(&extension.as_str()) {
            Self::Vocabulary
        } else if SOURCE_EXTENSIONS.contains(&extension.as_str()) {
            Self::Source
        } else {
            Self::Prose
        }
    }
}

fn is_documentation(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    DOCUMENTATION_EXTENSIONS.contains(&extension(name).as_str())
        || DOCUMENTATION_STEMS.iter().any(|stem| lower.starts_with(stem))
}

/// The part of a name after its last dot, in lower case.
fn extension(name: &str) -> String {
    name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_ascii_lowercase())
}

/// `text` without what stands between a scheme and an `@`, and without credentials of a known shape.
pub(crate) fn without_credentials(text: &str) -> String {
    let plain = secrets::without(text);
    let Some((scheme, rest)) = plain.split_once("://") else { return plain.into_owned() };
    let end = rest.find(['/', ' ']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    match host.rsplit_once('@') {
        // `git@host` names no secret.
        Some((user, host)) if user != "git" => format!("{scheme}://…@{host}{path}"),
        _ => plain.into_owned(),
    }
}

/// `1 line`, `2 lines`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `text` on one line, with at most `max` characters.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    let mut short = String::new();
    let mut words = text.split_whitespace();
    let mut room = max;
    for word in words.by_ref() {
        let gap = usize::from(!short.is_empty());
        let length = word.chars().count().saturating_add(gap);
        if length > room {
            short.extend(" ".chars().take(gap.min(room)));
            short.extend(word.chars().take(room.saturating_sub(gap.saturating_add(1))));
            short.push('…');
            return short;
        }
        short.extend(" ".chars().take(gap));
        short.push_str(word);
        room = room.saturating_sub(length);
    }
    short
}

#[cfg(test)]
pub(crate) mod tests {
    use headworks_types::{Fact, FactKind, Limits, Place};

    use super::*;

    pub(crate) fn facts(name: &str, bytes: &[u8]) -> Vec<Fact> {
        crate::inspect(&bytes.to_vec(), Place::file(name), &Limits::default())
    }

    /// The facts but the identification.
    pub(crate) fn remarks(name: &str, bytes: &[u8]) -> Vec<FactKind> {
        facts(name, bytes).into_iter().map(|fact| fact.kind).filter(|kind| !matches!(kind, FactKind::File(_))).collect()
    }

    #[test]
    fn every_text_of_an_honest_repository_is_explained() {
        let names =
            ["README.md", "LICENSE", ".gitattributes", "vocab.txt", "notes.txt", "setup.cfg", "kernel.cu", "run.sh"];
        for name in names {
            assert_eq!(remarks(name, b"one line\nand another\n"), [], "{name}");
        }
    }

    /// prettier, protobufjs and vite are published that way.
    #[test]
    fn control_characters_in_minified_scripts_are_honest_and_elsewhere_are_not() {
        assert_eq!(remarks("plugin.mjs", b"var a = /[\x02\x7f]/;\n"), []);
        assert_ne!(remarks("plugin.mjs", b"var a = 'x\x08';\n"), []);
        assert_ne!(remarks("notes.txt", b"a \x02\n"), []);
    }

    #[test]
    fn a_licence_in_latin_1_is_text_and_a_weight_file_with_the_same_bytes_is_not() {
        let bytes = b"Copyright \xa9 2024 Andr\xe9\n";
        assert_eq!(remarks("LICENSE", bytes), []);
        assert!(matches!(remarks("weights.dat", bytes)[..], [FactKind::Fault(Fault::Unrecognised)]));
    }

    #[test]
    fn a_control_character_beyond_the_probe_is_a_fault_at_its_offset() {
        let mut bytes = vec![b'a'; 300_000];
        bytes[150_000] = 0;
        let facts = facts("README.md", &bytes);
        let fault = facts.iter().find(|fact| matches!(fact.kind, FactKind::Fault(Fault::Malformed { .. })));
        assert_eq!(fault.map(|fact| fact.location.start), Some(150_000));
    }

    #[test]
    fn a_text_beyond_the_limit_is_scanned_as_far_as_the_limit_and_held() {
        let limits = Limits { text_bytes_max: 16, ..Limits::default() };
        let facts = crate::inspect(&"é".repeat(40).into_bytes(), Place::file("README.md"), &limits);
        let faults: Vec<_> = facts.iter().filter(|fact| matches!(fact.kind, FactKind::Fault(_))).collect();
        assert!(matches!(&faults[..], [fact] if matches!(fact.kind, FactKind::Fault(Fault::Budget { .. }))));
    }

    #[test]
    fn shortening_keeps_words_and_the_bound() {
        assert_eq!(shortened("a\n  b\tc", 10), "a b c");
        assert_eq!(shortened(&"word ".repeat(9), 12).chars().count(), 12);
        assert_eq!(shortened(&"x".repeat(500), 120).chars().count(), 120);
    }
}
