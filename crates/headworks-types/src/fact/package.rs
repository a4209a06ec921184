//! Facts about software packages: wheels, source distributions, npm tarballs, lists of requirements.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a package says of itself, brings along, runs when it is installed and asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum PackageFact {
    /// Name and version that the metadata of a package state.
    Identity {
        /// Whose package it is.
        ecosystem: Ecosystem,
        /// The name as written.
        name: String,
        /// The version as written.
        version: String,
    },
    /// Two places that must name the same thing do not.
    NamesDisagree {
        /// What they name: `name` or `version`.
        field: String,
        /// What the metadata say.
        metadata: String,
        /// The other place: `file name`, `folder` or `distribution folder`.
        other: String,
        /// What stands there.
        value: String,
    },
    /// The systems that a package says it is built for; `any` means that it holds no native code.
    Platform {
        /// The tag as written, as in `cp312-manylinux_2_28_x86_64`.
        tag: String,
        /// Whether it claims to run everywhere.
        is_any: bool,
    },
    /// A wheel without the list of its files.
    MissingRecord,
    /// A file of the wheel that its list leaves out.
    UnrecordedMember {
        /// Path within the wheel.
        path: String,
    },
    /// The list names a file that the wheel does not hold.
    RecordedAbsentMember {
        /// Path within the wheel.
        path: String,
    },
    /// A file of the wheel is not the one that the list describes.
    RecordMismatch {
        /// Path within the wheel.
        path: String,
        /// What differs: `digest` or `size`.
        field: String,
        /// What the list says.
        recorded: String,
        /// What the file is.
        actual: String,
    },
    /// A line or module that the interpreter runs at every start, whatever program it starts.
    StartupCode {
        /// Path within the package.
        path: String,
        /// The line, shortened; empty for a whole module.
        excerpt: String,
    },
    /// A program that installation puts where a shell finds it.
    Command {
        /// Name of the program.
        name: String,
        /// What it runs, as written.
        target: String,
    },
    /// A module or package that installation puts at the top of the import path.
    TopLevelModule {
        /// Its name.
        name: String,
    },
    /// A file that installation puts outside the library folder.
    OutsideLibrary {
        /// The scheme it names, as in `data` or `headers`.
        scheme: String,
        /// Path below the scheme's folder.
        path: String,
    },
    /// A command that building or installing the package runs.
    InstallScript {
        /// When it runs, as in `postinstall`.
        event: String,
        /// The command, or the callable, as written and shortened.
        command: String,
    },
    /// Code that runs when somebody builds the package from source: its own, or from a place that it names.
    BuildCode {
        /// What runs it: `build-backend`, `cmdclass`, `ext_modules`, `setup_requires`, or the table of a build tool.
        hook: String,
        /// The file, module, class or URL that it names; a file counts from the folder of the one that names it.
        target: String,
    },
    /// A folder of the source that a build packs under another name, so that its own says nothing of its use.
    PackedFolder {
        /// Its path as written; `*` when only the build knows it.
        folder: String,
    },
    /// Metadata that are computed when the package is built, so that its files do not state them.
    ComputedMetadata {
        /// Name of the field, as in `dependencies`.
        field: String,
    },
    /// Something that is asked for by name or place.
    Requirement {
        /// Who reads the line.
        ecosystem: Ecosystem,
        /// Name of what is asked for; empty when only a place is given.
        name: String,
        /// Version, place or other name, as written.
        target: String,
        /// How it is asked for.
        kind: RequirementKind,
    },
    /// An option that changes where, or how carefully, requirements are fetched.
    InstallerOption {
        /// The option: `--extra-index-url`, `--trusted-host`, `channels`.
        option: String,
        /// Its value, without credentials.
        value: String,
    },
    /// Another package inside this one.
    BundledPackage {
        /// Its name.
        name: String,
    },
}

/// Whose conventions a package follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ecosystem {
    /// Python packages: wheels, source distributions, requirement files.
    Python,
    /// npm packages.
    Npm,
    /// Conda environments.
    Conda,
}

/// How a requirement is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RequirementKind {
    /// By name, with any version or a range of versions.
    Open,
    /// By name and one version.
    Pinned,
    /// By name, version and digest.
    Hashed,
    /// By URL of a file.
    Url,
    /// By URL of a file together with its digest.
    HashedUrl,
    /// By URL of a repository, at a branch or a tag or nothing.
    Repository,
    /// By URL of a repository and full commit id.
    RepositoryCommit,
    /// By a path on the machine that installs.
    Path,
    /// Under another name than the package has.
    Alias,
}

impl Ecosystem {
    /// The package URL of a package, without a version where no single one is known.
    pub fn package_url(self, name: &str, version: Option<&str>) -> String {
        let path = match self {
            Self::Python => format!("pypi/{}", python_name(name)),
            Self::Npm => format!("npm/{}", name.replacen('@', "%40", 1)),
            Self::Conda => format!("conda/{}", name.to_ascii_lowercase()),
        };
        let version = version.map(|version| format!("@{}", version.replace('+', "%2B"))).unwrap_or_default();
        format!("pkg:{path}{version}")
    }
}

/// The one spelling of a name (PEP 503).
fn python_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.extend(other.to_lowercase()),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_one_url_however_its_name_is_written() {
        let url = |name| Ecosystem::Python.package_url(name, Some("1.0+cu121"));
        assert_eq!(url("Foo._-Bar"), "pkg:pypi/foo-bar@1.0%2Bcu121");
        assert_eq!(Ecosystem::Npm.package_url("@scope/a", None), "pkg:npm/%40scope/a");
    }
}
