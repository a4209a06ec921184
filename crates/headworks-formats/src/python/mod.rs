//! Python source: what it does when it is imported, and what it can do when it is called.
//!
//! The source is parsed by ruff's parser and never run. Names are followed through imports, aliases,
//! `getattr` and constant strings within one file; what reaches another file is that file's business.
//! Sources: the language reference of Python 3.14, PEP 263 (source encodings).
//!
//! Not covered: values that only a run would know, and code of other files and installed packages.

mod building;
mod calls;
mod effects;
mod escapes;
mod names;
mod nesting;
mod walk;

use std::borrow::Cow;

use headworks_types::Fault;
use ruff_python_ast::{Mod, PythonVersion};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use crate::encoding::{Document, Encoding, Text};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::{git_lfs, text};

/// Python modules, stubs and scripts, and the sources inside TorchScript archives.
pub(crate) static FORMAT: Format = Format { id: "python", title: "Python source", claims, inspect };

/// Encodings whose bytes above 0x7f are characters and nothing else, as PEP 263 names them.
const EIGHT_BIT_ENCODINGS: &[&str] =
    &["latin1", "iso88591", "iso885915", "iso88592", "cp1252", "windows1252", "cp1251", "koi8r", "cp437"];

const UTF_8_ENCODINGS: &[&str] = &["utf8", "utf8sig", "ascii", "usascii"];

/// Loaders import by name; a script runs by its first line.
fn claims(probe: &Probe<'_>) -> bool {
    let extension = probe.name().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let is_named = matches!(extension.as_deref(), Some("py" | "pyi" | "pyw"));
    (is_named && !(git_lfs::FORMAT.claims)(probe)) || has_python_line(probe.head)
}

/// Whether the bytes begin with an interpreter line that names Python.
fn has_python_line(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.get(..line.len().min(256)).unwrap_or_default();
    line.starts_with(b"#!") && memchr::memmem::find(line, b"python").is_some()
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    // The parser's own offsets have 32 bits.
    let max = inspection.limits.program_bytes_max.min(u64::from(u32::MAX / 2));
    let document = match Document::read(input, "program_bytes_max", max) {
        Ok(document) => document,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    let declared = declared_encoding(&document.bytes);
    let eight_bit = declared.as_deref().is_some_and(|name| EIGHT_BIT_ENCODINGS.contains(&name));
    let decoded = Text::decode(&document.bytes, eight_bit);
    let lines = decoded.characters.lines().count();
    inspection.identified(input, FORMAT.id, format!("{}, {}", decoded.encoding.name(), text::count(lines, "line")));
    text::scan_decoded(&decoded, input, inspection);
    if let Some(fault) = document.fault {
        return inspection.fact(whole, fault);
    }
    if let Some(fault) = misread(&decoded, declared.as_deref()) {
        let start = decoded.broken_at.unwrap_or_default();
        inspection.fact(input.place.at(start..input.bytes.size()), fault);
    }
    state(&Program { source: &decoded.characters, runs_on_import: true, is_cell: false }, input, inspection);
}

/// Why the interpreter may read other characters than we do.
fn misread(text: &Text<'_>, declared: Option<&str>) -> Option<Fault> {
    let format = FORMAT.id.to_owned();
    if let Some(name) = declared
        && !UTF_8_ENCODINGS.contains(&name)
        && !EIGHT_BIT_ENCODINGS.contains(&name)
    {
        // Under `utf-7` or `unicode_escape`, what looks like a comment can be code.
        return Some(Fault::Unsupported { format, feature: format!("source encoding `{name}`") });
    }
    let is_broken =
        text.broken_at.is_some() || !matches!(text.encoding, Encoding::Ascii | Encoding::Utf8 | Encoding::EightBit);
    is_broken.then(|| Fault::Malformed { format, problem: format!("no {} text", text.encoding.name()) })
}

/// The encoding that a comment in the first two lines declares (PEP 263), without punctuation.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let (first, rest) = line(bytes);
    let (second, _) = line(rest);
    let starts = first.trim_ascii_start().strip_prefix(b"\xef\xbb\xbf").unwrap_or(first.trim_ascii_start());
    // Behind a line of code, the second line is only a comment.
    let second = starts.first().is_none_or(|byte| *byte == b'#').then_some(second);
    [Some(first), second].into_iter().flatten().map(String::from_utf8_lossy).find_map(|line| {
        let comment = line.trim_start_matches(['\u{feff}', ' ', '\t', '\x0c']).strip_prefix('#')?;
        comment.split("coding").skip(1).find_map(|rest| {
            let name = rest.strip_prefix([':', '='])?.trim_start();
            let name = name.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            let plain: String = name.filter(char::is_ascii_alphanumeric).collect();
            (!plain.is_empty()).then(|| plain.to_ascii_lowercase())
        })
    })
}

/// The beginning of the first line, and what follows the line.
fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
    let rest = rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..)).unwrap_or_default();
    (line.get(..line.len().min(512)).unwrap_or_default(), rest)
}

/// A module, a script or a notebook cell.
pub(crate) struct Program<'a> {
    pub(crate) source: &'a str,
    /// Whether importing it is enough to run its top level.
    pub(crate) runs_on_import: bool,
    /// Whether it may use IPython's `!` and `%` lines.
    pub(crate) is_cell: bool,
}

/// States what a program imports and does, and where its syntax breaks.
pub(crate) fn state(program: &Program<'_>, input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let (plain, escapes) =
        if program.is_cell { escapes::take(program.source) } else { (Cow::Borrowed(program.source), Vec::new()) };
    let size = program.source.len() as u64;
    if let Some(fault) = too_deep(&plain, inspection.limits.document_depth_max) {
        return inspection.fact(input.place.at(0..size), fault);
    }
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::latest());
    let parsed = parse_unchecked(&plain, options);
    if let Mod::Module(module) = parsed.syntax() {
        walk::module(&module.body, &escapes, program, input, inspection);
    }
    if let Some(error) = parsed.errors().first() {
        let start = u64::from(error.location.start().to_u32());
        let fault =
            Fault::Malformed { format: FORMAT.id.into(), problem: text::shortened(&error.error.to_string(), 120) };
        inspection.fact(input.place.at(start..size.max(start)), fault);
    }
}

pub(crate) fn too_deep(source: &str, max: u64) -> Option<Fault> {
    let nesting = nesting::measure(source);
    let is_deep = nesting.brackets > max || nesting.levels > max.saturating_mul(nesting::OPERATORS_PER_LEVEL);
    is_deep.then(|| Fault::Budget { limit: "document_depth_max".into(), max })
}

#[cfg(test)]
mod tests;
