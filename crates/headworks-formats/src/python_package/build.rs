//! What builds a Python project from source: `pyproject.toml` and `setup.cfg`.
//!
//! Sources: PEP 517, 518, 621, 643 and 735; the documentation of setuptools, Hatch, PDM, Poetry and uv for the tables
//! that name code of the project to run, programs to install and places to fetch from. The documents themselves are
//! read by their formats too. That a build in a source tree runs this code is stated; what the code does is for the
//! Python format. Keys that one build tool alone reads count whichever tool the document chooses.
//!
//! Not covered: plugins of build tools that come from other packages, and `meson.build` or `CMakeLists.txt`.

use headworks_types::fact::{CodeFact, ConfigurationFact, Ecosystem, PackageFact, ReferenceKind};
use headworks_types::{FactKind, Location};

use super::{requirements, specifier};
use crate::configuration::leaves_directory;
use crate::encoding::is_text;
use crate::fields::{self, Field, Syntax};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::text::{count, without_credentials};

/// Build configuration, chosen by its names.
pub(crate) static FORMAT: Format = Format { id: "python-build", title: "Python build configuration", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    matches!(probe.name(), "pyproject.toml" | "setup.cfg") && is_text(probe.head, false)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let is_toml = input.place.base_name() == "pyproject.toml";
    let syntax = if is_toml { Syntax::Toml } else { Syntax::Ini };
    let fields = fields::read(input, syntax, FORMAT.id, inspection);
    let value = |path: &[&str]| fields.iter().find(|field| field.is(path)).map_or("", |field| field.value.as_str());
    let tool = match (is_toml, value(&["build-system", "build-backend"])) {
        (false, _) => "setuptools",
        (true, "") => "no backend",
        (true, backend) => backend,
    };
    inspection.identified(input, FORMAT.id, format!("{}, {}", shortened(tool), count(fields.len(), "value")));
    let mut stating = |location: Location, fact: FactKind| inspection.fact(location, fact);
    if is_toml {
        identity(input, value(&["project", "name"]), value(&["project", "version"]), &mut stating);
        backend(input, &fields, &mut stating);
        fields.iter().for_each(|field| project(input, field, &fields, &mut stating));
        fields.iter().for_each(|field| tools(input, field, &fields, &mut stating));
    } else {
        identity(input, value(&["metadata", "name"]), value(&["metadata", "version"]), &mut stating);
        fields.iter().for_each(|field| setup_cfg(input, field, &mut stating));
    }
}

/// What takes a fact and where it was seen.
type Stating<'s> = dyn FnMut(Location, FactKind) + 's;

/// Names that are read from elsewhere (`attr: x.y`, `file: x`) are not known here.
fn identity(input: &Input<'_>, name: &str, version: &str, stating: &mut Stating<'_>) {
    if !name.is_empty() && !name.contains(": ") {
        let version = if version.contains(':') { String::new() } else { shortened(version) };
        let fact = PackageFact::Identity { ecosystem: Ecosystem::Python, name: shortened(name), version };
        stating(input.place.at(0..input.bytes.size()), fact.into());
    }
}

/// A backend of the project's own, which lies in one of the folders of `backend-path`.
fn backend(input: &Input<'_>, fields: &[Field], stating: &mut Stating<'_>) {
    let backend = fields.iter().find(|field| field.is(&["build-system", "build-backend"]));
    for folder in fields.iter().filter(|field| field.is(&["build-system", "backend-path", "*"])) {
        let module = backend.map_or("setuptools.build_meta", |backend| backend.value.as_str());
        let module = module.split(':').next().unwrap_or(module).replace('.', "/");
        let target = match folder.value.trim_start_matches("./").trim_matches('/') {
            "" | "." => module,
            folder => format!("{folder}/{module}"),
        };
        let hook = "build-backend".to_owned();
        let location = folder.location(input);
        stating(location.clone(), PackageFact::BuildCode { hook, target: shortened(&target) }.into());
        if leaves_directory(&folder.value) {
            let (key, kind) = ("build-system.backend-path".to_owned(), ReferenceKind::EscapingPath);
            let fact = ConfigurationFact::Reference { key, kind, value: shortened(&folder.value) };
            stating(location, fact.into());
        }
    }
}

/// The tables that standards define.
fn project(input: &Input<'_>, field: &Field, fields: &[Field], stating: &mut Stating<'_>) {
    let lists: [&[&str]; 4] = [
        &["build-system", "requires", "*"],
        &["project", "dependencies", "*"],
        &["project", "optional-dependencies", "*", "*"],
        &["dependency-groups", "*", "*"],
    ];
    let location = field.location(input);
    if lists.iter().any(|list| field.is(list)) {
        let requirement = specifier::read(&field.value, false);
        let built = requirement.as_ref().filter(|_| field.part(0) == "build-system");
        let built = built.and_then(|requirement| specifier::build_code(requirement, "build-system.requires"));
        let facts = requirement.iter().cloned().chain(built);
        facts.for_each(|fact| stating(location.clone(), fact.into()));
    }
    let scripts: [&[&str]; 4] = [
        &["project", "scripts", "*"],
        &["project", "gui-scripts", "*"],
        &["tool", "poetry", "scripts", "*"],
        &["tool", "poetry", "scripts", "*", "reference"],
    ];
    if let Some(script) = scripts.iter().find(|script| field.is(script)) {
        let name = field.part(script.iter().position(|part| *part == "*").unwrap_or_default());
        stating(location.clone(), command(name, &field.value));
    }
    let is_poetry = || fields.iter().all(|field| field.part(0) != "project");
    if field.is(&["project", "entry-points", "*", "*"]) || field.is(&["tool", "poetry", "plugins", "*", "*"]) {
        stating(location.clone(), plugin(&field.value));
    }
    if field.is(&["project", "dynamic", "*"]) {
        stating(location, PackageFact::ComputedMetadata { field: shortened(&field.value) }.into());
    } else if field.is(&["tool", "poetry", "name"]) && is_poetry() {
        identity(input, &field.value, "", stating);
    }
}

/// The tables of build tools and installers.
fn tools(input: &Input<'_>, field: &Field, fields: &[Field], stating: &mut Stating<'_>) {
    if field.part(0) != "tool" {
        return;
    }
    let location = field.location(input);
    if let Some((hook, target)) = hook(field, fields) {
        stating(location.clone(), PackageFact::BuildCode { hook, target: shortened(&target) }.into());
    }
    if let Some(folder) = packed(field) {
        stating(location.clone(), PackageFact::PackedFolder { folder: shortened(folder) }.into());
    }
    if let Some((option, value)) = option(field) {
        let value = shortened(&without_credentials(value));
        stating(location.clone(), PackageFact::InstallerOption { option: option.into(), value }.into());
    }
    let uv_source = field.path.iter().skip(3).find(|part| matches!(part.as_str(), "git" | "url" | "path"));
    let poetry_source = field.path.last().filter(|part| matches!(part.as_str(), "git" | "url" | "path"));
    let (name, source) = match (field.part(1), field.part(2)) {
        ("uv", "sources") => (field.part(3), uv_source),
        ("poetry", "dependencies" | "dev-dependencies") if field.path.len() >= 5 => (field.part(3), poetry_source),
        ("poetry", "group") if field.path.len() >= 7 => (field.part(5), poetry_source),
        _ => return,
    };
    let Some(source) = source else { return };
    let parent = field.path.len().saturating_sub(1);
    let is_beside =
        |other: &&Field| other.path.len() == field.path.len() && other.path.get(..parent) == field.path.get(..parent);
    let revision = fields.iter().filter(is_beside).find(|other| other.part(parent) == "rev");
    let revision = revision.map(|other| format!("@{}", other.value)).unwrap_or_default();
    let place = match source.as_str() {
        "git" => format!("git+{}{revision}", field.value),
        _ => field.value.clone(),
    };
    let kind = specifier::place_kind(&place, false);
    let (name, target) = (shortened(name), shortened(&without_credentials(&place)));
    let fact = PackageFact::Requirement { ecosystem: Ecosystem::Python, name, target, kind };
    stating(location, fact.into());
}

/// Code of the project that a build tool is told to run.
fn hook(field: &Field, fields: &[Field]) -> Option<(String, String)> {
    let path: Vec<&str> = field.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["tool", "setuptools", "cmdclass", _] => Some(("cmdclass".into(), field.value.clone())),
        ["tool", "hatch", ..] => hatch_hook(&path, fields),
        ["tool", "pdm", "build", "custom-hook"] => Some(("pdm.build".into(), field.value.clone())),
        ["tool", "pdm", "version", "getter"] => Some(("pdm.version".into(), field.value.clone())),
        ["tool", "poetry", "build", "script"] | ["tool", "poetry", "build"] if !field.value.is_empty() => {
            Some(("poetry.build".into(), field.value.clone()))
        }
        _ => None,
    }
}

/// A folder that a build tool is told to pack, other than under the path it has.
fn packed(field: &Field) -> Option<&str> {
    let folder = match field.path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tool", "setuptools", "package-dir", _]
        | ["tool", "setuptools", "packages", "find", "where", _]
        | ["tool", "poetry", "packages", _, "from"]
        | ["tool", "pdm", "build", "package-dir"]
        | ["tool", "flit", "module", "name"] => field.value.as_str(),
        // Hatch: folders by the last part of their path, and files from anywhere to anywhere.
        ["tool", "hatch", .., "packages" | "only-packages", _] => field.value.as_str(),
        ["tool", "hatch", .., "force-include" | "sources", from] => from,
        _ => return None,
    };
    (!folder.is_empty()).then_some(folder)
}

/// The table of a custom hook, empty or not: the hook is in `hatch_build.py` unless its table names another file.
fn hatch_hook(path: &[&str], fields: &[Field]) -> Option<(String, String)> {
    let table = path.windows(2).position(|pair| pair == ["hooks", "custom"])?.saturating_add(2);
    let named = fields.iter().filter(|other| other.path.len() == table.saturating_add(1));
    let named = named.filter(|other| other.path.iter().zip(path).take(table).all(|(part, own)| part == own));
    let named = named.filter(|other| other.part(table) == "path").map(|other| other.value.clone()).next();
    let hook = path.get(1..table).unwrap_or_default().join(".");
    Some((hook, named.unwrap_or_else(|| "hatch_build.py".into())))
}

/// Where an installer is told to fetch from.
fn option(field: &Field) -> Option<(&'static str, &str)> {
    let option = match field.path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tool", "uv", "index-url"] | ["tool", "uv", "pip", "index-url"] => "--index-url",
        ["tool", "uv", "extra-index-url", _] | ["tool", "uv", "pip", "extra-index-url", _] => "--extra-index-url",
        ["tool", "uv", "index", _, "url"]
        | ["tool", "poetry", "source", _, "url"]
        | ["tool", "pdm", "source", _, "url"] => "--extra-index-url",
        ["tool", "uv", "find-links", _] | ["tool", "uv", "pip", "find-links", _] => "--find-links",
        ["tool", "uv", "allow-insecure-host" | "trusted-host", _] => "--trusted-host",
        ["tool", "pdm", "source", _, "verify_ssl"] if field.value == "false" => "--trusted-host",
        _ => return None,
    };
    Some((option, &field.value))
}

fn setup_cfg(input: &Input<'_>, field: &Field, stating: &mut Stating<'_>) {
    let location = field.location(input);
    let lines = || field.value.lines().map(str::trim).filter(|line| !line.is_empty());
    match (field.part(0), field.part(1)) {
        ("options", "cmdclass") => {
            for (_, class) in lines().filter_map(|line| line.split_once('=')) {
                let (hook, target) = ("cmdclass".into(), shortened(class.trim()));
                stating(location.clone(), PackageFact::BuildCode { hook, target }.into());
            }
        }
        ("options", "setup_requires" | "install_requires" | "tests_require") | ("options.extras_require", _) => {
            let stated = lines().filter_map(|line| specifier::read(requirements::without_comment(line), false));
            for requirement in stated {
                let built = Some(&requirement).filter(|_| field.part(1) == "setup_requires");
                let built = built.and_then(|requirement| specifier::build_code(requirement, "setup_requires"));
                built.into_iter().for_each(|fact| stating(location.clone(), fact.into()));
                stating(location.clone(), requirement.into());
            }
        }
        ("options", "dependency_links") => lines().for_each(|line| {
            let value = shortened(&without_credentials(line));
            let option = "--find-links".to_owned();
            stating(location.clone(), PackageFact::InstallerOption { option, value }.into());
        }),
        ("options", "scripts") => lines().for_each(|script| {
            let name = script.rsplit('/').next().unwrap_or(script);
            stating(location.clone(), command(name, script));
        }),
        ("options.entry_points", "console_scripts" | "gui_scripts") => {
            let pairs = lines().filter_map(|line| line.split_once('='));
            pairs.for_each(|(name, target)| stating(location.clone(), command(name.trim(), target.trim())));
        }
        ("options.entry_points", _) => {
            let targets = lines().filter_map(|line| line.split_once('=')).map(|(_, target)| target);
            targets.for_each(|target| stating(location.clone(), plugin(target)));
        }
        ("options", "package_dir") => lines().for_each(|line| {
            let folder = shortened(line.split_once('=').map_or(line, |(_, folder)| folder).trim());
            stating(location.clone(), PackageFact::PackedFolder { folder }.into());
        }),
        ("options.packages.find", "where") => lines().for_each(|folder| {
            stating(location.clone(), PackageFact::PackedFolder { folder: shortened(folder) }.into());
        }),
        ("easy_install", key @ ("index_url" | "index-url" | "find_links" | "find-links")) => {
            let option = if key.starts_with("index") { "--index-url" } else { "--find-links" };
            let value = shortened(&without_credentials(&field.value));
            stating(location, PackageFact::InstallerOption { option: option.into(), value }.into());
        }
        _ => {}
    }
}

/// Whoever looks for plugins of a kind imports what the line names.
fn plugin(target: &str) -> FactKind {
    let module = target.split([':', '[']).next().unwrap_or_default();
    CodeFact::Import { module: shortened(module.trim()) }.into()
}

fn command(name: &str, target: &str) -> FactKind {
    PackageFact::Command { name: shortened(name), target: shortened(target) }.into()
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::RequirementKind;
    use headworks_types::{Limits, Place};

    use super::*;

    fn facts(name: &str, text: &str) -> Vec<FactKind> {
        let facts = crate::inspect(&text.as_bytes().to_vec(), Place::file(name), &Limits::default());
        let kept =
            |kind: &FactKind| matches!(kind, FactKind::Package(_) | FactKind::Configuration(_) | FactKind::Fault(_));
        facts.into_iter().map(|fact| fact.kind).filter(kept).collect()
    }

    fn build_code(name: &str, text: &str) -> Vec<(String, String)> {
        let found = facts(name, text).into_iter().filter_map(|kind| match kind {
            FactKind::Package(PackageFact::BuildCode { hook, target }) => Some((hook, target)),
            _ => None,
        });
        found.collect()
    }

    #[test]
    fn a_backend_in_the_tree_is_code_that_a_build_runs() {
        let text =
            "[build-system]\nrequires = []\nbuild-backend = 'toy.backend:api'\nbackend-path = ['_build', '../x']\n";
        let found = facts("pyproject.toml", text);
        let targets = build_code("pyproject.toml", text);
        assert_eq!(
            targets.iter().map(|(_, target)| target.as_str()).collect::<Vec<_>>(),
            ["_build/toy/backend", "../x/toy/backend"]
        );
        assert!(found.iter().any(|kind| matches!(kind, FactKind::Configuration(_))));
    }

    #[test]
    fn the_hooks_of_each_build_tool_are_found() {
        let text = "[tool.hatch.build.hooks.custom]\npath = 'h.py'\n[tool.pdm.build]\ncustom-hook = 'p.py'\n\
                    [tool.poetry.build]\nscript = 'b.py'\n[tool.setuptools.cmdclass]\ninstall = 'c.Install'\n";
        let targets: Vec<String> = build_code("pyproject.toml", text).into_iter().map(|(_, target)| target).collect();
        assert_eq!(targets, ["h.py", "p.py", "b.py", "c.Install"]);
        let default = "[tool.hatch.build.targets.wheel.hooks.custom]\n[tool.x]\n";
        assert_eq!(build_code("pyproject.toml", default)[0].1, "hatch_build.py");
        assert_eq!(build_code("setup.cfg", "[options]\ncmdclass =\n  install = c.Install\n")[0].1, "c.Install");
    }

    #[test]
    fn places_that_tools_fetch_from_are_requirements_and_options() {
        let text = "[tool.uv.sources]\na = {git = 'https://g.invalid/a', rev = 'main'}\nb = [{url = 'https://u.invalid/b.whl'}]\n\
                    [[tool.uv.index]]\nurl = 'http://i.invalid/simple'\n[tool.poetry.dependencies]\nc = {git = 'https://g.invalid/c'}\n\
                    d = '^1.0'\n[[tool.pdm.source]]\nurl = 'https://p.invalid'\nverify_ssl = false\n";
        let found = facts("pyproject.toml", text);
        let kinds: Vec<RequirementKind> = found
            .iter()
            .filter_map(|kind| match kind {
                FactKind::Package(PackageFact::Requirement { kind, .. }) => Some(*kind),
                _ => None,
            })
            .collect();
        assert_eq!(kinds, [RequirementKind::Repository, RequirementKind::Url, RequirementKind::Repository]);
        let options: Vec<&str> = found
            .iter()
            .filter_map(|kind| match kind {
                FactKind::Package(PackageFact::InstallerOption { option, .. }) => Some(option.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(options, ["--extra-index-url", "--extra-index-url", "--trusted-host"]);
    }

    #[test]
    fn folders_that_are_packed_under_another_name_are_told_and_left_out_ones_are_not() {
        let folders = |name: &str, text: &str| -> Vec<String> {
            let found = facts(name, text).into_iter().filter_map(|kind| match kind {
                FactKind::Package(PackageFact::PackedFolder { folder }) => Some(folder),
                _ => None,
            });
            found.collect()
        };
        let text = "[tool.setuptools.package-dir]\n'' = 'tests/x'\n[tool.setuptools.packages.find]\nwhere = ['src']\nexclude = ['tests*']\n\
                    [tool.hatch.build.targets.wheel]\npackages = ['docs/toy']\nexclude = ['tests']\n\
                    [tool.hatch.build.targets.wheel.force-include]\n'tests/y.py' = 'toy/y.py'\n\
                    [[tool.poetry.packages]]\ninclude = 'toy'\nfrom = 'tools'\n";
        assert_eq!(folders("pyproject.toml", text), ["tests/x", "src", "docs/toy", "tests/y.py", "tools"]);
        let text = "[options]\npackage_dir =\n  = tests\n[options.packages.find]\nwhere = lib\nexclude =\n  tests*\n";
        assert_eq!(folders("setup.cfg", text), ["tests", "lib"]);
    }

    #[test]
    fn what_a_plugin_group_names_is_imported() {
        let imported = |text: &str| {
            let facts = crate::inspect(&text.as_bytes().to_vec(), Place::file("pyproject.toml"), &Limits::default());
            facts.into_iter().any(
                |fact| matches!(fact.kind, FactKind::Code(CodeFact::Import { module }) if module == "toy.tests.plugin"),
            )
        };
        assert!(imported("[project.entry-points.pytest11]\ntoy = 'toy.tests.plugin:main'\n"));
        assert!(imported("[tool.poetry.plugins.'a.b']\ntoy = 'toy.tests.plugin'\n"));
        assert!(!imported("[tool.other.plugins.x]\ntoy = 'toy.tests.plugin'\n"));
    }

    #[test]
    fn an_ordinary_project_names_itself_its_programs_and_what_it_needs() {
        let text = "[project]\nname = 'toy'\nversion = '1'\ndynamic = ['readme']\ndependencies = ['a>=1']\nscripts = {toy = 'toy:main'}\n";
        assert_eq!(facts("pyproject.toml", text).len(), 4);
        assert_eq!(facts("setup.cfg", "[bdist_wheel]\nuniversal = 1\n[flake8]\nmax-line-length = 120\n"), []);
    }
}
