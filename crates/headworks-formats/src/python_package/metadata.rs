//! Core metadata: `METADATA` of a wheel, `PKG-INFO` of a source distribution.
//!
//! Headers as in an e-mail, up to the first empty line; the description behind it is prose, which
//! the text format reads. Compared with the name of the folder and of the archive around it.
//!
//! Not covered: the meaning of classifiers and of the description.

use headworks_types::Fault;
use headworks_types::fact::{Ecosystem, PackageFact};

use super::{names, specifier};
use crate::encoding::{Document, Text};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Core metadata, by name and first header.
pub(crate) static FORMAT: Format = Format { id: "python-metadata", title: "Python package metadata", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    matches!(probe.name(), "METADATA" | "PKG-INFO") && memchr::memmem::find(probe.head, b"Metadata-Version:").is_some()
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let document = match Document::read(input, "text_bytes_max", inspection.limits.text_bytes_max) {
        Ok(document) => document,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    let text = Text::decode(&document.bytes, true);
    let headers = Headers::of(&text.characters);
    let (name, version) = (headers.first("Name"), headers.first("Version"));
    inspection.identified(input, FORMAT.id, format!("metadata of {} {}", shortened(name), shortened(version)));
    if name.is_empty() || version.is_empty() {
        let wanted = "the headers `Name` and `Version`".into();
        inspection.fact(whole.clone(), Fault::Truncated { format: FORMAT.id.into(), wanted });
    }
    let identity =
        PackageFact::Identity { ecosystem: Ecosystem::Python, name: shortened(name), version: shortened(version) };
    inspection.fact(whole.clone(), identity);
    for fact in disagreements(input, (name, version)) {
        inspection.fact(whole.clone(), fact);
    }
    for requirement in headers.all("Requires-Dist").filter_map(|line| specifier::read(line, false)) {
        inspection.fact(whole.clone(), requirement);
    }
    document.fault.into_iter().for_each(|fault| inspection.fact(whole.clone(), fault));
}

/// Headers in their order; a continued line belongs to the header before it.
struct Headers(Vec<(String, String)>);

impl Headers {
    fn of(text: &str) -> Self {
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            if line.is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = headers.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        Self(headers)
    }

    fn all<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h str> + use<'h> {
        let name = name.to_ascii_lowercase();
        self.0.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn first(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }
}

/// Compares with `name-version.dist-info`, `name-version/` and the file's own name.
fn disagreements(input: &Input<'_>, metadata: (&str, &str)) -> Vec<PackageFact> {
    let path = input.place.innermost();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut facts = Vec::new();
    let folder_name = folder.rsplit('/').next().unwrap_or(folder);
    if let Some(stem) = folder_name.strip_suffix(".dist-info") {
        let stated = stem.rsplit_once('-').unwrap_or((stem, ""));
        facts.extend(names::disagreements(metadata, "distribution folder", stated));
    }
    // The archive right around it, for packages may bring the wheels of others.
    let around = input.place.members().iter().rev().skip(1).map(String::as_str).chain([input.place.file_path()]);
    let is_archive = |path: &&str| [".whl", ".tar.gz", ".zip", ".tgz"].iter().any(|ending| path.ends_with(ending));
    let file = around.into_iter().find(is_archive).unwrap_or_default();
    let file = file.rsplit('/').next().unwrap_or(file);
    // Vendored packages and the `.egg-info` folder of a source distribution lie deeper or repeat it.
    let is_root = !folder.is_empty() && !folder.contains('/') && !folder.ends_with(".egg-info");
    if input.place.members().is_empty() || !is_root {
        return facts;
    }
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        let stated = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        facts.extend(names::disagreements(metadata, "file name", stated));
    } else if let Some(stem) = [".tar.gz", ".zip", ".tgz"].iter().find_map(|ending| file.strip_suffix(ending)) {
        let stated = stem.rsplit_once('-').unwrap_or((stem, ""));
        facts.extend(names::disagreements(metadata, "file name", stated));
    }
    facts
}
