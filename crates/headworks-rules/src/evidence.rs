//! What a rule may look at.

use headworks_types::{Digest, Fact, FileEntry};

use crate::profiles::{self, Profiles};

/// The facts of one artifact and the reference data they are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Facts of all files of the artifact.
    pub facts: &'a [Fact],
    /// Its files with their digests, where they were computed.
    pub files: &'a [FileEntry],
    /// What its pickles may use.
    pub profiles: &'a Profiles,
    /// Its digest, for allow-list entries that are limited to one artifact.
    pub artifact: Option<Digest>,
}

impl<'a> Evidence<'a> {
    /// Facts judged by the reference data that is compiled in.
    pub fn of(facts: &'a [Fact]) -> Self {
        Self { facts, files: &[], profiles: &profiles::DEFAULT, artifact: None }
    }

    /// Judged by these profiles.
    #[must_use]
    pub fn with_profiles(mut self, profiles: &'a Profiles) -> Self {
        self.profiles = profiles;
        self
    }

    /// Facts of these files.
    #[must_use]
    pub fn with_files(mut self, files: &'a [FileEntry]) -> Self {
        self.files = files;
        self
    }

    /// Facts of the artifact with this digest; without one, entries for one artifact do not apply.
    #[must_use]
    pub fn with_artifact(mut self, digest: Digest) -> Self {
        self.artifact = Some(digest);
        self
    }
}
