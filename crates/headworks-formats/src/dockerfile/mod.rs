//! Build files of container images: `Dockerfile`, `Containerfile`.
//!
//! Source: the Dockerfile reference and BuildKit's parser (`frontend/dockerfile/parser`, `shell`), of syntax
//! 1.x; Buildah reads the same. What is stated: the images a build starts from and copies out of, what it
//! fetches, what its commands fetch and run, the variables it sets, the user it leaves. Commands are those of a
//! POSIX shell, also where `SHELL` sets another. Nothing is built; a variable without a value in the file is
//! whoever builds' own. Another frontend (`# syntax=`) may give every word another meaning, so the file is then
//! not wholly understood.
//!
//! Not covered: templates of build files (`Dockerfile.j2`), which are text, commands of PowerShell, and scripts
//! that `RUN` runs from the build context, which are files of their own.

mod build;
mod parse;
mod variables;

use headworks_types::Fault;

use crate::encoding::{Document, Text, is_text};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::text::count;
use build::Build;
use parse::parse;

/// Build files, by the names that builders look for.
pub(crate) static FORMAT: Format = Format { id: "dockerfile", title: "Dockerfile", claims, inspect };

const NAMES: &[&str] = &["dockerfile", "containerfile"];

/// Endings of what build files are made from, and of what is written about them.
const NO_BUILD: &[&str] =
    &[".template", ".tmpl", ".tpl", ".j2", ".jinja", ".jinja2", ".in", ".erb", ".mustache", ".md", ".dockerignore"];

/// A name that has more than the word itself counts when the text begins like a build file.
fn claims(probe: &Probe<'_>) -> bool {
    let name = probe.name().to_ascii_lowercase();
    if !is_text(probe.head, false) || NO_BUILD.iter().any(|ending| name.ends_with(ending)) {
        return false;
    }
    let is_variant = NAMES.iter().any(|known| {
        let rest = name.strip_prefix(known).or_else(|| name.strip_suffix(known));
        rest.is_some_and(|rest| rest.starts_with(['.', '-', '_']) || rest.ends_with(['.', '-', '_']))
    });
    NAMES.contains(&name.as_str()) || is_variant && begins_a_build(probe.head)
}

/// Whether the first word that is no comment begins a build.
fn begins_a_build(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}');
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let word = line.unwrap_or_default().split_whitespace().next().unwrap_or_default();
    ["FROM", "ARG"].iter().any(|name| word.eq_ignore_ascii_case(name))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let document = match Document::read(input, "program_bytes_max", inspection.limits.program_bytes_max) {
        Ok(document) => document,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    let text = Text::decode(&document.bytes, false);
    let body = text.characters.trim_start_matches('\u{feff}');
    let base = text.characters.len().saturating_sub(body.len()) as u64;
    let parsed = parse(body);
    let stages = parsed.instructions.iter().filter(|instruction| instruction.name == "FROM").count();
    let instructions = count(parsed.instructions.len(), "instruction");
    inspection.identified(input, FORMAT.id, format!("build file, {}, {instructions}", count(stages, "stage")));
    Build::new(input, base, inspection).follow(&parsed);
    document.fault.into_iter().for_each(|fault| inspection.fact(whole.clone(), fault));
    if let Some(offset) = text.broken_at {
        inspection.fact(input.place.at(offset..input.bytes.size()), malformed("no UTF-8 text"));
    }
    if let Some(wanted) = parsed.ends_within {
        inspection.fact(whole.clone(), Fault::Truncated { format: FORMAT.id.into(), wanted: wanted.into() });
    }
    if stages == 0 {
        inspection.fact(whole, malformed("there is no `FROM`, so nothing can be built"));
    }
}

fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}
