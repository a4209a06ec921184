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
        ("os" | "cpu", 2) => Some(PackageFact::Platform { tag: shortened(&field.value), is_any: false }),
        (section, 2) if DEPENDENCIES.contains(&section) => Some(PackageFact::Requirement {
            ecosystem: Ecosystem::Npm,
            name: shortened(field.part(1)),
            target: shown(),
            kind: kind(&field.value),
        }),
        _ => None,
    }
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
