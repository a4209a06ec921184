//! Versions as each ecosystem orders them.
//!
//! A version that its ecosystem's own tool would not take is malformed here too: what cannot be ordered is
//! undetermined, and never below or above a bound by accident.

mod alpine;
mod debian;
mod dotted;
mod maven;
mod nuget;
mod number;
mod packagist;
mod pep440;
mod rpm;
mod rubygems;
mod semver;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

/// Longest version that is read; Maven and npm take 256 bytes at most.
pub const VERSION_BYTES_MAX: usize = 512;

/// How versions are written and ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Semantic Versioning 2.0, with shorter versions and a `v` before them.
    SemVer,
    /// Semantic Versioning as Cargo takes it.
    Cargo,
    /// Semantic Versioning as npm takes it.
    Npm,
    /// Semantic Versioning as Go modules use it, pseudo-versions included.
    Go,
    /// Semantic Versioning as Elixir takes it.
    Hex,
    /// Semantic Versioning as Dart extends it: builds have an order.
    Pub,
    /// PEP 440.
    Pep440,
    /// `ComparableVersion` of Maven.
    Maven,
    /// `Gem::Version`.
    RubyGems,
    /// `NuGetVersion`: up to four numbers, labels without regard to case.
    NuGet,
    /// Normalisation of Composer, then `version_compare` of PHP.
    Packagist,
    /// `dpkg`.
    Debian,
    /// `apk`.
    Alpine,
    /// `rpm`: epoch, version and release.
    Rpm,
    /// Numbers between dots, as on Hackage.
    Dotted,
    /// Numbers between dots and hyphens, as in CRAN.
    Cran,
}

/// Why a text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// There is nothing.
    #[error("an empty version")]
    Empty,
    /// It is longer than any version.
    #[error("a version of {length} bytes; at most {VERSION_BYTES_MAX} are read")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// The ecosystem's own tool would not take it.
    #[error("{what} in `{text}`")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// The text, escaped.
        text: String,
    },
}

/// One version, read.
#[derive(Debug, Clone)]
pub struct Version<'a>(Parsed<'a>);

#[derive(Debug, Clone)]
enum Parsed<'a> {
    SemVer(semver::SemVer<'a>),
    Pep440(pep440::Pep440<'a>),
    Maven(maven::Maven),
    RubyGems(rubygems::RubyGems<'a>),
    NuGet(nuget::NuGet<'a>),
    Packagist(packagist::Packagist),
    Debian(debian::Debian<'a>),
    Alpine(alpine::Alpine<'a>),
    Rpm(rpm::Rpm<'a>),
    Dotted(dotted::Dotted<'a>),
}

/// What a parser of this module says of a text that is no version.
type What = &'static str;

impl Scheme {
    /// Reads a version.
    ///
    /// # Errors
    /// When it is none by this scheme.
    pub fn parse(self, text: &str) -> Result<Version<'_>, VersionError> {
        if text.len() > VERSION_BYTES_MAX {
            return Err(VersionError::TooLong { length: text.len() });
        }
        if text.trim().is_empty() {
            return Err(VersionError::Empty);
        }
        let malformed = |what| VersionError::Malformed { what, text: text.escape_debug().collect() };
        self.parsed(text).map(Version).map_err(malformed)
    }

    fn parsed(self, text: &str) -> Result<Parsed<'_>, What> {
        Ok(match self {
            Self::SemVer => Parsed::SemVer(semver::parse(text, semver::PLAIN)?),
            Self::Cargo => Parsed::SemVer(semver::parse(text, semver::CARGO)?),
            Self::Npm => Parsed::SemVer(semver::parse(text, semver::NPM)?),
            Self::Go => Parsed::SemVer(semver::parse(text, semver::GO)?),
            Self::Hex => Parsed::SemVer(semver::parse(text, semver::HEX)?),
            Self::Pub => Parsed::SemVer(semver::parse(text, semver::PUB)?),
            Self::Pep440 => Parsed::Pep440(pep440::parse(text)?),
            Self::Maven => Parsed::Maven(maven::parse(text)?),
            Self::RubyGems => Parsed::RubyGems(rubygems::parse(text)?),
            Self::NuGet => Parsed::NuGet(nuget::parse(text)?),
            Self::Packagist => Parsed::Packagist(packagist::parse(text)?),
            Self::Debian => Parsed::Debian(debian::parse(text)?),
            Self::Alpine => Parsed::Alpine(alpine::parse(text)?),
            Self::Rpm => Parsed::Rpm(rpm::parse(text)),
            Self::Dotted => Parsed::Dotted(dotted::parse(text, &['.'])?),
            Self::Cran => Parsed::Dotted(dotted::parse(text, &['.', '-'])?),
        })
    }

    /// Whether two versions that are written differently can be the same one.
    pub fn has_spellings(self) -> bool {
        !matches!(self, Self::Cargo | Self::Hex)
    }

    /// Whether this is Semantic Versioning in one of its uses.
    pub fn is_semantic(self) -> bool {
        matches!(self, Self::SemVer | Self::Cargo | Self::Npm | Self::Go | Self::Hex | Self::Pub)
    }
}

impl Version<'_> {
    /// Order of two versions of one scheme; none when the schemes differ.
    pub fn compare(&self, other: &Version<'_>) -> Option<Ordering> {
        Some(match (&self.0, &other.0) {
            (Parsed::SemVer(a), Parsed::SemVer(b)) => a.compare(b),
            (Parsed::Pep440(a), Parsed::Pep440(b)) => a.compare(b),
            (Parsed::Maven(a), Parsed::Maven(b)) => a.compare(b),
            (Parsed::RubyGems(a), Parsed::RubyGems(b)) => a.compare(b),
            (Parsed::NuGet(a), Parsed::NuGet(b)) => a.compare(b),
            (Parsed::Packagist(a), Parsed::Packagist(b)) => a.compare(b),
            (Parsed::Debian(a), Parsed::Debian(b)) => a.compare(b),
            (Parsed::Alpine(a), Parsed::Alpine(b)) => a.compare(b),
            (Parsed::Rpm(a), Parsed::Rpm(b)) => a.compare(b),
            (Parsed::Dotted(a), Parsed::Dotted(b)) => a.compare(b),
            _ => return None,
        })
    }

    /// The same as a bound sees it: PEP 440 has a bound without a local label ignore that of a candidate, so
    /// that `2.0.0+cu118` is as affected as the `2.0.0` that it was built from.
    pub fn compare_to_bound(&self, bound: &Version<'_>) -> Option<Ordering> {
        match (&self.0, &bound.0) {
            (Parsed::Pep440(a), Parsed::Pep440(b)) if !b.is_local() => Some(a.public().compare(b)),
            _ => self.compare(bound),
        }
    }
}
