//! npm's `package.json`, and `binding.gyp`, which makes npm build native code without being asked.
//!
//! Source: npm's documentation of `package.json` and of its life-cycle scripts. Every file of the
//! name is read; that only the outermost one of a package runs its scripts is for a rule to weigh.
//!
//! Not covered: JavaScript, and what a script's commands do beyond the words in them.

use headworks_types::fact::{Ecosystem, PackageFact, RequirementKind};

use crate::fields::{self, Field, Syntax};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::python_package::specifier::place_kind;
use crate::text::{self, without_credentials};

/// Manifests of npm packages.
pub(crate) static FORMAT: Format = Format { id: "npm-manifest", title: "npm package manifest", claims, inspect };

const EVENTS: &[&str] = &[
    "preinstall",
    "install",
    "postinstall",
    "preprepare",
    "prepare",
    "postprepare",
    "prepublish",
    "preuninstall",
    "uninstall",
    "postuninstall",
];

const DEPENDENCIES: &[&str] = &["dependencies", "optionalDependencies", "peerDependencies"];

fn claims(probe: &Probe<'_>) -> bool {
    let begins = |byte: u8| probe.head.trim_ascii_start().first() == Some(&byte);
    matches!(probe.name(), "package.json") && begins(b'{') || probe.name() == "binding.gyp"
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    if input.place.base_name() == "binding.gyp" {
        inspection.identified(input, FORMAT.id, "native build");
        let (event, command) = ("install".into(), "node-gyp rebuild".into());
        return inspection.fact(input.place.at(0..input.bytes.size()), PackageFact::InstallScript { event, command });
    }
    let fields = fields::read(input, Syntax::Json, FORMAT.id, inspection);
    let value = |key: &str| fields.iter().find(|field| field.is(&[key])).map_or("", |field| field.value.as_str());
    let (name, version) = (shortened(value("name")), shortened(value("version")));
    inspection.identified(input, FORMAT.id, format!("package {name} {version}"));
    if !name.is_empty() && !version.is_empty() {
        let fact = PackageFact::Identity { ecosystem: Ecosystem::Npm, name: name.clone(), version };
        inspection.fact(input.place.at(0..input.bytes.size()), fact);
        let facts = disagreements(input, value("name"), value("version"));
        facts.into_iter().for_each(|fact| inspection.fact(input.place.at(0..input.bytes.size()), fact));
    }
    for field in &fields {
        if let Some(fact) = fact(field, &name) {
            inspection.fact(field.location(input), fact);
        }
    }
}

fn fact(field: &Field, package: &str) -> Option<PackageFact> {
    let shown = || text::shortened(&without_credentials(&field.value), 400);
    match (field.part(0), field.path.len()) {
        ("scripts", 2) if EVENTS.contains(&field.part(1)) => {
            Some(PackageFact::InstallScript { event: field.part(1).into(), command: shown() })
        }
        ("bin", 1) => {
            let name = package.rsplit('/').next().unwrap_or(package);
            Some(PackageFact::Command { name: name.into(), target: shown() })
        }
        ("bin", 2) => Some(PackageFact::Command { name: shortened(field.part(1)), target: shown() }),
        ("bundledDependencies" | "bundleDependencies", 2) => {
            Some(PackageFact::BundledPackage { name: shortened(&field.value) })
        }
        ("bundledDependencies" | "bundleDependencies", 1) if field.value == "true" => {
            Some(PackageFact::BundledPackage { name: "*".into() })
        }
        ("os" | "cpu", 2) => Some(PackageFact::Platform { tag: shortened(&field.value), is_any: false }),
        (section, 2) if DEPENDENCIES.contains(&section) => Some(PackageFact::Requirement {
            ecosystem: Ecosystem::Npm,
            name: shortened(field.part(1)),
            target: shown(),
            kind: kind(&field.value),
        }),
        ("overrides" | "resolutions", 2..) => replacement(field),
        _ => None,
    }
}

/// What is put in place of a dependency at any depth, where it is more than another version.
fn replacement(field: &Field) -> Option<PackageFact> {
    let kind = kind(&field.value);
    let is_version = matches!(kind, RequirementKind::Open | RequirementKind::Pinned) || field.value.starts_with('$');
    // `.` is the package whose own dependencies the object is about.
    let name = field.path.iter().rev().find(|part| *part != ".").map_or("", String::as_str);
    let target = text::shortened(&without_credentials(&field.value), 400);
    let (ecosystem, name) = (Ecosystem::Npm, shortened(name));
    (!is_version).then_some(PackageFact::Requirement { ecosystem, name, target, kind })
}

/// Compares the manifest with the name of the tarball around it: that of the registry, or that of `npm pack`.
fn disagreements(input: &Input<'_>, name: &str, version: &str) -> Vec<PackageFact> {
    let members = input.place.members();
    let around = members.iter().rev().skip(1).map(String::as_str).chain([input.place.file_path()]);
    let file = around.filter(|_| !members.is_empty()).find(|path| path.ends_with(".tgz")).unwrap_or_default();
    let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".tgz");
    let is_outermost = input.place.innermost().matches('/').count() == 1;
    let Some((stated_name, stated_version)) = name_and_version(stem).filter(|_| is_outermost) else {
        return Vec::new();
    };
    let short = name.rsplit('/').next().unwrap_or(name);
    let packed = name.trim_start_matches('@').replace('/', "-");
    let fact = |field: &str, metadata: &str, value: &str| PackageFact::NamesDisagree {
        field: field.into(),
        metadata: shortened(metadata),
        other: "file name".into(),
        value: shortened(value),
    };
    let mut facts = Vec::new();
    if stated_name != short && stated_name != packed {
        facts.push(fact("name", name, stated_name));
    }
    if stated_version != version.split('+').next().unwrap_or(version) {
        facts.push(fact("version", version, stated_version));
    }
    facts
}

/// `toy-lib` and `1.0.0-rc.1` of `toy-lib-1.0.0-rc.1`; nothing for a name without a version.
fn name_and_version(stem: &str) -> Option<(&str, &str)> {
    let is_version = |rest: &str| {
        let core = rest.split(['-', '+']).next().unwrap_or(rest);
        core.split('.').count() == 3
            && core.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let dash = stem.match_indices('-').find(|(at, _)| stem.get(at.saturating_add(1)..).is_some_and(is_version))?;
    Some((stem.get(..dash.0)?, stem.get(dash.0.saturating_add(1)..)?))
}

fn kind(target: &str) -> RequirementKind {
    let is_version = |text: &str| {
        text.split('.').count() == 3 && text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains([' ', '|'])
    };
    let is_hub_short =
        target.split('/').count() == 2 && !target.starts_with(['.', '~', '/', '@']) && !target.contains([' ', ':']);
    if target.starts_with("npm:") {
        RequirementKind::Alias
    } else if target.starts_with("file:")
        || target.starts_with("link:")
        || target.starts_with(['.', '/', '~']) && target.contains('/')
    {
        RequirementKind::Path
    } else if target.contains("://") || target.starts_with("git") && target.contains(':') {
        place_kind(target, false)
    } else if target.starts_with("github:") || is_hub_short {
        place_kind(&format!("git+{target}"), false)
    } else if is_version(target) {
        RequirementKind::Pinned
    } else {
        RequirementKind::Open
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits, Place};

    use super::*;

    fn facts(place: Place, manifest: &str) -> Vec<PackageFact> {
        let limits = Limits::default();
        let mut inspection = Inspection::new(&limits);
        inspect(&Input { bytes: &manifest.as_bytes().to_vec(), place }, &mut inspection);
        let packages = inspection.into_facts().into_iter().filter_map(|fact| match fact.kind {
            FactKind::Package(fact) => Some(fact),
            _ => None,
        });
        packages.collect()
    }

    fn disagreeing(file: &str, manifest: &str) -> usize {
        let place = Place::file(file).member("x.tar").member("package/package.json");
        facts(place, manifest).iter().filter(|fact| matches!(fact, PackageFact::NamesDisagree { .. })).count()
    }

    #[test]
    fn the_tarball_has_the_name_of_the_registry_or_of_npm_pack() {
        let scoped = r#"{"name": "@toy/lib-a", "version": "1.0.0-rc.1"}"#;
        assert_eq!(disagreeing("lib-a-1.0.0-rc.1.tgz", scoped), 0);
        assert_eq!(disagreeing("toy-lib-a-1.0.0-rc.1.tgz", scoped), 0);
        assert_eq!(disagreeing("package.tgz", scoped), 0);
        assert_eq!(disagreeing("lib-b-1.0.0-rc.2.tgz", scoped), 2);
    }

    #[test]
    fn overrides_by_place_are_stated_and_those_by_version_are_not() {
        let manifest =
            r#"{"overrides": {"a": "1.0.0", "b": {".": "npm:evil@1.0.0", "c": "git+https://g.invalid/c"}, "d": "$d"}}"#;
        let names: Vec<String> = facts(Place::file("package.json"), manifest)
            .into_iter()
            .filter_map(|fact| match fact {
                PackageFact::Requirement { name, .. } => Some(name),
                _ => None,
            })
            .collect();
        assert_eq!(names, ["b", "c"]);
    }
}
