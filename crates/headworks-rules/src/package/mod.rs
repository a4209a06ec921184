//! Rules about software packages and lists of requirements.

pub(crate) mod build_time_code;
pub(crate) mod direct_requirement;
pub(crate) mod extra_package_index;
pub(crate) mod install_script;
pub(crate) mod package_name_mismatch;
pub(crate) mod record_mismatch;
pub(crate) mod shadowing_command;
pub(crate) mod startup_code;
pub(crate) mod unexpected_native_code;

use std::collections::HashSet;

use headworks_types::fact::{CodeFact, Ecosystem, FileFact, PackageFact};
use headworks_types::{FactKind, Place};

use crate::Evidence;
use crate::oci::layers::ImageLayers;

/// The files of an artifact that an installer takes for packages: by name, and by what they hold.
pub(crate) struct Packages<'a> {
    files: HashSet<&'a str>,
    built_for_systems: HashSet<&'a str>,
    for_every_system: HashSet<&'a str>,
    images: ImageLayers,
    /// Parts of the names of modules that are imported by code which is not beside the code itself.
    imported: HashSet<&'a str>,
    of_npm: HashSet<&'a str>,
    of_python: HashSet<&'a str>,
}

/// Folders of a source distribution that nobody imports or runs to install it, at any depth.
const BESIDE: &[&str] = &["benchmarks", "doc", "docs", "examples", "test", "tests"];

/// The same, directly below the outermost folder.
const BESIDE_AT_TOP: &[&str] = &["bin", "ci", "demo", "demos", "scripts", "tools", "utils"];

impl<'a> Packages<'a> {
    pub(crate) fn of(evidence: &Evidence<'a>) -> Self {
        let mut packages = Self {
            files: HashSet::new(),
            built_for_systems: HashSet::new(),
            for_every_system: HashSet::new(),
            images: ImageLayers::of(evidence),
            imported: HashSet::new(),
            of_npm: HashSet::new(),
            of_python: HashSet::new(),
        };
        for fact in evidence.facts {
            let file = fact.location.place.file_path();
            match &fact.kind {
                FactKind::Package(PackageFact::Identity { ecosystem, .. }) if is_named_package(file) => {
                    match ecosystem {
                        Ecosystem::Npm => packages.of_npm.insert(file),
                        Ecosystem::Python | Ecosystem::Conda => packages.of_python.insert(file),
                    };
                    packages.files.insert(file)
                }
                FactKind::Package(PackageFact::Platform { is_any: false, .. }) => {
                    packages.built_for_systems.insert(file)
                }
                FactKind::Package(PackageFact::Platform { is_any: true, .. }) => packages.for_every_system.insert(file),
                FactKind::Code(CodeFact::Import { module }) if beside(&fact.location.place).is_none() => {
                    packages.imported.extend(module.split('.').filter(|part| is_beside(part)));
                    false
                }
                _ => false,
            };
        }
        for fact in evidence.facts {
            if let FactKind::Code(CodeFact::BuildEffect { excerpt, .. }) = &fact.kind {
                packages.imported.extend(started(excerpt));
            }
        }
        // What torch would load is judged as what torch would load.
        for fact in evidence.facts {
            if matches!(&fact.kind, FactKind::File(FileFact::Identified { format, .. }) if format == "torch") {
                packages.files.remove(fact.location.place.file_path());
            }
        }
        packages
    }

    /// Whether the place lies within a package or the file system of an image, where programs and scripts are what
    /// people expect.
    pub(crate) fn contains(&self, place: &Place) -> bool {
        self.is_in_image(place) || !place.members().is_empty() && self.files.contains(place.file_path())
    }

    /// Whether the place is a file of a container image, which is always built for a system.
    pub(crate) fn is_in_image(&self, place: &Place) -> bool {
        self.images.contains_file(place)
    }

    /// Whether the package says that it holds no native code.
    pub(crate) fn claims_every_system(&self, place: &Place) -> bool {
        self.for_every_system.contains(place.file_path())
    }

    /// Whether the place lies in a part of a source distribution that nobody imports or runs to install it.
    ///
    /// A folder that other code imports from is no such part, whatever its name.
    pub(crate) fn is_beside_the_code(&self, place: &Place) -> bool {
        beside(place).is_some_and(|folder| !self.imported.contains(folder))
    }

    /// Whether the place lies in a package that only npm installs, which imports no Python.
    pub(crate) fn is_of_npm(&self, place: &Place) -> bool {
        let file = place.file_path();
        self.of_npm.contains(file) && !self.of_python.contains(file)
    }

    /// Whether the package says that it holds native code for some system.
    pub(crate) fn is_built_for_a_system(&self, place: &Place) -> bool {
        self.built_for_systems.contains(place.file_path())
    }
}

/// The folders whose scripts a build starts or evaluates: those that its words name, or all when they name no file.
fn started(words: &str) -> Vec<&str> {
    let parts = words.split(|c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '"' | '\'' | '(' | ')' | ','));
    let named: Vec<&str> = parts.filter(|part| is_beside(part)).collect();
    if words.starts_with("sys.executable") && named.is_empty() && !words.contains(".py") {
        return BESIDE.iter().chain(BESIDE_AT_TOP).copied().collect();
    }
    named
}

/// The folder by which a file of a source distribution, or an archive in it, is beside the code.
fn beside(place: &Place) -> Option<&str> {
    if !place.file_path().ends_with(".tar.gz") {
        return None;
    }
    let folders = place.members().iter().filter_map(|member| member.rsplit_once('/')).map(|(folders, _)| folders);
    let mut parts = folders.flat_map(|folders| folders.split('/').skip(1).enumerate());
    let is_beside =
        |(depth, part): &(usize, &str)| BESIDE.contains(part) || (*depth == 0 && BESIDE_AT_TOP.contains(part));
    parts.find(is_beside).map(|(_, part)| part)
}

fn is_beside(part: &str) -> bool {
    BESIDE.contains(&part) || BESIDE_AT_TOP.contains(&part)
}

/// Whether an installer takes the file for one of the package being installed, and not of one within it.
pub(crate) fn is_outermost(place: &Place) -> bool {
    let path = place.innermost();
    match place.members().is_empty() {
        true => !path.contains('/'),
        // The archive has one folder, as in `package/` and `toy-1.0/`.
        false => path.matches('/').count() <= 1,
    }
}

fn is_named_package(path: &str) -> bool {
    [".whl", ".tar.gz", ".tgz"].iter().any(|ending| path.ends_with(ending))
}
