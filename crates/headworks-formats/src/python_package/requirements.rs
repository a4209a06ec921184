//! Requirement and constraint files of pip, and the dependency lists of conda environments.
//!
//! Source: pip's `req_file.py`: a line ends with the line unless a backslash continues it, `#` after
//! white space begins a comment, options stand alone or behind a requirement. Environment variables
//! are not replaced, and the files that `-r` and `-c` name are files of their own.
//!
//! Not covered: environment variables, and which versions a resolver would take.

use headworks_types::Fault;
use headworks_types::fact::{Ecosystem, PackageFact, RequirementKind};

use super::specifier;
use crate::encoding::{Document, Text};
use crate::fields::{self, Syntax};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::text::{count, without_credentials};

/// Lists of requirements, chosen by their names.
pub(crate) static FORMAT: Format = Format { id: "requirements", title: "List of requirements", claims, inspect };

const OPTIONS: &[(&str, &str)] = &[
    ("-i", "--index-url"),
    ("--index-url", "--index-url"),
    ("--pypi-url", "--index-url"),
    ("--extra-index-url", "--extra-index-url"),
    ("-f", "--find-links"),
    ("--find-links", "--find-links"),
    ("--trusted-host", "--trusted-host"),
    ("--no-index", "--no-index"),
    ("--pre", "--pre"),
    ("--no-binary", "--no-binary"),
];

fn claims(probe: &Probe<'_>) -> bool {
    let name = probe.name().to_ascii_lowercase();
    let is_list = (name.contains("requirements") || name.starts_with("constraints"))
        && (name.ends_with(".txt") || name.ends_with(".in"));
    (is_list && !name.starts_with("system") && crate::encoding::is_text(probe.head, false)) || is_environment(&name)
}

fn is_environment(name: &str) -> bool {
    matches!(name, "environment.yml" | "environment.yaml" | "conda.yaml" | "conda.yml")
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    if is_environment(&input.place.base_name().to_ascii_lowercase()) {
        return environment(input, inspection);
    }
    let whole = input.place.at(0..input.bytes.size());
    let document = match Document::read(input, "text_bytes_max", inspection.limits.text_bytes_max) {
        Ok(document) => document,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    let text = Text::decode(&document.bytes, true);
    let mut seen = 0usize;
    let is_whole = each_line(&text.characters, &mut |at, line| {
        for fact in facts(line) {
            seen = seen.saturating_add(1);
            inspection.fact(input.place.at(at..at.saturating_add(line.len() as u64)), fact);
        }
    });
    inspection.identified(
        input,
        FORMAT.id,
        format!("requirements, {}", count(seen, "entry").replace("entrys", "entries")),
    );
    if !is_whole && document.fault.is_none() {
        let wanted = "the line that a backslash continues".into();
        inspection.fact(whole.clone(), Fault::Truncated { format: FORMAT.id.into(), wanted });
    }
    document.fault.into_iter().for_each(|fault| inspection.fact(whole.clone(), fault));
}

/// Hands on each logical line without its comment, and where it begins; whether the last one is whole.
fn each_line(text: &str, each: &mut dyn FnMut(u64, &str)) -> bool {
    let (mut logical, mut start, mut offset) = (String::new(), 0u64, 0u64);
    for line in text.split_inclusive('\n') {
        if logical.is_empty() {
            start = offset;
        }
        offset = offset.saturating_add(line.len() as u64);
        let line = line.trim_end();
        if let Some(continued) = line.strip_suffix('\\') {
            logical.push_str(continued);
            logical.push(' ');
            continue;
        }
        logical.push_str(line);
        each(start, without_comment(&logical));
        logical.clear();
    }
    each(start, without_comment(&logical));
    logical.is_empty()
}

/// The line without what stands behind a `#` at its beginning or after white space.
pub(super) fn without_comment(line: &str) -> &str {
    let cut = line.match_indices('#').find(|(at, _)| {
        line.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace))
    });
    cut.and_then(|(at, _)| line.get(..at)).unwrap_or(line).trim()
}

/// What a logical line says.
pub(crate) fn facts(line: &str) -> Vec<PackageFact> {
    let is_hashed = line.contains("--hash=") || line.contains("--hash ");
    let (word, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
    if line.starts_with('-') {
        let value = rest.trim_start_matches('=').trim();
        return match word {
            "-e" | "--editable" => specifier::read(value, is_hashed).into_iter().collect(),
            _ => option(word, value).into_iter().collect(),
        };
    }
    let requirement = line.split(" --").next().unwrap_or(line);
    specifier::read(requirement, is_hashed).into_iter().collect()
}

/// Whether an option takes the word after it.
pub(crate) fn takes_value(word: &str) -> bool {
    let is_switch = |option: &str| matches!(option, "--no-index" | "--pre");
    OPTIONS.iter().any(|(known, option)| *known == word && !is_switch(option))
}

/// What an option says, when it is one that changes where or how carefully packages are fetched.
pub(crate) fn option(word: &str, value: &str) -> Option<PackageFact> {
    let (_, option) = OPTIONS.iter().find(|(known, _)| *known == word)?;
    let value = shortened(&without_credentials(value));
    Some(PackageFact::InstallerOption { option: (*option).into(), value })
}

/// `environment.yml`: channels, conda's own requirements, and pip's below them.
fn environment(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let fields = fields::read(input, Syntax::Yaml, FORMAT.id, inspection);
    inspection.identified(input, FORMAT.id, format!("conda environment, {}", count(fields.len(), "value")));
    for field in &fields {
        let found = if field.is(&["channels", "*"]) {
            vec![PackageFact::InstallerOption {
                option: "channels".into(),
                value: shortened(&without_credentials(&field.value)),
            }]
        } else if field.is(&["dependencies", "*", "pip", "*"]) {
            facts(without_comment(&field.value))
        } else if field.is(&["dependencies", "*"]) {
            vec![conda(&field.value)]
        } else {
            Vec::new()
        };
        found.into_iter().for_each(|fact| inspection.fact(field.location(input), fact));
    }
}

fn conda(specification: &str) -> PackageFact {
    let end = specification.find(['=', '<', '>', ' ']).unwrap_or(specification.len());
    let (name, version) = specification.split_at_checked(end).unwrap_or((specification, ""));
    let kind = match version.starts_with('=') && !version.contains('*') {
        true => RequirementKind::Pinned,
        false => RequirementKind::Open,
    };
    PackageFact::Requirement {
        ecosystem: Ecosystem::Conda,
        name: shortened(name),
        target: shortened(version.trim()),
        kind,
    }
}
