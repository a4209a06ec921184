//! Rules about software packages and lists of requirements.

pub(crate) mod direct_requirement;
pub(crate) mod extra_package_index;
pub(crate) mod install_script;
pub(crate) mod package_name_mismatch;
pub(crate) mod record_mismatch;
pub(crate) mod shadowing_command;
pub(crate) mod startup_code;
pub(crate) mod unexpected_native_code;

use std::collections::HashSet;

use headworks_types::fact::{FileFact, PackageFact};
use headworks_types::{FactKind, Place};

use crate::Evidence;
use crate::oci::layers::ImageLayers;

/// The files of an artifact that an installer takes for packages: by name, and by what they hold.
pub(crate) struct Packages<'a> {
    files: HashSet<&'a str>,
    built_for_systems: HashSet<&'a str>,
    for_every_system: HashSet<&'a str>,
    images: ImageLayers,
}

impl<'a> Packages<'a> {
    pub(crate) fn of(evidence: &Evidence<'a>) -> Self {
        let mut packages = Self {
            files: HashSet::new(),
            built_for_systems: HashSet::new(),
            for_every_system: HashSet::new(),
            images: ImageLayers::of(evidence),
        };
        for fact in evidence.facts {
            let file = fact.location.place.file_path();
            match &fact.kind {
                FactKind::Package(PackageFact::Identity { .. }) if is_named_package(file) => {
                    packages.files.insert(file)
                }
                FactKind::Package(PackageFact::Platform { is_any: false, .. }) => {
                    packages.built_for_systems.insert(file)
                }
                FactKind::Package(PackageFact::Platform { is_any: true, .. }) => packages.for_every_system.insert(file),
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

    /// Whether the place lies in a part of a source distribution that nobody imports or runs to install it.
    pub(crate) fn is_beside_the_code(&self, place: &Place) -> bool {
        let folder = place.innermost().split('/').nth(1).unwrap_or_default();
        let beside = ["tests", "test", "examples", "docs", "doc", "benchmarks"];
        place.file_path().ends_with(".tar.gz") && beside.contains(&folder)
    }

    /// Whether the package says that it holds native code for some system.
    pub(crate) fn is_built_for_a_system(&self, place: &Place) -> bool {
        self.built_for_systems.contains(place.file_path())
    }
}

fn is_named_package(path: &str) -> bool {
    [".whl", ".tar.gz", ".tgz"].iter().any(|ending| path.ends_with(ending))
}
