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
    /// Parts of the names of modules that are imported by code which is not beside the code itself, or that a program,
    /// a plugin or a build names.
    imported: HashSet<&'a str>,
    /// Modules that such code imports from wherever the path of imports leads.
    outermost: HashSet<&'a str>,
    of_npm: HashSet<&'a str>,
    of_python: HashSet<&'a str>,
}

/// Folders of a distribution that nobody imports or runs to install it, at any depth.
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
            outermost: HashSet::new(),
            of_npm: HashSet::new(),
            of_python: HashSet::new(),
        };
        for fact in evidence.facts {
            let file = fact.location.place.file_path();
            match &fact.kind {
                FactKind::Package(PackageFact::Identity { ecosystem, .. }) if is_named_package(file) => {
                    match ecosystem {
                        Ecosystem::Npm => packages.of_npm.insert(file),
                        // node-gyp brings a project of Python along.
                        Ecosystem::Python | Ecosystem::Conda => {
                            is_outermost(&fact.location.place) && packages.of_python.insert(file)
                        }
                    };
                    packages.files.insert(file)
                }
                FactKind::Package(PackageFact::Platform { is_any: false, .. }) => {
                    packages.built_for_systems.insert(file)
                }
                FactKind::Package(PackageFact::Platform { is_any: true, .. }) => packages.for_every_system.insert(file),
                FactKind::Code(CodeFact::Import { module }) if beside(&fact.location.place).is_none() => {
                    packages.imported.extend(module.split('.').filter(|part| is_beside(part)));
                    packages.outermost.extend(module.split('.').next().filter(|part| !part.is_empty()));
                    false
                }
                FactKind::Code(CodeFact::BuildEffect { excerpt: words, .. })
                | FactKind::Package(
                    PackageFact::BuildCode { target: words, .. } | PackageFact::InstallScript { command: words, .. },
                ) => {
                    packages.imported.extend(started(words));
                    false
                }
                FactKind::Package(PackageFact::PackedFolder { folder }) if folder == "*" => {
                    packages.imported.extend(BESIDE.iter().chain(BESIDE_AT_TOP));
                    false
                }
                FactKind::Package(PackageFact::PackedFolder { folder }) => {
                    packages.imported.extend(started(folder));
                    false
                }
                // A program that is a file is run when somebody asks for it; one that is a function is imported.
                FactKind::Package(PackageFact::Command { target, .. }) if target.contains(':') => {
                    packages.imported.extend(started(target));
                    false
                }
                _ => false,
            };
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

    /// Whether the place lies in a part of a distribution that nobody imports or runs to install it.
    ///
    /// Only a file that says it is a package has such parts. A folder that other code imports from, that a program or
    /// a plugin is found in, or whose scripts a build starts, is none, whatever its name; nor is a file that other
    /// code imports by its own name, for the path of imports can be led there; nor is a folder that a build packs under
    /// another name. Of an import whose name only the running program knows nothing is known here.
    pub(crate) fn is_beside_the_code(&self, place: &Place) -> bool {
        let name = place.base_name().split('.').next().unwrap_or_default();
        self.files.contains(place.file_path())
            && !self.outermost.contains(name)
            && beside(place).is_some_and(|folder| !self.imported.contains(folder))
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

/// The folders that words name, of a command that a build starts or evaluates, of a file or of a module.
fn started(words: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '"' | '\'' | '(' | ')' | ',' | '.' | ':');
    words.split(ends).filter(|part| is_beside(part))
}

/// The folder by which a file of a distribution, or an archive in it, is beside the code.
fn beside(place: &Place) -> Option<&str> {
    let (is_source, is_wheel) = (place.file_path().ends_with(".tar.gz"), place.file_path().ends_with(".whl"));
    let folders = place.members().iter().filter_map(|member| member.rsplit_once('/')).map(|(folders, _)| folders);
    // The outermost folder is that of the archive, or the package itself.
    let mut parts = folders.flat_map(|folders| folders.split('/').skip(1).enumerate());
    let is_beside = |(depth, part): &(usize, &str)| match is_source {
        true => BESIDE.contains(part) || (*depth == 0 && BESIDE_AT_TOP.contains(part)),
        false => is_wheel && matches!(*part, "test" | "tests"),
    };
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

#[cfg(test)]
pub(crate) mod tests {
    use headworks_types::Fact;

    /// What makes the file of `place` a package of Python.
    pub(crate) fn identity(place: &Place) -> Fact {
        let (name, version) = ("toy".to_owned(), "1.0".to_owned());
        let identity = PackageFact::Identity { ecosystem: Ecosystem::Python, name, version };
        let location = Place::file(place.file_path()).member("toy-1.0/PKG-INFO").at(0..9);
        Fact { location, times: 1, kind: identity.into() }
    }

    use super::*;

    /// Whether the member is beside the code of a package in which the code states `other`.
    fn is_beside_with(file: &str, member: &str, other: impl Into<FactKind>) -> bool {
        let place = |member: &str| Place::file(file).member(member);
        let other = Fact { location: place("toy/__init__.py").at(0..9), times: 1, kind: other.into() };
        let facts = [identity(&place(member)), other];
        Packages::of(&Evidence::of(&facts)).is_beside_the_code(&place(member))
    }

    fn is_beside(file: &str, member: &str, imported: &str) -> bool {
        is_beside_with(file, member, CodeFact::Import { module: imported.into() })
    }

    const TESTS: &str = "toy-1.0/toy/tests/x.py";

    #[test]
    fn tests_are_beside_the_code_until_the_code_imports_them() {
        assert!(is_beside("toy-1.0.tar.gz", TESTS, "os"));
        assert!(!is_beside("toy-1.0.tar.gz", TESTS, "toy.tests"));
        assert!(is_beside("toy-1.0.tar.gz", "toy-1.0/tools/x.py", "os"));
        assert!(!is_beside("toy-1.0.tar.gz", "toy-1.0/toy/tools/x.py", "os"));
    }

    /// `sys.path` can be led into any folder.
    #[test]
    fn a_test_that_is_imported_by_its_own_name_is_code() {
        assert!(!is_beside("toy-1.0.tar.gz", TESTS, "x"));
        assert!(!is_beside("toy-1.0.tar.gz", TESTS, "x.y"));
        assert!(is_beside("toy-1.0.tar.gz", TESTS, "toy.x"));
        assert!(is_beside("toy-1.0.tar.gz", TESTS, ".x"));
    }

    #[test]
    fn what_a_program_or_a_build_names_is_code() {
        let command = |target: &str| PackageFact::Command { name: "toy".into(), target: target.into() };
        assert!(!is_beside_with("toy-1.0.tar.gz", TESTS, command("toy.tests.x:main")));
        assert!(is_beside_with("toy-1.0.tar.gz", TESTS, command("toy.main:main")));
        let built = |target: &str| PackageFact::BuildCode { hook: "build-backend".into(), target: target.into() };
        assert!(!is_beside_with("toy-1.0.tar.gz", TESTS, built("tests/backend")));
        assert!(is_beside_with("toy-1.0.tar.gz", TESTS, built("setuptools.build_meta")));
    }

    #[test]
    fn a_folder_that_a_build_packs_under_another_name_is_code() {
        let packed = |folder: &str| PackageFact::PackedFolder { folder: folder.into() };
        assert!(!is_beside_with("toy-1.0.tar.gz", TESTS, packed("toy/tests")));
        assert!(!is_beside_with("toy-1.0.tar.gz", TESTS, packed("*")));
        assert!(is_beside_with("toy-1.0.tar.gz", TESTS, packed("src")));
    }

    /// An archive of anything may have a folder of this name.
    #[test]
    fn an_archive_that_is_no_package_has_no_tests() {
        let place = Place::file("weights.tar.gz").member("weights/tests/x.py");
        assert!(!Packages::of(&Evidence::of(&[])).is_beside_the_code(&place));
    }

    /// virtualenv brings a wheel of setuptools whose tests fetch something.
    #[test]
    fn tests_within_a_package_of_a_wheel_are_and_its_other_folders_are_not() {
        assert!(is_beside("toy-1.0-py3-none-any.whl", "toy/tests/x.py", "os"));
        assert!(!is_beside("toy-1.0-py3-none-any.whl", "tests/x.py", "os"));
        assert!(!is_beside("toy-1.0-py3-none-any.whl", "toy/docs/x.py", "os"));
        assert!(!is_beside("toy-1.0-py3-none-any.whl", "toy/tests/x.py", ".tests.x"));
    }
}
